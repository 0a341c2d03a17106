"""Whole plans: sound whatever the input, the same for the same, and clear where something cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.planning.candidates import candidates
from matcher.planning.change import without
from matcher.planning.model import (
    Delegate,
    Event,
    EventSide,
    Lock,
    PairScore,
    Participant,
    Plan,
    Programme,
    Rules,
    Stance,
    Wish,
    pair_key,
)
from matcher.planning.planner import explained, plan, repaired
from matcher.planning.shortfall import shortfalls
from matcher.planning.verify import verify
from tests.matcher.planning.generate import programmes
from tests.matcher.planning.small import ALL, meeting, programme

NOBODY = frozenset[int]()


def everyone(found: Programme, **facts: object) -> Programme:
    """Return a programme with the same facts for all."""
    people = tuple(replace(one, **facts) for one in found.participants)  # type: ignore[arg-type]
    return replace(found, participants=people)


def timeless(made: Plan) -> Plan:
    """Return a plan without the seconds that it took."""
    return replace(made, stages=tuple(replace(stage, seconds=0) for stage in made.stages))


def met(made: Plan) -> set[tuple[str, str]]:
    return {pair_key(one.a, one.b) for one in made.meetings}


@settings(max_examples=60, deadline=None)
@given(programmes())
def test_a_plan_breaks_no_rule_and_states_its_figures_rightly(found: Programme) -> None:
    made = plan(found)
    assert verify(found, made) == ()
    assert timeless(plan(found)) == timeless(made)


@settings(max_examples=40, deadline=None)
@given(programmes(), st.data())
def test_locked_meetings_are_kept(found: Programme, data: st.DataObject) -> None:
    made = plan(found)
    assume(made.meetings)
    kept = data.draw(st.sampled_from(made.meetings))
    lock = Lock(pair=pair_key(kept.a, kept.b), slot=kept.slot, table=kept.table)
    again = plan(replace(found, locks=(lock,)))
    assert verify(replace(found, locks=(lock,)), again) == ()
    held = [(one.slot, one.table, one.locked) for one in again.meetings if pair_key(one.a, one.b) == lock.pair]
    assert held == [(kept.slot, kept.table, True)]


@settings(max_examples=40, deadline=None)
@given(programmes(), st.data())
def test_a_repaired_plan_is_sound_and_serves_no_worse_than_one_made_anew(found: Programme, data: st.DataObject) -> None:
    announced = plan(found).meetings
    gone = data.draw(st.sampled_from(found.participants)).id
    assume(len(found.participants) > 2)
    after = without(found, [gone])
    anew, mended = plan(after), repaired(after, announced)
    assert verify(after, mended) == ()
    missing = [sum(unmet.wanted - unmet.got for unmet in made.unmet) for made in (mended, anew)]
    assert missing[0] <= missing[1]


def test_without_slots_or_tables_the_remedy_is_named() -> None:
    found = programme()
    with pytest.raises(MatcherError, match="没有可用的会面时段") as slots:
        plan(replace(found, event=replace(found.event, slots=())))
    with pytest.raises(MatcherError, match="没有可用的洽谈桌") as tables:
        plan(replace(found, event=replace(found.event, closed_tables=frozenset({1, 2}))))
    assert (slots.value.code, tables.value.code) == ("no_slots", "no_tables")


@pytest.mark.parametrize("people", [0, 1, 2])
def test_an_event_that_nobody_or_hardly_anybody_comes_to(people: int) -> None:
    found = programme(Rules(minimum=1))
    few = found.participants[:people]
    made = plan(replace(found, participants=few, scores=()))
    assert made.meetings == ()
    assert [unmet.participant for unmet in made.unmet] == [one.id for one in few]
    assert verify(replace(found, participants=few, scores=()), made) == ()


def test_when_nobody_is_available_each_is_told_so() -> None:
    found = everyone(programme(Rules(minimum=1)), delegates=(Delegate(id="one", available=NOBODY),))
    made = plan(found)
    assert made.meetings == ()
    assert verify(found, made) == ()
    assert len(made.unmet) == len(found.participants)
    assert all("空闲时段只够 0 场" in note for note in made.notes)
    assert all("没有共同空闲的时段" in unmet.reason for unmet in made.unmet)


def test_without_delegates_nobody_meets() -> None:
    found = everyone(programme(Rules(minimum=1)), delegates=())
    made = plan(found)
    assert (made.meetings, verify(found, made)) == ((), ())


def test_a_veto_goes_before_a_must_and_both_are_told() -> None:
    asked = (Wish(of="g1", about="h1", stance=Stance.MUST), Wish(of="h1", about="g1", stance=Stance.NO))
    found = programme(wishes=asked)
    made = plan(found)
    assert ("g1", "h1") not in met(made)
    assert verify(found, made) == ()
    told = [unmet for unmet in made.unmet if unmet.partner]
    assert [(unmet.participant, unmet.partner) for unmet in told] == [("g1", "h1")]
    assert "一方不见" in told[0].reason
    assert made.notes == ("“G1”与“H1”要求必见，但一方不见，未安排",)


@pytest.mark.parametrize(("least", "short"), [(4, False), (5, True)])
def test_more_meetings_than_slots_are_asked_for(least: int, short: bool) -> None:
    guests = [f"g{n}" for n in range(1, 7)]
    people = (
        Participant(id="h1", name="H1", side=EventSide.HOST, delegates=(Delegate(id="h", available=ALL),), minimum=least),
        *(Participant(id=name, name=name, side=EventSide.GUEST, delegates=(Delegate(id=name, available=ALL),))
          for name in guests),
    )  # fmt: skip
    scores = tuple(PairScore(pair=(name, "h1"), score=500) for name in guests)
    found = replace(programme(), participants=people, scores=scores)
    made = plan(found)
    assert len(made.meetings) == 4
    assert verify(found, made) == ()
    assert [(unmet.wanted, unmet.got) for unmet in made.unmet] == ([(5, 4)] if short else [])
    assert [unmet.reason for unmet in made.unmet] == (["代表的空闲时段只够 4 场"] if short else [])
    assert made.notes == (("“H1”至少 5 场，但空闲时段只够 4 场",) if short else ())


def test_a_minimum_above_the_maximum_gives_way() -> None:
    found = everyone(programme(), minimum=3, maximum=1)
    made = plan(found)
    assert verify(found, made) == ()
    assert len(made.meetings) == 2
    assert "“H1”至少 3 场多于至多 1 场，按至多 1 场安排" in made.notes


def test_a_floor_leaves_some_without_meetings_and_says_why() -> None:
    found = programme(Rules(minimum=1, floor=500))
    made = plan(found)
    assert [(unmet.participant, unmet.reason) for unmet in made.unmet] == [
        ("g3", "没有可安排的对象（相关度低于下限 2 个）")
    ]


def test_the_stages_are_told_in_order_with_the_timetable_behind() -> None:
    stages = plan(programme(Rules(minimum=1))).stages
    assert [stage.name for stage in stages] == ["shortfall", "worst_share", "total", "unplaced", "waiting"]
    assert [stage.value for stage in stages[:3]] == [0, 1, 2500]
    assert all(stage.proven for stage in stages)


def test_one_table_holds_as_many_meetings_as_slots() -> None:
    found = programme()
    single = replace(found, event=Event(name="小", slots=found.event.slots[:2], tables=1))
    one = everyone(single, delegates=(Delegate(id="one", available=frozenset({0, 1})),))
    made = plan(one)
    assert len(made.meetings) == 2
    assert verify(one, made) == ()


def test_reasons_are_told_of_meetings_and_alternates() -> None:
    found = programme(Rules(maximum=1))
    told, made = explained(found, plan(found), lambda pairs: {pair: ("相符", "-".join(pair)) for pair in pairs})
    assert all(one.reasons == ("相符", "-".join(pair_key(one.a, one.b))) for one in made.meetings)
    alternates = {pair_key(name, other) for name, others in made.alternates.items() for other in others}
    assert {scored.pair for scored in told.scores if scored.reasons} == alternates | met(made)


def test_shortfalls_of_a_must_meet_name_who_is_full() -> None:
    found = programme(Rules(maximum=1), wishes=(Wish(of="g1", about="h2", stance=Stance.MUST),))
    arrays = candidates(found)
    assert np.flatnonzero(arrays.must).size == 1
    told = shortfalls(found, arrays, [meeting("h1", "g1", 0, 1)])
    assert [unmet.reason for unmet in told] == ["必见未能安排：“G1”的场次已排满"]
    assert shortfalls(found, arrays, [meeting("h2", "g1", 0, 1)]) == ()
    assert [unmet.reason for unmet in shortfalls(found, arrays, [])] == ["必见未能安排：没有同时空出的时段或洽谈桌"]
