"""Sheets taken row by row: what became of each, and workbooks that can be filled in and come back."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.errors import MatcherError
from matcher.tabular import Problem, Severity
from matcher.tabular.register import SheetRow, read_register, write_register
from matcher.taxonomy.fields import Field


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What became of a sheet: rows read, entries kept, and what was wrong, row by row."""

    total: int
    kept: int
    problems: tuple[Problem, ...]

    @property
    def rejected(self) -> int:
        """Rows that were not kept."""
        return self.total - self.kept


def take_rows(path: Path, fields: Sequence[Field], as_of: date, take: Callable[[SheetRow], None]) -> SheetReport:
    """Return the report of a sheet whose rows are taken one by one: a bad row keeps no other out.

    :raises MatcherError: when the file as a whole cannot be read.
    """
    read = read_register(path, fields, as_of=as_of)
    problems, kept = list(read.problems), 0
    for row in read.rows:
        try:
            take(row)
            kept += 1
        except MatcherError as error:
            problems.append(row_problem(path, row, error))
    return SheetReport(read.total, kept, tuple(problems))


def row_problem(path: Path, row: SheetRow, error: MatcherError) -> Problem:
    """Return why a row was not kept."""
    return Problem(
        code=error.code,
        message=error.message,
        remedy=str(error.details.get("remedy", "请更正后重新导入")),
        severity=Severity.ERROR,
        file=path.name,
        sheet=row.sheet,
        row=row.number,
    )


def fillable_book(title: str, fields: Sequence[Field], rows: Iterable[tuple[str, Mapping[str, object]]]) -> bytes:
    """Return a workbook of rows (id, columns by field name) that can be filled in and imported."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_register(path, title, fields, rows)
        return path.read_bytes()
