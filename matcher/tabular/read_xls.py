"""Lines of an old XLS workbook, read by a process of its own: `xls_child` says why."""

import json
import mmap
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from matcher.tabular.model import Line, Problem, Report
from matcher.tabular.xls_child import LOCKED
from matcher.tabular.xlsx_package import password_error, truncated

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHILD = Path(__file__).with_name("xls_child.py")
_VALUES: Mapping[str, Callable[..., object]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
    "str": str,
}


def read_xls(path: Path, report: Report) -> Iterator[Line]:
    """Yield the rows of every visible sheet; hidden ones are reported.

    :raises MatcherError: `file_password`, or `file_truncated` when it cannot be read.
    """
    sheet, number = "", 0
    for told in _told(path):
        if isinstance(told, list):
            number += 1
            yield Line(sheet, number, [_value(value) for value in told])
            continue
        sheet, number = told["sheet"], 0
        if told["hidden"]:
            report(
                Problem(
                    code="sheet_hidden",
                    sheet=sheet,
                    message=f"工作表“{sheet}”是隐藏的，没有导入",
                    remedy="如需导入，请在表格软件中取消隐藏后重新导入",
                )
            )


def _told(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(_ENCRYPTED) >= 0:
            raise password_error(path)
    command = [sys.executable, "-I", str(_CHILD), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603
        try:
            for line in child.stdout or ():
                yield json.loads(line)
            code = child.wait()
        finally:
            child.kill()
    if code:
        raise password_error(path) if code == LOCKED else truncated(path)


def _value(value: object) -> object:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _VALUES[kind](text)
    return None if value == "" else value
