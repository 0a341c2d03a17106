"""A workbook that prints well: A4, fitted to the width, its header on every page, text that is never a formula."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.tabular.rejects import write_cell

_A4 = 9
_BORDER = {"border": 1, "border_color": "#bfbfbf"}
_BASE = {"valign": "vcenter", "text_wrap": True, "font_name": "Microsoft YaHei", "font_size": 10}
_FOOTER = 100


class Book:
    """A workbook in the making; equal content gives equal bytes, since its only date is an argument."""

    def __init__(self, title: str, made: datetime) -> None:
        self._title = title
        self._file = BytesIO()
        self._book = xlsxwriter.Workbook(self._file, {"in_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"title": title, "created": made})
        self.plain = self._book.add_format(_BASE | _BORDER)
        self.head = self._book.add_format({**_BASE, **_BORDER, "bold": True, "bg_color": "#e8eef7", "align": "center"})
        self.title = self._book.add_format({**_BASE, "bold": True, "font_size": 14, "text_wrap": False})
        self.plate = self._book.add_format({**_BASE, "bold": True, "font_size": 48, "align": "center"})
        self.seat = self._book.add_format({**_BASE, "font_size": 28, "align": "center"})

    def bytes(self) -> bytes:
        """Return the finished file."""
        self._book.close()
        return self._file.getvalue()

    def sheet(self, name: str, widths: Sequence[float], *, landscape: bool = False) -> Worksheet:
        """Return a new empty sheet, columns as wide as `widths` in characters."""
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L{self._title.replace('&', '&&')[:_FOOTER]}&R第 &P 页，共 &N 页")
        if landscape:
            sheet.set_landscape()
        return sheet

    def row(self, sheet: Worksheet, line: int, values: Sequence[object], style: Format | None = None) -> None:
        """Write one row, the body's style by default."""
        for column, value in enumerate(values):
            write_cell(sheet, line, column, value, style or self.plain)

    def table(
        self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float]
    ) -> Worksheet:
        """Return a new sheet that holds one table, to sort, to filter and to print."""
        sheet, line = self.sheet(name, widths), 0
        self.row(sheet, 0, header, self.head)
        for line, values in enumerate(rows, 1):
            self.row(sheet, line, values)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(1, line), len(header) - 1)
        return sheet
