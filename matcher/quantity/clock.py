"""Weekdays and hours as texts name them: 每周二下午, 工作日8:30-18:00, 周末, 夜班, 24小时."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from matcher.quantity.wording import REACH, Source, shared

HOLIDAY = "节假日"
_LONGEST = 4 * REACH
_WEEK = "一二三四五六日天"
_DAY = r"(?:周|星期|礼拜)"
TRIGGER = re.compile(
    r"周|星期|礼拜|工作日|双休|每[天日]|天天|节假日|[点时:]|上午|下午|晚|夜|凌晨|白天|日间|24小时|全天|周末|假日|无休"
)
_SEGMENT = re.compile(r"[，。;!?\n]")
_DAYS = re.compile(
    rf"""
    (?=[工平周双礼每天一全无法节假星3])(?:
    (?P<workdays>(?<![\d个一二三四五六七八九十两])工作日(?![内])|平日)
  | (?P<weekend>周末|双休日?|礼拜天和礼拜六)
  | (?P<all>每晚|每[天日](?![^，。;\d]{{0,6}}[\d一二三四五六七八九十两几半](?!\d*(?:[-~至到]\d+)?[:点时]))
      (?!产|处|供|加|出货|可测|最|检测|生产)
    |天天|一周七天|每周七天|全周|周一[至到]周日|全年无休|全年365天|365天|周末不休|无休)
  | (?P<holiday>法定节假日|法定假日|节假日|假日|法定假期)
  | {_DAY}(?P<first>[{_WEEK}])\s?[-~至到]\s?{_DAY}?(?P<last>[{_WEEK}])
  | {_DAY}(?P<list>[{_WEEK}](?:[、和及与/或]?\s?(?:{_DAY})?[{_WEEK}](?![一二三四五六七八九十\d]?[个台件次家名人百千万])){{0,6}})
    (?![百千万\d]|[一二三四五六七八九十两]?[次回趟])
    )
    """,
    re.VERBOSE,
)
_PART = r"(?P<{0}part>上午|早上?|清晨|中午|下午|晚上?|傍晚|夜间|夜里|深夜|凌晨)?\s?(?P<{0}hour>[01]?\d|2[0-4])"
_MINUTE = r"[:点时](?P<{0}minute>[0-5]\d|半)?分?"
_CLOCK = rf"{_PART.format('f')}\s?(?:{_MINUTE.format('f')}|(?=[-~至到]\d{{1,2}}[点时]))"
_CLOCK_LAST = rf"(?P<lnext>次日|第二天|翌日|隔日)?{_PART.format('l')}\s?(?:{_MINUTE.format('l')})?"
_SHARP = r"(?:点|时|:00)(?P<{0}minute>半)?\s?"
_NOT_OPEN = "内|以内|之内|到|送|交|出货|出样|出报|发|响应|值守|值班|热线|客服|监控|电话|服务热线|受理|巡|保安|安保|报价|上门|速|打样"
_HOURS = re.compile(
    rf"""
    (?=[上下早清中晚傍夜深凌白日昼全]|[012]?\d(?:[-~至到]\d+)?\s?[:点时]|24|7)
    (?:
    (?<!\d){_CLOCK}\s?[-~至到]\s?{_CLOCK_LAST}(?!\d)
  | (?<!\d){_PART.format("s")}{_SHARP.format("s")}(?:以后|之后|过后|后|起)
  | (?<!\d){_PART.format("u")}{_SHARP.format("u")}(?:以前|之前|前)
  | (?P<round>7\s?[×xX]\s?24|24\s?[×xX]\s?7|24\s?小?时(?!{_NOT_OPEN})|全天候|昼夜)
  | (?P<named>上午|下午|晚上|晚间|夜间|夜晚|夜班|晚班|凌晨|白天|日间|白班|傍晚|全天(?!制|候)|(?<=[每日一二三四五六末])晚(?!上|间|班))
    )
    """,
    re.VERBOSE,
)
# Minutes of the day that a part of it surely takes in, and those it may.
_PARTS: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "上午": ((540, 690), (480, 720)),
    "下午": ((840, 1020), (780, 1080)),
    "晚上": ((1140, 1260), (1080, 1320)),
    "晚间": ((1140, 1260), (1080, 1320)),
    "晚": ((1140, 1260), (1080, 1320)),
    "傍晚": ((1050, 1140), (1020, 1200)),
    "夜间": ((1320, 1740), (1200, 1800)),
    "夜晚": ((1200, 1320), (1140, 1440)),
    "夜班": ((1320, 1740), (1200, 1920)),
    "晚班": ((1080, 1320), (960, 1440)),
    "凌晨": ((60, 300), (0, 360)),
    "白天": ((570, 1020), (480, 1080)),
    "日间": ((570, 1020), (480, 1080)),
    "全天": ((540, 1020), (480, 1320)),
    "白班": ((540, 1020), (480, 1080)),
}
_ELSEWHERE = re.compile(
    r"值守|值班|热线|监控|安保|客服|电话|保安|门卫|巡逻|受理|响应|在线|咨询|安防|待命|接单|工程师|技术支持|报价|送达|客户|成立|供电|供水|供热|发电"
)
_LENGTH_OF_TIME = re.compile(r"[\s(]?(?:内|以内|左右|/|以上)")
_SHUT = re.compile(r"[均概一律]{0,4}(?:不|闭|停|谢绝)|[^，。;]{0,6}(?:面议|协商|来电确认|为准|另约|另议)")


@dataclass(frozen=True, slots=True)
class Slot:
    """Hours on some weekdays, with the `words` of their clause: the minutes surely meant, those perhaps, and whether they differ."""

    start: int
    end: int
    words: str
    days: frozenset[str]
    core: tuple[float, float]
    wide: tuple[float, float]
    fuzzy: bool


def _segments(source: Source) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a text, one longer than any that is read with sense in pieces."""
    start = 0
    for match in _SEGMENT.finditer(source.folded):
        yield from _pieces(start, match.start())
        start = match.end()
    yield from _pieces(start, len(source.folded))


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, _LONGEST):
        yield at, min(at + _LONGEST, end)


