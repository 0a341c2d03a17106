"""The feedback form: what goes out comes back, what is not understood is told, figures count it."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from matcher.errors import MatcherError
from matcher.planning.feedback import HEADERS, Result, Told, feedback_form, read_feedback, results
from matcher.planning.model import Plan
from matcher.planning.planner import plan
from scripts.bench.fair import Fair, fair

PROGRAMME = fair(Fair(hosts=3, guests=6, slots=3, tables=3), 1)
PLAN = plan(PROGRAMME)
FIRST = PLAN.meetings[0]
COLUMN = {header: n for n, header in enumerate(HEADERS, 1)}


def filled(path: Path, *rows: dict[str, object], blank: tuple[str, ...] = ()) -> Path:
    """Write the form with the first lines filled in as given, some columns emptied."""
    book = load_workbook(BytesIO(feedback_form(PROGRAMME, PLAN)))
    for line, row in enumerate(rows, 2):
        for header in blank:
            book.active.cell(line, COLUMN[header]).value = None
        for header, value in row.items():
            book.active.cell(line, COLUMN[header]).value = value
    book.save(path)
    return path


def test_the_form_has_a_line_for_each_side_of_each_meeting() -> None:
    page = load_workbook(BytesIO(feedback_form(PROGRAMME, PLAN))).active
    lines = [tuple(cell.value for cell in row) for row in page.iter_rows(min_row=2)]
    assert {(line[-2], line[-1]) for line in lines} == {
        pair for one in PLAN.meetings for pair in ((one.a, one.b), (one.b, one.a))
    }
    assert len(lines) == 2 * len(PLAN.meetings)


def test_the_same_plan_gives_the_same_bytes_and_none_without_meetings() -> None:
    assert feedback_form(PROGRAMME, PLAN) == feedback_form(PROGRAMME, PLAN)
    with pytest.raises(MatcherError, match="没有会面"):
        feedback_form(PROGRAMME, Plan(meetings=()))


def test_names_cannot_run_as_formulas() -> None:
    evil = replace(PROGRAMME.participants[0], name='=CMD("x")')
    programme = replace(PROGRAMME, participants=(evil, *PROGRAMME.participants[1:]))
    cells = [cell for row in load_workbook(BytesIO(feedback_form(programme, PLAN))).active.iter_rows() for cell in row]
    assert any(cell.value == '=CMD("x")' for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_what_is_filled_in_comes_back(tmp_path: Path) -> None:
    path = filled(
        tmp_path / "f.xlsx", {"对方到场": "是", "评价": "5分", "结果": "签约", "备注": "很好"}, {"对方到场": "没来"}
    )
    read = read_feedback(path, PROGRAMME, PLAN)
    assert read.problems == ()
    assert [(one.came, one.rating, one.result, one.note) for one in read.told] == [
        (True, 5, Result.SIGNED, "很好"),
        (False, None, None, None),
    ]


def test_firms_are_told_by_name_when_the_ids_are_gone(tmp_path: Path) -> None:
    path = filled(tmp_path / "f.xlsx", {"评价": 4}, blank=("本方编号", "对方编号"))
    assert len(read_feedback(path, PROGRAMME, PLAN).told) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"对方到场": "大概"}, "came_unknown"),
        ({"评价": "6"}, "rating_unknown"),
        ({"评价": "0"}, "rating_unknown"),
        ({"结果": "再说吧"}, "result_unknown"),
        ({"评价": "5", "对方编号": None, "对方单位": "没有的公司"}, "party_unknown"),
        ({"评价": "5", "对方编号": None, "本方编号": None, "单位": "h0000", "对方单位": "h0001"}, "no_meeting"),
    ],
)
def test_what_is_not_understood_is_told(row: dict[str, object], code: str, tmp_path: Path) -> None:
    read = read_feedback(filled(tmp_path / "f.xlsx", row), PROGRAMME, PLAN)
    (problem,) = read.problems
    assert (problem.code, problem.row, problem.file) == (code, 2, "f.xlsx")
    assert problem.remedy
    assert read.told == ()


@pytest.mark.parametrize(
    ("rating", "came", "liked"),
    [(1, True, False), (2, None, False), (3, True, None), (4, None, True), (5, True, True), (5, False, None)],
)
def test_a_middling_rating_says_nothing(rating: int, came: bool | None, liked: bool | None) -> None:
    assert Told(of="a", about="b", rating=rating, came=came).liked is liked


@pytest.mark.parametrize(("result", "liked"), [(Result.SIGNED, True), (Result.CONTACT, True), (Result.UNFIT, False)])
def test_a_result_says_more_than_a_rating(result: Result, liked: bool) -> None:
    assert Told(of="a", about="b", rating=3, result=result).liked is liked


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PLAN.meetings) - 1),
            st.none() | st.integers(1, 5),
            st.none() | st.booleans(),
            st.none() | st.sampled_from(Result),
        )
    )
)
def test_figures_count_what_was_told(said: list[tuple[int, int | None, bool | None, Result | None]]) -> None:
    told = [
        Told(of=PLAN.meetings[n].a, about=PLAN.meetings[n].b, rating=rating, came=came, result=result)
        for n, rating, came, result in said
    ]
    found = results(PROGRAMME, PLAN, told)
    whole = found["总体"]["全部"]
    assert (whole["meetings"], whole["told"]) == (len(PLAN.meetings), len(told))
    assert whole["no_shows"] == sum(one.came is False for one in told)
    for title in ("类型", "行业", "地区"):
        assert sum(group["told"] for group in found[title].values()) == len(told)
        assert sum(group["meetings"] for group in found[title].values()) == 2 * len(PLAN.meetings)
