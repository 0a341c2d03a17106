"""Lines of a CSV file: encoding and delimiter are found out, quoting is honoured, one line is held at a time."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from matcher.errors import MatcherError
from matcher.tabular.model import Limits, Line

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;"
_CHUNK = 1 << 16
_RECORD_CHARS = 4_000_000
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 26, 27}


def find_encoding(path: Path) -> str:
    """Return the Python name of a text file's encoding: by its mark, else UTF-8 or GB18030 if the whole file fits.

    :raises MatcherError: `file_binary` when it is no text, `file_encoding` when neither encoding fits throughout.
    """
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return _checked(path, name)
    if sum(byte in _CONTROLS for byte in head) > len(head) // 200:
        raise MatcherError(
            "file_binary", f"文件“{path.name}”不是表格或文本：请上传 xlsx、xls、csv 或 jsonl 文件", file=path.name
        )
    places = {name: _first_misfit(path, name) for name in ("utf-8", "gb18030")}
    for name, place in places.items():
        if place is None:
            return name
    raise _encoding_error(path, max(place for place in places.values() if place is not None))


def read_csv(path: Path, limits: Limits) -> Iterator[Line]:
    """Yield every record of a CSV file; `number` counts records, as a spreadsheet program numbers its rows.

    :raises MatcherError: `file_binary`, `file_encoding`, `csv_quote` (a quote that is never closed), `csv_line`.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        delimiter = _find_delimiter(stream.read(_CHUNK).splitlines(keepends=True)[:50])
        stream.seek(0)
        record = _Record(stream, path)
        reader = csv.reader(record, delimiter=delimiter)
        number = 0
        try:
            for number, values in enumerate(reader, 1):
                record.ended()
                yield Line("", number, list(values))
        except csv.Error as error:
            raise MatcherError(
                "csv_quote",
                f"文件“{path.name}”第 {number + 1} 行起引号没有成对（或一格超过 {csv.field_size_limit()} 字）："
                "请补上缺少的双引号，或用表格软件另存为 xlsx 后重新导入",
                file=path.name,
                row=number + 1,
            ) from error


class _Record:
    """The lines of a table, as long as those of one record stay within a bound."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._held = 0
        self._number = 1

    def __iter__(self) -> Iterator[str]:
        """Yield the lines.

        :raises MatcherError: `csv_line`.
        """
        while line := self._stream.readline(_RECORD_CHARS + 1):
            self._held += len(line)
            if self._held > _RECORD_CHARS:
                message = (
                    f"文件“{self._path.name}”第 {self._number} 行超过 {_RECORD_CHARS} 字：请检查换行和引号后重新导入"
                )
                raise MatcherError("csv_line", message, file=self._path.name, row=self._number)
            yield line

    def ended(self) -> None:
        """Take note that a record is read."""
        self._held = 0
        self._number += 1


def _find_delimiter(lines: list[str]) -> str:
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            continue
        score = max(((width - 1) * count for width, count in widths.items()), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _checked(path: Path, encoding: str) -> str:
    place = _first_misfit(path, encoding)
    if place is not None:
        raise _encoding_error(path, place)
    return encoding


def _first_misfit(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return offset + error.start
            if not chunk:
                return None
            offset += len(chunk)


def _encoding_error(path: Path, place: int) -> MatcherError:
    line = 1
    with path.open("rb") as stream:
        while place > 0 and (chunk := stream.read(min(place, _CHUNK))):
            line += chunk.count(b"\n")
            place -= len(chunk)
    return MatcherError(
        "file_encoding",
        f"文件“{path.name}”的编码无法识别（约在第 {line} 行）：请用表格软件或记事本另存为 UTF-8 编码后重新导入",
        file=path.name,
        row=line,
    )
