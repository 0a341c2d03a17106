"""What a text says in numbers without a number and a unit side by side: years since, shares, nines, floors, no minimum."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import inf

from matcher.domain import Span
from matcher.quantity.base import Statement
from matcher.quantity.numbers import chinese_number

_DATE = r"((?:19|20)\d\d)年?(?:(\d{1,2})月)?"
_YEAR = re.compile(r"(?:19|20)\d\d")
_SINCE = {
    "company_years": "成立|创立|创办|创建|建厂|建成|设立|注册|始建|始创|开办|建司|办厂|立厂",
    "operating_years": "运营|经营|运行|开业|投产|投运|投用|营业",
    "experience_years": "执业|从业|入行|从事|专注|深耕|创立并从业|从教",
}
_AFTER_DATE = re.compile(
    rf"{_DATE}(?:份|底|初)?(?:以来|开始|起|至今)?[^，,。；;\d]{{0,6}}?(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _SINCE.items())
    + ")(?![收额资地商])"
)
_BEFORE_DATE = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _SINCE.items())
    + rf")(?:时间|日期|年份)?[于在自:为]{{0,3}}\ ?{_DATE}"
)
_AS_OF = re.compile(rf"(?:以|截至|截止|按){_DATE}(?:\d{{1,2}}日)?(?:底|末)?[^，,。；;]{{0,2}}?(?:计|算|止|为准|前|\b)")
_NINES = re.compile(r"(?<![A-Za-z\d])([3-9])N([1-9])?(?![A-Za-z\d])")
_GRADE = re.compile(
    r"(?<![A-Za-z])IT\ ?([1-9]|1[0-8])(?!\d)|精度(?:等级)?[为达到:]{0,4}(?:DIN|GB|ISO|AGMA)?\ ?([1-9]|1[0-2])\ ?级|(?<![\d.])([1-9]|1[0-2])\ ?级精度"
)
_FLOORS = re.compile(r"(\d{1,3}|[一二三四五六七八九十]{1,3})层")
_EVEN = re.compile(r"(?:各层|每层|层层)[^，,。；;]{0,4}(?:相同|相等|一致|均等|一样)")
_NO_MINIMUM = re.compile(
    r"(?:起订量?|数量|批量|订量|件数|MOQ)(?:均|都)?(?:不限|无要求|无限制|不设限)"
    r"|(?:不限|无|没有|不设|不要求|零)(?:最低|最小)?(?:起订量?|起订数量|MOQ|订量|数量限制|批量限制)|不限(?:数量|批量|量)|多少都(?:做|接|可)"
)
_WORK = re.compile(
    r"外协|外发|加工|工件|构件|代工|热处理|喷涂|喷砂|镀|物流|运输|起吊|搬|展台|放得|装得|装下|容纳|入炉|退火|铸件|锻件|氧化|烘烤|切割"
)
_MANY = re.compile(r"(?:[2-9]|[1-9]\d|[二三四五六七八九十百千万两])\ ?[台套件个只辆条支块片批]")
_NO_SMALL = re.compile(
    r"(?:小批量|散单|零单|小单|散货|零散单|样品单)[^，,。；;]{0,3}(?:不接|不做|不承接|免谈|勿扰|恕不|不考虑)"
    r"|(?:不接|不做|不承接|谢绝|不受理)[^，,。；;]{0,2}(?:小批量|散单|零单|小单|散货|零散|散户)|只接(?:大单|大批量|大货)"
)
_FEW = 50
_SMALL = re.compile(r"小批量|散单|试单|样单|小单|零散|单件|只订|就能做|打样")


def dated(folded: str, told: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return the demands with what the whole request adds to them: the day years count on, that the order is small."""
    if not told:
        return ()
    days = [day for match in _AS_OF.finditer(folded) for day in _days(match[1], match[2])]
    marks = {f"as_of={day.toordinal()}" for day in days} if days else set()
    few = any(each.topic == "moq" and each.high <= _FEW for each in told)
    added = {
        "moq": {"small"} if few or _SMALL.search(folded) else set(),
        "price": {"single"} if _single(folded) else set(),
    }
    work = {"work"} if _WORK.search(folded) else set()
    return tuple(
        replace(each, values=each.values | (marks if "years" in each.topic else added.get(each.topic, work)))
        for each in told
    )


