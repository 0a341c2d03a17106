"""What the numbers of an offer say of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from matcher.quantity.base import Sense, Statement
from matcher.quantity.measure_extra import extras
from matcher.quantity.measure_scan import Bound, Quantity, scan
from matcher.quantity.measure_statement import ABOUT, ADDITIVE, bounded, canonical, clause_of, span, tokens, topic_name
from matcher.quantity.measure_table import mark
from matcher.quantity.measure_topic import ORDERS, Measure, Place, measures
from matcher.quantity.numbers import fold

_SIDES = {"长": "length", "宽": "width", "高": "height", "深": "depth", "厚": "thickness"}
_TARGETS = ORDERS | {"precision", "vacuum"}
_GIFT = re.compile(r"(?:以上)?(?:包邮|免运|优惠|打?折|减|送|赠|享|另有|更)")
_EACH = re.compile(r"每条|每台|单线|单台|单机|每线|每套")
_NEXT = re.compile(
    r"(?:首单|首批|新客户|老客户|长期|价格|租金|费用|具体|急单|急件|特急|特殊|量少|量大|小单|如需|若需|如有|若有|也|均|还|尺寸|规格|交期|数量|批量|实际|最终){0,6}"
    r"(?:可|能|支持|接受|视|另|面|根据|按)"
)
_FOLLOWING = re.compile(r"[，,（(、]?[^，,。；;！!\n]{0,60}")
_DAY, _MONTH, _LONGEST = 24.0, 31, 366
_DAYS = re.compile(r"[每全](年|月)|(年|月)(?:均|度)?(?:开工|运行|工作|生产|开机)|(?:开工|运行|工作|生产|开机)")


def states(text: str, field: str) -> tuple[Statement, ...]:
    """Return what the numbers of an offer's text say of it, with exact spans in `text`."""
    folded = fold(text)
    quantities = scan(folded)
    found = measures(folded)
    days = _running_days(quantities) if any(each.topic.name == "throughput" for each in found) else frozenset()
    told = _let([_stated(text, field, folded, measure, days) for measure in found if _current(folded, measure)])
    sides = [side for measure in found for side in _labelled(text, field, measure)]
    return (*told, *sides, *extras(text, folded, field, told))


def _let(told: list[Statement]) -> list[Statement]:
    """Return the statements with the least area let (100㎡起租) as the lower end of what may be divided."""
    least = min((each.low for each in told if each.topic == "area" and each.high == inf), default=-inf)

    def is_whole(each: Statement) -> bool:
        return each.topic == "area" and each.low == -inf and each.high >= least

    whole = [each for each in told if is_whole(each)]
    if least == -inf or not whole:
        return told
    kept = [each for each in told if not is_whole(each) and not (each.topic == "area" and each.high == inf)]
    return [*kept, *(replace(each, low=least) for each in whole)]


def _current(folded: str, measure: Measure) -> bool:
    """Return whether a number in an offer says what is so, not what has been summed up over the years."""
    clause = clause_of(folded, measure.quantity)
    if mark("past").search(clause):
        return False
    if (measure.place is Place.NOWHERE and measure.topic.name == "price") or (
        measure.topic.name == "count" and not measure.head
    ):
        return False
    if measure.topic.name == "company_years" and measure.quantity.bound in (Bound.LE, Bound.LT):
        return False
    return measure.topic.name not in ORDERS or _orders(measure, clause)


def _orders(measure: Measure, clause: str) -> bool:
    if measure.topic.name == "moq":
        return not _GIFT.match(measure.quantity.after)
    return measure.quantity.bound in (Bound.LE, Bound.LT) and bool(mark("refused").search(clause))


def _stated(text: str, field: str, folded: str, measure: Measure, days: frozenset[str]) -> Statement:
    low, high = _offered(folded, measure)
    clause = clause_of(folded, measure.quantity)
    added = days if measure.topic.name == "throughput" else frozenset()
    if _negotiable(folded, measure.quantity):
        added |= {"open"}
    planned = bool(mark("hoped" if _promised(measure) else "planned").search(clause))
    return Statement(
        topic=topic_name(measure),
        span=span(text, field, measure.quantity),
        low=low,
        high=high,
        values=tokens(measure) | added,
        vague=planned,
    )


def _promised(measure: Measure) -> bool:
    """Return whether a plan for the number is itself the offer: money, time, orders and rates are always of the future."""
    return measure.unit.dimension in ("money", "time", "workday", "ratio") or measure.topic.name in ORDERS


