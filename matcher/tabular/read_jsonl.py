"""Rows of a JSON Lines file: one object a line."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from matcher.errors import MatcherError
from matcher.tabular.model import Limits, Problem, RawRow, Report, Severity, shown, too_many_rows
from matcher.tabular.read_text import find_encoding

_LINE_CHARS = 4_000_000
_DEPTH = 20
_BAD_LINES = 10_000


def read_jsonl(path: Path, limits: Limits, report: Report) -> Iterator[RawRow]:
    """Yield a row for every line that holds an object; a line that does not is reported and left out.

    :raises MatcherError: `file_binary`, `file_encoding` or `too_many_rows`.
    """
    with path.open(encoding=find_encoding(path)) as stream:
        number = bad = 0
        while line := stream.readline(_LINE_CHARS):
            number += 1
            if number > limits.lines:
                raise too_many_rows(path, limits)
            if len(line) == _LINE_CHARS and not line.endswith("\n"):
                _skip_line(stream)
                report(_bad_line(number, line, f"这一行超过 {_LINE_CHARS} 字", "请拆成多行，或删去过长的字段"))
            elif line.strip():
                cells = _object(line, number, limits, report)
                bad += cells is None
                if bad > _BAD_LINES:
                    message = f"文件“{path.name}”有 {_BAD_LINES} 行以上不是合法的 JSON 对象：请检查格式后重新导入"
                    raise MatcherError("file_type", message, file=path.name)
                if cells is not None:
                    filled = {key: value for key, value in cells.items() if value not in (None, "")}
                    yield RawRow("", number, filled, tuple(cells))


def _object(line: str, number: int, limits: Limits, report: Report) -> dict[str, object] | None:
    try:
        value = json.loads(line, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        report(_bad_line(number, line, "这一行不是合法的 JSON", "请检查引号、逗号和括号，每行只放一个 {…} 对象"))
        return None
    if not isinstance(value, dict):
        report(_bad_line(number, line, "这一行不是 JSON 对象", '每行应是一个 {…} 对象，如 {"id": "1", "text": "…"}'))
        return None
    if len(value) > limits.columns:
        report(
            _bad_line(number, line, f"这一行有 {len(value)} 个字段，超过上限 {limits.columns}", "请删去用不到的字段")
        )
        return None
    if _deep(value, _DEPTH):
        report(_bad_line(number, line, f"这一行的对象套了 {_DEPTH} 层以上", "请改为一层的对象"))
        return None
    return value


def _deep(value: object, depth: int) -> bool:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(_deep(one, depth - 1) for one in held)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _bad_line(number: int, line: str, message: str, remedy: str) -> Problem:
    return Problem(
        code="json_line", message=message, remedy=remedy, severity=Severity.ERROR, row=number, value=shown(line.strip())
    )


def _skip_line(stream: TextIO) -> None:
    while (part := stream.readline(_LINE_CHARS)) and not part.endswith("\n"):
        pass
