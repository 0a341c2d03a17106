"""Dates of Chinese texts as stretches of days: 2026年3月至5月, 第二季度, 10月31日前, 6月10日~25日, 国庆假期."""

import re
import tomllib
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from math import inf
from typing import Any

from matcher.assets import asset
from matcher.quantity.measure_table import one_of

_DIGITS = {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
    "十一": 11,
    "十二": 12,
}
_MONTH = r"1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]"
_TRIGGER = re.compile(
    r"[月日号年]|季度|Q[1-4]|\d[-./]\d|春节|国庆|元旦|五一|暑|寒假|清明|双十一|劳动节|十一|六一八|双11"
)
_TO = re.compile(r"\s?(?:至|到|-|~)\s?")
_BEFORE = re.compile(r"\s?(?:\(含\)|当[日天])?(?:之前|以前|前|止|为止|截止)(?!台|端|后|期|沿|往|道|海|身)")
_SINCE = re.compile(r"\s?(?:\(含\))?(?:之后|以后|起|开始|后)(?!续|台|期|方|段|重|订|批|做)")
_LATEST = re.compile(r"(?:不晚于|不迟于|最晚|最迟|截至|截止(?:到|至)?|赶在|务必在)[^，。;\d]{0,4}$")


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    with asset("data", "conditions", "calendar.toml").open("rb") as file:
        return tomllib.load(file)


def base_year() -> int:
    """Return the year in which dates without a year are placed."""
    return int(_raw()["base"])


