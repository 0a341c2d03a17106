"""Repairs: no worse served than anew, and no plan changes less of what was announced."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.planning.candidates import candidates
from matcher.planning.change import delayed, participant_named, without, without_table
from matcher.planning.model import Lock, Meeting, Programme, pair_key
from matcher.planning.planner import plan, repaired
from matcher.planning.repair import repair, shortfall
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair
from tests.matcher.planning import brute
from tests.matcher.planning.generate import programmes

FAIR = fair(Fair(hosts=6, guests=24, slots=6, tables=6), 2)
PLANNED = plan(FAIR)


def kept(before: tuple[Meeting, ...], after: tuple[Meeting, ...]) -> int:
    """Return how many announced (pair, slot) are kept."""
    held = {(pair_key(one.a, one.b), one.slot) for one in after}
    return sum((pair_key(one.a, one.b), one.slot) in held for one in before)


def changed(programme: Programme, kind: str) -> Programme:
    """Return a programme after something happened."""
    first = programme.participants[0]
    match kind:
        case "drop":
            return without(programme, [first.id])
        case "table":
            return without_table(programme, 1)
    away = replace(first, delegates=tuple(replace(one, available=one.available - {0}) for one in first.delegates))
    return replace(programme, participants=(away, *programme.participants[1:]))


@settings(max_examples=120, deadline=None)
@given(programmes(most_pairs=5), st.sampled_from(["drop", "table", "time"]))
def test_no_plan_changes_less(programme: Programme, kind: str) -> None:
    assume(kind != "table" or programme.event.tables > 1)
    before = plan(programme).meetings
    after = changed(programme, kind)
    found = candidates(after)
    anew = plan(after).meetings
    made = repair(found, after.event, before, replan=anew)
    pairs = list(range(len(found.first)))
    least = shortfall(found, anew)
    announced = {pair_key(one.a, one.b): one.slot for one in before}
    most = max(
        (
            sum(slot >= 0 and announced.get(found.key(pair)) == slot for pair, slot in zip(pairs, slots, strict=True))
            for slots in brute.timetables(found, after.event, pairs)
            if brute.within_caps(found, pairs, slots) and brute.shortfall(found, pairs, slots) <= least
        ),
        default=0,
    )
    assert kept(before, made.meetings) == most
    assert shortfall(found, made.meetings) <= least
    assert made.stages[0].value == len(before) - most
    assert made.stages[0].proven


@settings(max_examples=60, deadline=None)
@given(programmes(), st.sampled_from(["drop", "table", "time"]))
def test_a_repaired_plan_keeps_every_rule(programme: Programme, kind: str) -> None:
    assume(kind != "table" or programme.event.tables > 1)
    after = changed(programme, kind)
    assert verify(after, repaired(after, plan(programme).meetings)) == ()


@pytest.mark.parametrize("kind", ["drop", "table", "time"])
def test_a_fair_changes_little(kind: str) -> None:
    after = changed(FAIR, kind)
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


def test_who_left_is_gone_altogether() -> None:
    gone = FAIR.participants[0].id
    after = without(FAIR, [gone])
    assert gone not in {one.id for one in after.participants}
    assert not [scored for scored in after.scores if gone in scored.pair]
    assert not [wish for wish in after.wishes if gone in (wish.of, wish.about)]
    with pytest.raises(MatcherError, match="没有编号"):
        without(FAIR, ["nobody"])


@pytest.mark.parametrize("table", [0, 7])
def test_a_table_that_is_not_there_cannot_be_lost(table: int) -> None:
    with pytest.raises(MatcherError, match="号桌"):
        without_table(FAIR, table)
    assert without_table(FAIR, 6).event.closed_tables == {6}
    with pytest.raises(MatcherError, match="号桌"):
        without_table(without_table(FAIR, 6), 6)


def test_a_participant_is_found_by_id_name_or_part_of_it() -> None:
    one, *others = FAIR.participants
    named = replace(FAIR, participants=(replace(one, name="北京钛锐精密公司"), *others))
    for name in (one.id, "北京钛锐精密公司", "钛锐"):
        assert participant_named(named, name) == one.id
    with pytest.raises(MatcherError, match="写全称"):
        participant_named(named, "g00")
    with pytest.raises(MatcherError, match="最接近"):
        participant_named(named, "北京太锐精密公司")
