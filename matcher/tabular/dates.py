"""Dates as people write them in cells: 45000, 2026.3.5, 20260305, 2026年3月底, 3月底, 2026年一季度, 长期."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from matcher.errors import MatcherError
from matcher.tabular.numbers import plain

_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
_OPEN_WORDS = "长期 长期有效 长期征集 永久 永久有效 不限 无期限 无限期 持续 持续有效 常年 常年有效 始终"
_OPEN = frozenset(_OPEN_WORDS.split())
_NOW_WORDS = "即日 即日起 立即 现在 今日 今天 马上 即时 随时"
_NOW = frozenset(_NOW_WORDS.split())
_YEAR = r"(?P<year>(?:19|20)\d{2}|今年|明年|后年|去年|本年度?|当年)"
_DAY = re.compile(
    rf"(?:{_YEAR}\s*[年./\-—]\s*)?(?P<month>1[0-2]|0?[1-9])\s*[月./\-—]\s*(?P<day>3[01]|[12]\d|0?[1-9])\s*[日号]?"
)
_MONTH = re.compile(
    rf"(?:{_YEAR}\s*[年./\-—]?\s*)?(?P<month>1[0-2]|0?[1-9])\s*月?份?\s*(?P<part>[上中下]旬|初|中|末|底)?"
)
_QUARTER = re.compile(
    rf"(?:{_YEAR}年?\s*)?第?(?P<quarter>[一二三四1-4])季度?(?P<part>初|中|末|底)?"
    rf"|{_YEAR.replace('year', 'year2')}?年?q(?P<q>[1-4])"
)
_HALF = re.compile(rf"(?:{_YEAR}年?)?(?P<half>[上下])半年")
_WHOLE = re.compile(rf"{_YEAR}年?度?(?P<part>初|中|末|底|内|前)?|(?P<bare>年底|年末|年内|年初|月底|本月底|本月内|月末)")
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])")
_NOISE = re.compile(
    r"(?:之前|以前|前|止|截止|截至|到期|完成|交付|左右|起|开始|以后|之后|后|\(.*?\))+$|^(?:截止|截至|至|到|自|从|于|约|预计)+"
)
_CLOCK = re.compile(r"[t\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:z|[+-]\d{2}:?\d{2})?$")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}
_MONTH_DAYS = {
    "上旬": (1, 10),
    "初": (1, 10),
    "中旬": (11, 20),
    "中": (11, 20),
    "下旬": (21, 31),
    "末": (21, 31),
    "底": (21, 31),
}
_YEARS = {"今年": 0, "本年": 0, "本年度": 0, "当年": 0, "明年": 1, "后年": 2, "去年": -1}


class Edge(StrEnum):
    """Which end of a stretch of time a vague date means: 2026年3月 is the 1st or the 31st."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: date
    last: date
    dated: bool


def read_date(value: object, *, as_of: date, edge: Edge) -> date | None:
    """Return the day a cell means, None for an open one (长期).

    A date without a year is the next one from `as_of` on; a stretch (3月, 一季度, 2026年) gives its first or last day.
    :raises MatcherError: `date_unreadable`.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    serial = _serial(value)
    if serial is not None:
        return serial
    text = re.sub(r"\s+", " ", plain(str(value)))
    text = _CLOCK.sub("", text)
    if text in _OPEN:
        return None
    if text in _NOW:
        return as_of
    stretch = _stretch(_NOISE.sub("", text).strip(), as_of)
    if stretch is None:
        raise MatcherError("date_unreadable", f"“{value}”不是日期", remedy="请按 2026-03-31 的样子填写")
    return _edge(stretch, as_of, edge)


def _serial(value: object) -> date | None:
    try:
        number = float(str(value)) if not isinstance(value, bool) else 0.0
    except ValueError:
        return None
    return _EPOCH + timedelta(days=int(number)) if int(number) in _SERIALS else None


def _edge(stretch: _Stretch, as_of: date, edge: Edge) -> date:
    day = stretch.last if edge is Edge.END else stretch.first
    if stretch.dated or stretch.last >= as_of:
        return day
    return _replaced(day, day.year + 1)


def _replaced(day: date, year: int) -> date:
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def _stretch(text: str, as_of: date) -> _Stretch | None:
    for pattern, reader in _READERS:
        match = pattern.fullmatch(text)
        if match is not None:
            return reader(match, as_of)
    return None


def _year(match: re.Match[str], as_of: date) -> tuple[int, bool]:
    found = match.groupdict()
    text = found.get("year") or found.get("year2")
    if not text:
        return as_of.year, False
    return (int(text) if text.isdigit() else as_of.year + _YEARS[text]), True


def _read_day(match: re.Match[str], as_of: date) -> _Stretch | None:
    year, dated = _year(match, as_of)
    month, day = int(match["month"]), int(match["day"])
    if day > calendar.monthrange(year, month)[1] and (dated or (month, day) != (2, 29)):
        return None
    exact = date(year, month, min(day, calendar.monthrange(year, month)[1]))
    return _Stretch(exact, exact, dated)


def _read_month(match: re.Match[str], as_of: date) -> _Stretch | None:
    year, dated = _year(match, as_of)
    if not dated and "月" not in match[0]:
        return None
    month = int(match["month"])
    end = calendar.monthrange(year, month)[1]
    first, last = _MONTH_DAYS.get(match["part"] or "", (1, end))
    return _Stretch(date(year, month, first), date(year, month, min(last, end)), dated)


def _read_quarter(match: re.Match[str], as_of: date) -> _Stretch:
    year, dated = _year(match, as_of)
    number = match["quarter"] or match["q"]
    quarter = _QUARTERS.get(number) or int(number)
    return _months(year, 3 * quarter - 2, 3 * quarter, dated)


def _read_half(match: re.Match[str], as_of: date) -> _Stretch:
    year, dated = _year(match, as_of)
    return _months(year, 1, 6, dated) if match["half"] == "上" else _months(year, 7, 12, dated)


def _read_whole(match: re.Match[str], as_of: date) -> _Stretch:
    year, dated = _year(match, as_of)
    bare = match["bare"] or ""
    if "月" in bare:
        return _months(year, as_of.month, as_of.month, True)
    part = match["part"] or bare[-1:]
    start, end = {"初": (1, 3), "中": (4, 9), "末": (10, 12), "底": (10, 12)}.get(part, (1, 12))
    return _months(year, start, end, dated)


def _months(year: int, first: int, last: int, dated: bool) -> _Stretch:
    return _Stretch(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), dated)


_READERS = (
    (_COMPACT, _read_day),
    (_DAY, _read_day),
    (_MONTH, _read_month),
    (_QUARTER, _read_quarter),
    (_HALF, _read_half),
    (_WHOLE, _read_whole),
)
