"""From an attendee spreadsheet and the organiser's word to a programme, ready to be scored and planned."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from matcher.errors import MatcherError
from matcher.planning.calendar import run_of, slots_of, with_breaks
from matcher.planning.model import Event, EventSide, Participant, Programme, Rules, Session
from matcher.planning.preferences import merged_wishes
from matcher.tabular.attendees import Attendance, EventFacts, Registry, read_attendees, read_facts
from matcher.tabular.attendees.model import MOST_PARTICIPANTS

SLOTS, MINUTES = 10, 20
FLOOR = 200
"""Half of what the ranker would just show, in thousandths: below it two have nothing to say to each other."""
MOST_TABLES = MOST_PARTICIPANTS
_OPENS = time(9)
_DAY = 1440
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the organiser says of an event; None leaves it to the sheet 活动, else to a default.

    Defaults: tomorrow from 9:00, 10 slots of 20 minutes, a table per host (without sides: enough for all at once), at
    least one meeting each, no most, one to one, relevance floor 200. `breaks` are (start, end); where the number of
    slots is said, they put off the slots behind them.
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
    breaks: tuple[tuple[datetime, datetime], ...] = ()
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
    known: Registry | None = None,
) -> Draft:
    """Return the programme of a sheet; `known` are the enterprises on record.

    :raises MatcherError: as `read_attendees`, `read_facts` and `event_of`.
    """
    facts = read_facts(path, as_of=as_of) or EventFacts()
    event, sessions = event_of(setup, facts, as_of=as_of, name=path.stem)
    attendance = _with_problems(read_attendees(path, slots=event.slots, sessions=sessions, known=known), facts)
    tables = _first(setup.tables, facts.tables, _tables(attendance.participants))
    programme = Programme(
        event=replace(event, tables=tables),
        participants=tuple(map(_seated, attendance.participants)),
        wishes=attendance.wishes,
        met=attendance.met,
    )
    return Draft(programme=programme, attendance=attendance, facts=facts)


def redraft(path: Path, programme: Programme, *, known: Registry | None = None, more: bool = False) -> Draft:
    """Return the programme with the attendees of a later version of its sheet; event, locks and bans stay.

    With `more` the sheet holds only who comes in addition, and everybody else stays. Scores are gone: they are of what
    was said before. Locks and bans of those who no longer come go with them. Of the sheet 活动 only the names of the
    sessions are read again.
    :raises MatcherError: as `read_attendees` and `read_facts`.
    """
    slots = programme.event.slots
    eve = slots[0].start.date() - timedelta(days=1) if slots else date.min
    facts = read_facts(path, as_of=eve)
    sessions = _same_sessions(facts or EventFacts(), programme.event)
    attendance = read_attendees(
        path, slots=slots, sessions=sessions, known=known, earlier=programme.participants, stay=more
    )
    coming = {one.id for one in attendance.participants}
    renewed = replace(
        programme,
        participants=tuple(map(_seated, attendance.participants)),
        scores=(),
        wishes=merged_wishes(programme.wishes, attendance.wishes) if more else attendance.wishes,
        met=programme.met | attendance.met if more else attendance.met,
        forbidden=frozenset(pair for pair in programme.forbidden if coming.issuperset(pair)),
        locks=tuple(lock for lock in programme.locks if coming.issuperset(lock.pair)),
    )
    return Draft(programme=renewed, attendance=attendance, facts=EventFacts())


def event_of(setup: Setup, facts: EventFacts, *, as_of: date, name: str) -> tuple[Event, tuple[Session, ...]]:
    """Return the event and its sessions; its tables are one until it is known who comes, unless somebody said.

    :raises MatcherError: `no_tables` when none are said, `bad_tables` above 5,000; as `slots_of`, `run_of` and
        `with_breaks`.
    """
    minutes, gap = _first(setup.minutes, facts.minutes, MINUTES), _first(setup.gap, facts.gap, 0)
    if minutes > _DAY or gap > _DAY:
        raise MatcherError("bad_slots", f"每场时长和间隔不超过一天，现为 {minutes} 分钟、间隔 {gap} 分钟")
    sessions = _sessions(setup, facts, minutes, gap, as_of)
    tables = _first(setup.tables, facts.tables, 1)
    if tables < 1:
        raise MatcherError("no_tables", f"活动没有可用的洽谈桌（桌数为 {tables}），请填写桌数，至少 1 张")
    if tables > MOST_TABLES:
        raise MatcherError("bad_tables", f"桌数应在 1 到 {MOST_TABLES} 之间，现为 {tables}")
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
        tables=tables,
        rules=rules,
        closed_tables=facts.closed_tables,
    )
    return event, sessions


def _sessions(setup: Setup, facts: EventFacts, minutes: int, gap: int, as_of: date) -> tuple[Session, ...]:
    said = setup.sessions or (() if setup.start or setup.slots is not None else facts.sessions)
    if said:
        return with_breaks(said, setup.breaks)
    count = _first(setup.slots, SLOTS)
    start = setup.start or datetime.combine(facts.day or as_of + timedelta(days=1), _OPENS)
    run = run_of(start, count, minutes=minutes, gap=gap)
    if not setup.breaks:
        return (run,)
    # Each break costs at most its own length and the slot it cuts.
    lost = sum((end - begin + timedelta(minutes=minutes + gap) for begin, end in setup.breaks), timedelta())
    pieces = with_breaks([replace(run, end=run.end + lost)], setup.breaks)
    last = slots_of(pieces, minutes, gap)[count - 1].end
    return tuple(replace(piece, end=min(piece.end, last)) for piece in pieces if piece.start < last)


def _same_sessions(facts: EventFacts, event: Event) -> tuple[Session, ...]:
    """Return the sessions that a sheet names, where they hold the event's slots by day and clock; else none."""
    ordered = sorted(facts.sessions, key=lambda session: session.start)
    held = all(
        slot.session < len(ordered)
        and ordered[slot.session].start <= slot.start
        and slot.end <= ordered[slot.session].end
        for slot in event.slots
    )
    return facts.sessions if held else ()


def _with_problems(attendance: Attendance, facts: EventFacts) -> Attendance:
    """Return what was read of the attendees with what the sheet 活动 left unclear, first."""
    counts = Counter(attendance.counts) + Counter(problem.code for problem in facts.problems)
    return replace(attendance, problems=(*facts.problems, *attendance.problems), counts=dict(counts))


def _seated(participant: Participant) -> Participant:
    """Return a host that keeps its table; guests go to the hosts."""
    return replace(participant, keeps_table=True) if participant.side is EventSide.HOST else participant


def _tables(participants: Iterable[Participant]) -> int:
    """Return a table for every delegate of a host, or for every two people where there are no sides."""
    people = list(participants)
    hosts = sum(len(one.delegates) for one in people if one.side is EventSide.HOST)
    return min(hosts or max(1, sum(len(one.delegates) for one in people) // 2), MOST_TABLES)


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)
