"""From a sheet and the organiser's word to a programme."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.planning.calendar import MAX_SLOTS
from matcher.planning.candidates import candidates
from matcher.planning.diff import attendee_changes
from matcher.planning.draft import MOST_TABLES, Draft, Setup, draft, event_of, redraft
from matcher.planning.model import Event, EventSide, Lock, PairScore, Session, Stance, pair_key
from matcher.tabular.attendees import EventFacts
from tests.matcher.tabular.sheets import workbook

TODAY = date(2026, 11, 23)
NINE = datetime(2026, 12, 1, 9)
HOSTS: list[Any] = [
    ["单位", "姓名", "可参加时段", "需求"],
    ["甲汽车公司", "a", None, "零件"],
    ["甲汽车公司", "b", "上午", None],
]
GUESTS: list[Any] = [["单位", "姓名", "希望对接"], ["乙精密公司", "c", "甲汽车"], ["丙检测公司", "d", None]]
SHEETS: Mapping[str, list[Any]] = {"大企业": HOSTS, "中小企业": GUESTS}


def drafted(folder: Path, setup: Setup | None = None, sheets: Mapping[str, list[Any]] = SHEETS) -> Draft:
    return draft(workbook(folder / "冬季对接会.xlsx", sheets), setup or Setup(), as_of=TODAY)


def event(setup: Setup, **facts: Any) -> Event:
    return event_of(setup, EventFacts(**facts), as_of=TODAY, name="会")[0]


def starts(found: Event) -> list[str]:
    return [f"{slot.start:%H:%M}" for slot in found.slots]


def test_what_nobody_said_is_the_default(tmp_path: Path) -> None:
    made = drafted(tmp_path).programme
    slots = made.event.slots
    assert (made.event.name, made.event.tables, len(slots)) == ("冬季对接会", 2, 10)
    assert (slots[0].start, slots[-1].end) == (datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 12, 20))
    rules = made.event.rules
    assert (rules.minimum, rules.maximum, rules.floor, rules.guests, rules.streak) == (1, None, 200, 1, None)
    assert [(one.name, one.side, one.keeps_table) for one in made.participants] == [
        ("甲汽车公司", EventSide.HOST, True),
        ("乙精密公司", EventSide.GUEST, False),
        ("丙检测公司", EventSide.GUEST, False),
    ]
    assert [wish.stance for wish in made.wishes] == [Stance.WANT]
    assert made.scores == ()


def test_without_sides_there_is_a_table_for_every_two(tmp_path: Path) -> None:
    rows = [["单位"], *([f"第{n}厂"] for n in range(5))]
    assert drafted(tmp_path, sheets={"名单": rows}).programme.event.tables == 2
    assert drafted(tmp_path, sheets={"名单": rows[:2]}).programme.event.tables == 1


def test_the_organisers_word_goes_before_the_sheets(tmp_path: Path) -> None:
    facts = [
        ["名称", "年会"],
        ["日期", "2026-12-08"],
        ["场次", "14:00-16:00"],
        ["每场分钟", 30],
        ["桌数", 7],
        ["每家最少", 2],
    ]
    sheets = {"活动": facts, **SHEETS}
    by_sheet = drafted(tmp_path, sheets=sheets).programme.event
    assert (by_sheet.name, by_sheet.tables, by_sheet.rules.minimum) == ("年会", 7, 2)
    assert [slot.start for slot in by_sheet.slots] == [
        datetime(2026, 12, 8, 14) + k * timedelta(minutes=30) for k in range(4)
    ]
    said = Setup(
        name="大会", start=NINE, slots=3, minutes=15, gap=5, tables=4, minimum=0, maximum=6, floor=0, guests=3, streak=2
    )
    by_word = drafted(tmp_path, said, sheets).programme.event
    assert (by_word.name, by_word.tables, starts(by_word)) == ("大会", 4, ["09:00", "09:20", "09:40"])
    rules = by_word.rules
    assert (rules.minimum, rules.maximum, rules.floor, rules.guests, rules.streak) == (0, 6, 0, 3, 2)
    longer = drafted(tmp_path, Setup(slots=2), sheets).programme.event
    assert [slot.start.hour for slot in longer.slots] == [9, 9]
    assert longer.slots[0].start.date() == date(2026, 12, 8)


def test_what_the_event_sheet_leaves_unclear_is_told_with_the_rest(tmp_path: Path) -> None:
    sheets = {"活动": [["桌数", "很多"], ["颜色", "红"]], **SHEETS}
    attendance = drafted(tmp_path, sheets=sheets).attendance
    assert [(p.code, p.sheet, p.file) for p in attendance.problems[:2]] == [
        ("fact_unknown", "活动", "冬季对接会.xlsx"),
        ("fact_unreadable", "活动", "冬季对接会.xlsx"),
    ]
    assert sum(attendance.counts.values()) == len(attendance.problems)


@pytest.mark.parametrize("count", [0, -1, MAX_SLOTS + 1])
def test_an_impossible_number_of_slots(count: int) -> None:
    with pytest.raises(MatcherError, match=f"时段数应在 1 到 {MAX_SLOTS} 之间，现为 {count}") as error:
        event(Setup(slots=count))
    assert error.value.code == "bad_slots"
    assert len(event(Setup(slots=1)).slots) == 1
    assert len(event(Setup(slots=MAX_SLOTS, minutes=1)).slots) == MAX_SLOTS


@pytest.mark.parametrize("setup", [Setup(minutes=0), Setup(minutes=-5), Setup(gap=-1)])
def test_an_impossible_length(setup: Setup) -> None:
    with pytest.raises(MatcherError, match="每场时长至少 1 分钟") as error:
        event(setup)
    assert error.value.code == "bad_slots"


@pytest.mark.parametrize("tables", [0, -3])
def test_no_tables(tables: int) -> None:
    with pytest.raises(MatcherError, match=f"桌数为 {tables}") as error:
        event(Setup(tables=tables))
    assert error.value.code == "no_tables"
    with pytest.raises(MatcherError, match="没有可用的洽谈桌"):
        event(Setup(), tables=0)
    assert event(Setup(tables=1), tables=0).tables == 1


def test_more_tables_or_minutes_than_any_hall_has() -> None:
    assert event(Setup(tables=MOST_TABLES)).tables == MOST_TABLES
    with pytest.raises(MatcherError, match="桌数应在 1 到 5000 之间，现为 5001") as error:
        event(Setup(tables=MOST_TABLES + 1))
    assert error.value.code == "bad_tables"
    assert len(event(Setup(slots=1, minutes=1440)).slots) == 1
    with pytest.raises(MatcherError, match="不超过一天"):
        event(Setup(slots=1, minutes=1441))


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ((9, 40), (10, 0), ["09:00", "09:20", "10:00", "10:20"]),
        ((9, 30), (9, 50), ["09:00", "09:50", "10:10", "10:30"]),
        ((8, 0), (9, 0), ["09:00", "09:20", "09:40", "10:00"]),
        ((8, 30), (9, 1), ["09:01", "09:21", "09:41", "10:01"]),
        ((12, 0), (13, 0), ["09:00", "09:20", "09:40", "10:00"]),
    ],
)
def test_a_break_puts_off_the_slots_behind_it(
    begin: tuple[int, int], end: tuple[int, int], expected: list[str]
) -> None:
    pause = (datetime(2026, 12, 1, *begin), datetime(2026, 12, 1, *end))
    assert starts(event(Setup(start=NINE, slots=4, breaks=(pause,)))) == expected


def test_a_break_cuts_a_session_that_was_given_whole() -> None:
    session = Session(name="上午场", start=NINE, end=datetime(2026, 12, 1, 11))
    pause = (datetime(2026, 12, 1, 9, 50), datetime(2026, 12, 1, 10, 10))
    found = event(Setup(sessions=(session,), breaks=(pause,)))
    assert starts(found) == ["09:00", "09:20", "10:10", "10:30"]
    assert [slot.session for slot in found.slots] == [0, 0, 1, 1]
    with pytest.raises(MatcherError, match="结束不晚于开始"):
        event(Setup(start=NINE, slots=2, breaks=(pause[::-1],)))


pauses = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=3)


@given(st.integers(1, 12), st.integers(5, 45), st.integers(0, 10), pauses)
def test_breaks_leave_the_number_of_slots_and_no_slot_inside(
    count: int, minutes: int, gap: int, drawn: list[tuple[int, int]]
) -> None:
    breaks = tuple((NINE + timedelta(minutes=at), NINE + timedelta(minutes=at + length)) for at, length in drawn)
    setup = Setup(start=NINE, slots=count, minutes=minutes, gap=gap, breaks=breaks)
    found, sessions = event_of(setup, EventFacts(), as_of=TODAY, name="会")
    assert len(found.slots) == count
    assert all(slot.end - slot.start == timedelta(minutes=minutes) for slot in found.slots)
    assert all(slot.end <= begin or end <= slot.start for slot in found.slots for begin, end in breaks)
    assert all(
        sessions[slot.session].start <= slot.start <= slot.end <= sessions[slot.session].end for slot in found.slots
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("14:00-15:00", ["14:00", "14:20", "14:40"]),
        ("14:00-14:59", ["14:00", "14:20"]),
        ("14:01-15:00", ["14:20", "14:40"]),
        ("13:59-15:01", ["14:00", "14:20", "14:40"]),
        ("14:00-14:20", ["14:00"]),
        ("14:00-14:19", []),
        ("除14:00-15:00外", ["13:00", "13:20", "13:40", "15:00", "15:20"]),
        ("15:00以后", ["15:00", "15:20"]),
        ("下午", ["13:00", "13:20", "13:40", "14:00", "14:20", "14:40", "15:00", "15:20"]),
        ("上午", []),
    ],
)
def test_somebody_comes_to_the_slots_that_lie_whole_in_their_time(
    tmp_path: Path, said: str, expected: list[str]
) -> None:
    setup = Setup(start=datetime(2026, 12, 1, 13), slots=8, minutes=20, tables=1)
    made = drafted(tmp_path, setup, {"名单": [["单位", "可参加时段"], ["甲厂", said], ["乙厂", "全天"]]}).programme
    free = made.participants[0].delegates[0].available
    assert [f"{slot.start:%H:%M}" for slot in made.event.slots if slot.number in free] == expected
    assert made.participants[1].delegates[0].available == frozenset(range(8))


def test_a_later_version_of_the_sheet_keeps_event_locks_and_ids(tmp_path: Path) -> None:
    first = drafted(tmp_path, Setup(start=NINE, slots=4, tables=2)).programme
    host, guest, gone = (one.id for one in first.participants)
    held = replace(
        first,
        scores=(PairScore(pair=pair_key(host, guest), score=500),),
        locks=(Lock(pair=pair_key(host, guest)), Lock(pair=pair_key(host, gone))),
        forbidden=frozenset({pair_key(host, gone)}),
    )
    later: Mapping[str, list[Any]] = {
        "大企业": HOSTS,
        "中小企业": [["单位", "姓名"], ["乙精密有限公司", "c"], ["丁新厂", "e"]],
    }
    made = redraft(workbook(tmp_path / "二.xlsx", later), held).programme
    assert made.event == first.event
    assert [one.name for one in made.participants] == ["甲汽车公司", "乙精密有限公司", "丁新厂"]
    assert made.participants[1].id == guest
    assert (made.locks, made.forbidden, made.scores) == ((Lock(pair=pair_key(host, guest)),), frozenset(), ())
    assert [str(change) for change in attendee_changes(held, made)] == [
        "取消参会：“丙检测公司”",
        "新增参会：“丁新厂”（e）",
        "“乙精密有限公司”名称由“乙精密公司”改为“乙精密有限公司”",
        "“乙精密有限公司”对“甲汽车公司”不再表示想见",
    ]


def test_who_comes_in_addition_joins_those_there(tmp_path: Path) -> None:
    first = drafted(tmp_path, Setup(start=NINE, slots=4, tables=2)).programme
    host, guest, other = first.participants
    held = replace(first, met=frozenset({pair_key(host.id, other.id)}), locks=(Lock(pair=pair_key(host.id, guest.id)),))
    late: Mapping[str, list[Any]] = {
        "名单": [
            ["单位", "姓名", "类型", "希望对接", "不见"],
            ["乙精密公司", "新代表", "中小企业", "", ""],
            ["丁新厂", "e", "中小企业", "甲汽车公司", "丙检测公司"],
        ]
    }
    made = redraft(workbook(tmp_path / "补.xlsx", late), held, more=True).programme
    assert [one.name for one in made.participants] == ["甲汽车公司", "乙精密公司", "丙检测公司", "丁新厂"]
    assert made.participants[0] == host
    assert [one.name for one in made.participants[1].delegates] == [*(one.name for one in guest.delegates), "新代表"]
    assert replace(made.participants[1], delegates=()) == replace(guest, delegates=())
    new = made.participants[3].id
    assert made.wishes[: len(first.wishes)] == first.wishes
    assert {(one.about, one.stance) for one in made.wishes if one.of == new} == {
        (host.id, Stance.WANT),
        (other.id, Stance.NO),
    }
    assert (made.met, made.locks, made.scores) == (held.met, held.locks, ())


@pytest.mark.parametrize("dated", [[["日期", "2026-12-08"]], []])
def test_the_same_sheet_again_changes_nothing(tmp_path: Path, dated: list[Any]) -> None:
    facts = [*dated, ["场次", "金色厅 9:00-10:00、蓝色厅 10:00-11:00"]]
    rows = [["单位", "可参加时段"], ["甲厂", "金色厅"], ["乙厂", "蓝色厅"]]
    first = drafted(tmp_path, sheets={"活动": facts, "名单": rows})
    assert [one.delegates[0].available for one in first.programme.participants] == [{0, 1, 2}, {3, 4, 5}]
    again = redraft(tmp_path / "冬季对接会.xlsx", first.programme)
    assert again.programme == first.programme
    assert again.attendance.problems == ()
    assert not Counter(first.attendance.counts) - Counter({"fact_undated": 1})


def test_more_participants_than_one_event_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drafted(tmp_path).programme
    path = tmp_path / "冬季对接会.xlsx"
    monkeypatch.setattr("matcher.tabular.attendees.read.MOST_PARTICIPANTS", 3)
    assert len(redraft(path, made).programme.participants) == 3
    monkeypatch.setattr("matcher.tabular.attendees.read.MOST_PARTICIPANTS", 2)
    with pytest.raises(MatcherError, match="里有 3 家单位，一场活动最多排 2 家") as error:
        drafted(tmp_path)
    assert error.value.code == "too_many_participants"
    with pytest.raises(MatcherError, match="请按专场或日期拆成几份名单"):
        redraft(path, made)


def test_a_draft_can_be_planned(tmp_path: Path) -> None:
    made = drafted(tmp_path).programme
    assert len(candidates(made).first) == 1
