"""A ledger put into somebody's own workbook: single cells and columns found by their defined names."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.workbook import Workbook

from matcher.errors import MatcherError

_LARGEST = 1_000_000


def fill_template(template: bytes, singles: Mapping[str, object], columns: Mapping[str, Sequence[object]]) -> bytes:
    """Return a workbook with the cells named in `singles` set, and those named in `columns` filled downwards.

    All else stays as it is, formulas and formats too; a row filled below the first takes its formats. Texts stay
    texts, whatever they begin with.
    :raises MatcherError: `bad_template` for what is no workbook or has none of the names, naming them.
    """
    try:
        book = load_workbook(io.BytesIO(template))
    except Exception as error:  # openpyxl raises whatever the broken part of a file makes it raise
        raise MatcherError("bad_template", "模板无法打开：请用 .xlsx 格式另存后再传") from error
    used = [name for name in (*singles, *columns) if name in book.defined_names]
    if not used:
        names = "、".join((*singles, *columns))
        raise MatcherError("bad_template", f"模板中没有可填的名称；请在 Excel 的“名称管理器”中定义，可用：{names}")
    for name in used:
        values = columns[name] if name in columns else [singles[name]]
        _fill(book, name, values)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _fill(book: Workbook, name: str, values: Sequence[object]) -> None:
    for sheet, area in book.defined_names[name].destinations:
        if sheet not in book.sheetnames:
            raise MatcherError("bad_template", f"名称“{name}”指向不存在的工作表“{sheet}”")
        letters, first = coordinate_from_string(area.replace("$", "").split(":")[0])
        page, column = book[sheet], column_index_from_string(letters)
        if first + len(values) > _LARGEST:
            raise MatcherError("bad_template", f"名称“{name}”所在位置太靠下，放不下 {len(values)} 行")
        model = page.cell(first, column)
        for n, value in enumerate(values):
            cell = page.cell(first + n, column)
            if isinstance(cell, MergedCell):
                raise MatcherError("bad_template", f"名称“{name}”下方有合并单元格，无法逐行填写")
            if n:
                cell._style = model._style
            _set(cell, value)


def _set(cell: Any, value: object) -> None:
    cell.value = value if isinstance(value, int | float) or value is None else str(value)
    if isinstance(value, str):
        cell.data_type = "s"
