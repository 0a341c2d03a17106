"""The sheet of an event's own facts (活动, 设置): names beside values, or a header over one row of values."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from matcher.errors import MatcherError
from matcher.planning.calendar import with_breaks
from matcher.planning.model import MILLI, Session
from matcher.tabular.attendees.columns import folded, strings, table
from matcher.tabular.attendees.model import LIMITS, MAX_ROWS, EventFacts, Notes, Place
from matcher.tabular.attendees.times import spelt
from matcher.tabular.dates import Edge, read_date
from matcher.tabular.model import Limits, Line
from matcher.tabular.numbers import is_unknown
from matcher.tabular.read_xlsx import read_xlsx
from matcher.tabular.values import text_of
from matcher.tabular.xlsx_package import find_sheets, open_package

_ZIP = b"PK\x03\x04"
_SPAN = re.compile(
    r"(?P<name>[^\d:,;]*?)[\s:]*(?P<a>\d{1,2}:\d{2})\s*(?:-+|~|〜|—+|–|至|到)\s*\D{0,3}?(?P<b>\d{1,2}:\d{2})"
)
_DATED = re.compile(
    r"(?:(?P<year>20\d\d)\s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]|(?P<only>\d{1,2})\s*月)\s*(?P<day>\d{1,2})\s*[日号]?(?!\d)"
)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
T = TypeVar("T")

_LINES = 200
_ALL_LINES = 4 * MAX_ROWS
_CHARS = 500
_SHOWN = 60
_ACROSS = 3
_HOURS = ("小时", "h")
_SPANS = frozenset({"sessions", "breaks"})


@dataclass(slots=True)
class _Found:
    """What the sheet says, by fact: the label, the cell's value and where it stands."""

    cells: dict[str, list[tuple[str, object, Place]]] = field(default_factory=dict)

    def first(self, name: str) -> tuple[str, object, Place] | None:
        return next(iter(self.cells.get(name, ())), None)


def is_event_sheet(sheet: str) -> bool:
    """Return whether a sheet is named as one of the event's own facts."""
    return folded(sheet) in {folded(name) for name in strings(table()["event"]["sheets"])}


def read_facts(path: Path, *, as_of: date, limits: Limits = LIMITS) -> EventFacts | None:
    """Return what the sheet 活动 or 设置 of a workbook says, None when the file has no such sheet.

    A date without a year is the next one from `as_of` on; without any date, times are those of the day after `as_of`,
    which is noted. What cannot be read is noted and left None.
    :raises MatcherError: `file_…`, `zip_bomb`; `bad_break` as `with_breaks`.
    """
    with path.open("rb") as stream:
        if stream.read(4) != _ZIP:
            return None
    with open_package(path, limits) as package:
        sheets, _ = find_sheets(package, path)
    if not any(is_event_sheet(sheet.name) for sheet in sheets if not sheet.hidden):
        return None
    notes = Notes()
    every = islice(read_xlsx(path, limits, lambda _: None), _ALL_LINES)
    lines = (line for line in every if is_event_sheet(line.sheet))
    head = list(islice(lines, _LINES))
    if (more := next(lines, None)) is not None:
        where = Place(more.sheet, more.number)
        notes.warn(where, "facts_too_long", f"活动设置只读前 {_LINES} 行，其余没有读取", "请把设置写在前面")
    found = _facts(_gather(head, notes), as_of, notes)
    return replace(found, problems=tuple(replace(problem, file=path.name) for problem in found.problems))


def _gather(lines: Sequence[Line], notes: Notes) -> _Found:
    found = _Found()
    across = max(lines, key=_facts_in, default=None)
    for label, value, place in _across(lines, across) if across and _facts_in(across) >= _ACROSS else _down(lines):
        name = _fact(label)
        if name is not None:
            found.cells.setdefault(name, []).append((label, value, place))
        elif folded(label) not in {folded(word) for word in strings(table()["event"]["headers"])}:
            notes.warn(
                place,
                "fact_unknown",
                f"活动设置“{label}”不认识，没有采用",
                "可用：名称、日期、场次、每场分钟、桌数等",
                value,
            )
    return found


def _down(lines: Sequence[Line]) -> Iterator[tuple[str, object, Place]]:
    label = ""
    for line in lines:
        filled = [value for value in line.values if text_of(value if value is not None else "")]
        if not filled:
            continue
        named = _fact(filled[0]) is not None or len(filled) > 1
        if not (named or label):
            continue
        label, values = (text_of(filled[0]), filled[1:]) if named else (label, filled)
        for value in values if _fact(label) in _SPANS else values[:1]:
            yield label, value, Place(line.sheet, line.number, label)


def _facts_in(line: Line) -> int:
    return sum(_fact(value) is not None for value in line.values)


def _across(lines: Sequence[Line], header: Line) -> Iterator[tuple[str, object, Place]]:
    for line in lines:
        if line.number > header.number:
            for label, value in zip(header.values, line.values, strict=False):
                if label is not None and value is not None and text_of(value):
                    yield text_of(label), value, Place(line.sheet, line.number, text_of(label))


@lru_cache(maxsize=1)
def _labels() -> Mapping[str, str]:
    return {folded(word): name for name, known in table()["facts"].items() for word in strings(known)}


