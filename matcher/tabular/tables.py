"""Plain tables as a workbook: a sheet each, with a chart beside it where one is asked for."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from matcher.tabular.rejects import write_cell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart over columns of a table: the column of names, those of values, and its form (bar, column, line)."""

    names: str
    values: tuple[str, ...]
    form: str = "bar"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """A table with a title of at most 31 characters; `rows` are as wide as `headers`, None is an empty cell."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    chart: Chart | None = None


def tables_book(tables: Sequence[SheetTable]) -> bytes:
    """Return a workbook of the tables; texts stay texts, so that nothing in it can run as a formula."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
        for table in tables:
            _sheet(book, table, bold)
    return made.getvalue()


def _sheet(book: Workbook, table: SheetTable, bold: Format) -> None:
    page = book.add_worksheet(table.title)
    page.freeze_panes(1, 0)
    for column, header in enumerate(table.headers):
        page.write_string(0, column, header, bold)
        longest = max((_width(row[column]) for row in table.rows), default=0)
        page.set_column(column, column, min(_WIDEST, max(2 * len(header) + 2, longest + 2)))
    for line, row in enumerate(table.rows, start=1):
        for column, value in enumerate(row):
            if value is not None:
                write_cell(page, line, column, value)
    if table.chart and table.rows:
        _chart(book, page, table, table.chart)


def _width(value: object) -> int:
    text = "" if value is None else str(value)
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _chart(book: Workbook, page: Worksheet, table: SheetTable, wanted: Chart) -> None:
    chart = book.add_chart({"type": wanted.form})
    names, last = table.headers.index(wanted.names), len(table.rows)
    for value in wanted.values:
        column = table.headers.index(value)
        chart.add_series(
            {
                "name": [table.title, 0, column],
                "categories": [table.title, 1, names, last, names],
                "values": [table.title, 1, column, last, column],
                "data_labels": {"value": True},
            }
        )
    chart.set_title({"name": table.title})
    if wanted.form == "bar":
        chart.set_y_axis({"reverse": True})
    page.insert_chart(1, len(table.headers) + 1, chart)
