"""The monthly ledger counts the same whenever it is made, and goes into anybody's own workbook."""

import io
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName

from matcher.deals import DealSide
from matcher.errors import MatcherError
from matcher.tabular.tables import tables_book
from matcher.tracking.fill import fill_template
from matcher.tracking.ledger import COLUMNS, ledger, ledger_tables, month_days
from tests.matcher.tracking.histories import step, tracked

DEALS = (
    tracked(
        "a",
        step("recommended", 1, 5),
        step("signed", 2, 10, DealSide.REQUESTER, signed=80.0),
        step("signed", 2, 11, DealSide.SUPPLIER, signed=90.0),
        step("delivered", 3, 20, paid=40.0),
    ),
    tracked("b", step("recommended", 2, 27), step("declined", 2, 28)),
)


@pytest.mark.parametrize(("month", "last"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31)])
def test_months(month: str, last: int) -> None:
    assert [day.day for day in month_days(month)] == [1, last]


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "0000-01", "二月", "2026-02-01"])
def test_what_is_no_month(month: str) -> None:
    with pytest.raises(MatcherError, match="月份应如"):
        month_days(month)


def test_a_month_has_its_rows_and_sums() -> None:
    january, february, march = (ledger(month, DEALS, {"big": "大"}) for month in ("2026-01", "2026-02", "2026-03"))
    assert [row["环节"] for row in january["rows"]] == ["推荐"]
    assert [(row["编号"], row["环节"], row["签约金额"]) for row in february["rows"]] == [
        ("a", "签约", 80),
        ("b", "婉拒", None),
    ]
    assert february["rows"][0]["提示"] == "签约金额：需求方报 80 万元，供给方报 90 万元"
    assert (february["rows"][0]["需求方"], february["rows"][0]["供给方"]) == ("大", "s-a")
    totals = february["totals"]
    assert (totals["本月推荐数"], totals["累计推荐数"], totals["本月签约数"], totals["本月婉拒数"]) == (1, 2, 1, 1)
    assert (totals["本月签约金额"], totals["累计签约金额"]) == (80, 80)
    assert (march["totals"]["本月签约金额"], march["totals"]["本月到账金额"], march["totals"]["累计到账金额"]) == (
        0,
        40,
        40,
    )
    assert (march["totals"]["本月婉拒数"], march["totals"]["累计婉拒数"]) == (0, 1)


def test_a_ledger_as_a_workbook_with_charts() -> None:
    book = openpyxl.load_workbook(io.BytesIO(tables_book(ledger_tables(ledger("2026-02", DEALS, {})))))
    assert [cell.value for cell in book["台账 2026-02"][1]] == list(COLUMNS)
    assert [len(book[name]._charts) for name in ("各环节", "金额")] == [1, 1]


def template(**names: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "月报"
    page["A1"] = "融通月报"
    page["C1"] = "=SUM(B5:B9)"
    page["A5"].font = Font(bold=True)
    for name, area in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=f"月报!{area}")
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def filled(made: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(made))["月报"]


def test_named_cells_are_filled_and_all_else_stays() -> None:
    page = filled(
        fill_template(
            template(台账_签约数="$B$2", 明细_企业="$A$5", 明细_金额="$B$5:$B$5"),
            {"台账_签约数": 3, "台账_没用到": 1},
            {"明细_企业": ["甲", "=HYPERLINK(1)"], "明细_金额": [80.5, None]},
        )
    )
    assert (page["A1"].value, page["B2"].value, page["C1"].value) == ("融通月报", 3, "=SUM(B5:B9)")
    assert [page["A5"].value, page["A6"].value, page["B5"].value, page["B6"].value] == [
        "甲",
        "=HYPERLINK(1)",
        80.5,
        None,
    ]
    assert (page["A6"].data_type, page["A6"].font.bold) == ("s", True)


def stuffed(part: str, text: bytes) -> bytes:
    """A template with one part in the place of another."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(template())) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (b"nothing", "无法打开"),
        (b"", "无法打开"),
        (stuffed(SHEET, b"<worksheet>" + b" " * (33 << 20) + b"</worksheet>"), "32 MB"),
        (stuffed(SHEET, b"<worksheet>" + b"<row><c/></row>" * 300_000 + b"</worksheet>"), "内容异常"),
        (stuffed("xl/styles.xml", b"<a>" * 200 + b"</a>" * 200), "内容异常"),
        (stuffed("docProps/app.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "内容异常"),
        (template(别的="$A$1"), "名称管理器"),
        (template(明细_企业="$A$1048576"), "放不下"),
    ],
)
def test_templates_that_cannot_be_filled(made: bytes, words: str) -> None:
    with pytest.raises(MatcherError, match=words) as caught:
        fill_template(made, {"台账_签约数": 3}, {"明细_企业": ["甲", "乙"]})
    assert caught.value.code == "bad_template"
