"""How a demanded interval stands against an offer's statements on its topic."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import takewhile
from math import inf
from typing import TypeAlias

from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Sense, Statement
from matcher.quantity.measure_compare import area, covers, meets, order, rates, tag, tagged, throughput, workdays
from matcher.quantity.measure_table import reading_dates, topic

_SIZES = ("length", "width", "height", "diameter", "depth", "size")
_ANSWERS = {
    "weight": ("weight", "load"),
    "credit_line": ("credit_line", "investment"),
    **{name: ("delivery_time", "deploy_time", "build_time") for name in ("delivery_time", "deploy_time", "build_time")},
    **{name: (name, "size") for name in _SIZES},
    "share": ("share", "rate"),
    "purity": ("purity", "rate"),
}
_ANSWERS["size"] = ("size", "length", "diameter")
_NAME = 4
_DIMENSIONS = set("孔间厚宽长高弯")
_RATES = frozenset({"rate", "share", "yield_rate", "defect_rate"})
_ACRONYM = re.compile(r"[a-z]{2,}")
_WORD = re.compile(r"[a-z0-9]+|.")
_YEAR_HOURS = 8760.0 / 365.2425


def judge(requirement: Statement, stated: Sequence[Statement], *, as_of: date | None = None) -> Judgement:
    """Return how the requirement stands: 满足, 不满足 or 待核实, and the statement that decides.

    Statements on other topics, of another unit or of something else decide nothing. `as_of` is the day on which years
    since a founding are counted; without it they are counted over the years in `measures.toml`.
    """
    wanted = topic(requirement.topic)
    settled = [
        (outcome, each)
        for each in stated
        if each.topic in _ANSWERS.get(requirement.topic, (requirement.topic,))
        if (outcome := _compare(requirement, each, as_of)) is not None
    ]
    return _any(settled) if wanted.choice else _all(settled)


_Settled: TypeAlias = Sequence[tuple[Verdict, Statement]]


def _any(settled: _Settled) -> Judgement:
    """One product that fits is enough; none fits when all are known not to."""
    for outcome in (Verdict.MET, Verdict.UNKNOWN, Verdict.UNMET):
        for found, statement in settled:
            if found is outcome:
                return Judgement(outcome=outcome, proof=None if outcome is Verdict.UNKNOWN else statement)
    return Judgement(outcome=Verdict.UNKNOWN)


def _all(settled: _Settled) -> Judgement:
    """What is said twice must agree, but 常规±0.05 limits nobody who also offers better; what is only planned counts when nothing else is said."""
    outcomes = {outcome for outcome, statement in settled if not statement.vague}
    if len(outcomes) > 1:
        outcomes = {outcome for outcome, statement in settled if not (statement.vague or "usual" in statement.values)}
    if len(outcomes) == 1 and (outcome := outcomes.pop()) is not Verdict.UNKNOWN:
        proof = next(statement for found, statement in settled if found is outcome and not statement.vague)
        return Judgement(outcome=outcome, proof=proof)
    return Judgement(outcome=Verdict.UNKNOWN)


def _compare(requirement: Statement, stated: Statement, as_of: date | None) -> Verdict | None:
    """Return the outcome of one statement, None when it does not bear on the requirement."""
    if stated.vague:
        return Verdict.UNKNOWN
    outcome = _special(requirement, stated, as_of)
    if outcome is not None:
        outcome = _qualified(requirement, stated, outcome)
    if outcome is Verdict.UNMET and "open" in stated.values:
        return Verdict.UNKNOWN
    return outcome


def _special(requirement: Statement, stated: Statement, as_of: date | None) -> Verdict | None:
    name = requirement.topic
    compare = _SPECIAL.get(name)
    if compare is not None:
        return compare(requirement, stated)
    if "since" in stated.values:
        return meets(requirement, _years(requirement, stated, as_of), choice=False)
    if "workday" in requirement.values | stated.values:
        return workdays(requirement, stated)
    if tagged(requirement, "per=") != tagged(stated, "per="):
        return rates(requirement, stated)
    choice = topic(name).choice and "about" not in stated.values
    if topic(name).sense is Sense.COVERS:
        return covers(requirement, stated)
    return meets(requirement, (stated.low, stated.high), choice=choice)


def _qualified(requirement: Statement, stated: Statement, outcome: Verdict) -> Verdict | None:
    """Return the outcome if both speak of the same thing: more of a part proves the whole, less of the whole the part."""
    head = topic(requirement.topic).head if requirement.topic == stated.topic else "strict"
    if not topic(requirement.topic).head:
        return outcome
    wanted, said = _words(requirement), _words(stated)
    if requirement.topic == "experience_years":
        return outcome if wanted == said else None
    if wanted == said or (not wanted and head == "loose") or _same_rate(requirement, stated):
        return outcome
    if not said and head == "loose":
        return outcome
    if wanted <= said and (wanted or head != "strict" or requirement.topic == stated.topic):
        return outcome if outcome is Verdict.MET else None
    if not said and (stated.low == -inf or (head == "part" and wanted <= _DIMENSIONS)):
        return outcome if outcome is Verdict.UNMET else Verdict.UNKNOWN
    if "以" in wanted - said:
        return None
    if said < wanted and said:
        return outcome if outcome is Verdict.UNMET else None
    return None


def _same_rate(requirement: Statement, stated: Statement) -> bool:
    """Return whether two rates end in the same name (准时交付率), whatever is said before it."""
    wanted, said = tag(requirement, "of="), tag(stated, "of=")
    shared = list(takewhile(lambda pair: pair[0] == pair[1], zip(reversed(wanted), reversed(said), strict=False)))
    whole = len(shared) == min(len(wanted), len(said))
    same = len(shared) >= _NAME or (whole and len(shared) == _NAME - 1)
    acronym = set(_ACRONYM.findall(wanted)) & set(_ACRONYM.findall(said))
    return requirement.topic in _RATES and (same or bool(acronym))


def _words(statement: Statement) -> set[str]:
    """Return the Chinese characters and Latin words that say of what a statement is."""
    return set(_WORD.findall(tag(statement, "of=")))


def _years(requirement: Statement, stated: Statement, as_of: date | None) -> tuple[float, float]:
    """Return the hours, of years of 8760, since a founding whose first and last possible day are low and high.

    Counted on the day the request names (以2026年6月计), else on `as_of`, else over the reading years of the table.
    """
    first, last = (as_of, as_of) if as_of else reading_dates()
    named = sorted(int(tag) for tag in tagged(requirement, "as_of="))
    start, end = (named[0], named[-1]) if named else (first.toordinal(), last.toordinal())
    return (start - stated.high) * _YEAR_HOURS, (end - stated.low) * _YEAR_HOURS


_SPECIAL: dict[str, Callable[[Statement, Statement], Verdict | None]] = {
    "throughput": throughput,
    "area": area,
    "moq": order,
}
