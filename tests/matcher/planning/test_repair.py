"""Repairs: no worse served than anew, and no plan changes less of what was announced."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.planning import repair as repair_module
from matcher.planning.candidates import Candidates, candidates
from matcher.planning.change import delayed, without, without_table
from matcher.planning.model import Lock, Meeting, PairKey, Plan, Programme, pair_key
from matcher.planning.planner import plan, repaired
from matcher.planning.repair import repair, shortfall
from matcher.planning.shortfall import shortfalls
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair
from tests.matcher.planning import brute
from tests.matcher.planning.halls import Slots, halls, timetables

FAIR = fair(Fair(hosts=6, guests=24, slots=6, tables=6), 2)
PLANNED = plan(FAIR)
KINDS = ("drop", "add", "swap", "table", "time", "pause", "forbid", "lock")


def kept(before: tuple[Meeting, ...], after: tuple[Meeting, ...]) -> int:
    """Return how many announced (pair, slot) are kept."""
    held = {(pair_key(one.a, one.b), one.slot) for one in after}
    return sum((pair_key(one.a, one.b), one.slot) in held for one in before)


def with_lock(programme: Programme, lock: Lock) -> Programme:
    return replace(programme, locks=(*(one for one in programme.locks if one.pair != lock.pair), lock))


def away(programme: Programme, number: int, slot: int) -> Programme:
    """Return the programme in which a participant is not there in a slot."""
    people = list(programme.participants)
    rest = tuple(replace(one, available=one.available - {slot}) for one in people[number].delegates)
    people[number] = replace(people[number], delegates=rest)
    return replace(programme, participants=tuple(people))


@st.composite
def changes(draw: st.DrawFn) -> tuple[Programme, Programme]:
    """Draw a small event before and after something happened."""
    whole, kind = draw(halls(most_pairs=5)), draw(st.sampled_from(KINDS))
    event, ids = whole.event, [who.id for who in whole.participants]
    one, other = draw(st.permutations(range(len(ids))))[:2]
    slot = draw(st.integers(0, len(event.slots) - 1))
    table = draw(st.integers(1, event.tables))
    match kind:
        case "drop":
            return whole, without(whole, [ids[one]])
        case "add":
            return without(whole, [ids[one]]), whole
        case "swap":
            return without(whole, [ids[one]]), without(whole, [ids[other]])
        case "table":
            assume(event.tables - len(event.closed_tables) > 1 and table not in event.closed_tables)
            return whole, without_table(whole, table)
        case "time":
            return whole, away(whole, one, slot)
        case "pause":
            return whole, replace(whole, event=replace(event, rules=replace(event.rules, streak=1)))
    assume(whole.scores)
    pair = draw(st.sampled_from(whole.scores)).pair
    if kind == "lock":
        lock = Lock(pair=pair, slot=draw(st.sampled_from([None, slot])), table=draw(st.sampled_from([None, table])))
        return whole, with_lock(whole, lock)
    free = tuple(lock for lock in whole.locks if lock.pair != pair)
    return whole, replace(whole, forbidden=frozenset({pair}), locks=free)


def plans(after: Programme, found: Candidates, anew: tuple[Meeting, ...]) -> Iterator[Slots]:
    """Yield every timetable that a repair may give: caps and locks kept, no shorter than the plan made anew."""
    pairs, least = list(range(len(found.first))), shortfall(found, anew)
    locked = {lock.pair for lock in after.locks} & {pair_key(one.a, one.b) for one in anew}
    held = [pair for pair in pairs if found.key(pair) in locked]
    for slots in timetables(after, found):
        within = brute.within_caps(found, pairs, slots) and brute.shortfall(found, pairs, slots) <= least
        if within and all(slots[pair] >= 0 for pair in held):
            yield slots


def announced_kept(before: tuple[Meeting, ...], found: Candidates, slots: Slots) -> list[PairKey]:
    at = {pair_key(one.a, one.b): one.slot for one in before}
    held = ((found.key(pair), slot) for pair, slot in enumerate(slots) if slot >= 0)
    return [pair for pair, slot in held if at.get(pair) == slot]


@settings(max_examples=120, deadline=None)
@given(changes())
def test_no_plan_changes_less(change: tuple[Programme, Programme]) -> None:
    before, after = plan(change[0]).meetings, change[1]
    found, anew = candidates(after), plan(after).meetings
    made = repair(found, after.event, before, replan=anew, locks=after.locks)
    most = max(len(announced_kept(before, found, slots)) for slots in plans(after, found, anew))
    assert kept(before, made.meetings) == most
    assert shortfall(found, made.meetings) <= shortfall(found, anew)
    assert (made.stages[0].value, made.stages[0].proven) == (len(before) - most, True)
    assert verify(after, repaired(after, before)) == ()


@settings(max_examples=120, deadline=None)
@given(changes())
def test_then_tables_and_then_weight(change: tuple[Programme, Programme]) -> None:
    assume(change[0].event.rules.guests == 1)
    before, after = plan(change[0]).meetings, change[1]
    found, anew = candidates(after), plan(after).meetings
    at = {pair_key(one.a, one.b): one.table for one in before}
    fixed = {lock.pair: lock.table for lock in after.locks if lock.table}

    def cost(slots: Slots) -> tuple[int, int, int]:
        same = announced_kept(before, found, slots)
        held = {found.key(pair): slot for pair, slot in enumerate(slots) if slot >= 0}
        moves = sum(
            at[pair] in after.event.closed_tables
            or fixed.get(pair, at[pair]) != at[pair]
            or any(fixed.get(other) == at[pair] and held[other] == held[pair] for other in held if other != pair)
            for pair in same
        )
        weight = sum(int(found.weight[pair]) for pair, slot in enumerate(slots) if slot >= 0)
        return len(before) - len(same), moves, -weight

    made = repair(found, after.event, before, replan=anew, locks=after.locks)
    changed, moved, total = (stage.value for stage in made.stages)
    assert (changed, moved, -total) == min(cost(slots) for slots in plans(after, found, anew))


@settings(max_examples=120, deadline=None)
@given(changes())
def test_a_repair_that_looks_near_the_change_only_claims_no_more_than_is_so(
    change: tuple[Programme, Programme],
) -> None:
    before, after = plan(change[0]).meetings, change[1]
    found, anew = candidates(after), plan(after).meetings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair_module, "WHOLE", -1)
        made = repair(found, after.event, before, replan=anew, locks=after.locks)
    every = list(plans(after, found, anew))
    least = len(before) - max(len(announced_kept(before, found, slots)) for slots in every)
    changed, moved, total = made.stages
    assert changed.bound <= least <= changed.value
    same = [slots for slots in every if len(before) - len(announced_kept(before, found, slots)) <= changed.value]
    weights = (sum(int(found.weight[pair]) for pair, slot in enumerate(slots) if slot >= 0) for slots in same)
    assert max(weights) <= total.bound
    assert moved.bound <= moved.value
    assert shortfall(found, made.meetings) <= shortfall(found, anew)
    unmet = shortfalls(after, found, made.meetings)
    assert verify(after, Plan(meetings=made.meetings, unmet=unmet)) == ()


AFTER = {
    "drop": without(FAIR, [FAIR.participants[0].id, FAIR.participants[-1].id]),
    "table": without_table(FAIR, 1),
    "time": away(FAIR, 0, 0),
}


@pytest.mark.parametrize("kind", ["drop", "table", "time"])
def test_a_fair_changes_little(kind: str) -> None:
    after = AFTER[kind]
    made = repaired(after, PLANNED.meetings)
    assert verify(after, made) == ()
    anew = plan(after)
    assert kept(PLANNED.meetings, made.meetings) >= kept(PLANNED.meetings, anew.meetings)


def test_nothing_happened_changes_nothing() -> None:
    made = repaired(FAIR, PLANNED.meetings)
    assert [(one.a, one.b, one.slot, one.table) for one in made.meetings] == [
        (one.a, one.b, one.slot, one.table) for one in PLANNED.meetings
    ]


def test_locked_meetings_stay() -> None:
    one = PLANNED.meetings[-1]
    lock = Lock(pair=pair_key(one.a, one.b), slot=one.slot, table=one.table)
    other = next(who.id for who in FAIR.participants if who.id not in lock.pair)
    after = replace(without(FAIR, [other]), locks=(lock,))
    made = repaired(after, PLANNED.meetings)
    held = next(each for each in made.meetings if pair_key(each.a, each.b) == lock.pair)
    assert (held.slot, held.table, held.locked) == (one.slot, one.table, True)


def test_a_delay_moves_the_clock_and_nothing_else() -> None:
    late = delayed(FAIR, 20)
    assert [(b.start - a.start).total_seconds() for a, b in zip(FAIR.event.slots, late.event.slots, strict=True)] == [
        1200
    ] * len(FAIR.event.slots)
    assert [one.slot for one in repaired(late, PLANNED.meetings).meetings] == [one.slot for one in PLANNED.meetings]


@pytest.mark.parametrize("late", [1, 3])
def test_who_registers_late_gets_in_where_there_is_room(late: int) -> None:
    walk_ins = [who.id for who in FAIR.participants[-late:]]
    before = plan(without(FAIR, walk_ins)).meetings
    made = repaired(FAIR, before)
    assert verify(FAIR, made) == ()
    changed = next(stage for stage in made.stages if stage.name == "changes")
    assert changed.value == len(before) - kept(before, made.meetings)
    assert changed.value == 0 or changed.value <= late
    short = {one.participant for one in made.unmet}
    assert all(name in short or any(name in (one.a, one.b) for one in made.meetings) for name in walk_ins)


def test_a_lost_table_moves_those_who_sat_there() -> None:
    spare = fair(Fair(hosts=6, guests=24, slots=6, tables=7), 2)
    before = plan(spare).meetings
    lost = before[0].table
    made = repaired(without_table(spare, lost), before)
    moved = {pair_key(one.a, one.b) for one in before if one.table == lost}
    tables = {pair_key(one.a, one.b): (one.slot, one.table) for one in made.meetings}
    assert kept(before, made.meetings) == len(before)
    assert {
        pair_key(one.a, one.b) for one in before if tables[pair_key(one.a, one.b)] != (one.slot, one.table)
    } == moved
    assert [(stage.value, stage.bound) for stage in made.stages[:2]] == [(0, 0), (len(moved), len(moved))]


def test_many_pairs_are_repaired_near_the_change_and_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "WHOLE", 0)
    made = repaired(AFTER["drop"], PLANNED.meetings)
    assert verify(AFTER["drop"], made) == ()
    assert made.stages[0].proven
    assert made.stages[2].value >= 0.9 * made.stages[2].bound