def _single(folded: str) -> bool:
    """Return whether a price asked for is that of one piece (单价, 一台) or of no number of pieces at all."""
    return "单价" in folded or not _MANY.search(folded)


def extras(text: str, folded: str, field: str, told: Sequence[Statement]) -> Iterator[Statement]:
    """Return the statements that stand in other words, or follow from two numbers of the offer."""
    for pattern in (_AFTER_DATE, _BEFORE_DATE) if _YEAR.search(folded) else ():
        yield from (_since(text, field, match) for match in pattern.finditer(folded))
    for match in _NINES.finditer(folded) if "N" in folded else ():
        value = _nines(match)
        yield Statement(topic="purity", span=_span(text, field, match), low=value, high=value)
    yield from grades(text, folded, field)
    for match in _NO_MINIMUM.finditer(folded):
        yield Statement(topic="moq", span=_span(text, field, match), low=0.0, high=0.0)
    for match in _NO_SMALL.finditer(folded):
        yield Statement(topic="moq", span=_span(text, field, match), denied=True)
    yield from _shares(told)
    yield from _floors(folded, told)


def grades(text: str, folded: str, field: str) -> Iterator[Statement]:
    """Return the accuracy grades that a text names, demanded or held: IT7, 6级精度; the smaller the finer."""
    for match in _GRADE.finditer(folded) if "IT" in folded or "级" in folded else ():
        value = float(match[1] or match[2] or match[3])
        topic = "tolerance_grade" if match[1] else "accuracy_grade"
        span = _span(text, field, match)
        yield Statement(topic=topic, span=span, low=value, high=value)


def _span(text: str, field: str, match: re.Match[str]) -> Span:
    return Span(field=field, start=match.start(), end=match.end(), text=text[match.start() : match.end()])


def _days(year: str, month: str | None) -> tuple[date, date]:
    """Return the first and last day of a year or month; a month that is none stands for its year."""
    number = int(month or 0)
    if not 1 <= number <= 12:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    following = date(int(year) + number // 12, number % 12 + 1, 1)
    return date(int(year), number, 1), following - timedelta(days=1)


def _since(text: str, field: str, match: re.Match[str]) -> Statement:
    groups = match.groupdict()
    name = next(name for name in _SINCE if groups[name])
    year, month = (part for part in (match[1], match[2])) if match.re is _AFTER_DATE else match.groups()[-2:]
    first, last = _days(year, month)
    span = _span(text, field, match)
    low, high = float(first.toordinal()), float(last.toordinal())
    return Statement(topic=name, span=span, low=low, high=high, values=frozenset({"since"}))


def _nines(match: re.Match[str]) -> float:
    """Return the percentage of 5N (99.999) or 4N5 (99.995)."""
    digits = "9" * int(match[1]) + (match[2] or "")
    return float(f"{digits[:2]}.{digits[2:]}")


def _shares(told: Sequence[Statement]) -> Iterator[Statement]:
    """Return each group's share of the staff, where the text counts both."""
    counts = [each for each in told if each.topic == "headcount" and 0 < each.low == each.high < inf]
    staff = [each for each in counts if "of=员工" in each.values]
    if len(staff) != 1:
        return
    total = staff[0].low
    for each in counts:
        if each.low < total and each.values - {"of=员工"}:
            yield replace(each, topic="share", low=each.low / total * 100, high=each.low / total * 100)


def _floors(folded: str, told: Sequence[Statement]) -> Iterator[Statement]:
    """Return the area of each floor, where floors are said to be equal and a total is given."""
    floors = _FLOORS.search(folded) if "层" in folded else None
    if not floors or not _EVEN.search(folded):
        return
    count = int(floors[1]) if floors[1].isdigit() else chinese_number(floors[1])
    for each in told:
        if each.topic == "area" and "of=total" in each.values and count > 1:
            values = each.values - {"of=total"} | {"of=per_floor"}
            yield replace(each, low=each.low / count, high=each.high / count, values=values)
