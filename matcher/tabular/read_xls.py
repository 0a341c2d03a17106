"""Lines of an old XLS workbook. The format ends at 65,536 rows, so the sheet is held whole."""

from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from matcher.errors import MatcherError
from matcher.tabular.model import Line, Problem, Report
from matcher.tabular.xlsx_package import password_error

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_xls(path: Path, report: Report) -> Iterator[Line]:
    """Yield the rows of every visible sheet; hidden ones are reported.

    :raises MatcherError: `file_password`, or `file_truncated` when it cannot be read.
    """
    for sheet, hidden, rows in _sheets(path):
        if hidden:
            report(
                Problem(
                    code="sheet_hidden",
                    sheet=sheet,
                    message=f"工作表“{sheet}”是隐藏的，没有导入",
                    remedy="如需导入，请在表格软件中取消隐藏后重新导入",
                )
            )
            continue
        for number, values in enumerate(rows, 1):
            yield Line(sheet, number, [None if value == "" else value for value in values])


def _sheets(path: Path) -> Iterator[tuple[str, bool, list[list[object]]]]:
    if _ENCRYPTED in path.read_bytes():
        raise password_error(path)
    try:
        book = CalamineWorkbook.from_path(path)
        for meta in book.sheets_metadata:
            if meta.typ == SheetTypeEnum.WorkSheet:
                hidden = meta.visible != SheetVisibleEnum.Visible
                rows = [] if hidden else book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                yield meta.name, hidden, [list(row) for row in rows]
    except PasswordError as error:
        raise password_error(path) from error
    except CalamineError as error:
        raise MatcherError(
            "file_truncated", f"文件“{path.name}”不完整或已损坏：请用表格软件另存为 xlsx 后再导入", file=path.name
        ) from error
