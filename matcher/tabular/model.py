"""What a spreadsheet is before it becomes records: rows of cells, and what was wrong with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from matcher.errors import MatcherError

CellMap: TypeAlias = Mapping[str, object]

GUIDE_SHEET = "填写说明"


class Severity(StrEnum):
    """`ERROR` keeps the row out; `WARNING` lets it in and asks for a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a file: where it is, what it is and how to mend it, in Chinese.

    `row` is 1-based as a spreadsheet program shows it, None when the whole sheet or file is meant.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = Severity.WARNING
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None


Report: TypeAlias = Callable[[Problem], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet as it stands; `number` is 1-based."""

    sheet: str
    number: int
    values: list[object]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A data row under its headers; empty cells are left out of `cells`, `headers` names every column."""

    sheet: str
    number: int
    cells: CellMap
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may hold; bytes, counts and characters."""

    file_bytes: int = 512 << 20
    packed_bytes: int = 200 << 20
    inflated_bytes: int = 1 << 30
    ratio: int = 200
    ratio_from_bytes: int = 100 << 20
    rows: int = 1_000_000
    columns: int = 512
    cell_chars: int = 100_000
    header_lines: int = 30

    @property
    def lines(self) -> int:
        """How many lines a file may have, the empty ones with them."""
        return 2 * self.rows + self.header_lines


@dataclass(slots=True)
class Tally:
    """A bounded record of problems: the first `keep` in full, all of them by code."""

    keep: int = 200
    first: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Count a problem, and keep it while there is room."""
        self.counts[problem.code] = self.counts.get(problem.code, 0) + 1
        if len(self.first) < self.keep:
            self.first.append(problem)


def too_many_rows(path: Path, limits: Limits) -> MatcherError:
    """Return the error for a file of more rows than it may hold."""
    return MatcherError(
        "too_many_rows", f"文件“{path.name}”超过 {limits.rows} 行：请拆成多个文件后再导入", file=path.name
    )


def shown(value: object, limit: int = 60) -> str:
    """Return a cell's text for a message, cut to `limit` characters."""
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
