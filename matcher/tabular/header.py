"""Finding the header of a sheet: below titles, over one row or two, with group headings."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain, islice

from matcher.errors import MatcherError
from matcher.tabular.model import Limits, Line, Problem, RawRow, Report

_UNIT = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_MARKS = re.compile(r"[*＊※:：\s]")
_NOT_UNITS = (
    "必填",
    "选填",
    "可选",
    "可多选",
    "多选",
    "单选",
    "如有",
    "示例",
    "例如",
    "参考",
    "盖章",
    "全称",
    "格式",
    "说明",
)


def normalised(header: object) -> str:
    """Return a header for comparison: half width, lower case, without spaces, marks and colons."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", str(header))).lower()


def split_unit(header: str) -> tuple[str, str | None]:
    """Return a normalised header without its brackets, and the unit they hold: 营业收入(万元) → 营业收入, 万元."""
    match = _UNIT.search(header)
    if match is None:
        return header, None
    inside = match[1]
    is_unit = bool(inside) and len(inside) <= 8 and not any(word in inside for word in _NOT_UNITS)
    return _UNIT.sub("", header), inside if is_unit else None


def find_rows(
    lines: Iterator[Line], *, limits: Limits, known: Callable[[str], bool], report: Report
) -> Iterator[RawRow] | list[str] | None:
    """Return the rows under a sheet's header; the texts seen when it has none we know; None for an empty sheet."""
    head, lines = _head(lines, limits.header_lines)
    filled = [line for line in head if any(_text(value) for value in line.values)]
    if not filled:
        return None
    best, depth = _best_header(head, known)
    if best is None:
        return [_text(value) for value in filled[0].values if _text(value)]
    headers = _names(head, best, depth)
    return _rows(chain(head[best + depth :], lines), headers, report)


def _head(lines: Iterator[Line], count: int) -> tuple[list[Line], Iterator[Line]]:
    """Return the first lines and the rest; a file that breaks off among the first ones breaks off after them."""
    head: list[Line] = []
    try:
        for line in islice(lines, count):
            head.append(line)
    except MatcherError as error:
        return head, _broken(error)
    return head, lines


def _broken(error: MatcherError) -> Iterator[Line]:
    raise error
    yield


def _best_header(head: list[Line], known: Callable[[str], bool]) -> tuple[int | None, int]:
    best, depth, best_score = None, 1, 0
    for i, line in enumerate(head):
        score = _score(line.values, known)
        if score > best_score and _plausible(line.values, score):
            best, depth, best_score = i, 1, score
        if i + 1 < len(head) and score and _all_known(head[i + 1].values, known):
            joined = _score(_joined(line.values, head[i + 1].values), known)
            if joined > max(best_score, score, _score(head[i + 1].values, known)):
                best, depth, best_score = i, 2, joined
    return best, depth


def _score(values: list[object], known: Callable[[str], bool]) -> int:
    return len({normalised(value) for value in values if _text(value) and known(_text(value))})


def _plausible(values: list[object], score: int) -> bool:
    return score >= 2 or len({_text(value) for value in values if _text(value)}) <= 2


def _all_known(values: list[object], known: Callable[[str], bool]) -> bool:
    texts = [_text(value) for value in values if _text(value)]
    return bool(texts) and all(known(text) for text in texts)


def _joined(upper: list[object], lower: list[object]) -> list[object]:
    width = max(len(upper), len(lower))
    return [_at(lower, i) or _at(upper, i) for i in range(width)]


def _names(head: list[Line], start: int, depth: int) -> list[str]:
    values = head[start].values if depth == 1 else _joined(head[start].values, head[start + 1].values)
    groups = head[start].values if depth == 2 else head[start - 1].values if start else []
    names: list[str] = []
    for i, value in enumerate(values):
        name, group = _text(value), _text(_at(groups, i))
        if name in names and group and group != name:
            name = f"{group}/{name}"
        if name in names:
            name = f"{name}({names.count(name) + 1 + sum(n.startswith(f'{name}(') for n in names)})"
        names.append(name)
    return names


def _rows(lines: Iterator[Line], headers: list[str], report: Report) -> Iterator[RawRow]:
    columns = tuple(header for header in headers if header)
    for line in lines:
        cells: dict[str, object] = {}
        for i, value in enumerate(line.values):
            if _text(value):
                cells[(headers[i] if i < len(headers) else "") or f"第{i + 1}列"] = value
        if not cells or {header: header for header in cells} == cells:
            continue
        if _is_section(list(cells.values()), len(columns)):
            report(_section(line, next(iter(cells.values()))))
            continue
        yield RawRow(line.sheet, line.number, cells, columns)


def _is_section(values: list[object], width: int) -> bool:
    return len(values) >= max(3, width) and len(set(map(str, values))) == 1


def _section(line: Line, value: object) -> Problem:
    return Problem(
        code="section_row",
        sheet=line.sheet,
        row=line.number,
        value=str(value)[:60],
        message="这一行整行合并为一格，看作小标题，没有导入",
        remedy="如果它是一条数据，请取消合并后重新导入",
    )


def _at(values: list[object], i: int) -> object:
    return values[i] if i < len(values) else None


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
