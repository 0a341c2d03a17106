"""Windows of time with an amount: 2026-09-01~2026-10-31 5000件; 每周一至周五; 长期."""

import re
from contextlib import suppress
from datetime import date

from matcher.domain import Window
from matcher.errors import MatcherError
from matcher.tabular.dates import Edge, read_date
from matcher.tabular.numbers import read_amount
from matcher.tabular.values import text_of

_RANGE_MARK = re.compile(r"\s*(?:[~～—–―至到]+|-+)\s*")
_RECURS = re.compile(r"每(?:天|日|周|星期|月|年|季度?|个)|周[一二三四五六日末]|工作日|节假日|夜间|夜班|白班|双休")
_WINDOW_AMOUNT = re.compile(
    r"[\s,，:：(（]+(?:可用|可供|产能|剩余|约|空闲)*\s*(\d[\d,.]*\s*[万千百亿]*\s*[^\s\d,，。)）]*)[)）]?\s*$"
)


def read_windows(value: object, *, as_of: date) -> tuple[Window, ...]:
    """Return the windows in a cell, one per line or semicolon: 起~止 数量, 每周一至周五, 长期.

    :raises MatcherError: `window_unreadable`.
    """
    parts = (part.strip() for part in re.split(r"[;；\n]+", text_of(value)))
    return tuple(_window(part, as_of) for part in parts if part)


def _window(text: str, as_of: date) -> Window:
    if _RECURS.search(text):
        return Window(recurs=text)
    amount, unit, span = None, None, text
    match = _WINDOW_AMOUNT.search(text)
    if match is not None and not re.search(r"[月日号年]$|^\d{4}$", match[1].strip()):
        read = read_amount(match[1], None)
        amount, unit, span = read.value, read.residue or None, text[: match.start()]
    start, until = _ends(span.strip(" ,，:：()（）"), text, as_of)
    if start and until and until < start:
        raise MatcherError("window_unreadable", f"“{text}”的结束早于开始", remedy="请检查起止日期的先后")
    return Window(from_date=start, until_date=until, amount=amount, unit=unit)


def _ends(span: str, text: str, as_of: date) -> tuple[date | None, date | None]:
    """Return the first and last day of a span: one date, or cut at the first mark whose two sides are both dates."""
    whole = _day(span, as_of, Edge.END)
    if whole is not None or not _RANGE_MARK.search(span):
        return _single(span, text, as_of)
    for mark in _RANGE_MARK.finditer(span):
        first, last = span[: mark.start()], span[mark.end() :]
        last = last if re.search(r"年|\d{4}", last) else _year_of(first) + last
        start = _day(first, as_of, Edge.START)
        until = _day(last, start or as_of, Edge.END)
        if start is not None and (until is not None or last in ("长期", "至今")):
            return start, until
    return _single(span, text, as_of)


def _day(text: str, as_of: date, edge: Edge) -> date | None:
    with suppress(MatcherError):
        return read_date(text, as_of=as_of, edge=edge)
    return None


def _single(span: str, text: str, as_of: date) -> tuple[date | None, date | None]:
    try:
        start, until = (read_date(span, as_of=as_of, edge=edge) for edge in Edge)
    except MatcherError as error:
        remedy = "请按 2026-09-01~2026-10-31 5000件 的样子填写，多段用分号隔开"
        raise MatcherError("window_unreadable", f"“{text}”看不出起止时间", remedy=remedy) from error
    return start, None if span.endswith(("起", "以后", "之后", "开始")) else until


def _year_of(text: str) -> str:
    match = re.match(r"\s*(\d{4})\s*[年./\-]", text)
    return f"{match[1]}年" if match else ""
