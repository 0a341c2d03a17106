"""Recurring times in words (每周一至周五, 周末, 每月末周, 每月5日至10日, 夜班) as stretches of days."""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

Stretch = tuple[date, date]

_DAYS = {day: n for n, day in enumerate("一二三四五六日")} | {"天": 6}
_DAY = "[一二三四五六日天]"
_JOIN = r"\s*(?:[至到\-~—–、,，和及/]|周|星期)+\s*"
_WEEKDAYS = re.compile(rf"(?:周|星期|礼拜)\s*({_DAY}(?:(?:{_JOIN})?{_DAY})*)")
_RANGE = re.compile(rf"({_DAY})\s*(?:[至到\-~—–]+)\s*(?:周|星期)?\s*({_DAY})")
_MONTH_DAYS = re.compile(r"每(?:个)?月\s*(\d{1,2})\s*[日号]?\s*(?:[至到\-~—–]+\s*(\d{1,2})\s*[日号]?)?")
_YEAR_MONTHS = re.compile(r"每年\s*(\d{1,2})\s*月?\s*(?:[至到\-~—–]+\s*(\d{1,2})\s*)?月")
_THIRDS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}


def occurrences(words: str, first: date, last: date) -> tuple[Stretch, ...] | None:
    """Return the occurrences that touch the days `first`…`last`, whole and in order, each with both ends included.

    A day's shift is that day; 每周 is a week from Monday, 每月 a calendar month, 每季度 a quarter. None for words
    that fix no time (预约, 节假日): whoever offers has to be asked.
    """
    if not is_regular(words):
        return None
    beside = {one for other, read in _BESIDE if other.search(words) for one in read(first, last)}
    for pattern, reader in _READERS:
        if found := list(pattern.finditer(words)):
            return _apart(beside | {stretch for match in found for stretch in reader(match, first, last)})
    return _apart(beside)


def is_regular(words: str) -> bool:
    """Return whether words fix a time at all; if not, whoever offers has to be asked."""
    return any(pattern.search(words) for pattern, _ in (*_READERS, *_BESIDE))


def _apart(stretches: set[Stretch]) -> tuple[Stretch, ...]:
    """Return the stretches in order, those left out that lie within another."""
    longer = [one for one in stretches if one[0] < one[1]]
    within = {one for one in stretches for o in longer if o != one and o[0] <= one[0] and one[1] <= o[1]}
    return tuple(sorted(stretches - within))


def _moments(frequency: int, first: date, last: date, **rule: object) -> Iterator[date]:
    start = datetime.combine(first, time())
    return (one.date() for one in rrule(frequency, dtstart=start, until=datetime.combine(last, time()), **rule))


def _daily(first: date, last: date) -> Iterator[Stretch]:
    return ((day, day) for day in _moments(DAILY, first, last))


def _on_days(days: set[int], first: date, last: date) -> Iterator[Stretch]:
    return ((day, day) for day in _moments(WEEKLY, first, last, byweekday=sorted(days)))


def _weekdays(match: re.Match[str], first: date, last: date) -> Iterator[Stretch]:
    text = match[1]
    days = {_DAYS[char] for char in text if char in _DAYS}
    for start, end in _RANGE.findall(text):
        low, high = _DAYS[start], _DAYS[end]
        days |= set(range(low, high + 1)) if low <= high else {*range(low, 7), *range(high + 1)}
    return _on_days(days, first, last)


def _weekends(first: date, last: date) -> Iterator[Stretch]:
    monday = first - timedelta(days=first.weekday())
    pairs = ((day, day + timedelta(days=1)) for day in _moments(WEEKLY, monday, last, byweekday=[5]))
    return _touching(pairs, first, last)


def _weekly(first: date, last: date) -> Iterator[Stretch]:
    monday = first - timedelta(days=first.weekday())
    return ((day, day + timedelta(days=6)) for day in _moments(WEEKLY, monday, last))


def _months(first: date, last: date) -> Iterator[date]:
    return _moments(MONTHLY, first.replace(day=1), last, bymonthday=1)


def _end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _touching(found: Iterator[Stretch], first: date, last: date) -> Iterator[Stretch]:
    return ((low, high) for low, high in found if low <= last and high >= first)


def _monthly(first: date, last: date) -> Iterator[Stretch]:
    return ((month, _end(month)) for month in _months(first, last))


def _last_weeks(first: date, last: date) -> Iterator[Stretch]:
    weeks = ((_end(month) - timedelta(days=6), _end(month)) for month in _months(first, last))
    return _touching(weeks, first, last)


def _days_of_month(low: int, high: int, first: date, last: date) -> Iterator[Stretch]:
    found = (
        (month.replace(day=min(low, _end(month).day)), month.replace(day=min(high, _end(month).day)))
        for month in _months(first, last)
    )
    return _touching(found, first, last)


def _month_days(match: re.Match[str], first: date, last: date) -> Iterator[Stretch]:
    low = int(match[1])
    high = int(match[2] or low)
    return _days_of_month(low, high, first, last) if 1 <= low <= high <= 31 else iter(())


def _numbered_weeks(match: re.Match[str], first: date, last: date) -> Iterator[Stretch]:
    for number in (_DAYS[char] for char in match[1] if char in _DAYS):
        yield from _days_of_month(7 * number + 1, 7 * number + 7, first, last)


def _year_months(match: re.Match[str], first: date, last: date) -> Iterator[Stretch]:
    low = int(match[1])
    high = int(match[2] or low)
    if not 1 <= low <= high <= 12:
        return iter(())
    years = _moments(YEARLY, date(first.year, 1, 1), last, bymonth=1, bymonthday=1)
    return _touching(((year.replace(month=low), _end(year.replace(month=high))) for year in years), first, last)


def _quarters(first: date, last: date) -> Iterator[Stretch]:
    start = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    found = _moments(MONTHLY, start, last, bymonth=[1, 4, 7, 10], bymonthday=1)
    return ((month, _end(month.replace(month=month.month + 2))) for month in found)


_Reader = Callable[[re.Match[str], date, date], Iterator[Stretch]]
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_WEEKDAYS, _weekdays),
    (_MONTH_DAYS, _month_days),
    (_YEAR_MONTHS, _year_months),
    (re.compile(r"每(?:个)?月第?([一二三四](?:[、,，和及第]*[一二三四])*)周"), _numbered_weeks),
    (
        re.compile(r"每(?:个)?月\s*(上旬|中旬|下旬)"),
        lambda match, first, last: _days_of_month(*_THIRDS[match[1]], first, last),
    ),
    (re.compile(r"每(?:周|星期)(?!末)"), lambda _, first, last: _weekly(first, last)),
    (re.compile(r"每(?:个)?季度?"), lambda _, first, last: _quarters(first, last)),
    (re.compile(r"每(?:个)?月(?!末|最后|底)"), lambda _, first, last: _monthly(first, last)),
)
# Words that may stand beside the others, or alone.
_BESIDE: tuple[tuple[re.Pattern[str], Callable[[date, date], Iterator[Stretch]]], ...] = (
    (re.compile(r"工作日"), lambda first, last: _on_days({0, 1, 2, 3, 4}, first, last)),
    (re.compile(r"周末|双休"), lambda first, last: _weekends(first, last)),
    (re.compile(r"每(?:个)?月(?:的)?(?:末周|最后一周|月末|底|末)"), _last_weeks),
    (re.compile(r"每[天日晚夜]|天天|^(?:夜班|夜间|晚间|白班|白天)"), _daily),
)
