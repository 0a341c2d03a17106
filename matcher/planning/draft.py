"""From an attendee spreadsheet and the organiser's word to a programme, ready to be scored and planned."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from matcher.planning.calendar import run_of, slots_of
from matcher.planning.model import Event, EventSide, Participant, Programme, Rules, Session
from matcher.tabular.attendees import Attendance, EventFacts, read_attendees, read_facts

SLOTS, MINUTES = 10, 20
FLOOR = 250
"""Half of what the ranker would just show, in thousandths: below it two have nothing to say to each other."""
_OPENS = time(9)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the organiser says of an event; None leaves it to the sheet 活动, else to a default.

    Defaults: tomorrow from 9:00, 10 slots of 20 minutes, a table per host (without sides: enough for all at once), at
    least one meeting each, no most, one to one, relevance floor 250.
    """

    name: str | None = None
    start: datetime | None = None
    slots: int | None = None
    minutes: int | None = None
    gap: int | None = None
    tables: int | None = None
    guests: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    floor: int | None = None
    streak: int | None = None
    sessions: tuple[Session, ...] = ()
    meet: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A programme without scores, and what its sheet said."""

    programme: Programme
    attendance: Attendance
    facts: EventFacts


def draft(
    path: Path,
    setup: Setup,
    *,
    as_of: date,
    known: Iterable[tuple[str, str]] = (),
) -> Draft:
    """Return the programme of a sheet; `known` are the (id, name) of enterprises on record.

    :raises MatcherError: as `read_attendees`, `read_facts`, `slots_of` and `run_of`.
    """
    facts = read_facts(path, as_of=as_of) or EventFacts()
    event, sessions = event_of(setup, facts, as_of=as_of, name=path.stem)
    attendance = read_attendees(path, slots=event.slots, sessions=sessions, known=known)
    tables = _first(setup.tables, facts.tables, _tables(attendance.participants))
    programme = Programme(
        event=replace(event, tables=tables),
        participants=tuple(map(_seated, attendance.participants)),
        wishes=attendance.wishes,
        met=attendance.met,
    )
    return Draft(programme=programme, attendance=attendance, facts=facts)


def redraft(path: Path, programme: Programme, *, known: Iterable[tuple[str, str]] = ()) -> Draft:
    """Return the programme with the attendees of a later version of its sheet; event, locks and bans stay.

    Scores are gone: they are of what was said before. Locks and bans of those who no longer come go with them.
    :raises MatcherError: as `read_attendees`.
    """
    before = [(one.id, one.name) for one in programme.participants]
    attendance = read_attendees(path, slots=programme.event.slots, known=known, earlier=before)
    coming = {one.id for one in attendance.participants}
    renewed = replace(
        programme,
        participants=tuple(map(_seated, attendance.participants)),
        scores=(),
        wishes=attendance.wishes,
        met=attendance.met,
        forbidden=frozenset(pair for pair in programme.forbidden if coming.issuperset(pair)),
        locks=tuple(lock for lock in programme.locks if coming.issuperset(lock.pair)),
    )
    return Draft(programme=renewed, attendance=attendance, facts=EventFacts())


def event_of(setup: Setup, facts: EventFacts, *, as_of: date, name: str) -> tuple[Event, tuple[Session, ...]]:
    """Return the event and its sessions; its tables are one until it is known who comes, unless somebody said.

    :raises MatcherError: as `slots_of` and `run_of`.
    """
    minutes, gap = _first(setup.minutes, facts.minutes, MINUTES), _first(setup.gap, facts.gap, 0)
    sessions = setup.sessions or (() if setup.start or setup.slots else facts.sessions)
    if not sessions:
        day = facts.day or as_of + timedelta(days=1)
        start = setup.start or datetime.combine(day, _OPENS)
        sessions = (run_of(start, _first(setup.slots, SLOTS), minutes=minutes, gap=gap),)
    rules = Rules(
        minimum=_first(setup.minimum, facts.least, 1),
        maximum=facts.most if setup.maximum is None else setup.maximum,
        floor=_first(setup.floor, facts.floor, FLOOR),
        guests=_first(setup.guests, facts.guests, 1),
        streak=facts.streak if setup.streak is None else setup.streak,
        meet=setup.meet,
    )
    event = Event(
        name=setup.name or facts.name or name,
        slots=slots_of(sessions, minutes, gap),
        tables=_first(setup.tables, facts.tables, 1),
        rules=rules,
        closed_tables=facts.closed_tables,
    )
    return event, sessions


def _seated(participant: Participant) -> Participant:
    """Return a host that keeps its table; guests go to the hosts."""
    return replace(participant, keeps_table=True) if participant.side is EventSide.HOST else participant


def _tables(participants: Iterable[Participant]) -> int:
    """Return a table for every delegate of a host, or for every two people where there are no sides."""
    people = list(participants)
    hosts = sum(len(one.delegates) for one in people if one.side is EventSide.HOST)
    return hosts or max(1, sum(len(one.delegates) for one in people) // 2)


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)
