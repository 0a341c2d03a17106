"""Templates can be filled in and read back, and rejects can be mended and imported again."""

import tomllib
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.assets import asset
from matcher.domain import PostingKind
from matcher.tabular import Reject, read_row, sheet_kind, write_rejects, write_templates
from matcher.tabular.columns import Scope
from matcher.tabular.templates import template_headers
from matcher.taxonomy import FieldType, kinds
from tests.matcher.tabular.sheets import COLUMNS, read, workbook

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.stem: path for path in write_templates(tmp_path_factory.mktemp("templates"))}


@pytest.mark.parametrize("kind", PostingKind)
def test_example_of_a_template_reads_back_without_a_problem(templates: dict[str, Path], kind: PostingKind) -> None:
    (row,), problems = read(templates[kind])
    found = read_row(row, COLUMNS, kind=sheet_kind(row.sheet), as_of=AS_OF)
    assert problems == []
    assert (found.problems, found.unknown, found.missing) == ((), (), ())
    assert [posting.kind for posting in found.postings] == [kind]


@pytest.mark.parametrize("kind", PostingKind)
def test_examples_fill_columns_of_their_template(kind: PostingKind) -> None:
    examples = tomllib.loads(asset("data", "import", "examples.toml").read_text(encoding="utf-8"))
    assert set(examples[kind]) <= {header.partition("（")[0] for header in template_headers(kind)}


@pytest.mark.parametrize("kind", PostingKind)
def test_every_column_of_a_template_is_understood(kind: PostingKind) -> None:
    headers = template_headers(kind)
    targets = [COLUMNS.find(header + "*", kind) for header in headers]
    assert None not in targets
    names = [(target.scope, target.name) for target in targets if target is not None]
    assert len(set(names)) == len(names)
    assert {(Scope.FIELD, field.name) for field in kinds()[kind].fields} <= set(names)


def test_a_template_marks_explains_and_lists_choices(templates: dict[str, Path]) -> None:
    page = openpyxl.load_workbook(templates["need"])["需求"]
    headers = [cell.value for cell in page[1]]
    assert "企业名称*" in headers
    assert "技术指标*" in headers
    assert all(cell.comment is not None for cell in page[1])
    lists = [rule.formula1 for rule in page.data_validations.dataValidation]
    assert '"技术,采购,配套,服务,其他"' in lists
    guide = openpyxl.load_workbook(templates["need"])["填写说明"]
    assert guide.max_row > len(headers)


@given(
    title=st.text(alphabet="精密加工检测abc12=+-@", min_size=1, max_size=40).map(str.strip).filter(bool),
    amount=st.integers(1, 10**8),
    day=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    flag=st.booleans(),
)
def test_what_is_filled_in_comes_back(
    tmp_path_factory: pytest.TempPathFactory, title: str, amount: int, day: date, flag: bool
) -> None:
    values: dict[FieldType, tuple[object, object]] = {
        FieldType.NUMBER: (amount, amount),
        FieldType.MONEY: (f"{amount}万元", amount),
        FieldType.DATE: (day, day.isoformat()),
        FieldType.BOOL: ("是" if flag else "否", flag),
        FieldType.LIST: ("甲、乙", ["甲", "乙"]),
    }
    fields = [field for field in kinds()[PostingKind.PROCUREMENT].fields if field.type in values]
    path = tmp_path_factory.mktemp("filled") / "采购.xlsx"
    cells = ["北京甲有限公司", f"字{title}", *(values[field.type][0] for field in fields)]
    workbook(path, {"采购包": [["企业名称*", "标题*", *(field.label for field in fields)], cells]})
    (row,), _ = read(path)
    (posting,) = read_row(row, COLUMNS, kind=sheet_kind(row.sheet), as_of=AS_OF).postings
    assert posting.title == " ".join(f"字{title}".split())
    assert {field.name: posting.attributes[field.name] for field in fields} == {
        field.name: values[field.type][1] for field in fields
    }


def test_rejects_hold_no_formula_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    cells = {"企业名称": "=1+1", "详情": "+cmd", "电话": "@x", "备注": "-5", "网址": "http://a.b"}
    rejects = [Reject("能力", 7, cells, "错", "改"), Reject("需求/2", 9, {"企业名称": "乙", "人数": 3}, "=错", "改")]
    write_rejects(path, lambda: rejects)
    with zipfile.ZipFile(path) as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    rows, problems = read(path)
    assert problems == []
    assert [row.sheet for row in rows] == ["能力", "需求_2"]
    assert {header: rows[0].cells[header] for header in cells} == cells
    assert (rows[0].cells["行号"], rows[0].cells["错误"], rows[0].cells["如何修改"]) == (7, "错", "改")
    assert read_row(rows[0], COLUMNS, kind=PostingKind.NEED, as_of=AS_OF).unknown == ("备注", "网址")
