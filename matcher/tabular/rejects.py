"""The rows that were kept out, as a workbook to mend and import again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.tabular.model import CellMap
from matcher.tabular.values import text_of

_ADDED = ("行号", "错误", "如何修改")
_CELL_CHARS = 32_000
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


@dataclass(frozen=True, slots=True)
class Reject:
    """A rejected row: where it stood, its cells, and what to do about it."""

    sheet: str
    row: int
    cells: CellMap
    message: str
    remedy: str


def write_rejects(path: Path, rejects: Callable[[], Iterable[Reject]]) -> None:
    """Write rejected rows under their own columns plus 行号, 错误 and 如何修改, which an import reads past.

    `rejects` is called twice (columns, then rows). Texts stay texts: nothing in the file can run as a formula.
    """
    columns: dict[str, dict[str, int]] = {}
    for reject in rejects():
        known = columns.setdefault(reject.sheet, {})
        for header in reject.cells:
            known.setdefault(header, len(known))
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        for sheet, name in _sheet_names(columns):
            page = book.add_worksheet(name)
            for i, header in enumerate((*columns[sheet], *_ADDED)):
                page.write_string(0, i, header, bold)
            for line, reject in enumerate((r for r in rejects() if r.sheet == sheet), 1):
                _write_row(page, line, reject, columns[sheet])


def _write_row(page: Worksheet, line: int, reject: Reject, columns: dict[str, int]) -> None:
    for header, column in columns.items():
        if header in reject.cells:
            write_cell(page, line, column, reject.cells[header])
    for i, value in enumerate((reject.row, reject.message, reject.remedy)):
        write_cell(page, line, len(columns) + i, value)


def write_cell(page: Worksheet, line: int, column: int, value: object, style: Format | None = None) -> None:
    """Write a value as a number or as text, never as a formula or a link; a text is cut to what a cell holds."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        page.write_number(line, column, value, style)
    elif isinstance(value, date):
        page.write_string(line, column, value.isoformat(), style)
    else:
        page.write_string(line, column, text_of(value)[:_CELL_CHARS], style)


def _sheet_names(sheets: Iterable[str]) -> Iterator[tuple[str, str]]:
    used: set[str] = set()
    for sheet in sheets:
        stem = sheet.translate(_FORBIDDEN)[:26] or "数据"
        name, n = stem, 1
        while name.lower() in used:
            n += 1
            name = f"{stem}({n})"
        used.add(name.lower())
        yield sheet, name
