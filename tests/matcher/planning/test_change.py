"""What happens to an event after its plan was announced."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.planning.change import delayed, participant_named, without, without_table
from matcher.planning.model import EventSide, Lock, Programme, Stance, Wish
from matcher.planning.planner import plan, repaired
from tests.matcher.planning.small import START, participant, programme

SAID = {
    "wishes": (Wish(of="g1", about="h1", stance=Stance.WANT), Wish(of="h2", about="g2", stance=Stance.NO)),
    "met": frozenset({("g1", "h2"), ("g3", "h1")}),
    "forbidden": frozenset({("g2", "h1")}),
    "locks": (Lock(pair=("g1", "h1"), slot=2, table=2), Lock(pair=("g3", "h2"), table=1)),
}


def test_who_left_is_gone_altogether() -> None:
    after = without(programme(**SAID), ["g1"])  # type: ignore[arg-type]
    assert [who.id for who in after.participants] == ["h1", "h2", "g2", "g3"]
    assert [scored.pair for scored in after.scores] == [("g2", "h1"), ("g3", "h2")]
    assert [(wish.of, wish.about) for wish in after.wishes] == [("h2", "g2")]
    assert after.met == {("g3", "h1")}
    assert after.forbidden == {("g2", "h1")}
    assert [lock.pair for lock in after.locks] == [("g3", "h2")]
    assert after.event == programme().event


def test_several_leave_at_once_and_nobody_leaves() -> None:
    whole = programme(**SAID)  # type: ignore[arg-type]
    assert without(without(whole, ["g1"]), ["h2"]) == without(whole, ["h2", "g1", "g1"])
    assert without(whole, []) == whole


def test_who_is_not_known_cannot_leave() -> None:
    with pytest.raises(MatcherError, match="没有编号为“nobody”的参会方") as caught:
        without(programme(), ["g1", "nobody"])
    assert caught.value.code == "unknown_participant"


def test_a_lost_table_is_closed_and_its_locks_fix_the_time_alone() -> None:
    after = without_table(programme(**SAID), 2)  # type: ignore[arg-type]
    assert after.event.closed_tables == {2}
    assert after.event.tables == 2
    assert after.locks == (Lock(pair=("g1", "h1"), slot=2), Lock(pair=("g3", "h2"), table=1))


@pytest.mark.parametrize("table", [0, 3, 2])
def test_a_table_that_is_not_there_cannot_be_lost(table: int) -> None:
    lost = without_table(programme(), 2)
    with pytest.raises(MatcherError, match=f"没有可停用的 {table} 号桌；共有 2 张桌") as caught:
        without_table(lost, table)
    assert caught.value.code == "unknown_table"


def test_everything_twenty_minutes_late_moves_the_clock_and_nothing_else() -> None:
    whole = programme()
    late, before = delayed(whole, 20), plan(whole).meetings
    twenty = timedelta(minutes=20)
    for was, now in zip(whole.event.slots, late.event.slots, strict=True):
        assert (now.start - was.start, now.end - was.end) == (twenty, twenty)
        assert (now.number, now.session) == (was.number, was.session)
    assert replace(late, event=whole.event) == whole
    made = repaired(late, before)
    assert made.meetings == before
    assert (made.stages[0].value, made.stages[0].proven) == (0, True)


@pytest.mark.parametrize(
    ("minutes", "moved"), [(0, [0, 1, 2, 3]), (1, [1, 2, 3]), (20, [1, 2, 3]), (21, [2, 3]), (301, [])]
)
def test_what_has_begun_stays(minutes: int, moved: list[int]) -> None:
    slots = programme().event.slots
    late = delayed(programme(), 20, since=START + timedelta(minutes=minutes)).event.slots
    assert [now.number for was, now in zip(slots, late, strict=True) if now.start > was.start] == moved
    assert [now for was, now in zip(slots, late, strict=True) if was.number not in moved] == [
        was for was in slots if was.number not in moved
    ]


@pytest.mark.parametrize(("minutes", "fits"), [(-240, True), (-241, False)])
def test_the_afternoon_may_begin_when_the_morning_has_ended(minutes: int, fits: bool) -> None:
    noon = START + timedelta(minutes=300)
    if fits:
        last = delayed(programme(), minutes, since=noon).event.slots[2:]
        assert last[1].start == last[0].end
        return
    with pytest.raises(MatcherError, match="第 4 时段会在第 3 时段结束之前开始") as caught:
        delayed(programme(), minutes, since=noon)
    assert caught.value.code == "bad_delay"


@given(st.integers(-600, 600), st.integers(-600, 600))
def test_delays_add_up(one: int, other: int) -> None:
    assert delayed(delayed(programme(), one), other) == delayed(programme(), one + other)


def named(*names: str) -> Programme:
    people = tuple(replace(participant(f"p{n}", EventSide.GUEST), name=name) for n, name in enumerate(names))
    return replace(programme(), participants=people, scores=())


STEEL = named("北京钛锐精密有限公司", "北京钛锐", "上海钛业股份有限公司", "苏州海格电控股份有限公司")


@pytest.mark.parametrize(
    ("name", "found"),
    [("p2", "p2"), ("北京钛锐", "p1"), ("北京钛锐精密有限公司", "p0"), ("海格电控", "p3"), ("钛业", "p2")],
)
def test_a_participant_is_found_by_id_name_or_part_of_it(name: str, found: str) -> None:
    assert participant_named(STEEL, name) == found


def test_a_name_that_several_hold_is_asked_about() -> None:
    with pytest.raises(
        MatcherError, match="“钛”可以是：北京钛锐精密有限公司、北京钛锐、上海钛业股份有限公司；请写全称"
    ) as caught:
        participant_named(STEEL, "钛")
    assert caught.value.code == "ambiguous_participant"


def test_two_of_one_name_are_told_apart_by_id() -> None:
    with pytest.raises(MatcherError, match="有 2 方叫“甲公司”，请写编号：p0、p1") as caught:
        participant_named(named("甲公司", "甲公司", "甲公司分公司"), "甲公司")
    assert caught.value.code == "ambiguous_participant"


@pytest.mark.parametrize(("count", "more"), [(8, False), (9, True)])
def test_a_long_list_is_cut(count: int, more: bool) -> None:
    with pytest.raises(MatcherError) as caught:
        participant_named(named(*(f"公司{n}" for n in range(count))), "公司")
    assert ("等；" in caught.value.message) is more


@pytest.mark.parametrize(
    ("name", "near"),
    [("北京太锐精密有限公司", "北京钛锐精密有限公司"), ("海阁电控", "苏州海格电控股份有限公司"), ("", "")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(MatcherError, match=f"没有叫“{name}”的参会方；最接近的是：{near}") as caught:
        participant_named(STEEL, name)
    assert caught.value.code == "unknown_participant"
