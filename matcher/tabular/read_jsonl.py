"""Rows of a JSON Lines file: one object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from matcher.tabular.model import Problem, RawRow, Report, Severity, shown
from matcher.tabular.read_text import find_encoding

_LINE_CHARS = 4_000_000


def read_jsonl(path: Path, report: Report) -> Iterator[RawRow]:
    """Yield a row for every line that holds an object; a line that does not is reported and left out.

    :raises MatcherError: `file_binary` or `file_encoding`.
    """
    with path.open(encoding=find_encoding(path)) as stream:
        number = 0
        while line := stream.readline(_LINE_CHARS):
            number += 1
            if len(line) == _LINE_CHARS and not line.endswith("\n"):
                _skip_line(stream)
                report(_bad_line(number, line, f"这一行超过 {_LINE_CHARS} 字", "请拆成多行，或删去过长的字段"))
            elif line.strip():
                cells = _object(line, number, report)
                if cells is not None:
                    filled = {key: value for key, value in cells.items() if value not in (None, "")}
                    yield RawRow("", number, filled, tuple(cells))


def _object(line: str, number: int, report: Report) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        report(_bad_line(number, line, "这一行不是合法的 JSON", "请检查引号、逗号和括号，每行只放一个 {…} 对象"))
        return None
    if not isinstance(value, dict):
        report(_bad_line(number, line, "这一行不是 JSON 对象", '每行应是一个 {…} 对象，如 {"id": "1", "text": "…"}'))
        return None
    return value


def _bad_line(number: int, line: str, message: str, remedy: str) -> Problem:
    return Problem(
        code="json_line", message=message, remedy=remedy, severity=Severity.ERROR, row=number, value=shown(line.strip())
    )


def _skip_line(stream: TextIO) -> None:
    while (part := stream.readline(_LINE_CHARS)) and not part.endswith("\n"):
        pass
