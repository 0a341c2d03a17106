"""Tick-lists sent out, filled in by hand, damaged, and read back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import MergedCell

from matcher.errors import MatcherError
from matcher.planning.model import EventSide, PairScore, Programme, Stance, Wish
from matcher.planning.preferences import Ticked, read_tick_list, suggestions
from matcher.planning.ticklist import CHOICES, HEADERS, OVERVIEW, tick_list
from tests.matcher.planning.small import participant, programme

NAMES = {
    "h1": "京穹汽车股份有限公司",
    "h2": "京澜装备集团有限公司",
    "g1": "北京钛锐精密制造有限公司",
    "g2": "北京弘铸机械有限公司",
    "g3": "天津津衡检测有限公司",
}
FIRST = 4
NAME, ANSWER, OWN, OTHER = 2, 4, 5, 6


def event(**facts: Any) -> Programme:
    found = programme(**facts)
    people = tuple(replace(one, name=NAMES[one.id]) for one in found.participants)
    return replace(found, participants=people)


def sent(found: Programme, **only: Any) -> Any:
    data = tick_list(found, suggestions(found, 10), **only)
    return openpyxl.load_workbook(BytesIO(data))


def back(found: Programme, book: Any, folder: Path) -> Ticked:
    path = folder / "意愿表.xlsx"
    book.save(path)
    return read_tick_list(path, found)


def filled(folder: Path, fill: Callable[[Any], None], found: Programme | None = None) -> Ticked:
    found = found or event()
    book = sent(found)
    fill(book)
    return back(found, book, folder)


def told(ticked: Ticked) -> list[tuple[str, str, int | None]]:
    return [(problem.code, problem.sheet[:1], problem.row) for problem in ticked.problems]


def said(ticked: Ticked) -> set[tuple[str, str, Stance]]:
    return {(wish.of, wish.about, wish.stance) for wish in ticked.wishes}


def test_a_list_holds_partners_reasons_and_hidden_ids() -> None:
    found = event(wishes=(Wish(of="h1", about="g2", stance=Stance.WANT),))
    scores = [replace(s, reasons=("五轴加工", "同在顺义")) for s in found.scores]
    book = sent(replace(found, scores=tuple(scores)))
    page = book["1 京穹汽车股份有限公司"]
    assert book.sheetnames[0] == OVERVIEW
    assert [cell.value for cell in page[3]] == list(HEADERS)
    assert [[cell.value for cell in row] for row in page["A4:F5"]] == [
        [1, NAMES["g2"], "五轴加工；同在顺义", "想见", "h1", "g2"],
        [2, NAMES["g1"], "五轴加工；同在顺义", None, "h1", "g1"],
    ]
    assert page.column_dimensions["E"].hidden
    assert page.protection.sheet
    assert not page["D4"].protection.locked
    assert page["B4"].protection.locked


def test_without_a_reason_the_partners_own_words_stand_there() -> None:
    found = event()
    people = [replace(one, offers="磨削") if one.id == "g1" else one for one in found.participants]
    people = [replace(one, needs="检测") if one.id == "g2" else one for one in people]
    page = sent(replace(found, participants=tuple(people)))["1 京穹汽车股份有限公司"]
    assert [page["C4"].value, page["C5"].value] == ["对方提供：磨削", "对方需求：检测"]


def test_one_participants_own_list() -> None:
    assert sent(event(), only={"g1"}).sheetnames == [OVERVIEW, f"1 {NAMES['g1']}"]


@pytest.mark.parametrize("only", [None, set(), {"nobody"}])
def test_nobody_to_suggest_is_said(only: set[str] | None) -> None:
    found = event() if only is not None else replace(event(), scores=())
    with pytest.raises(MatcherError, match="没有可推荐的对接对象") as error:
        tick_list(found, suggestions(found, 10), only=only)
    assert error.value.code == "no_suggestions"


@pytest.mark.parametrize("evil", ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "{=1}", "\t=1", "http://x"])
def test_no_text_runs_as_a_formula(evil: str) -> None:
    found = event()
    people = tuple(replace(one, name=evil + one.id, offers=evil) for one in found.participants)
    scores = tuple(PairScore(pair=scored.pair, score=1, reasons=(evil,)) for scored in found.scores)
    book = sent(replace(found, participants=people, scores=scores, event=replace(found.event, name=evil)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.hyperlink is None or cell.hyperlink.location for cell in cells)


def test_long_and_odd_names_make_sheets_of_their_own() -> None:
    odd = "[京]*?:/\\'" + "长" * 40
    people = [replace(participant(f"h{n}", EventSide.HOST), name=odd) for n in (1, 2)]
    people.append(participant("g", EventSide.GUEST))
    scores = tuple(PairScore(pair=("g", f"h{n}"), score=500) for n in (1, 2))
    found = replace(programme(), participants=tuple(people), scores=scores)
    assert len({name.lower() for name in sent(found).sheetnames}) == 4


answers = st.sampled_from([None, *CHOICES, Stance.MUST])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(st.fixed_dictionaries({key: answers for key in [("h1", "g1"), ("h1", "g2"), ("g1", "h1"), ("g3", "h2")]}))
def test_what_is_ticked_comes_back(ticks: Mapping[tuple[str, str], Stance | None]) -> None:
    found = event()
    book = sent(found)
    for page in book.worksheets[1:]:
        for row in page.iter_rows(min_row=FIRST):
            row[ANSWER - 1].value = ticks.get((row[OWN - 1].value, row[OTHER - 1].value))
    with TemporaryDirectory() as folder:
        ticked = back(found, book, Path(folder))
    given_ = {key: stance for key, stance in ticks.items() if stance is not None}
    assert {(wish.of, wish.about): wish.stance for wish in ticked.wishes} == given_
    assert ticked.problems == ()
    assert ticked.unanswered == 2 * len(found.scores) - len(given_)


def test_an_untouched_list_says_what_was_said_before(tmp_path: Path) -> None:
    wishes = (Wish(of="h1", about="g2", stance=Stance.WANT), Wish(of="g3", about="h2", stance=Stance.MUST))
    found = event(wishes=wishes)
    ticked = back(found, sent(found), tmp_path)
    assert (set(ticked.wishes), ticked.problems, ticked.unanswered) == (set(wishes), (), 6)


def test_partners_in_spare_rows_are_told_by_name(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        page.cell(6, NAME, "津衡检测")
        page.cell(7, NAME, "北京弘涛机械有限公司")
        page.cell(7, ANSWER, "不见")
        page.cell(8, NAME, "无此厂")
        page.cell(9, ANSWER, "想见")
        page.cell(10, NAME, NAMES["h1"])

    ticked = filled(tmp_path, fill)
    assert said(ticked) == {("h1", "g3", Stance.WANT), ("h1", "g2", Stance.NO)}
    assert told(ticked) == [
        ("name_guessed", "1", 7),
        ("party_unknown", "1", 8),
        ("party_unknown", "1", 9),
        ("name_own", "1", 10),
    ]
    assert "“无此厂”不在参会单位里" in ticked.problems[1].message
    assert "没有写对方单位" in ticked.problems[2].message


def test_one_of_the_own_side_is_told_and_kept(tmp_path: Path) -> None:
    ticked = filled(tmp_path, lambda book: book.worksheets[1].cell(6, NAME, "京澜装备"))
    assert said(ticked) == {("h1", "h2", Stance.WANT)}
    assert [problem.message for problem in ticked.problems] == ["“京澜装备集团有限公司”同为大企业，不安排会面"]


def test_answers_that_say_nothing_or_two_things(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        page.cell(4, ANSWER, "改天聊")
        page.cell(5, ANSWER, "想见/不见")
        page.cell(6, NAME, NAMES["g1"])
        page.cell(6, ANSWER, "可见")
        page.cell(7, NAME, NAMES["g1"])
        page.cell(7, ANSWER, "×")

    ticked = filled(tmp_path, fill)
    assert said(ticked) == {("h1", "g1", Stance.NO)}
    messages = [(problem.row, problem.column, problem.message) for problem in ticked.problems]
    assert messages == [
        (4, "意愿", "“改天聊”看不出意愿，没有采用"),
        (5, "意愿", "“想见/不见”填了不止一种意愿（想见、不见），没有采用"),
        (7, "意愿", f"对“{NAMES['g1']}”填了两次：可见、不见，按后一次处理"),
    ]


def test_deleted_rows_and_sheets_are_told(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.worksheets[1].delete_rows(5)
        book.worksheets[1].cell(4, ANSWER, "想见")
        del book[book.sheetnames[3]]

    ticked = filled(tmp_path, fill)
    assert said(ticked) == {("h1", "g1", Stance.WANT)}
    assert [(problem.code, problem.message) for problem in ticked.problems] == [
        ("rows_gone", "序号 2 的行不在表里，按未表态处理"),
        ("list_gone", f"“{NAMES['g1']}”的意愿表不在文件里，按未表态处理"),
    ]


def test_names_put_over_others_are_not_guessed_at(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        page.cell(4, NAME, NAMES["g3"])
        page.cell(4, ANSWER, "想见")
        page.cell(5, NAME, "某某单位")
        page.cell(5, ANSWER, "想见")

    ticked = filled(tmp_path, fill)
    assert said(ticked) == {("h1", "g2", Stance.WANT)}
    assert told(ticked) == [("party_mismatch", "1", 4), ("party_renamed", "1", 5)]


def test_ids_that_are_gone_give_way_to_names(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        page.cell(4, ANSWER, "✓")
        for line in range(FIRST, page.max_row + 1):
            page.cell(line, OWN).value = None
            page.cell(line, OTHER).value = None

    assert said(filled(tmp_path, fill)) == {("h1", "g1", Stance.WANT)}

    def lost(book: Any) -> None:
        fill(book)
        book.worksheets[1].title = "表1"

    ticked = filled(tmp_path, lost)
    assert (ticked.wishes, told(ticked)) == ((), [("party_unknown", "表", 4), ("list_gone", "名", None)])


def test_moved_and_renamed_sheets_and_sorted_rows_do_not_matter(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        page.title = "我们的"
        upper, lower = ([page.cell(line, column).value for column in range(1, 7)] for line in (4, 5))
        for column, (first, second) in enumerate(zip(upper, lower, strict=True), 1):
            page.cell(4, column, second)
            page.cell(5, column, first)
        page.cell(4, ANSWER, "想见")
        book.move_sheet(page, -1)
        del book[OVERVIEW]

    ticked = filled(tmp_path, fill)
    assert (said(ticked), ticked.problems) == ({("h1", "g2", Stance.WANT)}, ())


def test_a_list_without_its_header_or_its_answers_is_told(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.worksheets[1].delete_rows(1, 3)
        book.worksheets[2].cell(3, ANSWER, "备注")

    ticked = filled(tmp_path, fill)
    assert [code for code, *_ in told(ticked)][:2] == ["sheet_no_header", "column_missing"]
    assert ticked.problems[0].remedy == "请恢复表头一行：序号、对方单位、理由、意愿"


def test_a_file_that_is_no_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["颜色", "重量"])
    with pytest.raises(MatcherError, match="没有找到意愿表的表头") as error:
        back(event(), book, tmp_path)
    assert error.value.code == "header_missing"


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 7), st.text(max_size=8) | st.integers())))
def test_any_damage_leaves_wishes_of_the_event(tmp_path: Path, cells: list[tuple[int, int, str | int]]) -> None:
    def fill(book: Any) -> None:
        page = book.worksheets[1]
        for line, column, value in cells:
            if not isinstance(page.cell(line, column), MergedCell):
                page.cell(line, column).value = clean(value)

    ids = set(NAMES)
    for wish in filled(tmp_path, fill).wishes:
        assert {wish.of, wish.about} <= ids
        assert wish.of != wish.about


def clean(value: str | int) -> str | int:
    legal = value if isinstance(value, int) else "".join(mark for mark in value if mark.isprintable())
    return legal if isinstance(legal, int) else legal.lstrip("=")
