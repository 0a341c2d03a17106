"""The zip side of an XLSX file: which sheets it holds, its shared strings and date styles, checked before use."""

import posixpath
import re
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO, TypeAlias
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from matcher.errors import MatcherError
from matcher.tabular.model import Limits
from matcher.tabular.xlsx_guard import Guarded, HostileError, too_many_members

Merge: TypeAlias = tuple[int, int, int, int]

_FORMAT_NOISE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGE = re.compile(rb'mergeCell\s[^<>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_WHOLE = frozenset({"si", "row"})
_BROKEN = (
    *(ParseError, BadZipFile, LookupError, EOFError, OSError, RuntimeError, ValueError, OverflowError),
    *(struct.error, zlib.error),
)
_COLUMNS = 16_384
_MERGES = 100_000
_STRINGS = 4_000_000
_CHUNK = 1 << 20
_OVERLAP = 256


class Shown(StrEnum):
    """What a number in a cell stands for on the screen."""

    DATE = "date"
    PERCENT = "percent"


# Format numbers that every workbook has without listing them (ECMA-376 part 1, 18.8.30, with the East Asian ones).
_DATE_FORMATS = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
_BUILT_IN: dict[int, Shown | None] = {**dict.fromkeys(_DATE_FORMATS, Shown.DATE), 9: Shown.PERCENT, 10: Shown.PERCENT}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet of the package: its name, the part that holds it, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


def open_package(path: Path, limits: Limits) -> ZipFile:
    """Return the opened package, its directory checked against the limits.

    :raises MatcherError: `file_truncated`, `file_password`, `file_type`, `zip_bomb`.
    """
    try:
        if too_many_members(path):
            raise hostile(path)
        package = ZipFile(path)
    except _BROKEN as error:
        raise truncated(path) from error
    entries = package.infolist()
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise password_error(path)
    if "xl/workbook.xml" not in names:
        raise MatcherError(
            "file_type", f"文件“{path.name}”不是 xlsx 工作簿：请用表格软件打开后另存为 xlsx 再导入", file=path.name
        )
    packed, inflated = sum(e.compress_size for e in entries), sum(e.file_size for e in entries)
    if packed > limits.packed_bytes or inflated > limits.inflated_bytes or _suspicious(packed, inflated, limits):
        raise _bomb(path, inflated)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise truncated(path)
    return package


def password_error(path: Path) -> MatcherError:
    """Return the error for a file that asks for a password."""
    return MatcherError(
        "file_password", f"文件“{path.name}”设有打开密码：请在表格软件中取消密码、另存后重新导入", file=path.name
    )


def find_sheets(package: ZipFile, path: Path) -> tuple[list[Sheet], bool]:
    """Return the worksheets in order and whether dates count from 1904.

    :raises MatcherError: `file_truncated` when the workbook part cannot be read.
    """
    relations = {
        node.get("Id", ""): node.get("Target", "")
        for node in parts(package, "xl/_rels/workbook.xml.rels", path)
        if tag(node) == "Relationship" and node.get("Type", "").endswith("/worksheet")
    }
    sheets, from_1904 = [], False
    for node in parts(package, "xl/workbook.xml", path):
        if tag(node) == "workbookPr":
            from_1904 = node.get("date1904") in ("1", "true")
        elif tag(node) == "sheet":
            target = next(
                (relations[value] for key, value in node.items() if key.endswith("}id") and value in relations), ""
            )
            if target:
                part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
                sheets.append(Sheet(node.get("name", ""), part, node.get("state", "visible") != "visible"))
    return sheets, from_1904


def cell_styles(package: ZipFile, path: Path) -> dict[int, Shown]:
    """Return what the cell style numbers show a number as, where that is no plain number."""
    if "xl/styles.xml" not in package.namelist():
        return {}
    formats = _BUILT_IN.copy()
    styles: list[int] = []
    inside = False
    for node in parts(package, "xl/styles.xml", path, starts=("cellXfs",)):
        if tag(node) == "numFmt":
            formats[int(node.get("numFmtId", "0"))] = _shown_as(node.get("formatCode", ""))
        elif tag(node) == "cellXfs":
            inside = not inside
        elif tag(node) == "xf" and inside:
            styles.append(int(node.get("numFmtId", "0")))
    return {i: shown for i, code in enumerate(styles) if (shown := formats.get(code)) is not None}


class StringPool:
    """The shared strings of a workbook, on disk: 8 bytes of memory a string."""

    def __init__(self, store: IO[bytes], offsets: "array[int]") -> None:
        self._store = store
        self._offsets = offsets
        self.text = lru_cache(maxsize=4096)(self._read)

    @classmethod
    def from_package(cls, package: ZipFile, path: Path) -> "StringPool":
        """Return the pool of a package, empty when it has none."""
        store: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        offsets = array("Q", [0])
        if "xl/sharedStrings.xml" in package.namelist():
            for node in parts(package, "xl/sharedStrings.xml", path):
                if tag(node) == "si":
                    if len(offsets) > _STRINGS:
                        raise hostile(path)
                    store.write(rich_text(node).encode("utf-8", "replace"))
                    offsets.append(store.tell())
        return cls(store, offsets)

    def _read(self, index: int) -> str:
        if not 0 <= index < len(self._offsets) - 1:
            return ""
        start, end = self._offsets[index], self._offsets[index + 1]
        self._store.seek(start)
        return self._store.read(end - start).decode()

    def close(self) -> None:
        """Give the disk space back."""
        self._store.close()


def rich_text(node: Element) -> str:
    """Return the text of a string item: its runs joined, phonetic guides left out."""
    pieces = [child.text or "" for child in node if tag(child) == "t"]
    pieces += [leaf.text or "" for run in node if tag(run) == "r" for leaf in run if tag(leaf) == "t"]
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), "".join(pieces))


