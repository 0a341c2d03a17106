"""A ledger put into somebody's own workbook: single cells and columns found by their defined names."""

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.workbook import Workbook

from matcher.errors import MatcherError
from matcher.tabular.model import Limits
from matcher.tabular.xlsx_package import hostile, open_package, parts

_LARGEST = 1_000_000
_LIMITS = Limits(packed_bytes=16 << 20, inflated_bytes=32 << 20)
_ELEMENTS = 500_000
_NOT_READ = "模板无法打开：请用 .xlsx 格式另存后再传"


def fill_template(template: bytes, singles: Mapping[str, object], columns: Mapping[str, Sequence[object]]) -> bytes:
    """Return a workbook with the cells named in `singles` set, and those named in `columns` filled downwards.

    All else stays as it is, formulas and formats too; a row filled below the first takes its formats. Texts stay
    texts, whatever they begin with.
    :raises MatcherError: `bad_template` for what is no workbook, is larger than a template is, or has none of the names,
        naming them.
    """
    _check(template)
    try:
        book = load_workbook(io.BytesIO(template))
    except Exception as error:  # openpyxl raises whatever the broken part of a file makes it raise
        raise MatcherError("bad_template", _NOT_READ) from error
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


def _check(template: bytes) -> None:
    """Refuse what would take openpyxl, which holds a whole workbook in memory, hundreds of times its size."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as held:
        held.write(template)
        held.flush()
        path, seen = Path(held.name), 0
        try:
            with open_package(path, _LIMITS) as package:
                for name in package.namelist():
                    for _ in parts(package, name, path) if name.lower().endswith((".xml", ".rels", ".vml")) else ():
                        seen += 1
                        if seen > _ELEMENTS:
                            raise hostile(path)
        except MatcherError as error:
            if error.code == "zip_bomb":
                message = (
                    f"模板过大或内容异常（解压后应不超过 {_LIMITS.inflated_bytes >> 20} MB）：请删去多余的内容后再传"
                )
                raise MatcherError("bad_template", message) from error
            raise MatcherError("bad_template", _NOT_READ) from error


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