def _fact(value: object) -> str | None:
    """Return the fact that a label names; a unit in brackets and a number behind it do not matter."""
    if not isinstance(value, str):
        return None
    plain = re.sub(r"\(.*?\)", "", folded(re.sub(r"（.*?）|\(.*?\)", "", value)))
    return _labels().get(plain) or _labels().get(plain.rstrip("0123456789一二三四五"))


def _facts(found: _Found, as_of: date, notes: Notes) -> EventFacts:
    day = _read(found, "date", lambda value: read_date(value, as_of=as_of, edge=Edge.START), notes)
    on = day or _tomorrow(found, as_of, notes)
    sessions = tuple(_sessions(found, "sessions", on, notes))
    breaks = [(session.start, session.end) for session in _sessions(found, "breaks", on, notes)]
    return EventFacts(
        name=_read(found, "name", text_of, notes),
        day=day,
        place=_read(found, "place", text_of, notes),
        sessions=with_breaks(sessions, breaks),
        minutes=_read(found, "minutes", _minutes, notes),
        gap=_read(found, "gap", _minutes, notes),
        tables=_read(found, "tables", _count, notes),
        closed_tables=_read(found, "closed_tables", _numbers, notes) or frozenset(),
        guests=_read(found, "guests", _count, notes),
        least=_read(found, "least", _count, notes),
        most=_read(found, "most", _count, notes),
        streak=_read(found, "streak", _count, notes),
        floor=_read(found, "floor", _floor, notes),
        problems=tuple(notes.tally.first),
    )


def _read(found: _Found, name: str, read: Callable[[object], T | None], notes: Notes) -> T | None:
    stated = found.first(name)
    if stated is None or is_unknown(stated[1]):
        return None
    label, value, place = stated
    try:
        return read(value)
    except MatcherError as error:
        remedy = str(error.details.get("remedy", "请更正"))
        notes.warn(place, "fact_unreadable", f"{label}：{error.message}，没有采用", remedy, value)
        return None


def _tomorrow(found: _Found, as_of: date, notes: Notes) -> date:
    """Return the day after `as_of`, noting it where a time stands without a date."""
    day = as_of + timedelta(days=1)
    cells = (cell for name in sorted(_SPANS, reverse=True) for cell in found.cells.get(name, ()))
    undated = (cell for cell in cells if any(at is None for at, _ in _spans(cell[1])))
    if (first := next(undated, None)) is not None:
        label, value, place = first
        notes.warn(place, "fact_undated", f"{label}没有日期，按 {day:%Y-%m-%d} 处理", "请在活动设置里填写日期", value)
    return day


def _sessions(found: _Found, name: str, day: date, notes: Notes) -> Iterator[Session]:
    for label, value, place in found.cells.get(name, ()):
        matches = list(_spans(value))
        if not matches:
            notes.warn(
                place,
                "fact_unreadable",
                f"{label}“{text_of(value)[:_SHOWN]}”不是起止时间，没有采用",
                "请按 09:00-11:30 的样子填写起止时间",
                value,
            )
        for at, match in matches:
            on = _on(at, day)
            named = match["name"].strip(" 　:：、和") or (label if label.endswith("场") else "")
            name_ = named or f"{match['a']}-{match['b']}"
            yield Session(name=name_, start=_at(on, match["a"]), end=_at(on, match["b"]))


def _spans(value: object) -> Iterator[tuple[re.Match[str] | None, re.Match[str]]]:
    """Yield the stretches of time in a cell, each with the last date before it."""
    at: re.Match[str] | None = None
    for piece in re.split(r"[、,;\n]", spelt(text_of(value)[:_CHARS])):
        dated = _DATED.search(piece)
        at = dated or at
        yield from ((at, match) for match in _SPAN.finditer(_DATED.sub("", piece)))


def _on(at: re.Match[str] | None, day: date) -> date:
    """Return the day of a stretch: its own, in the event's year where it names none, else the event's."""
    with suppress(ValueError):
        if at is not None:
            return date(int(at["year"] or day.year), int(at["month"] or at["only"]), int(at["day"]))
    return day


def _at(day: date, clock: str) -> datetime:
    hour, minute = (int(piece) for piece in clock.split(":"))
    return datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute)


def _minutes(value: object) -> int:
    text = text_of(value)
    scale = 60 if any(word in text for word in _HOURS) else 1
    return round(scale * _number(text))


def _count(value: object) -> int:
    return round(_number(text_of(value)))


def _floor(value: object) -> int:
    """Return a score in thousandths: 0.35, 35% and 350 are one."""
    number = _number(text_of(value))
    scale = MILLI / 100 if "%" in text_of(value) else MILLI if number <= 1 else 1
    if not 0 <= number * scale <= MILLI:
        raise MatcherError("number_unreadable", f"“{value}”不在 0 到 1 之间", remedy="请填 0 到 1 之间的小数，如 0.35")
    return round(number * scale)


def _numbers(value: object) -> frozenset[int]:
    return frozenset(int(digits) for digits in re.findall(r"\d{1,9}", text_of(value)))


def _number(text: str) -> float:
    match = _NUMBER.search(unicodedata.normalize("NFKC", text))
    if match is None:
        raise MatcherError("number_unreadable", f"“{text}”不是数", remedy="请填写数字，如 30")
    return float(match[0])
