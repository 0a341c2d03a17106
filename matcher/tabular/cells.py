"""The cells of a row sorted by what they describe, and the problems met while reading them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.tabular.columns import Columns, Scope
from matcher.tabular.model import Problem, RawRow, Severity, shown
from matcher.tabular.values import text_of
from matcher.taxonomy import Field

T = TypeVar("T")

_JOINED = frozenset({"detail", "offer_text", "need_text", "profile", "qualifications", "keywords"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell, with the unit its header states."""

    header: str
    value: object
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class SortedCells:
    """A row's cells: `shared` by column name, typed `fields`, and `extra` ones that no column claims."""

    shared: dict[str, Cell]
    fields: list[tuple[Cell, Field]]
    extra: dict[str, object]

    def text(self, name: str) -> str | None:
        """Return the text of a shared column, None when it is empty."""
        cell = self.shared.get(name)
        return (text_of(cell.value) or None) if cell else None

    def key(self, name: str) -> str | None:
        """Return the text of a shared column on one line, as an id."""
        return " ".join((self.text(name) or "").split()) or None


class Notes:
    """Collects the problems of one row."""

    def __init__(self, row: RawRow) -> None:
        self._row = row
        self.problems: list[Problem] = []

    @property
    def failed(self) -> bool:
        """Whether something keeps the row out."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def error(self, code: str, message: str, remedy: str, cell: Cell | None = None) -> None:
        """Note something that keeps the row out."""
        self._add(Severity.ERROR, code, message, remedy, cell)

    def warn(self, code: str, message: str, remedy: str, cell: Cell | None = None) -> None:
        """Note something to look at."""
        self._add(Severity.WARNING, code, message, remedy, cell)

    def tried(self, cell: Cell, read: Callable[[], T]) -> T | None:
        """Return what `read` returns; what it cannot read is noted as a warning and gives None."""
        try:
            return read()
        except MatcherError as error:
            remedy = str(error.details.get("remedy", "请更正后重新导入；原文已保留"))
            self.warn(error.code, error.message, remedy, cell)
            return None

    def _add(self, severity: Severity, code: str, message: str, remedy: str, cell: Cell | None) -> None:
        self.problems.append(
            Problem(
                code=code,
                message=message,
                remedy=remedy,
                severity=severity,
                sheet=self._row.sheet,
                row=self._row.number,
                column=cell.header if cell else None,
                value=shown(cell.value) if cell else None,
            )
        )


def sort_cells(row: RawRow, columns: Columns, kind: PostingKind | None) -> SortedCells:
    """Return the cells of a row as `kind` sees them; a second column of one name is joined or kept apart."""
    found = SortedCells({}, [], {})
    typed: set[str] = set()
    for header, value in row.cells.items():
        target = columns.find(header, kind)
        if target is None or (target.name in typed and target.field):
            found.extra[text_of(header)] = value
        elif target.field is not None:
            typed.add(target.name)
            found.fields.append((Cell(header, value, target.unit), target.field))
        elif target.scope is not Scope.IGNORED:
            _place(found, target.name, Cell(header, value, target.unit))
    return found


def _place(found: SortedCells, name: str, cell: Cell) -> None:
    first = found.shared.get(name)
    if first is None:
        found.shared[name] = cell
    elif name in _JOINED:
        found.shared[name] = Cell(first.header, f"{text_of(first.value)}\n{text_of(cell.value)}", first.unit)
    else:
        found.extra[text_of(cell.header)] = cell.value
