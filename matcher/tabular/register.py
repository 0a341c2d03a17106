"""A sheet of register entries ↔ their columns: read with a report of every row, written for filling in or reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import xlsxwriter

from matcher.errors import MatcherError
from matcher.tabular.header import normalised, split_unit
from matcher.tabular.model import GUIDE_SHEET, Limits, Problem, RawRow, Severity, Tally, shown
from matcher.tabular.numbers import is_unknown
from matcher.tabular.read import read_rows
from matcher.tabular.rejects import write_cell
from matcher.tabular.templates import TYPES, header_of
from matcher.tabular.values import read_field, text_of
from matcher.taxonomy import Field, FieldType

LIMITS = Limits(file_bytes=32 << 20, packed_bytes=32 << 20, inflated_bytes=256 << 20, rows=100_000, cell_chars=20_000)
ID = "编号"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that could be read: where it stood, the caller's id if it gives one, and its columns by field name."""

    sheet: str
    number: int
    id: str | None
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SheetRead:
    """The good rows, what was wrong with the others, and how many rows there were."""

    rows: tuple[SheetRow, ...]
    problems: tuple[Problem, ...]
    total: int


def read_register(path: Path, fields: Sequence[Field], *, as_of: date, limits: Limits = LIMITS) -> SheetRead:
    """Return the rows of a CSV, XLSX, XLS or JSONL file whose columns are named by `fields`; firm columns stay texts.

    A row without a required column, or with one that cannot be read, is left out and told of.
    :raises MatcherError: when the file as a whole cannot be read, as in `read_rows`.
    """
    tally = Tally(keep=10_000)
    columns = _columns(fields)
    rows: list[SheetRow] = []
    total = 0
    expected = tuple(field.label for field in fields if field.required)
    for raw in read_rows(
        path,
        limits=limits,
        known=lambda header: _find(columns, header) is not None,
        expected=expected,
        report=tally.add,
    ):
        total += 1
        found = _row(raw, columns, fields, as_of)
        if isinstance(found, Problem):
            tally.add(replace(found, file=path.name))
        else:
            rows.append(found)
    return SheetRead(tuple(rows), tuple(tally.first), total)


def _columns(fields: Sequence[Field]) -> dict[str, Field | None]:
    """Return what each header means; None is the caller's id."""
    found: dict[str, Field | None] = {normalised(word): None for word in (ID, "id")}
    for field in fields:
        for word in (field.name, field.label, *field.aliases):
            found.setdefault(normalised(word), field)
    return found


def _find(columns: Mapping[str, Field | None], header: str) -> tuple[Field | None, str | None] | None:
    key = normalised(header)
    base, unit = split_unit(key)
    for word in (key, base):
        if word in columns:
            return columns[word], None if word == key else unit
    return None


def _row(raw: RawRow, columns: Mapping[str, Field | None], fields: Sequence[Field], as_of: date) -> SheetRow | Problem:
    values: dict[str, object] = {}
    id_ = None
    for header, cell in raw.cells.items():
        found = _find(columns, header)
        if found is None:
            continue
        field, unit = found
        if field is None:
            id_ = text_of(cell) or None
            continue
        try:
            value = _value(cell, field, unit, as_of)
        except MatcherError as error:
            return _problem(raw, header, cell, error)
        if value is not None:
            values.setdefault(field.name, value)
    if missing := [field.label for field in fields if field.required and field.name not in values]:
        message = f"缺少{'、'.join(missing)}，这一行没有读取"
        return _problem(raw, None, None, MatcherError("required", message, remedy="请补齐必填的栏"))
    return SheetRow(raw.sheet, raw.number, id_, values)


def _value(cell: object, field: Field, unit: str | None, as_of: date) -> object:
    if is_unknown(cell) and not (field.type is FieldType.BOOL and text_of(cell) == "无"):
        return None
    if field.type is FieldType.FIRM:
        return text_of(cell)
    return read_field(cell, field, as_of=as_of, header_unit=unit).value


def _problem(raw: RawRow, header: str | None, cell: object, error: MatcherError) -> Problem:
    return Problem(
        code=error.code,
        message=error.message,
        remedy=str(error.details.get("remedy", "请更正后重新导入")),
        severity=Severity.ERROR,
        sheet=raw.sheet,
        row=raw.number,
        column=header,
        value=None if cell is None else shown(cell),
    )


def write_register(
    path: Path, label: str, fields: Sequence[Field], rows: Iterable[tuple[str, Mapping[str, object]]]
) -> None:
    """Write entries (id, columns by field name) as a workbook that `read_register` reads back; no rows: a template.

    Texts stay texts: nothing in the file can run as a formula.
    """
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, wrap = book.add_format({"bold": True, "bg_color": "#DDEBF7"}), book.add_format({"text_wrap": True})
        page = book.add_worksheet(label[:31])
        page.freeze_panes(1, 0)
        headers = [ID, *(header_of(field) + ("*" if field.required else "") for field in fields)]
        for column, header in enumerate(headers):
            page.write_string(0, column, header, bold)
            page.set_column(column, column, max(12, 2 * len(header) + 2))
        for line, (id_, values) in enumerate(rows, start=1):
            write_cell(page, line, 0, id_)
            for column, field in enumerate(fields, start=1):
                if (value := values.get(field.name)) is not None:
                    write_cell(page, line, column, _shown(value))
        guide = book.add_worksheet(GUIDE_SHEET)
        guide.set_column(0, 3, 28, wrap)
        for line, row in enumerate((("列", "必填", "怎么填", "可选值"), *(_guide(field) for field in fields))):
            for column, text in enumerate(row):
                guide.write_string(line, column, text, bold if line == 0 else wrap)


def _guide(field: Field) -> tuple[str, str, str, str]:
    return field.label, "是" if field.required else "", TYPES[field.type], "、".join(field.options)


def _shown(value: object) -> object:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else value
