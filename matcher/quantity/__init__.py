"""Quantities, certificates, dates and exclusions that texts state, read into statements and judged against each other."""

from collections.abc import Sequence
from dataclasses import replace

from matcher.quantity import measures, tokens
from matcher.quantity.base import Judgement, Sense, Statement

__all__ = ["Judgement", "Sense", "Statement", "judge", "question", "required", "stated", "topic_label"]


def required(text: str, field: str) -> tuple[Statement, ...]:
    """Return what a request's text demands of an answer, in order; a number that is part of a named condition is not read twice."""
    numbers = measures.required(text, field)
    named = tuple(_unless_measured(each, numbers) for each in tokens.required(text, field))
    measured = (each for each in numbers if not _taken(each, named))
    return tuple(sorted((*measured, *named), key=lambda each: (each.span.start, each.span.end)))


def stated(text: str, field: str) -> tuple[Statement, ...]:
    """Return what an offer's text says of itself, in order."""
    found = (*measures.stated(text, field), *tokens.stated(text, field))
    return tuple(sorted(found, key=lambda each: (each.span.start, each.span.end)))


def _taken(measured: Statement, named: Sequence[Statement]) -> bool:
    """Return whether a number (the end of its span) lies within a named condition (每月至少2次, 5吨以上行车)."""
    return any(each.span.start < measured.span.end <= each.span.end for each in named)


def _unless_measured(named: Statement, numbers: Sequence[Statement]) -> Statement:
    """Return the named condition as it stands, sure again where the size before it is judged by itself (1600T压铸机)."""
    measured = named.vague and any(0 <= named.span.start - each.span.end <= 3 for each in numbers)
    return replace(named, vague=False) if measured else named


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how a requirement stands against an offer's statements: 满足, 不满足 or 待核实, and the one that decides."""
    judged = tokens.judge if requirement.topic in tokens.topics() else measures.judge
    return judged(requirement, stated)


def question(requirement: Statement) -> str:
    """Return what to ask the other side, in Chinese."""
    if requirement.topic in tokens.topics():
        return f"请对方确认：{tokens.ask(requirement)}？"
    return f"请对方确认：{measures.topic_label(requirement.topic)}是否满足“{requirement.span.text}”？"


def topic_label(topic: str) -> str:
    """Return the Chinese name of a topic."""
    return tokens.topic_label(topic) if topic in tokens.topics() else measures.topic_label(topic)
