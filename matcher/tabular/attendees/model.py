"""What an attendee spreadsheet holds once it is read: who comes, what they want, and what was not understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from matcher.planning.model import PairKey, Participant, Session, Wish
from matcher.tabular.model import Limits, Problem, Severity, Tally, shown

MAX_ROWS = 50_000
MOST_PARTICIPANTS = 5_000
KEPT_PROBLEMS = 2_000
LIMITS = Limits(file_bytes=64 << 20, packed_bytes=64 << 20, inflated_bytes=512 << 20, rows=MAX_ROWS, cell_chars=20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear(Problem):
    """A problem with the readings that come nearest, the likeliest first, as full names or words to put there."""

    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who comes and what they want. Ids are those of an earlier version, of known enterprises, else made from code or name.

    `problems` holds the first 2,000 in order of the sheet, `counts` all of them by code. `rows` are the data rows
    read, `left_out` those of them that made no delegate. A participant's `attributes` hold 桌号, 备注 and the columns
    we do not know, by their header.
    """

    participants: tuple[Participant, ...]
    wishes: tuple[Wish, ...] = ()
    met: frozenset[PairKey] = frozenset()
    problems: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What the sheet 活动 says of the event; None or empty where it says nothing. `floor` is in thousandths (0…1000).

    `sessions` are already cut at the breaks.
    """

    name: str | None = None
    day: date | None = None
    place: str | None = None
    sessions: tuple[Session, ...] = ()
    minutes: int | None = None
    gap: int | None = None
    tables: int | None = None
    closed_tables: frozenset[int] = frozenset()
    guests: int | None = None
    least: int | None = None
    most: int | None = None
    streak: int | None = None
    floor: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file; `row` is 1-based, `column` the header."""

    sheet: str
    row: int | None
    column: str | None = None

    def at(self, column: str) -> "Place":
        """Return the same row in another column."""
        return Place(self.sheet, self.row, column)


class Notes:
    """Collects the problems of a file."""

    def __init__(self) -> None:
        self.tally = Tally(keep=KEPT_PROBLEMS)

    def left_out(self, place: Place, code: str, message: str, remedy: str, value: object = None) -> None:
        """Note something that keeps a row out."""
        self._add(Severity.ERROR, place, code, message, remedy, value, ())

    def warn(
        self,
        place: Place,
        code: str,
        message: str,
        remedy: str,
        value: object = None,
        readings: tuple[str, ...] = (),
    ) -> None:
        """Note something to look at, with the nearest readings."""
        self._add(Severity.WARNING, place, code, message, remedy, value, readings)

    def _add(
        self,
        severity: Severity,
        place: Place,
        code: str,
        message: str,
        remedy: str,
        value: object,
        readings: tuple[str, ...],
    ) -> None:
        self.tally.add(
            Unclear(
                code=code,
                message=message,
                remedy=remedy,
                severity=severity,
                sheet=place.sheet,
                row=place.row,
                column=place.column,
                value=None if value is None else shown(value),
                readings=readings,
            )
        )
