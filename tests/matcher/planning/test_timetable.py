"""Timetables: every rule kept, the most that fits against all timetables, proofs that hold, boundaries by one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from matcher.errors import MatcherError
from matcher.planning.candidates import candidates
from matcher.planning.model import Event, EventSide, Lock, PairScore, Programme, Rules, pair_key
from matcher.planning.planner import plan
from matcher.planning.timetable import timetable
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair, firm, slots
from tests.matcher.planning.brute import shortfall, timetables
from tests.matcher.planning.generate import programmes

HOST, GUEST = EventSide.HOST, EventSide.GUEST


def round_robin(hosts: int, firms: int, times: int, tables: int, **rules: object) -> Programme:
    """Return an event at which every guest is to meet every host."""
    free = frozenset(range(times))
    people = [firm(f"h{n}", free, side=HOST) for n in range(hosts)]
    people += [firm(f"g{n}", free, side=GUEST) for n in range(firms)]
    scores = tuple(PairScore(pair=pair_key(f"g{g}", f"h{h}"), score=500) for h in range(hosts) for g in range(firms))
    event = Event(name="会", slots=slots(times), tables=tables, rules=Rules(**rules))  # type: ignore[arg-type]
    return Programme(event=event, participants=tuple(people), scores=scores)


@settings(max_examples=120, deadline=None)
@given(programmes(most_pairs=5))
def test_what_fits_is_the_most_that_fits(programme: Programme) -> None:
    found = candidates(programme)
    pairs = list(range(len(found.first)))
    made = timetable(found, programme.event, pairs)
    weight = found.weight.tolist()

    def cost(slots_: tuple[int, ...]) -> tuple[int, int, int]:
        left = [pair for pair, slot in zip(pairs, slots_, strict=True) if slot < 0]
        return shortfall(found, pairs, slots_), len(left), sum(weight[pair] for pair in left)

    best = min(cost(each) for each in timetables(found, programme.event, pairs))
    held = {found.key(n): n for n in pairs}
    given_ = {held[pair_key(one.a, one.b)]: one.slot for one in made.meetings}
    reached = tuple(given_.get(pair, -1) for pair in pairs)
    assert cost(reached) == best
    assert sorted(made.dropped) == [pair for pair in pairs if pair not in given_]
    assert all(stage.value == stage.bound for stage in made.stages if stage.proven)
    for cut in made.cuts:
        most = max(sum(each[pair] >= 0 for pair in cut.pairs) for each in timetables(found, programme.event, pairs))
        assert most <= cut.most < len(cut.pairs)


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


@pytest.mark.parametrize(("streak", "fits"), [(None, True), (4, True), (3, True), (2, True), (1, False)])
def test_a_pause_after_a_streak_costs_a_slot(streak: int | None, fits: bool) -> None:
    # Six slots in two sessions of three: a host has 3 + 3 places, with pauses after two 2 + 2, after one 2 + 2.
    meetings = 4 if streak == 2 else 6 if fits else 5
    programme = round_robin(1, meetings, 6, 2, streak=streak)
    made = timetable(candidates(programme), programme.event, range(meetings))
    assert (not made.dropped) is fits
    assert verify(programme, plan(programme)) == ()


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
