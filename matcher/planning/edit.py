"""Changes by hand: a meeting added, moved or taken out, a pair locked or forbidden; conflicts are told, not decided."""

from collections.abc import Iterable
from dataclasses import replace

from matcher.errors import MatcherError
from matcher.planning.candidates import candidates
from matcher.planning.model import (
    EventSide,
    Lock,
    Meeting,
    PairKey,
    Participant,
    Plan,
    Programme,
    Violation,
    pair_key,
)
from matcher.planning.shortfall import shortfalls
from matcher.planning.verify import verify

Edited = tuple[Plan, tuple[Violation, ...]]


def moved(programme: Programme, plan: Plan, pair: PairKey, *, slot: int, table: int) -> Edited:
    """Return the plan with a meeting at another time or table, or a new one, and every rule the change breaks.

    Delegates who are free are chosen where there are any. A rule that the plan broke before is not told again.
    :raises MatcherError: `unknown_participant`, `unknown_slot` or `unknown_table`.
    """
    people = {participant.id: participant for participant in programme.participants}
    _check(programme, people, pair, slot, table)
    others = tuple(meeting for meeting in plan.meetings if pair_key(meeting.a, meeting.b) != pair)
    old = next((meeting for meeting in plan.meetings if pair_key(meeting.a, meeting.b) == pair), None)
    a, b = (old.a, old.b) if old else _host_first(people, pair)
    scores = {scored.pair: scored for scored in programme.scores}
    scored = scores.get(pair)
    new = Meeting(
        a=a,
        b=b,
        slot=slot,
        table=table,
        score=scored.score if scored else 0,
        delegate_a=_delegate(people[a], others, slot, table, old.delegate_a if old else None),
        delegate_b=_delegate(people[b], others, slot, None, old.delegate_b if old else None),
        reasons=old.reasons if old else scored.reasons if scored else (),
        locked=old.locked if old else any(lock.pair == pair for lock in programme.locks),
    )
    return _edited(programme, plan, [*others, new])


def removed(programme: Programme, plan: Plan, pair: PairKey) -> Edited:
    """Return the plan without a meeting, and every rule the change breaks.

    :raises MatcherError: `no_meeting` when the two do not meet.
    """
    kept = [meeting for meeting in plan.meetings if pair_key(meeting.a, meeting.b) != pair]
    if len(kept) == len(plan.meetings):
        raise MatcherError("no_meeting", "计划中没有这两方的会面")
    return _edited(programme, plan, kept)


def locked(programme: Programme, plan: Plan, pair: PairKey) -> tuple[Programme, Plan]:
    """Return programme and plan with a meeting fixed where it stands; a pair without one is to meet, anywhere."""
    at = next((meeting for meeting in plan.meetings if pair_key(meeting.a, meeting.b) == pair), None)
    lock = Lock(pair=pair, slot=at.slot, table=at.table) if at else Lock(pair=pair)
    others = tuple(held for held in programme.locks if held.pair != pair)
    fixed = replace(programme, locks=(*others, lock), forbidden=programme.forbidden - {pair})
    return fixed, _marked(plan, pair, True)


def unlocked(programme: Programme, plan: Plan, pair: PairKey) -> tuple[Programme, Plan]:
    """Return programme and plan with a pair free to change again."""
    freed = replace(programme, locks=tuple(held for held in programme.locks if held.pair != pair))
    return freed, _marked(plan, pair, False)


def forbidden(programme: Programme, pair: PairKey) -> Programme:
    """Return the programme in which two may not meet; the plan is then to be repaired."""
    freed = tuple(held for held in programme.locks if held.pair != pair)
    return replace(programme, forbidden=programme.forbidden | {pair}, locks=freed)


def _edited(programme: Programme, plan: Plan, meetings: Iterable[Meeting]) -> Edited:
    kept = tuple(sorted(meetings, key=lambda meeting: (meeting.slot, meeting.table, meeting.a, meeting.b)))
    seated = {pair_key(meeting.a, meeting.b) for meeting in kept}
    others = {
        one: tuple(other for other in held if pair_key(one, other) not in seated)
        for one, held in plan.alternates.items()
    }
    # What the solvers proved is not so of a plan that was changed after them.
    changed = replace(
        plan, meetings=kept, unmet=shortfalls(programme, candidates(programme), kept), alternates=others, stages=()
    )
    before = {violation.message for violation in verify(programme, plan)}
    broken = tuple(violation for violation in verify(programme, changed) if violation.message not in before)
    return changed, broken


def _marked(plan: Plan, pair: PairKey, fixed: bool) -> Plan:
    meetings = (
        replace(meeting, locked=fixed) if pair_key(meeting.a, meeting.b) == pair else meeting
        for meeting in plan.meetings
    )
    return replace(plan, meetings=tuple(meetings))


def _delegate(
    participant: Participant, others: Iterable[Meeting], slot: int, table: int | None, held: str | None
) -> str:
    """Return who of a participant sits there: at a host's table whoever is there already, else one who is free."""
    busy: set[str] = set()
    for meeting in others:
        if meeting.slot != slot or participant.id not in (meeting.a, meeting.b):
            continue
        own = meeting.delegate_a if meeting.a == participant.id else meeting.delegate_b
        if table == meeting.table and participant.side is EventSide.HOST:
            return own
        busy.add(own)
    free = [one.id for one in participant.delegates if slot in one.available and one.id not in busy]
    if held in free:
        return str(held)
    return (free or [held or participant.delegates[0].id])[0]


def _host_first(people: dict[str, Participant], pair: PairKey) -> PairKey:
    return pair[::-1] if people[pair[1]].side is EventSide.HOST else pair


def _check(programme: Programme, people: dict[str, Participant], pair: PairKey, slot: int, table: int) -> None:
    event = programme.event
    for name in pair:
        if name not in people or not people[name].delegates:
            raise MatcherError("unknown_participant", f"没有编号为“{name}”、有代表到场的参会方")
    if slot not in {held.number for held in event.slots}:
        raise MatcherError("unknown_slot", f"没有第 {slot + 1} 时段；共有 {len(event.slots)} 个时段")
    if not 1 <= table <= event.tables or table in event.closed_tables:
        raise MatcherError("unknown_table", f"{table} 号桌不可用；共有 {event.tables} 张桌")