@shared
def slots(source: Source) -> Iterator[Slot]:
    """Yield the weekdays and hours of each clause; hours without days take those of the clause before."""
    for start, end in _segments(source):
        days = list(_DAYS.finditer(source.folded, start, end))
        hours = [m for m in _HOURS.finditer(source.folded, start, end) if not _is_other(source.folded, m, start, end)]
        if not days and not hours:
            continue
        words = source.folded[start:end]
        following = source.next_clause(end)
        if _SHUT.match(following) and not _DAYS.search(following) and not _HOURS.search(following):
            words += "，" + following
        clocked = any(not hour["named"] for hour in hours)
        named: list[re.Match[str]] = days
        place = start
        for hour in hours:
            if hour["named"] == "全天" and clocked:
                continue
            named = [day for day in days if place <= day.start() < hour.start()] or named
            place = hour.end()
            first, last = min([hour, *named], key=_at).start(), max([hour, *named], key=_at).end()
            yield Slot(first, last, words, _all_days(named), *_minutes(hour))
        if not hours:
            yield Slot(days[0].start(), days[-1].end(), words, _all_days(days), (-inf, inf), (-inf, inf), False)


def _at(match: re.Match[str]) -> int:
    return match.start()


def _all_days(matches: Sequence[re.Match[str]]) -> frozenset[str]:
    return frozenset().union(*(_weekdays(match) for match in matches))


def _is_other(folded: str, match: re.Match[str], start: int, end: int) -> bool:
    """Return whether 24小时 is said of a guard or a hotline, or is a length of time, not of the place."""
    if not match["round"]:
        return False
    around = folded[max(start, match.start() - 10) : min(end, match.end() + 8)]
    return bool(_ELSEWHERE.search(around)) or bool(_LENGTH_OF_TIME.match(folded, match.end(), end))


def _weekdays(match: re.Match[str]) -> frozenset[str]:
    if match["workdays"]:
        return frozenset("12345")
    if match["weekend"]:
        return frozenset("67")
    if match["all"]:
        return frozenset("1234567")
    if match["holiday"]:
        return frozenset({HOLIDAY})
    if match["first"]:
        first, last = _weekday(match["first"]), _weekday(match["last"])
        return frozenset(str(day) for day in range(first, last + 1))
    return frozenset(str(_weekday(char)) for char in match["list"] if char in _WEEK)


def _weekday(char: str) -> int:
    return min(_WEEK.index(char), 6) + 1


_Times = tuple[tuple[float, float], tuple[float, float], bool]


def _minutes(match: re.Match[str]) -> _Times:
    """Return the minutes surely meant, those perhaps meant, and whether the two differ."""
    if match["round"]:
        return (0, 1440), (0, 1440), False
    if match["named"]:
        return *_PARTS[match["named"]], True
    if match["shour"]:
        start = _minute(match["spart"], match["shour"], match["sminute"])
        return (start, start + 90), (start, 1440), True
    if match["uhour"]:
        end = _minute(match["upart"], match["uhour"], match["uminute"])
        return (end - 90, end), (0, end), True
    start = _minute(match["fpart"], match["fhour"], match["fminute"])
    end = _minute(match["lpart"] or (match["fpart"] if not match["lnext"] else None), match["lhour"], match["lminute"])
    if end <= start or match["lnext"]:
        end += 1440
    return (start, end), (start, end), False


def _minute(part: str | None, hour: str, minute: str | None) -> int:
    value = int(hour)
    if (part and part[0] in "下晚傍" and value < 12) or (part and part[0] in "夜深" and 6 <= value < 12):
        value += 12
    return value * 60 + (30 if minute == "半" else int(minute or 0))
