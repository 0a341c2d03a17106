"""Evidence: what a firm has confirmed or proved, dated and sourced, and what that settles of a later condition."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from matcher.domain import ConditionResult, Evidence, Span, Verdict
from matcher.quantity import Statement, judge, required, stated

FIELD = "evidence"
_SIGNS = {" ≤ ": "不超过", " ≥ ": "不低于", " = ": "为", " 属于 ": "为", " 包含 ": "须具备"}


def valid(held: Sequence[Evidence], as_of: date) -> tuple[Evidence, ...]:
    """Return what counts on a day, the latest first; the day it expires counts."""
    good = [one for one in held if one.on <= as_of and (one.expires is None or as_of <= one.expires)]
    return tuple(sorted(good, key=lambda one: one.on, reverse=True))


def settle(
    asked: str, requirement: Statement | None, held: Sequence[Evidence], as_of: date
) -> tuple[Verdict, Evidence | None]:
    """Return what the latest evidence that decides says of a condition, and that evidence; else 待核实 and None.

    `asked` is the condition in words, `requirement` the same as one checkable thing, if it is one. What was confirmed
    settles what is as easy or easier, what was denied what is as hard or harder; a firm's own words settle what they
    state.
    """
    for one in valid(held, as_of):
        outcome = _settled(asked, requirement, one)
        if outcome is not Verdict.UNKNOWN:
            return outcome, one
    return Verdict.UNKNOWN, None


def _settled(asked: str, requirement: Statement | None, one: Evidence) -> Verdict:
    if one.asked == asked and one.met is not None:
        return Verdict.MET if one.met else Verdict.UNMET
    if requirement is None:
        return Verdict.UNKNOWN
    if one.said and (told := judge(requirement, _stated(one.said))).outcome is not Verdict.UNKNOWN:
        return told.outcome
    past = _required(one.asked) if one.asked and one.met is not None else None
    if past is None or past.topic != requirement.topic:
        return Verdict.UNKNOWN
    if one.met and _implies(past, requirement):
        return Verdict.MET
    return Verdict.UNMET if not one.met and _implies(requirement, past) else Verdict.UNKNOWN


def _implies(known: Statement, asked: Statement) -> bool:
    """Return whether whoever satisfies `known` satisfies `asked`."""
    return judge(asked, (known,)).outcome is Verdict.MET


@lru_cache(maxsize=4096)
def _stated(said: str) -> tuple[Statement, ...]:
    return stated(said, FIELD)


@lru_cache(maxsize=4096)
def _required(asked: str) -> Statement | None:
    for sign, word in _SIGNS.items():
        asked = asked.replace(sign, word)
    found = required(f"要求{asked}", FIELD)
    return found[0] if len(found) == 1 else None


def with_evidence(
    result: ConditionResult, requirement: Statement | None, held: Sequence[Evidence], as_of: date
) -> ConditionResult:
    """Return a condition's outcome with what evidence settles where it is 待核实; the span quotes the evidence."""
    if not held or result.outcome is not Verdict.UNKNOWN or result.request_span is None:
        return result
    outcome, proof = settle(result.request_span.text, requirement, held, as_of)
    if proof is None:
        return result
    words = told(proof)
    return ConditionResult(
        name=result.name,
        hard=result.hard,
        outcome=outcome,
        request_span=result.request_span,
        offer_span=Span(field=FIELD, start=0, end=len(words), text=words),
    )


def told(one: Evidence) -> str:
    """Return evidence in words: what was said or confirmed, by which source, on which day."""
    answer = "" if one.met is None else "确认满足" if one.met else "确认不满足"
    said = "，".join(filter(None, (f"“{one.asked}”{answer}" if answer else "", one.said)))
    return f"{said}（{one.source}，{one.on.isoformat()}）"
