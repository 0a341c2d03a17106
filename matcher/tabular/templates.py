"""One workbook per kind to fill in, which the import reads back as it is."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.assets import asset
from matcher.domain import Party, PostingKind
from matcher.tabular.model import GUIDE_SHEET
from matcher.tabular.rejects import write_cell
from matcher.taxonomy import Field, FieldType, Kind, kinds

_ROWS = 2000
TYPES = {
    FieldType.TEXT: "文字",
    FieldType.LIST: "多项，用顿号、逗号或分号隔开",
    FieldType.INTEGER: "整数",
    FieldType.NUMBER: "数字",
    FieldType.MONEY: "数字，万元；也可写 1.2亿元",
    FieldType.PERCENT: "百分数，如 99.5",
    FieldType.BOOL: "是 或 否",
    FieldType.DATE: "日期，如 2026-03-31",
    FieldType.ENUM: "单选",
    FieldType.REGION: "地区名称或代码",
    FieldType.INDUSTRY: "行业名称或代码",
    FieldType.WINDOWS: "起~止 数量，多段用分号隔开",
    FieldType.FIRM: "企业编号、统一社会信用代码或全称",
}
_SHARED = (
    ("编号", "文字", "您自己系统中的编号；再次导入时按它更新，可空", False),
    ("企业名称", "文字", "营业执照上的全称", True),
    ("统一社会信用代码", "文字", "18 位；用来识别同一家企业", False),
    ("单位类型", "单选", "", False),
    ("所属行业", "文字", "GB/T 4754-2017 名称或代码", False),
    ("所在地区", "文字", "如 北京市海淀区", False),
    ("注册地址", "文字", "没有填所在地区时从地址识别", False),
    ("从业人员", "整数", "人", False),
    ("营业收入（万元）", "数字", "上一年度", False),
    ("资产总额（万元）", "数字", "上一年末", False),
    ("企业规模", "单选", "自报；系统另按划型标准计算", False),
    ("标题", "文字", "一句话说清提供什么或需要什么", True),
    ("详情", "文字", "工艺、指标、数量、时间、条件，写得越具体越容易对上", True),
    ("关键词", "多项", "用顿号隔开", False),
    ("有效期起", "日期", "如 2026-01-01", False),
    ("有效期止", "日期", "如 2026-12-31，长期有效可空", False),
    ("联系人", "文字", "只给本平台和本单位看", False),
    ("电话", "文字", "手机或带区号的座机", False),
    ("邮箱", "文字", "", False),
)  # fmt: skip
_OPTIONS = {"单位类型": tuple(Party), "企业规模": ("大型", "中型", "小型", "微型")}


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    type: str
    note: str
    required: bool
    options: tuple[str, ...] = ()


def write_templates(folder: Path) -> list[Path]:
    """Write `<kind>.xlsx` for every kind into a folder (made when missing); returns the paths.

    The first sheet bears the kind's label and holds the header, choice lists and one example row; the second explains.
    """
    folder.mkdir(parents=True, exist_ok=True)
    examples = tomllib.loads(asset("data", "import", "examples.toml").read_text(encoding="utf-8"))
    paths = []
    for kind, entry in kinds().items():
        path = folder / f"{kind}.xlsx"
        _write(path, entry, examples[kind])
        paths.append(path)
    return paths


def template_headers(kind: PostingKind) -> tuple[str, ...]:
    """Return the headers of a kind's template, in order."""
    return tuple(column.header for column in _columns(kinds()[kind]))


def _write(path: Path, entry: Kind, example: Mapping[str, object]) -> None:
    columns = _columns(entry)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        bold, wrap = book.add_format({"bold": True, "bg_color": "#DDEBF7"}), book.add_format({"text_wrap": True})
        page = book.add_worksheet(entry.label)
        page.freeze_panes(1, 0)
        for i, column in enumerate(columns):
            _write_column(page, i, column, bold, example)
        _write_guide(book.add_worksheet(GUIDE_SHEET), entry, columns, bold, wrap)


def _write_column(page: Worksheet, i: int, column: _Column, bold: Format, example: Mapping[str, object]) -> None:
    page.write_string(0, i, column.header + ("*" if column.required else ""), bold)
    page.set_column(i, i, max(12, 2 * len(column.header) + 4))
    page.write_comment(0, i, "；".join(part for part in (column.type, column.note) if part))
    if column.options and len("，".join(column.options)) < 250:
        rule = {"validate": "list", "source": list(column.options), "error_type": "warning"}
        page.data_validation(1, i, _ROWS, i, rule)
    value = example.get(column.header, example.get(column.header.partition("（")[0]))
    if value is not None:
        write_cell(page, 1, i, value)


def _write_guide(page: Worksheet, entry: Kind, columns: tuple[_Column, ...], bold: Format, wrap: Format) -> None:
    page.set_column(0, 3, 28, wrap)
    for line, row in enumerate((("列", "必填", "怎么填", "可选值和说明"), *(_guide_row(column) for column in columns))):
        for i, text in enumerate(row):
            page.write_string(line, i, text, bold if line == 0 else wrap)
    notes = f"“{entry.label}”可由这些单位发布：{'、'.join(entry.parties)}。第 2 行是示例，填写前请删除。"
    page.write_string(len(columns) + 2, 0, notes, wrap)


def _guide_row(column: _Column) -> tuple[str, str, str, str]:
    return column.header, "是" if column.required else "", column.type, "、".join(column.options) or column.note


def _columns(entry: Kind) -> tuple[_Column, ...]:
    shared = [
        _Column(header, type_, note, required, _OPTIONS.get(header, ())) for header, type_, note, required in _SHARED
    ]
    taken = {column.header for column in shared}
    fields = [_field_column(field) for field in entry.fields]
    return tuple(shared + [column for column in fields if column.header not in taken])


def header_of(field: Field) -> str:
    """Return the header of a field's column, with its unit."""
    unit = {FieldType.MONEY: "万元", FieldType.PERCENT: "%"}.get(field.type, field.unit)
    return f"{field.label}（{unit}）" if unit else field.label


def _field_column(field: Field) -> _Column:
    options = ("是", "否") if field.type is FieldType.BOOL else field.options
    return _Column(header_of(field), TYPES[field.type], "", field.required, options)
