"""Rows of any table file: the format is told by content, the header is found, limits are kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from matcher.errors import MatcherError
from matcher.tabular.header import find_rows
from matcher.tabular.model import GUIDE_SHEET, Limits, Line, Problem, RawRow, Report, Severity, shown, too_many_rows
from matcher.tabular.read_jsonl import read_jsonl
from matcher.tabular.read_text import find_encoding, read_csv
from matcher.tabular.read_xls import read_xls
from matcher.tabular.read_xlsx import read_xlsx

_ZIP = b"PK\x03\x04"
_SEEN = 50
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_rows(
    path: Path, *, limits: Limits, known: Callable[[str], bool], expected: tuple[str, ...], report: Report
) -> Iterator[RawRow]:
    """Yield the data rows of a CSV, XLSX, XLS or JSON Lines file, one at a time.

    `known` says whether a header is one we can read, `expected` names a few of them for messages. Problems that touch
    single rows or sheets go to `report` with the file's name.
    :raises MatcherError: when the file as a whole cannot be read (`file_…`, `zip_bomb`, `header_missing`, `csv_quote`,
        `too_many_rows`, `too_many_columns`).
    """

    def tell(problem: Problem) -> None:
        report(replace(problem, file=path.name))

    rows = _rows(path, limits, known, tell)
    sheets = 0
    for count, row in enumerate(rows, 1):
        if count > limits.rows:
            raise too_many_rows(path, limits)
        sheets += 1
        if _fits(row, limits, tell):
            yield row
    if not sheets:
        raise MatcherError("file_empty", f"文件“{path.name}”里没有数据行：请在表头下面填写数据后再导入", file=path.name)


def _rows(path: Path, limits: Limits, known: Callable[[str], bool], report: Report) -> Iterator[RawRow]:
    head = _head(path, limits)
    if head.startswith(_ZIP):
        return _under_headers(path, read_xlsx(path, limits, report), limits, known, report)
    if head.startswith(_OLE):
        return _under_headers(path, read_xls(path, report), limits, known, report)
    text = head.decode(find_encoding(path), "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return read_jsonl(path, limits, report)
    if text.startswith(("<", "[")):
        raise MatcherError(
            "file_type",
            f"文件“{path.name}”是{'网页或 XML' if text[0] == '<' else 'JSON 数组'}，不是表格："
            f"请{'用表格软件打开后另存为 xlsx' if text[0] == '<' else '改为每行一个 JSON 对象（JSONL）'}再导入",
            file=path.name,
        )
    return _under_headers(path, read_csv(path, limits), limits, known, report)


def _head(path: Path, limits: Limits) -> bytes:
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise MatcherError(
                "file_too_large",
                f"文件“{path.name}”有 {size >> 20} MB，超过上限 {limits.file_bytes >> 20} MB：请拆成多个文件后再导入",
                file=path.name,
            )
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise MatcherError("file_unreadable", f"文件“{path}”打不开：请检查路径和读取权限", file=str(path)) from error
    if not head.strip():
        raise MatcherError("file_empty", f"文件“{path.name}”是空的：请检查是否选错了文件", file=path.name)
    return head


def _under_headers(
    path: Path, lines: Iterator[Line], limits: Limits, known: Callable[[str], bool], report: Report
) -> Iterator[RawRow]:
    seen: list[str] = []
    found = False
    for sheet, group in groupby(_narrow(path, lines, limits), key=lambda line: line.sheet):
        if sheet == GUIDE_SHEET:
            continue
        rows = find_rows(group, limits=limits, known=known, report=report)
        if rows is None:
            continue
        if isinstance(rows, list):
            seen += [shown(text) for text in rows[:_SEEN]]
            report(_no_header(sheet, rows))
            continue
        found = True
        yield from rows
    if not found and seen:
        raise MatcherError(
            "header_missing",
            f"文件“{path.name}”里没有找到能识别的表头，看到的是：{'、'.join(seen[:8])}。"
            "请把列名改为“企业名称、类型、标题、详情”等，或用 --map 列=字段 指定，或用 rongtong templates 生成模板",
            file=path.name,
            seen=seen[:_SEEN],
        )


def _narrow(path: Path, lines: Iterator[Line], limits: Limits) -> Iterator[Line]:
    for count, line in enumerate(lines, 1):
        if count > limits.lines:
            raise too_many_rows(path, limits)
        if any(value not in (None, "") for value in line.values[limits.columns :]):
            raise MatcherError(
                "too_many_columns",
                f"文件“{path.name}”第 {line.number} 行超过 {limits.columns} 列：请删去用不到的列后再导入",
                file=path.name,
                row=line.number,
            )
        yield line


def _no_header(sheet: str, seen: list[str]) -> Problem:
    return Problem(
        code="sheet_no_header",
        sheet=sheet,
        message=f"工作表“{sheet}”没有能识别的表头（看到：{'、'.join(shown(text) for text in seen[:5])}），没有导入",
        remedy="如需导入，请补上“企业名称”“标题”等列名，或用 --map 列=字段 指定",
    )


def _fits(row: RawRow, limits: Limits, report: Report) -> bool:
    for header, value in row.cells.items():
        if isinstance(value, str) and len(value) > limits.cell_chars:
            report(
                Problem(
                    code="cell_too_long",
                    severity=Severity.ERROR,
                    sheet=row.sheet,
                    row=row.number,
                    column=header,
                    value=value[:60],
                    message=f"这一格有 {len(value)} 字，超过上限 {limits.cell_chars} 字",
                    remedy="请精简内容，或把全文放到网页后填写链接",
                )
            )
            return False
    return True
