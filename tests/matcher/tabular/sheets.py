"""Small ways to make spreadsheets in tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

from matcher.tabular import Columns, Limits, Problem, RawRow, read_rows

COLUMNS = Columns.load()


def workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
) -> Path:
    """Write an XLSX of plain cells; `merged` ranges are of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid in sheets.items():
        page = book.create_sheet(name)
        for row in grid:
            page.append(list(row))
        page.sheet_state = "hidden" if name in hidden else "visible"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)
    return path


def read(path: Path, *, limits: Limits | None = None, columns: Columns = COLUMNS) -> tuple[list[RawRow], list[Problem]]:
    """Return the rows of a file and the problems met on the way."""
    problems: list[Problem] = []
    rows = read_rows(
        path, limits=limits or Limits(), known=columns.known, expected=columns.expected, report=problems.append
    )
    return list(rows), problems
