"""Lines of an XLSX workbook, one row in memory at a time: merged cells filled, dates read, formulas by their value."""

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from matcher.tabular.model import Limits, Line, Problem, Report
from matcher.tabular.xlsx_package import (
    Merge,
    Sheet,
    Shown,
    StringPool,
    cell_styles,
    column_number,
    find_sheets,
    open_package,
    parts,
    rich_text,
    scan_merges,
    tag,
    truncated,
)

_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_DAY = 2_958_465
_LAST_ROW = 1_048_576


def read_xlsx(path: Path, limits: Limits, report: Report) -> Iterator[Line]:
    """Yield the rows of every visible sheet; hidden sheets and formulas without a value are reported.

    :raises MatcherError: `file_truncated`, `file_password`, `file_type` or `zip_bomb`.
    """
    with open_package(path, limits) as package:
        try:
            sheets, from_1904 = find_sheets(package, path)
            reader = _Reader(package, path, limits, report, from_1904)
            with closing(reader.strings):
                for sheet in sheets:
                    if sheet.hidden:
                        report(_hidden(sheet))
                    else:
                        yield from reader.lines(sheet)
        except (ValueError, LookupError, OverflowError) as error:  # a number, place or date that is none
            raise truncated(path) from error


class _Reader:
    def __init__(self, package: ZipFile, path: Path, limits: Limits, report: Report, from_1904: bool) -> None:
        self._package = package
        self._path = path
        self._limits = limits
        self._report = report
        self._epoch = _EPOCH_1904 if from_1904 else _EPOCH
        self._styles = cell_styles(package, path)
        self.strings = StringPool.from_package(package, path)

    def lines(self, sheet: Sheet) -> Iterator[Line]:
        merges = _Merges(scan_merges(self._package, sheet, self._path), self._limits.columns)
        number = 0
        for node in parts(self._package, sheet.part, self._path):
            if tag(node) == "row":
                number = int(node.get("r") or number + 1)
                if not 1 <= number <= _LAST_ROW:
                    raise ValueError(number)
                yield Line(sheet.name, number, merges.filled(number, self._values(node, sheet, number)))

    def _values(self, row: Element, sheet: Sheet, number: int) -> list[object]:
        values: list[object] = []
        column = 0
        for cell in row:
            reference = cell.get("r", "")
            column = column_number(reference.rstrip("0123456789")) if reference else column + 1
            values.extend([None] * (column - len(values)))
            values[column - 1] = self._value(cell, sheet, number)
        return values

    def _value(self, cell: Element, sheet: Sheet, number: int) -> object:
        children = {tag(child): child for child in cell}
        if "is" in children:
            return rich_text(children["is"]) or None
        text = children["v"].text if "v" in children else None
        if text is None or text == "":
            if "f" in children:
                self._report(_no_value(sheet, number, cell.get("r", ""), children["f"].text or ""))
            return None
        return self._typed(cell, text)

    def _typed(self, cell: Element, text: str) -> object:
        kind = cell.get("t", "n")
        if kind == "s":
            return self.strings.text(int(text)) or None
        if kind == "b":
            return text == "1"
        if kind == "d":
            return datetime.fromisoformat(text).date()
        if kind != "n":
            return text
        return self._number(float(text), int(cell.get("s", "0")))

    def _number(self, number: float, style: int) -> object:
        if not math.isfinite(number):
            raise ValueError(number)
        shown = self._styles.get(style)
        if shown is Shown.DATE and 1 <= number <= _LAST_DAY:
            return (self._epoch + timedelta(days=number)).date()
        if shown is Shown.PERCENT:
            return f"{number * 100:.12g}%"
        return int(number) if number.is_integer() and abs(number) < 1 << 53 else number


class _Merges:
    """The merged ranges that reach into the current row."""

    def __init__(self, merges: list[Merge], width: int) -> None:
        self._width = width
        self._coming = iter([merge for merge in merges if merge[1] <= width])
        self._next = next(self._coming, None)
        self._open: list[tuple[Merge, object]] = []

    def filled(self, number: int, values: list[object]) -> list[object]:
        """Return the row with every merged range showing its top-left value."""
        self._open = [item for item in self._open if item[0][2] >= number]
        while self._next is not None and self._next[0] <= number:
            left = self._next[1]
            if self._next[0] == number:
                self._open.append((self._next, values[left - 1] if left <= len(values) else None))
            self._next = next(self._coming, None)
        if len(self._open) > self._width:
            raise ValueError("merged ranges overlap")
        for (_, left, _, right), value in self._open:
            if value is not None:
                right = min(right, self._width)
                values.extend([None] * (right - len(values)))
                values[left - 1 : right] = [value] * (right - left + 1)
        return values


def _hidden(sheet: Sheet) -> Problem:
    return Problem(
        code="sheet_hidden",
        sheet=sheet.name,
        message=f"工作表“{sheet.name}”是隐藏的，没有导入",
        remedy="如需导入，请在表格软件中取消隐藏后重新导入",
    )


def _no_value(sheet: Sheet, number: int, reference: str, formula: str) -> Problem:
    return Problem(
        code="formula_no_value",
        sheet=sheet.name,
        row=number,
        column=reference,
        value=f"={formula}"[:60],
        message=f"单元格 {reference} 是公式，但文件里没有保存它的结果，按空白处理",
        remedy="请用表格软件打开并保存一次，或把公式粘贴为数值后重新导入",
    )
