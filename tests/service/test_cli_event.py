"""An organiser at the command line: a sheet in, a plan out, mended when something changes."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.service.cli import Ran, Rongtong, rongtong
from tests.service.event_sheets import attendees, names

__all__ = ["rongtong"]

STEEL = frozenset(("首钢集团有限公司", "北京余热节能技术有限公司"))
METAL = frozenset(("北京航材股份有限公司", "北京钛锐精密制造有限公司"))


@pytest.fixture
def planned(rongtong: Rongtong, tmp_path: Path) -> tuple[Ran, Path]:
    """A plan and where it was written."""
    out = tmp_path / "计划.xlsx"
    sheet = attendees(tmp_path / "名单.xlsx")
    return rongtong(
        "event", "plan", "--participants", sheet, "--start", "2026-12-01T09:00", "--slots", 6, "--out", out, "--json"
    ), out


def test_a_sheet_becomes_a_verified_plan(planned: tuple[Ran, Path]) -> None:
    ran, out = planned
    told = ran.json
    assert ran.code == 0, ran.err
    assert names(told) >= {STEEL, METAL}
    assert told["verify"] == {"ok": True, "violations": []}
    assert {"alternates", "unmet", "stats", "manifest", "stages", "notes", "sheet"} <= set(told)
    first = told["meetings"][0]
    assert set(first) >= {"a", "b", "slot", "table", "start", "end", "score", "reasons"}
    assert datetime.fromisoformat(first["start"]) >= datetime(2026, 12, 1, 9)
    assert json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["meetings"] == told["meetings"]
    assert "总览" in load_workbook(out).sheetnames


def test_nobody_is_seated_with_whom_they_refused_or_below_the_floor(planned: tuple[Ran, Path]) -> None:
    told = planned[0].json
    assert not any("首钢集团有限公司" in pair and "=HYPERLINK(1)公司" in pair for pair in names(told))
    law = [one for one in told["unmet"] if one["participant"] == "=HYPERLINK(1)公司"]
    assert law == [] or law[0]["reason"]


def test_no_cell_of_the_workbook_is_a_formula(planned: tuple[Ran, Path]) -> None:
    cells = [cell for page in load_workbook(planned[1]) for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


def test_the_same_sheet_gives_the_same_plan(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    sheet = attendees(tmp_path / "名单.xlsx")
    again = tmp_path / "again.xlsx"
    start = ("--start", "2026-12-01T09:00", "--slots", 6)
    told = rongtong("event", "plan", "--participants", sheet, *start, "--out", again, "--json").json
    assert told["manifest"] == planned[0].json["manifest"]
    assert told["meetings"] == planned[0].json["meetings"]
    assert again.read_bytes() == planned[1].read_bytes()


def test_a_drop_out_cancels_only_its_own_meetings(
    planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path
) -> None:
    before = {(one["a"], one["b"], one["slot"], one["table"]) for one in planned[0].json["meetings"]}
    plan, out = planned[1].with_suffix(".json"), tmp_path / "改.xlsx"
    told = rongtong("event", "repair", plan, "--drop", "钛锐", "--out", out, "--json").json
    after = {(one["a"], one["b"], one["slot"], one["table"]) for one in told["meetings"]}
    assert {one for one in before if "北京钛锐精密制造有限公司" not in one} <= after
    sheet = [[cell.value for cell in row] for row in load_workbook(out)["改动"]]
    assert sheet[0] == ["类别", "说明"]
    assert sheet[1][0] == "合计"
    assert [row[1] for row in sheet[2:]] == [one["text"] for one in told["changes"]]
    assert "改动" not in load_workbook(planned[1]).sheetnames
    assert told["verify"]["ok"]
    assert any("取消" in one["text"] for one in told["changes"])
    sent = ("--format", "ics", "--before", plan, "--out", tmp_path / "日历", "--json")
    files = rongtong("event", "export", out.with_suffix(".json"), *sent).json["files"]
    assert "STATUS:CANCELLED" in next(Path(name).read_text() for name in files if "航材" in name)


def test_a_delay_moves_the_clock_alone(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    plan = planned[1].with_suffix(".json")
    told = rongtong("event", "repair", plan, "--delay", 20, "--out", tmp_path / "d.xlsx", "--json").json
    for one, other in zip(planned[0].json["meetings"], told["meetings"], strict=True):
        assert (one["a"], one["b"], one["slot"], one["table"]) == (
            other["a"],
            other["b"],
            other["slot"],
            other["table"],
        )
        late = datetime.fromisoformat(other["start"]) - datetime.fromisoformat(one["start"])
        assert late.total_seconds() == 20 * 60


def test_a_lost_table_is_used_no_more(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    plan = planned[1].with_suffix(".json")
    told = rongtong("event", "repair", plan, "--lose-table", 1, "--out", tmp_path / "t.xlsx", "--json").json
    assert told["verify"]["ok"]
    assert 1 not in {one["table"] for one in told["meetings"]}


def test_a_later_sheet_is_told_in_words(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    guest = ("北京新来科技有限公司", "新一", "经理", "13800000009", "全天", "首钢", "", "高炉煤气在线分析")
    sheet = attendees(tmp_path / "新.xlsx", without="预知", extra=(guest,))
    plan = planned[1].with_suffix(".json")
    told = rongtong("event", "repair", plan, "--participants", sheet, "--out", tmp_path / "n.xlsx", "--json").json
    words = "\n".join(one["text"] for one in told["changes"])
    assert "北京新来科技有限公司" in words
    assert "北京预知科技有限公司" in words
    assert frozenset(("首钢集团有限公司", "北京新来科技有限公司")) in names(told)
    assert told["verify"]["ok"]


def test_who_registers_late_joins_the_plan(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    late = tmp_path / "补报名.csv"
    late.write_text("单位,类型,姓名,希望对接,可提供\n北京新来科技有限公司,中小企业,新一,首钢,高炉煤气在线分析\n")
    plan = planned[1].with_suffix(".json")
    ran = rongtong("event", "repair", plan, "--add", late, "--out", tmp_path / "n.xlsx", "--json")
    before, after = names(planned[0].json), names(ran.json)
    assert before <= after
    assert frozenset(("首钢集团有限公司", "北京新来科技有限公司")) in after - before
    assert ran.json["verify"]["ok"]
    both = ("--add", late, "--participants", late)
    assert "只能给一个" in rongtong("event", "repair", plan, *both, "--out", tmp_path / "x.xlsx").err


@pytest.mark.parametrize(
    "form", ["xlsx", "json", "ics", "messages", "ticklist", "feedback", "agendas", "tables", "overview", "figure"]
)
def test_a_plan_leaves_in_every_form(form: str, planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    folder = tmp_path / form
    ran = rongtong("event", "export", planned[1].with_suffix(".json"), "--format", form, "--out", folder, "--json")
    assert ran.code == 0, ran.err
    files = [Path(name) for name in ran.json["files"]]
    assert files
    assert all(path.stat().st_size for path in files)
    assert all(path.stat().st_mode & 0o77 == 0 for path in files)


def test_people_are_told_what_matters(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    ran = rongtong("event", "repair", planned[1].with_suffix(".json"), "--drop", "首钢", "--out", tmp_path / "x.xlsx")
    assert "校验：全部规则满足" in ran.out
    assert "取消" in ran.out
    assert "改动：取消" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--drop", "没有的公司"), 1, "最接近的是"),
        (("--drop", "北京"), 1, "请写全称"),
        (("--lose-table", "99"), 1, "99 号桌"),
        ((), 2, "至少一项"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    arguments: tuple[str, ...], code: int, words: str, planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path
) -> None:
    ran = rongtong("event", "repair", planned[1].with_suffix(".json"), *arguments, "--out", tmp_path / "x.xlsx")
    assert (ran.code, words in ran.err) == (code, True)
    assert not (tmp_path / "x.xlsx").exists()


def test_what_is_no_plan_or_no_format_is_refused(planned: tuple[Ran, Path], rongtong: Rongtong, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    assert "event plan" in rongtong("event", "repair", other, "--delay", 5, "--out", tmp_path / "x.xlsx").err
    plan = planned[1].with_suffix(".json")
    assert "可选：" in rongtong("event", "export", plan, "--format", "pdf", "--out", tmp_path / "x").err
    sheet = attendees(tmp_path / "名单.xlsx")
    assert "xlsx" in rongtong("event", "plan", "--participants", sheet, "--out", tmp_path / "x.json").err


@pytest.mark.parametrize(("option", "words"), [("--slots", "时段"), ("--tables", "桌")])
def test_no_slot_or_table_is_said(option: str, words: str, rongtong: Rongtong, tmp_path: Path) -> None:
    sheet = attendees(tmp_path / "名单.xlsx")
    ran = rongtong("event", "plan", "--participants", sheet, option, 0, "--out", tmp_path / "x.xlsx")
    assert ran.code == 1
    assert words in ran.err


def test_nobody_meets_in_a_break(rongtong: Rongtong, tmp_path: Path) -> None:
    sheet, out = attendees(tmp_path / "名单.xlsx"), tmp_path / "p.xlsx"
    base = ("event", "plan", "--participants", sheet, "--out", out, "--json")
    told = rongtong(*base, "--start", "2026-12-01T09:00", "--slots", 3, "--break", "09:20-10:00").json
    starts = {slot["start"][11:16] for slot in told["state"]["programme"]["event"]["slots"]}
    assert starts == {"09:00", "10:00", "10:20"}
    for wrong in (("--break", "09:20-10:00"), ("--start", "2026-12-01T09:00", "--break", "午休")):
        ran = rongtong(*base, *wrong)
        assert (ran.code, "12:00-13:30" in ran.out) == (2, True)


def test_only_some_types_may_meet(rongtong: Rongtong, tmp_path: Path) -> None:
    sheet, out = attendees(tmp_path / "名单.xlsx"), tmp_path / "p.xlsx"
    base = ("event", "plan", "--participants", sheet, "--out", out, "--json")
    assert rongtong(*base, "--meet", "整车/零部件").json["meetings"] == []
    wrong = rongtong(*base, "--meet", "整车")
    assert (wrong.code, "类型/类型" in wrong.out) == (2, True)
