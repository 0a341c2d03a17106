"""What the numbers of a request demand of the other side."""

import re
from dataclasses import replace
from math import inf

from matcher.quantity.base import Sense, Statement
from matcher.quantity.measure_extra import dated, grades
from matcher.quantity.measure_scan import Bound, Quantity
from matcher.quantity.measure_statement import ABOUT, bounded, canonical, clause_of, span, tokens, topic_name
from matcher.quantity.measure_table import mark
from matcher.quantity.measure_topic import ORDERS, Measure, Place, measures
from matcher.quantity.numbers import fold

_PLAIN = frozenset({"area", "precision"})
_LOOSE = frozenset({Bound.NONE, Bound.ABOUT, Bound.NEAR, Bound.MAX, Bound.MIN})
_DEMAND = re.compile(r"须|要求|达到|应(?![用急收对届])|确保|保证|需(?!求)")


def demands(text: str, field: str) -> tuple[Statement, ...]:
    """Return what the numbers of a request's text demand of the other side, with exact spans in `text`."""
    folded = fold(text)
    found = measures(folded)
    told = tuple(
        Statement(
            topic=topic_name(measure),
            span=span(text, field, measure.quantity),
            low=low,
            high=high,
            values=tokens(measure),
        )
        for measure in found
        if _binding(folded, measure)
        for low, high in [_demanded(measure)]
    )
    told += tuple(replace(grade, low=-inf) for grade in grades(text, folded, field))
    return dated(folded, told)


def _binding(folded: str, measure: Measure) -> bool:
    """Return whether a number in a request binds the other side, not the asker (我公司年产…) and not a mere aside."""
    quantity = measure.quantity
    clause = clause_of(folded, quantity)
    if _own(folded, quantity) or mark("past").search(clause):
        return False
    if measure.topic.name == "count" and (not measure.head or quantity.bound in _LOOSE):
        return False
    if measure.topic.name == "price" and measure.place is Place.NOWHERE:
        return quantity.bound in (Bound.LE, Bound.LT, Bound.MOST)
    if measure.topic.name in ORDERS or quantity.bound not in _LOOSE:
        return True
    if not measure.topic.plain:
        return bool(_DEMAND.search(clause))
    if measure.place is Place.NOWHERE:
        return measure.topic.name in _PLAIN
    return measure.place is Place.BEFORE or measure.topic.sense is not Sense.COVERS


def _own(folded: str, quantity: Quantity) -> bool:
    """Return whether the sentence up to the number speaks of the asker, with no word since that seeks another."""
    said = folded[quantity.sentence : quantity.start]
    owners = [match.end() for match in mark("self").finditer(said)]
    return bool(owners) and not mark("seek").search(said, owners[-1])


def _demanded(measure: Measure) -> tuple[float, float]:
    low, high = canonical(measure)
    quantity, sense = measure.quantity, measure.topic.sense
    bound = quantity.bound
    if measure.topic.name in ORDERS:
        return -inf, high
    if measure.topic.name == "area" and bound is Bound.NONE and low == high:
        return low * (1 - ABOUT), high * (1 + ABOUT)
    if quantity.signed and low == high:
        return -inf, high
    if bound is Bound.BETTER or (sense is Sense.AT_MOST and measure.topic.name == "precision"):
        return (-inf, high) if sense is Sense.AT_MOST else (low, inf)
    if (plain := bounded(bound, low, high)) is not None:
        return plain
    if measure.topic.name == "temperature" and high < 0:
        return -inf, high
    if sense is Sense.AT_MOST:
        return -inf, high
    if sense is Sense.AT_LEAST and measure.topic.name != "area":
        return low, inf
    return low, high