def _labelled(text: str, field: str, measure: Measure) -> Iterator[Statement]:
    """Return each side of a box that says which side it is (长350cm×宽120cm×深180cm)."""
    quantity = measure.quantity
    for side, size in zip(quantity.sides, quantity.shape, strict=bool(quantity.sides)):
        value = size * measure.unit.factor
        yield Statement(topic=_SIDES[side], span=span(text, field, quantity), low=value, high=value)


def _offered(folded: str, measure: Measure) -> tuple[float, float]:
    low, high = canonical(measure)
    quantity, name = measure.quantity, measure.topic.name
    if measure.unit.dimension == "ratio" and quantity.bound is Bound.ABOUT:
        return low * (1 - ABOUT / 5), high * (1 + ABOUT / 5)
    if name == "headcount" and quantity.bound is Bound.MOST and not measure.head:
        return -inf, high
    if name in _TARGETS or (measure.topic.dims == {"length"} and measure.topic.sense is Sense.AT_MOST):
        return _exact(quantity.bound, low, high)
    if measure.topic.choice:
        return _choice(folded, measure, low, high)
    if name == "throughput" and _EACH.search(quantity.before):
        return low, inf
    return _valued(measure.topic.sense, quantity.bound, low, high)


def _exact(bound: Bound, low: float, high: float) -> tuple[float, float]:
    """Return a tolerance or an order size as the one value the offer commits to, however it is put."""
    return (low * (1 - ABOUT), high * (1 + ABOUT)) if bound is Bound.ABOUT else (low, high)


def _choice(folded: str, measure: Measure, low: float, high: float) -> tuple[float, float]:
    quantity = measure.quantity
    clause = clause_of(folded, quantity)
    if measure.topic.name == "area":
        return _divided(folded, quantity, low, high)
    if measure.topic.name in ADDITIVE and quantity.per:
        return low, inf
    if quantity.bound in (Bound.MOST, Bound.MAX, Bound.LE):
        return -inf, high
    if measure.topic.sense is Sense.COVERS and low == high and mark("capacity").search(clause):
        return -inf, high
    if quantity.bound is Bound.MIN:
        return low, inf
    return bounded(quantity.bound, low, high) or (low, high)


def _divided(folded: str, quantity: Quantity, low: float, high: float) -> tuple[float, float]:
    """Return the areas on offer: up to the whole where it may be divided, from the least let (300㎡起租)."""
    near = folded[quantity.sentence : quantity.clause_end + _after(folded, quantity)]
    divisible = mark("divisible").search(near) and not mark("whole").search(near)
    if quantity.bound in (Bound.MIN, Bound.GE) or re.match(r"\ ?起[租分]", quantity.after):
        return low, inf
    if divisible and low == high:
        return -inf, high
    return bounded(quantity.bound, low, high) or (low, high)


def _after(folded: str, quantity: Quantity) -> int:
    """Return the length of the clause that follows the quantity's own."""
    rest = _FOLLOWING.match(folded, quantity.clause_end)
    return rest.end() - quantity.clause_end if rest else 0


def _valued(sense: Sense, bound: Bound, low: float, high: float) -> tuple[float, float]:
    """Return what a firm commits to: 4小时内响应 is four hours, 最快3天 three or more, 至多12人 twelve."""
    if sense is Sense.AT_MOST and bound in (Bound.LE, Bound.LT):
        return low, high
    if bound in (Bound.MOST, Bound.MAX):
        return (-inf, high) if sense is Sense.AT_MOST else (low, high)
    if bound is Bound.MIN:
        return low, inf
    return bounded(bound, low, high) or (low, high)


def _negotiable(folded: str, quantity: Quantity) -> bool:
    """Return whether the clause or the one after it leaves the number open (可议, 急单可加急), and none shuts it."""
    own = folded[quantity.start : quantity.clause_end]
    after = folded[quantity.clause_end : quantity.clause_end + _after(folded, quantity)].lstrip("，,（(、")
    if mark("closed").search(own) or mark("closed").search(after):
        return False
    return bool(mark("open").search(own)) or bool(_NEXT.match(after) and mark("open").search(after))


def _running_days(quantities: Sequence[Quantity]) -> frozenset[str]:
    """Return the days a month or year that the text says it runs (每月开工26天 → days=26/month)."""
    days: set[str] = set()
    for quantity in quantities:
        is_days = quantity.readings[0].factor == _DAY or quantity.readings[0].dimension == "workday"
        if is_days and 0 < quantity.low <= _LONGEST and (match := _DAYS.search(quantity.before + quantity.after[:6])):
            period = {"年": "year", "月": "month"}.get(
                match[1] or match[2], "year" if quantity.low > _MONTH else "month"
            )
            days.add(f"days={quantity.low:g}/{period}")
    return frozenset(days)