@lru_cache(maxsize=32)
def said(name: str) -> re.Pattern[str]:
    """Return the expression of one list under `[marks]` of `calendar.toml`."""
    return one_of(_raw()["marks"][name])


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    feasts = "|".join(sorted((*_raw()["days"], *_raw()["years"]), key=len, reverse=True))
    return re.compile(
        rf"""
        (?=[\d第Q上每次翌一二三四五六七八九十春国元劳清双暑寒下])
        (?:(?<!\d)(?P<year>20\d\d)(?:年度?|(?P<sep>[-./])(?=\d))\s?|(?P<every>每年)的?|[次翌]年)?
        (?:
          (?P<months>(?:\d{{1,2}}月?[、和及]){{1,11}}\d{{1,2}})月份?
        | (?<![\d.])(?P<first>{_MONTH})(?:月份?)?[-~至到](?P<last>{_MONTH})月份?(?!\d)(?!内|产)
        | (?P<quarter>第?[一二三四1-4]季度|Q[1-4](?!\d))
        | (?P<half>上半年|下半年)
        | (?:(?<![\d.第每前近后隔满一二三四五六七八九十百千])|(?<=20\d\d\.))(?P<month>{_MONTH})
          (?:月份?\s?(?!内|供|产|租|均|度|一次|两次|预警|提醒)|(?(sep)(?:[-./](?=\d{{1,2}}(?!\d))|(?![\d.]))|(?!)))
          (?:(?P<day>\d{{1,2}})(?!\d)[日号]?|(?P<part>上旬|中旬|下旬|初|底|末|中))?
        | (?<![\d一二三四五六七八九十百千万])(?P<feast>{feasts})(?:假期|长假|假|节|期间|黄金周){{0,3}}
        | (?<=[至到~-])(?P<only>\d{{1,2}})[日号]
        | (?P<whole>(?(year)(?:全年|整年|内|)|(?!)))
        )
        """,
        re.VERBOSE,
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days `low`..`high` (proleptic ordinals) named at [start, end); without a year they lie in the base year.

    `limit` is "until" for 10月31日前, "since" for 9月1日起, else empty. `bare` says that only a year was named.
    """

    start: int
    end: int
    low: float
    high: float
    dated: bool
    limit: str = ""
    bare: bool = False


def stretches(folded: str) -> list[Stretch]:
    """Return the stretches of days that a folded text names, in order; a year said once holds for what follows it."""
    if not _TRIGGER.search(folded):
        return []
    found: list[Stretch] = []
    year: int | None = None
    for match in _pattern().finditer(folded):
        if match["year"]:
            year = int(match["year"])
        elif match["every"]:
            year = None
        joins = bool(found) and bool(_TO.fullmatch(folded, found[-1].end, match.start()))
        known = year if year is not None else _year_after(folded, match.end())
        days = _days(match, known, found[-1] if joins else None)
        if days is None:
            continue
        if joins and not match["whole"]:
            found[-1] = _joined(found[-1], days, match.end())
        else:
            found.append(Stretch(match.start(), match.end(), *days, known is not None, bare=match["whole"] is not None))
    return [_limited(folded, each) for each in found]


def _year_after(folded: str, end: int) -> int | None:
    following = re.match(r"[\s~至到\d月日号-]{0,10}\((20\d\d)年?\)", folded[end : end + 18])
    return int(following[1]) if following else None


_Days = tuple[float, float]


def _days(match: re.Match[str], year: int | None, before: Stretch | None) -> _Days | None:
    """Return the first and last day of one date, None where it is none (13月, 2月30日)."""
    used = year if year is not None else base_year()
    if match["only"]:
        start = date.fromordinal(int(before.low)) if before else None
        return _day(start.year, start.month, int(match["only"])) if start else None
    if match["whole"] is not None:
        return _months(used, 1, 12) if year is not None else None
    if match["feast"]:
        return _feast(match["feast"], used)
    if match["quarter"]:
        number = _number(match["quarter"].strip("第季度Q"))
        return _months(used, number * 3 - 2, number * 3)
    if match["half"]:
        return _months(used, 1, 6) if match["half"] == "上半年" else _months(used, 7, 12)
    if match["months"]:
        listed = [int(word) for word in re.findall(r"\d+", match["months"])]
        return _months(used, min(listed), max(listed)) if max(listed) - min(listed) < len(listed) else None
    if match["first"]:
        return _months(used, _number(match["first"]), _number(match["last"]))
    return _date(match, used)


def _date(match: re.Match[str], year: int) -> _Days | None:
    month = _number(match["month"])
    if match["day"]:
        return _day(year, month, int(match["day"]))
    days = _months(year, month, month)
    part = match["part"]
    if not part or days is None:
        return days
    first, last = days
    bounds = {
        "上旬": (first, first + 9),
        "初": (first, first + 9),
        "中旬": (first + 10, first + 19),
        "中": (first + 10, first + 19),
        "下旬": (first + 20, last),
    }
    return bounds.get(part, (last - 4, last))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _DIGITS[word]


def _months(year: int, first: int, last: int) -> _Days | None:
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    end = year + (last < first)
    return float(date(year, first, 1).toordinal()), float(date(end, last, monthrange(end, last)[1]).toordinal())


def _day(year: int, month: int, day: int) -> _Days | None:
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    ordinal = float(date(year, month, day).toordinal())
    return ordinal, ordinal


def _feast(name: str, year: int) -> _Days:
    days: Mapping[str, list[str]] = _raw()["years"].get(name, {})
    first, last = days.get(str(year)) or _raw()["days"].get(name) or days[str(base_year())]
    return tuple(float(date.fromisoformat(f"{year}-{day}").toordinal()) for day in (first, last))  # type: ignore[return-value]


def _joined(first: Stretch, days: _Days, end: int) -> Stretch:
    """Return the stretch from the first date to the second, which lies in the next year where it would lie before."""
    high = days[1]
    if high < first.low:
        high = float(shifted(high, 1))
    return replace(first, end=end, high=high, bare=False)


def shifted(day: float, years: int) -> float:
    """Return the same day of the year `years` later; the 29th of February becomes the 28th."""
    if abs(day) == inf:
        return day
    plain = date.fromordinal(int(day))
    try:
        return float(plain.replace(year=plain.year + years).toordinal())
    except ValueError:
        return float((plain - timedelta(days=1)).replace(year=plain.year + years).toordinal())


def _limited(folded: str, stretch: Stretch) -> Stretch:
    if after := _BEFORE.match(folded, stretch.end):
        single = stretch.high - stretch.low < 1
        ends = stretch.high if single or _is_late(folded, stretch) or "止" in after[0] else stretch.low - 1
        return replace(stretch, end=after.end(), low=-inf, high=ends, limit="until")
    if after := _SINCE.match(folded, stretch.end):
        low = (
            stretch.high + 1
            if after[0].strip() in ("之后", "以后", "后") and stretch.low != stretch.high
            else stretch.low
        )
        return replace(stretch, end=after.end(), low=low, high=inf, limit="since")
    if _LATEST.search(folded, max(0, stretch.start - 10), stretch.start):
        return replace(stretch, low=-inf, limit="until")
    return stretch


def _is_late(folded: str, stretch: Stretch) -> bool:
    """Return whether the date is the end of a month or year (10月底前), which itself is still in time."""
    return folded[stretch.end - 1] in "底末"
