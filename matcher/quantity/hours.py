"""When a request needs a place open, by weekday and hour, and when an offer has it open or closed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.clock import HOLIDAY, TRIGGER, slots
from matcher.quantity.wording import Source, is_owned

TOPICS: Mapping[str, str] = {"hours": "开放时段"}
_FUZZY = "约"
_ONLY = "仅此"
_MOST = 0.6
_ALSO = "也"
_ALL_DAYS = frozenset({*"1234567", HOLIDAY})
_CLOSED = re.compile(
    r"闭[馆园场店]|休[息馆](?!室)|不开放|不开门|关[闭门]|不营业|停[止业机用运]|不可|不接|不开|不对外|除外|不上班|不能|不得|无法|清场|断电|自用|留给|维护|检修|不排|不安排|锁门"
    r"|不出租|不提供|不办|不作业|无人|谢绝|禁止|不含|不发|停发|不收|不支持|不加班|不生产"
)
_OPEN_DOUBLE = re.compile(r"不休息|不闭[馆店]|不关[闭门]|不停[业机]|不打烊|无休|不限时")
_LOOSE = re.compile(r"面议|协商|确认|咨询|视|另约|以.{0,6}为准|排期|申请|协调|商量|待定|特殊情况|部分|偶尔|可沟通|洽谈")
_SHIFTS = re.compile(r"(?P<three>三班(?:倒|制|运转)|四班三运转|三班)|(?P<two>两班(?:倒|制)|双班制)")
_NEEDED = re.compile(
    r"须|需(?!方)|要|必须|只能|固定|[可能]用|使用|开放|安排|上门|[进出]入|进出|租|借|不能停|不得停|不能?断|均可|可[租约用订借进开]|上课|场|代工|服务|配送|送达|发车|供应"
)
_SOLE = re.compile(r"仅|只(?!要)|限|唯")
_TOO = re.compile(r"也|亦|照常|同样|不休|加班|同价|还可")


def demands(source: Source) -> Iterator[Statement]:
    """Yield the weekdays (1 to 7) and hours (minutes of the day) a request needs."""
    if not TRIGGER.search(source.folded):
        return
    for slot in slots(source):
        if is_owned(source, slot.start) or not _NEEDED.search(slot.words):
            continue
        values = slot.days | ({_FUZZY} if slot.fuzzy else set())
        yield Statement(
            topic="hours", span=source.span(slot.start, slot.end), low=slot.core[0], high=slot.core[1], values=values
        )


def states(source: Source) -> Iterator[Statement]:
    """Yield the weekdays and hours an offer is open, or closed (`denied`)."""
    if not TRIGGER.search(source.folded) and not _SHIFTS.search(source.folded):
        return
    open_days: frozenset[str] = frozenset()
    for slot in slots(source):
        closed = bool(_CLOSED.search(_OPEN_DOUBLE.sub("", slot.words)))
        days = slot.days or open_days
        open_days = days if not closed and slot.days else open_days
        marks = ((_ONLY, _SOLE.search(slot.words)), (_ALSO, _TOO.search(slot.words)), (_FUZZY, slot.fuzzy))
        extra = frozenset(mark for mark, found in marks if found)
        yield Statement(
            topic="hours",
            span=source.span(slot.start, slot.end),
            low=slot.wide[0],
            high=slot.wide[1],
            values=days | extra,
            denied=closed,
            vague=bool(_LOOSE.search(slot.words)) and not closed,
        )
    for match in _SHIFTS.finditer(source.folded):
        low, high = (0, 1440) if match["three"] else (480, 1440)
        yield Statement(topic="hours", span=source.span(match.start(), match.end()), low=low, high=high)


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return 满足 when every day asked for is open long enough, 不满足 when one is closed or too short."""
    days = sorted(requirement.values & _ALL_DAYS) or [""]
    outcomes = [_day(requirement, day, stated) for day in days]
    for wanted in (Verdict.UNMET, Verdict.UNKNOWN, Verdict.MET):
        for found in outcomes:
            if found.outcome is wanted:
                return found
    return Judgement(outcome=Verdict.UNKNOWN)


def _day(requirement: Statement, day: str, stated: Sequence[Statement]) -> Judgement:
    """Return the outcome for one weekday (any day where `day` is empty): closed, open and long enough, or not said."""
    unknown = Judgement(outcome=Verdict.UNKNOWN)
    for each in stated:
        any_day = not each.values & _ALL_DAYS and each.low > -inf
        if each.denied and (any_day or day in each.values) and _meets(requirement, each):
            return Judgement(outcome=Verdict.UNMET, proof=each)
    bearing = [each for each in stated if not each.denied and _bears(each, day)]
    outcomes = [(_within(requirement, each), each) for each in bearing]
    for outcome, each in outcomes:
        if outcome is Verdict.MET:
            return unknown if each.vague else Judgement(outcome=outcome, proof=each)
    for outcome, each in outcomes:
        if outcome is Verdict.UNMET and not any(found.vague for found in bearing):
            return Judgement(outcome=outcome, proof=each)
    others = [each for each in stated if not each.denied and not each.vague and each.values & _ALL_DAYS]
    if not bearing and day and others and not any(_ALSO in each.values for each in stated):
        return Judgement(outcome=Verdict.UNMET, proof=others[0])
    return unknown


def _bears(statement: Statement, day: str) -> bool:
    listed = statement.values & _ALL_DAYS
    return not day or day in listed or (not listed and day in "12345")


def _meets(requirement: Statement, stated: Statement) -> bool:
    return any(
        stated.low + turn < requirement.high and stated.high + turn > requirement.low for turn in (0, 1440, -1440)
    )


def _overlap(requirement: Statement, stated: Statement) -> float:
    turns = (0, 1440, -1440)
    return max(min(requirement.high, stated.high + t) - max(requirement.low, stated.low + t) for t in turns)


def _within(requirement: Statement, stated: Statement) -> Verdict:
    """Return whether the hours wanted lie within those stated; business hours are taken where none are."""
    if requirement.low == -inf or stated.high - stated.low >= 1440:
        return Verdict.MET if stated.high - stated.low >= 120 else Verdict.UNKNOWN
    if stated.low == -inf:
        return Verdict.MET if requirement.low >= 540 and requirement.high <= 1020 else Verdict.UNKNOWN
    for turn in (0, 1440, -1440):
        if stated.low + turn <= requirement.low and requirement.high <= stated.high + turn:
            return Verdict.MET
    if _FUZZY in requirement.values and _overlap(requirement, stated) >= _MOST * (requirement.high - requirement.low):
        return Verdict.MET
    if _FUZZY in (requirement.values | stated.values) and _ONLY not in stated.values and _meets(requirement, stated):
        return Verdict.UNKNOWN
    return Verdict.UNMET


def ask(requirement: Statement) -> str:
    """Return what to ask about weekdays and hours."""
    return f"“{requirement.span.text}”是否可用"
