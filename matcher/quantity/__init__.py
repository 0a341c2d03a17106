"""Quantities, certificates, dates and exclusions that texts state, read into statements and judged against each other."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate

from matcher.quantity import measures, tokens
from matcher.quantity.base import Judgement, Sense, Statement

__all__ = ["Judgement", "Sense", "Statement", "judge", "question", "required", "stated", "topic_label"]

# What one text may demand and say at most, so that judging the two stays cheap however long they are.
MOST_DEMANDS, MOST_STATEMENTS = 64, 512
_TOUCH = 3


def required(text: str, field: str) -> tuple[Statement, ...]:
    """Return what a request's text demands of an answer, in order, at most `MOST_DEMANDS`.

    A number that is part of a named condition is not read twice.
    """
    numbers = measures.required(text, field)
    ends = sorted(each.span.end for each in numbers)
    named = tuple(_unless_measured(each, ends) for each in tokens.required(text, field))
    reaches = _reaches(named)
    measured = (each for each in numbers if not _taken(each, *reaches))
    return _in_order((*measured, *named))[:MOST_DEMANDS]


def stated(text: str, field: str) -> tuple[Statement, ...]:
    """Return what an offer's text says of itself, in order, at most `MOST_STATEMENTS`."""
    return _in_order((*measures.stated(text, field), *tokens.stated(text, field)))[:MOST_STATEMENTS]


def _in_order(found: Sequence[Statement]) -> tuple[Statement, ...]:
    return tuple(sorted(found, key=lambda each: (each.span.start, each.span.end)))


def _reaches(named: Sequence[Statement]) -> tuple[list[int], list[int]]:
    """Return where named conditions begin, in order, and how far those that begin up to there reach."""
    spans = sorted((each.span.start, each.span.end) for each in named)
    return [start for start, _ in spans], list(accumulate((end for _, end in spans), max))


def _taken(measured: Statement, starts: Sequence[int], reaches: Sequence[int]) -> bool:
    """Return whether a number (the end of its span) lies within a named condition (每月至少2次, 5吨以上行车)."""
    earlier = bisect_left(starts, measured.span.end)
    return bool(earlier) and measured.span.end <= reaches[earlier - 1]


def _unless_measured(named: Statement, ends: Sequence[int]) -> Statement:
    """Return the named condition as it stands, sure again where the size before it is judged by itself (1600T压铸机)."""
    at = bisect_right(ends, named.span.start)
    measured = named.vague and at > 0 and named.span.start - ends[at - 1] <= _TOUCH
    return replace(named, vague=False) if measured else named


def judge(requirement: Statement, stated: Sequence[Statement], *, as_of: date | None = None) -> Judgement:
    """Return how a requirement stands against an offer's statements: 满足, 不满足 or 待核实, and the one that decides.

    Years since a founding are counted on `as_of`, without it over the years in `measures.toml`.
    """
    if requirement.topic in tokens.topics():
        return tokens.judge(requirement, stated)
    return measures.judge(requirement, stated, as_of=as_of)


def bears(requirement: Statement, said: Statement) -> bool:
    """Whether a statement on the requirement's topic may decide about it.

    Against statements of which none bears on it, a requirement is 待核实.
    """
    return requirement.topic not in tokens.topics() or tokens.bears(requirement, said)


def question(requirement: Statement) -> str:
    """Return what to ask the other side, in Chinese."""
    if requirement.topic in tokens.topics():
        return f"请对方确认：{tokens.ask(requirement)}？"
    return f"请对方确认：{measures.topic_label(requirement.topic)}是否满足“{requirement.span.text}”？"


def topic_label(topic: str) -> str:
    """Return the Chinese name of a topic."""
    return tokens.topic_label(topic) if topic in tokens.topics() else measures.topic_label(topic)
