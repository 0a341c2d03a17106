"""Timetables: every rule kept, the most that fits against all timetables, proofs that hold, boundaries by one."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from matcher.errors import MatcherError
from matcher.planning.candidates import Candidates, candidates
from matcher.planning.model import Event, Lock, Meeting, PairScore, Plan, Programme, Violation, pair_key
from matcher.planning.planner import plan
from matcher.planning.shortfall import shortfalls
from matcher.planning.timetable import timetable
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair, firm, slots
from tests.matcher.planning.brute import shortfall
from tests.matcher.planning.generate import programmes
from tests.matcher.planning.halls import GUEST, HOST, halls, round_robin, timetables


@settings(max_examples=200, deadline=None)
@given(halls())
def test_what_fits_is_the_most_that_fits(programme: Programme) -> None:
    found = candidates(programme)
    pairs = list(range(len(found.first)))
    made = timetable(found, programme.event, pairs, programme.locks)
    weight, every = found.weight.tolist(), list(timetables(programme, found))

    def cost(slots_: tuple[int, ...]) -> tuple[int, int, int]:
        left = [pair for pair, slot in zip(pairs, slots_, strict=True) if slot < 0]
        return shortfall(found, pairs, slots_), len(left), sum(weight[pair] for pair in left)

    given_ = {pair_key(one.a, one.b): one.slot for one in made.meetings}
    reached = tuple(given_.get(found.key(pair), -1) for pair in pairs)
    assert cost(reached) == min(cost(each) for each in every)
    assert broken(programme, found, made.meetings) == ()
    assert list(made.dropped) == [pair for pair in pairs if reached[pair] < 0]
    assert bool(made.dropped) is bool(made.notes)
    unplaced, waits = made.stages
    assert (unplaced.value, unplaced.proven) == (len(made.dropped), True)
    assert waits.value == waited(programme, [(one.a, one.b, one.slot) for one in made.meetings]) >= waits.bound
    for cut in made.cuts:
        most = max(sum(each[pair] >= 0 for pair in cut.pairs) for each in every)
        assert most <= cut.most < len(cut.pairs)


@settings(max_examples=100, deadline=None)
@given(halls(most_pairs=4))
def test_no_timetable_of_the_same_meetings_waits_less_than_the_bound(programme: Programme) -> None:
    found = candidates(programme)
    made = timetable(found, programme.event, range(len(found.first)), programme.locks)
    same = (
        each for each in timetables(programme, found) if {n for n, at in enumerate(each) if at < 0} == {*made.dropped}
    )
    people = programme.participants
    least = min(
        waited(
            programme,
            [(people[found.first[n]].id, people[found.second[n]].id, slot) for n, slot in enumerate(each) if slot >= 0],
        )
        for each in same
    )
    assert made.stages[1].bound <= least <= made.stages[1].value
    assert made.stages[1].value == least


def waited(programme: Programme, meetings: Iterable[tuple[str, str, int]]) -> int:
    """Return the free slots of guests between their first and last meeting of each session."""
    busy: dict[tuple[str, int], set[int]] = {}
    for one, other, slot in meetings:
        for name in (one, other):
            busy.setdefault((name, programme.event.slots[slot].session), set()).add(slot)
    hosts = {who.id for who in programme.participants if who.side is HOST}
    return sum(max(at) - min(at) + 1 - len(at) for (name, _), at in busy.items() if name not in hosts)


def broken(programme: Programme, found: Candidates, meetings: tuple[Meeting, ...]) -> tuple[Violation, ...]:
    """Return the rules that a timetable breaks."""
    return verify(programme, Plan(meetings=meetings, unmet=shortfalls(programme, found, meetings)))


@settings(max_examples=150, deadline=None)
@given(programmes())
def test_a_plan_keeps_every_rule(programme: Programme) -> None:
    made = plan(programme)
    assert verify(programme, made) == ()
    assert plan(programme).meetings == made.meetings


@pytest.mark.parametrize(("tables", "dropped"), [(3, 0), (2, 3), (1, 6)])
def test_tables_are_enough_or_one_too_few(tables: int, dropped: int) -> None:
    programme = round_robin(3, 3, 3, tables)
    made = timetable(candidates(programme), programme.event, range(9))
    assert len(made.dropped) == dropped
    assert bool(made.relaxations) is bool(dropped)
    assert bool(made.notes) is bool(dropped)
    if dropped:
        assert any("桌" in told for told in (*made.notes, *made.relaxations))
        assert made.stages[0].proven


@pytest.mark.parametrize(("times", "dropped"), [(4, 0), (3, 4)])
def test_slots_are_enough_or_one_too_few(times: int, dropped: int) -> None:
    programme = round_robin(4, 4, times, 9)
    assert len(timetable(candidates(programme), programme.event, range(16)).dropped) == dropped


@pytest.mark.parametrize(("streak", "most"), [(None, 6), (4, 6), (3, 6), (2, 4), (1, 4)])
@pytest.mark.parametrize("more", [0, 1])
def test_a_pause_after_a_streak_costs_a_slot(streak: int | None, most: int, more: int) -> None:
    # Six slots in two sessions of three: 3 + 3 meetings, with a pause after two 2 + 2, after one 2 + 2.
    programme = round_robin(1, most + more, 6, 2, streak=streak)
    found = candidates(programme)
    made = timetable(found, programme.event, range(most + more))
    assert len(made.dropped) == more
    assert broken(programme, found, made.meetings) == ()


@pytest.mark.parametrize("more", [0, 1])
def test_as_many_slots_as_the_minimum_or_one_too_few(more: int) -> None:
    programme = round_robin(1, 4, 3, 2)
    people = tuple(replace(who, minimum=3 + more) if who.id == "h0" else who for who in programme.participants)
    made = plan(replace(programme, participants=people))
    assert len(made.meetings) == 3
    assert [(one.wanted, one.got) for one in made.unmet] == [(4, 3)] * more
    assert verify(replace(programme, participants=people), made) == ()


@pytest.mark.parametrize(("guests", "group", "fits"), [(4, 2, True), (5, 2, False), (6, 3, True), (7, 3, False)])
def test_a_host_receives_a_group_at_a_time(guests: int, group: int, fits: bool) -> None:
    programme = round_robin(1, guests, 2, 1, guests=group)
    made = timetable(candidates(programme), programme.event, range(guests))
    assert (not made.dropped) is fits
    assert len({(one.slot, one.table) for one in made.meetings}) == 2


def test_a_lock_holds_its_slot_and_table() -> None:
    programme = replace(round_robin(2, 2, 3, 2), locks=(Lock(pair=("g1", "h0"), slot=2, table=2),))
    made = plan(programme)
    locked = next(one for one in made.meetings if pair_key(one.a, one.b) == ("g1", "h0"))
    assert (locked.slot, locked.table, locked.locked) == (2, 2, True)
    assert verify(programme, made) == ()


def test_hosts_keep_their_tables() -> None:
    made = plan(round_robin(3, 6, 6, 3))
    tables = {one.a: {other.table for other in made.meetings if other.a == one.a} for one in made.meetings}
    assert all(len(used) == 1 for used in tables.values())


def test_closed_tables_stay_empty() -> None:
    programme = round_robin(2, 2, 2, 3)
    programme = replace(programme, event=replace(programme.event, closed_tables=frozenset({1})))
    assert 1 not in {one.table for one in plan(programme).meetings}


def test_two_delegates_meet_at_once() -> None:
    free = frozenset({0})
    people = (firm("h", free, free, side=HOST), firm("g0", free, side=GUEST), firm("g1", free, side=GUEST))
    scores = tuple(PairScore(pair=(guest, "h"), score=500) for guest in ("g0", "g1"))
    programme = Programme(event=Event(name="会", slots=slots(1), tables=2), participants=people, scores=scores)
    made = plan(programme)
    assert len(made.meetings) == 2
    assert len({one.delegate_a for one in made.meetings}) == 2


@pytest.mark.parametrize("change", ["slots", "tables", "available"])
def test_what_cannot_be_is_said(change: str) -> None:
    programme = round_robin(2, 2, 2, 2)
    if change == "available":
        away = tuple(
            replace(one, delegates=tuple(replace(d, available=frozenset()) for d in one.delegates), minimum=1)
            for one in programme.participants
        )
        made = plan(replace(programme, participants=away))
        assert made.meetings == ()
        assert {one.got for one in made.unmet} == {0}
        assert all(one.reason for one in made.unmet)
        return
    event = replace(programme.event, slots=()) if change == "slots" else replace(programme.event, tables=0)
    people = tuple(
        replace(one, delegates=tuple(replace(d, available=frozenset()) for d in one.delegates))
        for one in programme.participants
    )
    with pytest.raises(MatcherError) as caught:
        plan(replace(programme, event=event, participants=people))
    assert caught.value.code in ("no_slots", "no_tables")


@pytest.mark.parametrize("group", [1, 3])
def test_a_larger_fair_keeps_every_rule(group: int) -> None:
    programme = fair(Fair(hosts=12, guests=60, slots=8, tables=12, group=group, half_days=0.4), 5)
    made = plan(programme)
    assert verify(programme, made) == ()
    assert made.stages
