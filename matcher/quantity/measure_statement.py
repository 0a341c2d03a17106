"""What every statement of a quantity is made of: its span, its interval, and the tokens that narrow it."""

import re
from collections.abc import Iterator
from math import inf

from matcher.domain import Span
from matcher.quantity.base import Sense
from matcher.quantity.measure_scan import Bound, Quantity
from matcher.quantity.measure_topic import ORDERS, Measure

ABOUT = 0.1
ADDITIVE = frozenset({"energy", "compute", "ai_compute", "volume", "storage", "memory", "apparent_power"})
_BEYOND = 1e-6
_EVERY = re.compile(r"([年月日])(?:租|薪|费|服务费|维护费)")
_EVERY_KIND = {"年": "year", "月": "month", "日": "day"}
_USUAL = re.compile(r"常规|普通|一般|通常")


def topic_name(measure: Measure) -> str:
    """Return the topic a statement goes by: what is to be ordered is a matter of 起订量."""
    return "moq" if measure.topic.name in ORDERS else measure.topic.name


def span(text: str, field: str, quantity: Quantity) -> Span:
    """Return the number with the words of its clause before it, which say what it is of."""
    start = quantity.start - len(quantity.before)
    start += len(quantity.before) - len(quantity.before.lstrip())
    return Span(field=field, start=start, end=quantity.end, text=text[start : quantity.end])


def clause_of(folded: str, quantity: Quantity) -> str:
    """Return the clause that a quantity stands in."""
    return folded[quantity.clause : quantity.clause_end]


def canonical(measure: Measure) -> tuple[float, float]:
    """Return the value, or both ends of a range, in the canonical unit of its dimension."""
    quantity, factor = measure.quantity, measure.unit.factor
    return float(f"{quantity.low * factor:.12g}"), float(f"{quantity.high * factor:.12g}")


def bounded(bound: Bound, low: float, high: float) -> tuple[float, float] | None:
    """Return the interval that a bound makes of a value, None for a plain value."""
    match bound:
        case Bound.GE:
            return low, inf
        case Bound.GT:
            return low + _beyond(low), inf
        case Bound.LE | Bound.MOST:
            return -inf, high
        case Bound.LT:
            return -inf, high - _beyond(high)
        case Bound.ABOUT:
            return low * (1 - ABOUT), high * (1 + ABOUT)
        case Bound.NEAR:
            return low * (1 - ABOUT), high
        case _:
            return None


def _beyond(value: float) -> float:
    """Return the step past a bound that excludes its value, above what rounding makes of units."""
    return abs(value) * _BEYOND or _BEYOND


def tokens(measure: Measure) -> frozenset[str]:
    """Return what narrows a value: `unit=` and `per=` that must agree, `of=` what it is of, `box=` sides in mm.

    `about` says that the value is no choice but one of its interval: 约480㎡, 5MWh/套 of which there may be more.
    """
    return frozenset(_tokens(measure))


def _tokens(measure: Measure) -> Iterator[str]:
    name, quantity = measure.topic.name, measure.quantity
    if name in ORDERS or name == "throughput":
        yield f"unit={measure.unit.dimension}"
    if measure.unit.dimension == "workday":
        yield "workday"
    yield from (f"per={kind}" for kind in _denominators(measure))
    if measure.head:
        yield f"of={measure.head}"
    if measure.unit.dimension == "length" and _USUAL.search(quantity.before):
        yield "usual"
    if quantity.bound in (Bound.ABOUT, Bound.NEAR) or (name in ADDITIVE and quantity.per):
        yield "about"
    if quantity.shape:
        sizes = (f"{size * measure.unit.factor:.6g}" for size in sorted(quantity.shape, reverse=True))
        yield "box=" + "×".join(sizes)


def _denominators(measure: Measure) -> tuple[str, ...]:
    """Return what the value is per, where that must agree: not 单件 of a weight, but 年 of 年租金."""
    quantity, dimension = measure.quantity, measure.unit.dimension
    if measure.topic.name == "throughput":
        return (measure.period,)
    if dimension == "money" and not quantity.per and (match := _EVERY.search(quantity.before)):
        return (_EVERY_KIND[match[1]],)
    if dimension in ("money", "ratio") or measure.topic.sense is Sense.AT_MOST:
        return quantity.per
    return ("area",) if measure.topic.name == "load" and "area" in quantity.per else ()
