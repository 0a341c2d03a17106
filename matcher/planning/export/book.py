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
_PRINTED = {False: 690, True: 1020}  # pixels across A4 between the margins, upright and landscape
PAGES = 1000  # Excel knows no more page breaks on a sheet.
_PLATES = ((11, 60), (17, 40), (32_767, 28))  # longest name in characters, size of type in points
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Book:
    """A workbook in the making; equal content gives equal bytes, since its only date is an argument."""

    def __init__(self, title: str, made: datetime) -> None:
        self._title = title
        self._file = BytesIO()
        self._book = xlsxwriter.Workbook(self._file, {"in_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"title": title, "created": made})
        self.plain = self._book.add_format(_BASE | _BORDER)
        self._quoted = self._book.add_format({**_BASE, **_BORDER, "quote_prefix": True})
        self.head = self._book.add_format({**_BASE, **_BORDER, "bold": True, "bg_color": "#e8eef7", "align": "center"})
        text = {**_BASE, "quote_prefix": True}
        self.title = self._book.add_format({**text, "bold": True, "font_size": 14, "text_wrap": False})
        plate = {**text, "bold": True, "align": "center"}
        self._plates = [(most, self._book.add_format({**plate, "font_size": size})) for most, size in _PLATES]
        self.seat = self._book.add_format({**text, "font_size": 28, "align": "center"})

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
        sheet.set_footer(f"&L{self._title[:_FOOTER].replace('&', '&&')}&R第 &P 页，共 &N 页")
        if landscape:
            sheet.set_landscape()
        return sheet

    def row(self, sheet: Worksheet, line: int, values: Sequence[object], style: Format | None = None) -> None:
        """Write one row, the body's style by default; what looks like a formula stays text when it is edited."""
        for column, value in enumerate(values):
            body = self._quoted if isinstance(value, str) and value.startswith(_FORMULA) else self.plain
            write_cell(sheet, line, column, value, style or body)

    def plate(self, name: str) -> Format:
        """Return the style in which a name fills a plate, smaller for longer ones."""
        return next(style for most, style in self._plates if len(name) <= most)

    def pages(self, sheet: Worksheet, ends: Sequence[int], widths: Sequence[float], *, landscape: bool = False) -> None:
        """Start a new page after each of the first `ends` rows (1000 at most), at the scale at which all columns fit across.

        Excel passes over page breaks on a sheet that is fitted to its width.
        """
        across = sum(7 * width + 5 for width in widths)
        sheet.set_print_scale(max(10, min(100, int(100 * _PRINTED[landscape] / across))))
        sheet.set_h_pagebreaks(list(ends)[:PAGES])

    def table(
        self,
        name: str,
        header: Sequence[str],
        widths: Sequence[float],
        rows: Iterable[Sequence[object]],
        *,
        landscape: bool = False,
    ) -> Worksheet:
        """Return a new sheet that holds one table, to sort, to filter and to print."""
        sheet, line = self.sheet(name, widths, landscape=landscape), 0
        self.row(sheet, 0, header, self.head)
        for line, values in enumerate(rows, 1):
            self.row(sheet, line, values)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(1, line), len(header) - 1)
        return sheet
