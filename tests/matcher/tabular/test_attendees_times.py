"""When somebody can come, in the words that people use."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.planning.calendar import slots_of, with_breaks
from matcher.planning.model import Session
from matcher.tabular.attendees import TimeWords
from tests.matcher.tabular.attendee_sheets import ALL, SESSIONS, SLOTS

WORDS = TimeWords(SLOTS, SESSIONS)
MORNING, AFTERNOON = frozenset(range(5)), frozenset(range(5, 12))


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (None, ALL),
        ("全天", ALL),
        ("都可以", ALL),
        ("全天都可以", ALL),
        ("上午", MORNING),
        ("上午/下午", ALL),
        ("下午场", AFTERNOON),
        ("上午不行", AFTERNOON),
        ("下午没空", MORNING),
        ("9:00-10:30", {0, 1, 2}),
        ("９：００—１０：３０", {0, 1, 2}),
        ("9.00-10.30", {0, 1, 2}),
        ("0900-1030", {0, 1, 2}),
        ("九点半到十一点", {1, 2, 3}),
        ("9-11点", {0, 1, 2, 3}),
        ("上午9:00-下午2:30", {0, 1, 2, 3, 4, 5, 6}),
        ("下午2点-4点", {6, 7, 8, 9}),
        ("2:00-4:00", {6, 7, 8, 9}),
        ("9:00~10:00 14:00~15:00", {0, 1, 6, 7}),
        ("第一场", MORNING),
        ("第二场", AFTERNOON),
        ("第3轮", {2}),
        ("第1-3轮", {0, 1, 2}),
        ("前三轮", {0, 1, 2}),
        ("后2轮", {10, 11}),
        ("上午第一场", {0}),
        ("除14:00外", ALL - {6}),
        ("全天（除14:00-15:00外）", ALL - {6, 7}),
        ("14:00-15:00除外", ALL - {6, 7}),
        ("除了10:00和14:30以外都可以", ALL - {2, 7}),
        ("15:30后", {9, 10, 11}),
        ("2点以后", {6, 7, 8, 9, 10, 11}),
        ("11:00前离开", {0, 1, 2, 3}),
        ("3点到场", {8, 9, 10, 11}),
        ("10:10", {2}),
        (0.375, {0}),
        ("6月18日下午", AFTERNOON),
        ("2026-06-18 09:00-10:00", {0, 1}),
        ("周四上午", MORNING),
    ],
)
def test_known_readings(text: object, slots: set[int] | frozenset[int]) -> None:
    read = WORDS.read(text)
    assert (read.slots, read.doubt) == (slots, None)


def test_the_ends_of_a_range_are_met_to_the_minute() -> None:
    assert WORDS.read("9:01-10:30").slots == {1, 2}
    assert WORDS.read("9:00-10:29").slots == {0, 1}


@pytest.mark.parametrize(
    ("text", "slots", "said"),
    [
        ("看情况", ALL, "没有读懂，暂按全天处理"),
        ("上午，看情况", MORNING, "“看情况”没有读懂"),
        ("不参加", frozenset(), "不参加"),
        ("6月19日", frozenset(), "没有活动的会面时段"),
        ("晚上", frozenset(), "没有活动的会面时段"),
    ],
)
def test_doubts_are_put_in_words(text: str, slots: frozenset[int], said: str) -> None:
    read = WORDS.read(text)
    assert read.slots == slots
    assert said in (read.doubt or "")


def test_several_days() -> None:
    days = [Session(name=f"{d}日", start=datetime(2026, 6, d, 9), end=datetime(2026, 6, d, 10)) for d in (18, 19)]
    words = TimeWords(slots_of(days, 30), days)
    assert words.read("6月19日").slots == {2, 3}
    assert words.read("第一天").slots == {0, 1}
    assert words.read("次日9:30后").slots == {3}
    assert words.read("周五").slots == {2, 3}


def test_a_session_cut_by_a_break_is_one() -> None:
    cut = with_breaks(SESSIONS, [(datetime(2026, 6, 18, 15), datetime(2026, 6, 18, 15, 15))])
    words = TimeWords(slots_of(cut, 30), cut)
    assert words.read("第二场") == words.read("下午场") == words.read("下午")


def test_without_sessions_a_field_is_a_slot() -> None:
    single = slots_of(SESSIONS[:1], 30)
    assert TimeWords(single).read("第二场").slots == {1}


def test_without_slots_nothing_is_doubted() -> None:
    read = TimeWords(()).read("9:00-10:00")
    assert (read.slots, read.doubt) == (frozenset(), None)


clock = st.integers(9 * 60, 17 * 60).map(lambda m: f"{m // 60}:{m % 60:02d}")


@given(clock, clock)
def test_a_range_holds_just_the_slots_inside_it(first: str, last: str) -> None:
    start, end = sorted((first, last), key=lambda text: [int(piece) for piece in text.split(":")])
    minutes = [
        sum(int(piece) * scale for piece, scale in zip(text.split(":"), (60, 1), strict=True)) for text in (start, end)
    ]
    inside = {
        slot.number
        for slot in SLOTS
        if minutes[0] <= slot.start.hour * 60 + slot.start.minute and slot.end.hour * 60 + slot.end.minute <= minutes[1]
    }
    if minutes[0] < minutes[1]:
        assert WORDS.read(f"{start}-{end}").slots == inside
        assert WORDS.read(f"除{start}-{end}外").slots == ALL - inside


@given(st.lists(st.sampled_from(["上午", "9:00-10:00", "14:00-15:00", "第3轮", "15:30后", "第二场"]), min_size=1))
def test_a_list_is_the_union_of_its_items(items: list[str]) -> None:
    assert WORDS.read("、".join(items)).slots == frozenset[int]().union(*(WORDS.read(item).slots for item in items))


@given(st.text(max_size=30) | st.text(alphabet="0123456789:-点时第场轮除外上下午月日前后、， ", max_size=20))
def test_any_text_reads_as_slots_of_the_event(text: str) -> None:
    assert WORDS.read(text).slots <= ALL
