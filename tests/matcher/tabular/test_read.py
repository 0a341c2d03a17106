"""Rows out of every format, with headers where people put them."""

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from matcher.errors import MatcherError
from matcher.tabular import Columns, Severity
from tests.matcher.tabular.sheets import read, workbook

HEADER = ["企业名称", "标题", "电话"]
ROW = ["北京甲有限公司", "五轴加工", "13812345678"]
CELLS = dict(zip(HEADER, ROW, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(delimiter.join(line) for line in (HEADER, ROW)), encoding=encoding)
    (row,), problems = read(path)
    assert (row.number, row.cells, row.headers) == (2, CELLS, tuple(HEADER))
    assert problems == []


def test_csv_numbers_rows_as_a_spreadsheet_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('2026年名单,,\n\n企业名称,标题,电话\n甲,"两\n行",1\n乙,丙,2\n', encoding="utf-8")
    rows, _ = read(path)
    assert [(row.number, row.cells["企业名称"]) for row in rows] == [(4, "甲"), (5, "乙")]


def test_xlsx_reads_dates_percents_numbers_and_formulas(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["企业名称", "有效期止", "合格率", "电话", "标题"])
        page.write_string(1, 0, "=cmd|' /C calc'!A0")
        page.write_datetime(1, 1, date(2026, 3, 31), book.add_format({"num_format": "yyyy年m月d日"}))
        page.write_number(1, 2, 0.985, book.add_format({"num_format": "0.0%"}))
        page.write_number(1, 3, 13812345678)
        page.write_formula(1, 4, '="五轴"&"加工"', value="五轴加工")
    (row,), problems = read(path)
    assert row.cells == {
        "企业名称": "=cmd|' /C calc'!A0",
        "有效期止": date(2026, 3, 31),
        "合格率": "98.5%",
        "电话": 13812345678,
        "标题": "五轴加工",
    }
    assert problems == []


def test_xlsx_formula_without_a_value_names_the_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"能力": [HEADER, ["甲", "=A1&B1", "1"]]})
    (row,), (problem,) = read(path)
    assert "标题" not in row.cells
    assert (problem.code, problem.column, problem.row, problem.file) == ("formula_no_value", "B2", 2, "a.xlsx")


def test_xlsx_of_several_sheets_skips_hidden_and_headerless_ones(tmp_path: Path) -> None:
    sheets = {"能力": [HEADER, ROW], "需求": [HEADER, ROW], "备注": [["随便写写"], ["又一行"]], "旧": [HEADER, ROW]}
    rows, problems = read(workbook(tmp_path / "a.xlsx", sheets, hidden=["旧"]))
    assert [row.sheet for row in rows] == ["能力", "需求"]
    assert {problem.code: problem.sheet for problem in problems} == {"sheet_hidden": "旧", "sheet_no_header": "备注"}


def test_xlsx_merged_cells_are_filled(tmp_path: Path) -> None:
    grid: list[list[object]] = [
        ["2026年供需对接会报名表", None, None],
        [*HEADER],
        ["甲", "a", "1"],
        [None, "b", "2"],
        ["一、北京", None, None],
    ]
    path = workbook(tmp_path / "a.xlsx", {"表": grid}, merged=["A1:C1", "A3:A4", "A5:C5"])
    rows, (problem,) = read(path)
    assert [(row.number, row.cells["企业名称"], row.cells["标题"]) for row in rows] == [(3, "甲", "a"), (4, "甲", "b")]
    assert (problem.code, problem.row) == ("section_row", 5)


def test_header_of_two_rows(tmp_path: Path) -> None:
    grid: list[list[object]] = [["企业名称", "联系方式", None], [None, "联系人", "电话"], ["甲", "张", "1"]]
    merged, _ = read(workbook(tmp_path / "a.xlsx", {"表": grid}, merged=["A1:A2", "B1:C1"]))
    (tmp_path / "b.csv").write_text("企业名称,联系方式,\n,联系人,电话\n甲,张,1\n", encoding="utf-8")
    plain, _ = read(tmp_path / "b.csv")
    assert (
        [row.cells for row in merged]
        == [row.cells for row in plain]
        == [{"企业名称": "甲", "联系人": "张", "电话": "1"}]
    )


def test_rich_text_and_inline_strings(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER[:2])
        page.write_string(1, 0, "甲")
        page.write_rich_string(1, 1, "五", book.add_format({"bold": True}), "轴", "加工")
    inline = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(inline, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER[:2])
        page.write_row(1, 0, ["甲", "五轴加工"])
    for file in (path, inline):
        (row,), _ = read(file)
        assert row.cells == {"企业名称": "甲", "标题": "五轴加工"}


def test_dates_that_count_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["企业名称", "有效期止"])
    book.active.append(["甲", date(2026, 3, 31)])
    book.save(tmp_path / "a.xlsx")
    (row,), _ = read(tmp_path / "a.xlsx")
    assert row.cells["有效期止"] == date(2026, 3, 31)


def test_jsonl_keeps_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"id": "1", "text": "甲", "addr": ""}),
        "{broken",
        "[1]",
        "",
        json.dumps({"id": "2", "text": "乙"}),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    rows, problems = read(path)
    assert [(row.number, dict(row.cells)) for row in rows] == [
        (1, {"id": "1", "text": "甲"}),
        (5, {"id": "2", "text": "乙"}),
    ]
    assert rows[0].headers == ("id", "text", "addr")
    assert [(problem.row, problem.severity) for problem in problems] == [(2, Severity.ERROR), (3, Severity.ERROR)]


def test_mapping_names_a_column_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("厂子,干啥的\n甲,五轴加工\n", encoding="utf-8")
    columns = Columns.load({"厂子": "企业名称", "干啥的": "title"})
    (row,), _ = read(path, columns=columns)
    assert columns.names(row.headers, None) == {"name", "title"}
    with pytest.raises(MatcherError, match="不是可用的字段") as caught:
        Columns.load({"厂子": "不存在"})
    assert caught.value.code == "unknown_column"
