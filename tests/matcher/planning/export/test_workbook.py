"""The workbook, read back."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from matcher.planning.document import Document, document
from matcher.planning.export.book import PAGES
from matcher.planning.export.words import STAGES
from matcher.planning.export.workbook import workbook
from matcher.planning.model import Delegate, EventSide, Participant, Plan, Programme, Stage
from matcher.planning.planner import plan as planned
from matcher.planning.planner import repaired
from tests.matcher.planning.export.documents import MAIL, NASTY, PHONE, REASON, empty, named, sound, timeless
from tests.matcher.planning.small import ALL, meeting, programme

A4_LANDSCAPE = (297 - 2 * 12.7) / 25.4 * 96
PAGED = {"日程", "桌卡", "桌签"}
SHEETS = ["总览", "时间表", "日程", "桌卡", "签到表", "桌签", "未满足与候补", "统计", "分组统计", "校验"]


def sheet(found: Document, name: str) -> Worksheet:
    return load_workbook(io.BytesIO(workbook(found)))[name]


def rows(found: Document, name: str) -> list[tuple[object, ...]]:
    told = sheet(found, name).iter_rows(values_only=True)
    return [tuple(None if value == "" else value for value in row) for row in told]


def cells(found: Document) -> Iterator[Any]:
    for page in load_workbook(io.BytesIO(workbook(found))).worksheets:
        for row in page.iter_rows():
            yield from row


def crowd(count: int, meetings: int) -> Document:
    """Return one host with that many guests, some of whom meet it."""
    host = Participant(id="h", name="链主", side=EventSide.HOST, delegates=(Delegate(id="h.1", available=ALL),))
    guests = tuple(
        Participant(id=f"g{n}", name=f"配套{n}", side=EventSide.GUEST, delegates=(Delegate(id=f"g{n}.1"),))
        for n in range(count - 1)
    )
    event = programme().event
    held = tuple(meeting("h", f"g{n}", n % 4, n // 4 + 1) for n in range(meetings))
    whole = Programme(event=replace(event, tables=meetings + 1), participants=(host, *guests))
    return document(whole, Plan(meetings=held), {})


def test_all_sheets_have_names_excel_takes() -> None:
    names = load_workbook(io.BytesIO(workbook(sound()))).sheetnames
    assert names == SHEETS
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\']", name) for name in names)


def test_an_agenda_tells_when_where_with_whom_and_why() -> None:
    header, first, *_ = rows(sound(), "日程")
    assert header == ("单位", "代表", "日期", "时间", "桌号", "对方", "对方代表", "适配", "理由")
    why = f"{REASON}；同城"
    assert first == ("H1", "李敏 总监", "12月1日（周二）", "09:00–09:20", 1, "G1", "李敏 总监", "高", why)


def test_every_meeting_is_told_once_to_each_side() -> None:
    found = sound()
    names = {one.id: one.name for one in found.programme.participants}
    wanted = Counter((names[one], names[other]) for held in found.plan.meetings
                     for one, other in ((held.a, held.b), (held.b, held.a)))  # fmt: skip
    assert Counter((row[0], row[5]) for row in rows(found, "日程")[1:]) == wanted
    assert max(wanted.values()) == 1


def test_each_agenda_and_each_table_starts_a_page() -> None:
    page = sheet(sound(), "日程")
    assert [held.id for held in page.row_breaks.brk] == [3, 5, 7, 8]
    assert not page.sheet_properties.pageSetUpPr.fitToPage, "a sheet fitted to its width ignores breaks"
    assert 50 <= page.page_setup.scale < 100
    assert [held.id for held in sheet(sound(), "桌卡").row_breaks.brk] == [3]
    assert [held.id for held in sheet(sound(), "桌签").row_breaks.brk] == [2, 4, 6, 8, 10]


def test_table_cards_and_the_grid_hold_every_meeting() -> None:
    assert [row[0] for row in rows(sound(), "桌卡")[1:]] == [1, 1, 2, 2]
    grid = rows(sound(), "时间表")
    assert grid[1] == ("时间", "1 号桌", "2 号桌")
    assert grid[2] == ("12月1日（周二）\n09:00–09:20", "H1\nG1", "H2\nG3")
    assert [row[1:] for row in grid[4:]] == [(None, None)] * 2


def test_a_group_shares_a_cell() -> None:
    whole = programme()
    together = Plan(meetings=(meeting("h1", "g1", 0, 1), meeting("h1", "g2", 0, 1)))
    found = document(whole, together, {})
    assert rows(found, "时间表")[2][1] == "H1\nG1、G2"
    assert rows(found, "桌卡")[1][3:] == ("H1", "G1、G2")


def test_sign_in_shows_only_the_end_of_a_telephone() -> None:
    first, second = rows(sound(), "签到表")[1:3]
    assert first == (1, "H1", "李敏", "总监", "*******5678", 2, None)
    assert second[2:6] == ("王伟", None, "*******5678", 0)
    told = {str(cell.value) for cell in cells(sound())}
    assert not any(PHONE in value or MAIL in value for value in told)


def test_the_overview_tells_what_falls_short_and_what_would_help() -> None:
    told = rows(sound(), "总览")
    assert ("参会", None, "5 家：大企业 2 家，中小企业 3 家") in told
    assert ("未满足", "G2", "至少 2 场，已排 1 场：可安排的对象只有 1 个") in told
    assert ("未满足", "G3", "应与“H1”会面而未安排：时段已满") in told
    assert ("可放宽", None, "加 1 张桌可多排 2 场") in told
    assert ("提示", None, "g3 必见 h1，但 h1 不见 g3") in told
    assert ("G2", 2, 1, "可安排的对象只有 1 个", "H2") in rows(sound(), "未满足与候补")


def test_checks_and_proofs_in_words() -> None:
    stages = (
        Stage(name="shortfall", value=1, bound=1, proven=True, seconds=0),
        Stage(name="worst_share", value=0.5, bound=0.75, proven=False, seconds=0),
        Stage(name="total", value=1_234_567, bound=1_234_567, proven=True, seconds=0),
    )
    found = replace(sound(), plan=replace(sound().plan, stages=stages))
    told = rows(found, "校验")
    assert told[1:5] == [
        ("规则校验", "通过", None),
        ("未满足的最少场次", "1", "已证明最优"),
        ("最不利一方得到的比例", "0.500", "未证明最优：界限 0.750，差距至多 0.250"),
        ("总适配分（含意愿）", "1234567", "已证明最优"),
    ]
    assert told[-1] == ("版本", "encoder", "e5")
    broken = replace(found, plan=replace(found.plan, unmet=()))
    assert rows(broken, "校验")[1][1] == "2 处问题"
    assert [row[1] for row in rows(broken, "总览") if row[0] == "问题"] == ["G2", "G3、H1"]


def test_every_stage_of_a_plan_has_a_name() -> None:
    made = planned(programme())
    again = repaired(programme(), made.meetings)
    assert {stage.name for stage in (*made.stages, *again.stages)} <= set(STAGES)


def test_statistics_in_words() -> None:
    told = {label: value for label, value in rows(sound(), "统计")[1:]}
    assert (told["会面"], told["参会方"], told["没有会面的参会方"]) == (4, 5, 0)
    assert told["桌位使用率"] == 0.5
    assert ("按参会身份", "中小企业", 3, 3, 4) in rows(sound(), "分组统计")


@pytest.mark.parametrize("name", [NASTY, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=1+1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    found = replace(sound(), programme=named(sound().programme, h1=name))
    held = [cell for cell in cells(found) if cell.value is not None and str(cell.value).endswith(name[-2:])]
    assert {cell.data_type for cell in cells(found)} <= {"s", "n"}
    exact = [cell for cell in held if str(cell.value).lstrip() == name.lstrip()]
    assert exact
    assert all(cell.quotePrefix for cell in exact), "it stays text when someone edits the cell"


def test_no_formula_or_link_is_in_the_file() -> None:
    found = replace(sound(), programme=named(sound().programme, h1=NASTY, g1="http://example.com"))
    with zipfile.ZipFile(io.BytesIO(workbook(found))) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>" in part or "<hyperlink" in part for part in parts)


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_prints_on_a4_with_its_header(name: str) -> None:
    page = sheet(sound(), name)
    assert page.page_setup.paperSize == 9
    if name in PAGED:
        across = sum(7 * held.width for held in page.column_dimensions.values())
        assert across * (page.page_setup.scale or 100) / 100 <= A4_LANDSCAPE
        assert page.page_setup.orientation == "landscape"
    else:
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToHeight == (None if name == "时间表" else 0)
    assert page.oddFooter.left.text == "对接会"
    if name != "桌签":
        assert page.print_title_rows == ("$1:$2" if name == "时间表" else "$1:$1")
        assert page.freeze_panes is not None


@pytest.mark.parametrize("name", ["A&B" * 33 + "&", "&" * 300])
def test_a_footer_is_the_events_name_and_nothing_else(name: str) -> None:
    found = sound()
    event = replace(found.programme.event, name=name)
    page = sheet(replace(found, programme=replace(found.programme, event=event)), "总览")
    text = page.oddFooter.left.text
    assert "&" not in text.replace("&&", "")
    assert page.oddFooter.right.text is not None


@pytest.mark.parametrize("found", [empty(), timeless()])
def test_nothing_planned_still_prints(found: Document) -> None:
    assert load_workbook(io.BytesIO(workbook(found))).sheetnames == SHEETS
    told = rows(found, "日程")[1:]
    assert [row[8] for row in told] == ["暂未安排会面"] * len(found.programme.participants)
    assert len(rows(found, "桌卡")) == 1


def test_long_names_fit_a_cell_and_a_plate() -> None:
    name = "很长的名字" * 8_000
    found = replace(sound(), programme=named(sound().programme, h1=name))
    assert {len(str(row[0])) for row in rows(found, "日程")[1:3]} == {32_000}
    plain = replace(found, programme=replace(programme(), participants=programme().participants))
    sizes = [sheet(plain, "桌签")["A1"].font.sz]
    for length in (11, 12, 17, 18):
        renamed = named(programme(), h1="名" * length)
        sizes.append(sheet(document(renamed, Plan(meetings=()), {}), "桌签")["A1"].font.sz)
    assert sizes == [60, 60, 40, 40, 28]


def test_a_list_goes_on_on_another_sheet_when_excel_can_break_no_more() -> None:
    names = load_workbook(io.BytesIO(workbook(crowd(PAGES, 4)))).sheetnames
    assert names == SHEETS
    book = load_workbook(io.BytesIO(workbook(crowd(PAGES + 1, 4))))
    assert [name for name in book.sheetnames if name not in SHEETS] == ["日程（2）", "桌签（2）"]
    assert [row[0] for row in book["日程（2）"].iter_rows(min_row=2, values_only=True)] == [f"配套{PAGES - 1}"]


def test_two_hundred_are_all_there() -> None:
    found = crowd(200, 199)
    agenda = rows(found, "日程")[1:]
    assert len(agenda) == 2 * 199
    assert len(rows(found, "签到表")) == 201


def test_the_same_plan_is_the_same_file() -> None:
    assert workbook(sound()) == workbook(sound())
