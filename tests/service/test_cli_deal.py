"""rongtong deal and rongtong report: bring together, answer by sheet, count, close a month."""

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from tests.service.cli import Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]

MONTH = f"{date.today() - timedelta(days=date.today().day):%Y-%m}"
DAY = f"{MONTH}-10"
OUTCOMES = (
    f"需求方,供给方,环节,日期,签约金额,填报方\n主机厂,精工公司,签约,{DAY},80,需求方\n主机厂,没这家,签约,{DAY},1,\n"
)


@pytest.fixture
def deal(rongtong: Rongtong, sheet: Path) -> str:
    assert rongtong("import", sheet).code == 0
    made = rongtong("deal", "propose", "--posting", "n1", "c1", "--requester-agreed", "--json")
    assert made.code == 0, made.err
    return str(made.json["deals"][0]["id"])


def test_a_link_and_a_reply_by_sheet(rongtong: Rongtong, deal: str, tmp_path: Path) -> None:
    assert "推荐" in rongtong("deal", "list").out
    made = rongtong("deal", "link", deal, "--days", "3")
    assert "精工公司：主机厂希望就“寻求钛合金五轴加工”" in made.out
    assert "/r/" in rongtong("deal", "link", deal, "--json").json["url"]
    file = tmp_path / "答复.xlsx"
    assert rongtong("deal", "replies", file).code == 0
    book = openpyxl.load_workbook(file)
    page = book["答复表"]
    column = next(
        cell.column for cell in page[1] if str(cell.value).startswith("答复") and "期限" not in str(cell.value)
    )
    page.cell(2, column).value = "接受"
    book.save(file)
    assert rongtong("deal", "import-replies", file).code == 0
    assert rongtong("deal", "list", "--json").json["deals"][0]["state"] == "应约"


def test_outcomes_come_in_and_are_counted(rongtong: Rongtong, deal: str, tmp_path: Path) -> None:
    file, out = tmp_path / "结果.csv", tmp_path / "out.xlsx"
    file.write_text(OUTCOMES, encoding="utf-8")
    ran = rongtong("deal", "import", file)
    assert (ran.code, "记下 1 条，未记 1 条" in ran.out, "没这家" in ran.err) == (3, True, True)
    assert rongtong("deal", "list", "--json").json["deals"][0]["amounts"] == {"signed": 80}
    assert rongtong("deal", "export", out).code == 0
    assert rongtong("deal", "import", out, "--json").json["kept"] == 1
    assert rongtong("deal", "overdue").code == 0
    assert rongtong("deal", "overdue", "--json").json["items"] == []
    funnel = rongtong("report", "funnel", "--by", "kind", "--out", out, "--json").json["items"]
    assert [(row["group"], row["reached"]["signed"]) for row in funnel] == [("需求", 1)]
    assert openpyxl.load_workbook(out).sheetnames[0] == "合计"
    assert "合计" in rongtong("report", "funnel").out


def test_a_month_is_closed_and_printed(rongtong: Rongtong, deal: str, tmp_path: Path) -> None:
    file, out = tmp_path / "结果.csv", tmp_path / "台账.xlsx"
    file.write_text(OUTCOMES, encoding="utf-8")
    rongtong("deal", "import", file)
    assert "未结账" in rongtong("report", "ledger", MONTH).out
    closed = rongtong("report", "ledger", MONTH, "--close", "--out", out)
    assert (closed.code, "已结账" in closed.out, "本月签约数 1" in closed.out) == (0, True, True)
    assert rongtong("report", "ledger", MONTH, "--json").json["closed"]
    assert f"台账 {MONTH}" in openpyxl.load_workbook(out).sheetnames
    wrong = rongtong("report", "ledger", MONTH, "--template", out, "--out", out)
    assert (wrong.code, "名称管理器" in wrong.err) == (1, True)


def test_gaps_cases_and_the_library(rongtong: Rongtong, deal: str, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    found = rongtong("report", "gaps", "--out", out, "--json").json
    assert found["requests_seen"] == 1
    assert "无人应答的需求" in rongtong("report", "gaps").out
    assert openpyxl.load_workbook(out).sheetnames[0] == "无人应答的需求"
    assert "还没有" in rongtong("report", "cases").out
    assert rongtong("report", "library", out).code == 0
    assert openpyxl.load_workbook(out).sheetnames == ["培育库", "各层级"]