def parts(package: ZipFile, part: str, path: Path, *, starts: tuple[str, ...] = ()) -> Iterator[Element]:
    """Yield every finished element of a part, those named in `starts` also when they open.

    A string or row is whole when it is yielded; of all else only its own attributes are left.
    :raises MatcherError: `file_truncated` when the part is missing or broken, `zip_bomb` when it is made to hurt.
    """
    above: list[Element] = []
    whole = held = 0
    try:
        with package.open(part) as stream:
            guarded = Guarded(stream)
            for event, node in iterparse(guarded, events=("start", "end")):  # noqa: S314 - `Guarded`
                if event == "start":
                    above.append(node)
                    whole += tag(node) in _WHOLE
                    held += bool(whole)
                    if tag(node) in starts:
                        yield node
                else:
                    above.pop()
                    yield node
                    whole -= tag(node) in _WHOLE
                    if above and not whole:
                        above[-1].clear()
                        held = 0
                guarded.heard(len(above), held)
    except HostileError as error:
        raise hostile(path) from error
    except _BROKEN as error:
        raise truncated(path) from error


def scan_merges(package: ZipFile, sheet: Sheet, path: Path) -> list[Merge]:
    """Return the merged ranges of a sheet as 1-based (top, left, bottom, right) by their top row.

    :raises MatcherError: `file_truncated`, also when the part inflates beyond what its directory admits; `zip_bomb`.
    """
    merges: list[Merge] = []
    tail = b""
    try:
        with package.open(sheet.part) as stream:
            while chunk := stream.read(_CHUNK):
                text = tail + chunk
                cut = max(text.rfind(b"<"), len(text) - _OVERLAP)
                merges += [_merge(match) for match in _MERGE.finditer(text, 0, cut)]
                if len(merges) > _MERGES:
                    raise hostile(path)
                tail = text[cut:]
            merges += [_merge(match) for match in _MERGE.finditer(tail)]
    except _BROKEN as error:
        raise truncated(path) from error
    return sorted(merge for merge in merges if merge[:2] != merge[2:])


def column_number(letters: str) -> int:
    """Return the 1-based number of a column: A is 1, AA is 27.

    :raises ValueError: for what is no column, or lies beyond XFD.
    """
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - 64
    if not letters.isalpha() or not 1 <= number <= _COLUMNS:
        raise ValueError(letters[:4])
    return number


def tag(node: Element) -> str:
    """Return an element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]


def _merge(match: re.Match[bytes]) -> Merge:
    left, top, right, bottom = (group.decode() for group in match.groups())
    return int(top), column_number(left), int(bottom), column_number(right)


def _shown_as(code: str) -> Shown | None:
    plain = _FORMAT_NOISE.sub("", code.split(";")[0]).lower()
    if "%" in plain:
        return Shown.PERCENT
    return Shown.DATE if "general" not in plain and any(letter in plain for letter in "ymdhs") else None


def _suspicious(packed: int, inflated: int, limits: Limits) -> bool:
    return inflated > limits.ratio_from_bytes and inflated > packed * limits.ratio


def truncated(path: Path) -> MatcherError:
    """Return the error for a file that is incomplete or damaged."""
    return MatcherError(
        "file_truncated", f"文件“{path.name}”不完整或已损坏：请重新下载或用表格软件另存为 xlsx 后再导入", file=path.name
    )


def hostile(path: Path) -> MatcherError:
    """Return the error for a file whose content takes more than any sheet should."""
    return MatcherError(
        "zip_bomb",
        f"文件“{path.name}”的内容异常（嵌套过深、单处内容过大或含有外部定义）：请用表格软件打开后另存为 xlsx 再导入",
        file=path.name,
    )


def _bomb(path: Path, size: int) -> MatcherError:
    return MatcherError(
        "zip_bomb",
        f"文件“{path.name}”解压后达 {size >> 20} MB，超过上限或压缩比异常：请删去空白行列和图片，或拆成几个文件",
        file=path.name,
    )
