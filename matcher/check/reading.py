"""Requirements read out of a request's text, put as the conditions a person may confirm."""

import re
from collections.abc import Iterator
from itertools import product
from math import inf, isclose, isfinite

from matcher.check.base import ReadCondition
from matcher.check.facts import Facts
from matcher.conditions import CERTIFICATES, attribute_names
from matcher.domain import Condition, Operator, Span
from matcher.errors import MatcherError
from matcher.quantity import Statement, topic_label
from matcher.quantity.numbers import fold
from matcher.quantity.units import convert
from matcher.requirements import as_requirement
from matcher.taxonomy import kinds

_NUMERAL = re.compile(r"±?\d+(?:\.\d+)?|[一二两三四五六七八九十百千半]+")
_PLAIN = re.compile(
    r"±?(?P<number>\d+(?:\.\d+)?)\s*(?P<scale>[万亿]?)(?P<unit>[^\d\s~-]*?)(?:及?以[上下内]|内|起|左右)?"
)
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}
_BOUND = re.compile(
    r"[≥≤<>=:：\s]|不得?(?:低|高|少|大|小|多|超)[于过]?|至少|至多|最[高低大小]|超过|达到?|小于|大于|以[上下内]|要求|须|为|在|约"
)
_MOST = 50
_SAID_BY_NAME = frozenset({"work"})  # 加工 in a condition's own name says as much as 工件 in the text.
_LISTED = ("required_certificates",)


def read_conditions(facts: Facts) -> tuple[ReadCondition, ...]:
    """Return the requirements of the text that the posting's conditions do not state yet, each a condition that reads back.

    A requirement that no condition can say is left out, as are those after the first 50. Offers require nothing.
    """
    said = {read.topic for condition in facts.posting.conditions if (read := as_requirement(condition))}
    stated = {name for condition in facts.posting.conditions for name in attribute_names(condition)}
    found: dict[Condition, ReadCondition] = {}
    for demand in facts.demands[:_MOST]:
        if demand.topic not in said and (condition := as_condition(demand)) is not None:
            found.setdefault(condition, ReadCondition(condition=condition, span=demand.span))
    if facts.request and CERTIFICATES not in stated:
        for listed in _listed(facts):
            found.setdefault(listed.condition, listed)
    return tuple(found.values())


def as_condition(demand: Statement) -> Condition | None:
    """Return the condition that says what a requirement says, or without what its surroundings add; None when none does."""
    wider = None
    for condition in _candidates(demand):
        read = as_requirement(condition)
        if read is None or not _bounds_alike(read, demand):
            continue
        if read.values - _SAID_BY_NAME == demand.values - _SAID_BY_NAME:
            return condition
        if wider is None and read.values < demand.values and not _units_of(demand.values - read.values):
            wider = condition
    return wider


def _bounds_alike(read: Statement, demand: Statement) -> bool:
    pairs = ((read.low, demand.low), (read.high, demand.high))
    alike = all(a == b or isclose(a, b, rel_tol=1e-9) for a, b in pairs)
    return alike and (read.topic, read.denied) == (demand.topic, demand.denied)


def _units_of(values: frozenset[str]) -> bool:
    return any(value.startswith(("unit=", "per=", "workday")) for value in values)


def _candidates(demand: Statement) -> Iterator[Condition]:
    """Return conditions that may say it, the plainest first: a number in the attribute's own unit, then as written."""
    label, written = topic_label(demand.topic), fold(demand.span.text)
    if (demand.low, demand.high) == (-inf, inf):
        tokens = tuple(sorted(demand.values))
        yield from (Condition(name=label, op=Operator.CONTAINS, value=token) for token in (*tokens, demand.span.text))
        yield Condition(name=label, op=Operator.CONTAINS, value=tokens)
        return
    heads = [value.removeprefix("of=") + label for value in sorted(demand.values) if value.startswith("of=")]
    starts = [match.start() for match in _NUMERAL.finditer(written)]
    written_values = [(_BOUND.sub("", written[:at]), value) for at in starts for value in _values(label, written[at:])]
    for head, (value, unit) in sorted(written_values, key=lambda found: isinstance(found[1][0], str)):
        for name, op in product(dict.fromkeys((label, head or label, *heads)), _operators(demand)):
            yield Condition(name=name, op=op, value=value, unit=unit)


def _operators(demand: Statement) -> tuple[Operator, ...]:
    if demand.low == -inf:
        return (Operator.LE,)
    return (Operator.GE,) if demand.high == inf else (Operator.EQ,)


def _values(name: str, tail: str) -> Iterator[tuple[str | float, str | None]]:
    plain = _PLAIN.fullmatch(tail)
    if plain and isfinite(float(plain["number"])):
        number, unit = float(plain["number"]) * _SCALES[plain["scale"]], plain["unit"]
        if plain["scale"] and unit.startswith("元"):
            number, unit = float(plain["number"]), plain["scale"] + unit
        yield from _converted(name, number, unit)
        yield (int(number) if number.is_integer() else number), unit or None
    yield tail, None


def _converted(name: str, number: float, unit: str) -> Iterator[tuple[float, str]]:
    """Return the number in the unit in which offers fill the attribute that a condition of this name compares."""
    for wanted in dict.fromkeys(_units(name)):
        if wanted == unit:
            continue
        try:
            value = float(f"{convert(number, unit, wanted):.12g}")
        except MatcherError:
            continue
        yield (int(value) if value.is_integer() else value), wanted


def _units(name: str) -> Iterator[str]:
    meant = attribute_names(Condition(name=name, op=Operator.EQ, value=""))
    for kind in kinds().values():
        for field in kind.fields:
            if field.name in meant and field.unit:
                yield field.unit


def _listed(facts: Facts) -> Iterator[ReadCondition]:
    """Return a condition for every certificate that a request lists as an attribute."""
    for name in _LISTED:
        value = facts.posting.attributes.get(name)
        for item in value if isinstance(value, list | tuple) else ():
            text = str(item)
            condition = Condition(name=CERTIFICATES, op=Operator.CONTAINS, value=text)
            yield ReadCondition(
                condition=condition, span=Span(field=f"attributes.{name}", start=0, end=len(text), text=text)
            )
