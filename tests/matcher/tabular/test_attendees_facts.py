"""The event's own sheet: names beside values, or a header over one row."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from matcher.tabular.attendees import EventFacts, read_facts
from tests.matcher.tabular.sheets import workbook

TODAY = date(2026, 5, 1)
DOWN: list[Any] = [
    ["活动设置"],
    [],
    ["项目", "内容"],
    ["名称", "春季对接会"],
    ["日期", "6月18日"],
    ["地点", "三楼"],
    ["场次", "上午场 9:00-11:30", "下午场 13:30-17:00"],
    ["茶歇", "10:00-10:15"],
    ["每场分钟", "半小时"],
    ["每轮时长（分钟）", 30],
    ["间隔", "5分钟"],
    ["桌数", "２０张"],
    ["停用桌", "3、7号"],
    ["每家最少", "2场"],
    ["每家最多", 6],
    ["最多连续", 4],
    ["每桌家数", 3],
    ["相关度下限", "35%"],
]


def facts(folder: Path, rows: list[Any], sheet: str = "活动") -> EventFacts:
    found = read_facts(workbook(folder / "活动.xlsx", {sheet: rows, "名单": [["单位"], ["甲厂"]]}), as_of=TODAY)
    assert found is not None
    return found


def told(found: EventFacts) -> list[tuple[str, int | None, str | None]]:
    return [(problem.code, problem.row, problem.column) for problem in found.problems]


def test_names_beside_values(tmp_path: Path) -> None:
    found = facts(tmp_path, DOWN)
    assert (found.name, found.day, found.place) == ("春季对接会", date(2026, 6, 18), "三楼")
    assert [(s.name, s.start, s.end) for s in found.sessions] == [
        ("上午场", datetime(2026, 6, 18, 9), datetime(2026, 6, 18, 10)),
        ("上午场", datetime(2026, 6, 18, 10, 15), datetime(2026, 6, 18, 11, 30)),
        ("下午场", datetime(2026, 6, 18, 13, 30), datetime(2026, 6, 18, 17)),
    ]
    assert (found.gap, found.tables, found.closed_tables) == (5, 20, frozenset({3, 7}))
    assert (found.least, found.most, found.streak, found.guests, found.floor) == (2, 6, 4, 3, 350)
    assert told(found) == [("fact_unreadable", 9, "每场分钟")]
    assert found.problems[0].file == "活动.xlsx"


def test_a_header_over_one_row(tmp_path: Path) -> None:
    found = facts(tmp_path, [["活动名称", "日期", "桌数", "颜色"], ["年会", "2026-06-18", 8, "红"]], "设置")
    assert (found.name, found.day, found.tables) == ("年会", date(2026, 6, 18), 8)
    assert told(found) == [("fact_unknown", 2, "颜色")]


def test_several_days_and_times_without_a_date(tmp_path: Path) -> None:
    days = facts(tmp_path, [["日期", "2026-06-18"], ["场次", "6月18日 9:00-10:00；6月19日 14:00-15:00"]])
    assert [s.start for s in days.sessions] == [datetime(2026, 6, 18, 9), datetime(2026, 6, 19, 14)]
    assert told(days) == []
    undated = facts(tmp_path, [["场次", "9:00-10:00"], ["茶歇", "9:20-9:30"]])
    assert (undated.day, undated.sessions[0].start) == (None, datetime(2026, 5, 2, 9))
    assert told(undated) == [("fact_undated", 1, "场次")]


@pytest.mark.parametrize(
    ("value", "floor"),
    [(0.35, 350), ("0.35", 350), (350, 350), ("35%", 350), (0, 0), (1, 1000), (1000, 1000), (1001, None)],
)
def test_a_floor_in_any_scale(tmp_path: Path, value: object, floor: int | None) -> None:
    found = facts(tmp_path, [["相关度下限", value]])
    assert (found.floor, len(found.problems)) == (floor, floor is None)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    rows = [["场次", "看通知"], ["桌数", "若干"], ["每场分钟", "待定"], ["日期", "某一天"], ["每家最多", "9" * 5000]]
    found = facts(tmp_path, rows)
    assert (found.sessions, found.tables, found.minutes, found.day) == ((), None, None, None)
    assert sorted(told(found), key=lambda item: item[1] or 0)[:2] == [
        ("fact_unreadable", 1, "场次"),
        ("fact_unreadable", 2, "桌数"),
    ]


@pytest.mark.parametrize(("count", "codes"), [(200, []), (201, ["facts_too_long"])])
def test_lines_beyond_the_limit_are_told(tmp_path: Path, count: int, codes: list[str]) -> None:
    assert [code for code, *_ in told(facts(tmp_path, [["桌数", 3]] * count))] == codes


def test_files_without_the_sheet(tmp_path: Path) -> None:
    assert read_facts(workbook(tmp_path / "a.xlsx", {"名单": [["单位"], ["甲厂"]]}), as_of=TODAY) is None
    (tmp_path / "a.csv").write_text("单位\n甲厂\n", encoding="utf-8")
    assert read_facts(tmp_path / "a.csv", as_of=TODAY) is None
