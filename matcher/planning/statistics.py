"""A plan in figures: how many meet, how evenly, how well the time and the tables are used."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from matcher.exposure import gini
from matcher.planning.model import MILLI, EventSide, Meeting, Plan, Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of a plan. `mean_score` in [0, 1]; `gini` of meetings per guest (all where there are no sides);
    `idle` counts free slots between the first and last meeting of a delegate within a session; `table_moves` counts
    changes of table from one meeting to the next; `table_use` is the share of slots × tables in use.
    """

    participants: int
    meetings: int
    with_meetings: int
    without_meetings: int
    below_minimum: int
    shortfall: int
    mean_score: float
    total_score: int
    gini: float
    idle: int
    table_moves: int
    table_use: float
    by_side: dict[str, dict[str, int]]
    by_type: dict[str, dict[str, int]]
    by_industry: dict[str, dict[str, int]]
    by_region: dict[str, dict[str, int]]


def statistics(programme: Programme, plan: Plan) -> Statistics:
    """Return the figures of a plan."""
    degrees = Counter(name for meeting in plan.meetings for name in (meeting.a, meeting.b))
    people, event = programme.participants, programme.event
    guests = [person for person in people if person.side is not EventSide.HOST]
    total = sum(meeting.score for meeting in plan.meetings)
    open_tables = len(event.slots) * (event.tables - len(event.closed_tables))
    used = len({(meeting.slot, meeting.table) for meeting in plan.meetings})
    short = [unmet for unmet in plan.unmet if unmet.partner is None]

    def grouped(labels: Iterable[str | None]) -> dict[str, dict[str, int]]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for person, label in zip(people, labels, strict=True):
            met = degrees[person.id]
            found[label or "未填写"].update({"参会": 1, "有会面": int(met > 0), "会面": met})
        return {label: dict(counts) for label, counts in sorted(found.items())}

    return Statistics(
        participants=len(people),
        meetings=len(plan.meetings),
        with_meetings=len(degrees),
        without_meetings=len(people) - len(degrees),
        below_minimum=len(short),
        shortfall=sum(unmet.wanted - unmet.got for unmet in short),
        mean_score=round(total / MILLI / max(1, len(plan.meetings)), 4),
        total_score=total,
        gini=round(gini([degrees[person.id] for person in guests]), 4),
        idle=sum(_idle(programme, slots) for slots in _days(plan.meetings).values()),
        table_moves=sum(one != other for tables in _tables(plan.meetings).values() for one, other in pairwise(tables)),
        table_use=round(used / max(1, open_tables), 4),
        by_side=grouped(person.side for person in people),
        by_type=grouped(person.type for person in people),
        by_industry=grouped(person.industry for person in people),
        by_region=grouped(person.region for person in people),
    )


def _days(meetings: Iterable[Meeting]) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for meeting in meetings:
        found[meeting.a, meeting.delegate_a].add(meeting.slot)
        found[meeting.b, meeting.delegate_b].add(meeting.slot)
    return found


def _tables(meetings: Iterable[Meeting]) -> dict[tuple[str, str], list[int]]:
    """Return each delegate's tables in the order of its slots, a group counted once."""
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for meeting in sorted(meetings, key=lambda meeting: meeting.slot):
        found[meeting.a, meeting.delegate_a][meeting.slot] = meeting.table
        found[meeting.b, meeting.delegate_b][meeting.slot] = meeting.table
    return {person: list(tables.values()) for person, tables in found.items()}


def _idle(programme: Programme, slots: set[int]) -> int:
    """Return the free slots between a delegate's first and last meeting of each session."""
    session = {slot.number: slot.session for slot in programme.event.slots}
    held: dict[int, list[int]] = defaultdict(list)
    for slot in slots:
        held[session[slot]].append(slot)
    return sum(max(own) - min(own) + 1 - len(own) for own in held.values())
