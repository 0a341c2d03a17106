"""Requirements read out of a query's text, and stated conditions put so that a candidate's text can answer them."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from matcher.conditions import condition_label
from matcher.domain import Condition, ConditionResult, Operator, Posting, Query, Verdict
from matcher.quantity import Statement, judge, question, required, stated

_WORDS: Mapping[Operator, str] = {
    Operator.LE: "不超过",
    Operator.GE: "不低于",
    Operator.EQ: "为",
    Operator.IN: "为",
    Operator.CONTAINS: "须具备",
}


def read_requirements(query: Query) -> tuple[Statement, ...]:
    """Return what the query's text demands of an answer, except what its conditions state already."""
    said = {requirement.topic for condition in query.conditions if (requirement := as_requirement(condition))}
    return tuple(read for read in _read(query.title, query.detail or "") if read.topic not in said)


@lru_cache(maxsize=8192)
def _read(title: str, detail: str) -> tuple[Statement, ...]:
    opening = () if detail.startswith(title) else required(title, "title")
    return (*opening, *required(detail, "detail"))


@lru_cache(maxsize=4096)
def as_requirement(condition: Condition) -> Statement | None:
    """Return the condition as a requirement on what a text states; None where it is not one such thing."""
    if condition.op not in _WORDS or isinstance(condition.value, bool):
        return None
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    text = f"要求{condition_label(condition)}{_WORDS[condition.op]}{'、'.join(map(str, values))}{condition.unit or ''}"
    found = required(text, "conditions")
    return found[0] if len(found) == 1 else None


def requirement_text(requirement: Statement) -> str:
    """Return how a requirement read from text is called: in exclusions, in `relax` and in results."""
    return f"文中要求：{requirement.span.text}"


def statements_of(posting: Posting) -> tuple[Statement, ...]:
    """Return what a posting's title and detail state, with spans into them; a title that opens the detail is read once."""
    return _stated(posting.title, posting.detail or "")


@lru_cache(maxsize=8192)
def _stated(title: str, detail: str) -> tuple[Statement, ...]:
    opening = () if detail.startswith(title) else stated(title, "title")
    return (*opening, *stated(detail, "detail"))


def judge_read(
    requirement: Statement, said: tuple[Statement, ...], *, hard: bool, as_of: date | None = None
) -> ConditionResult:
    """Return how a requirement read from text stands on `as_of` against what an offer states, with spans of both."""
    found = judge(requirement, said, as_of=as_of)
    open_ = found.outcome is Verdict.UNKNOWN
    return ConditionResult(
        name=requirement_text(requirement),
        hard=hard,
        outcome=found.outcome,
        request_span=requirement.span,
        offer_span=None if open_ or found.proof is None else found.proof.span,
        question=question(requirement) if open_ else None,
    )
