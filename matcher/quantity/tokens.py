"""Named conditions: certificates, grades, equipment, dates, recurring times, places and terms, read and judged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.quantity import certificates, exclusions, frequencies, grades, hours, locations, machines, windows
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.wording import Source, source_of


@dataclass(frozen=True, slots=True)
class _Family:
    """One kind of condition: its topics with their Chinese names, its two readers, its judge and its question."""

    topics: Mapping[str, str]
    demands: Callable[[Source], Iterator[Statement]]
    states: Callable[[Source], Iterator[Statement]]
    judge: Callable[[Statement, Sequence[Statement]], Judgement]
    ask: Callable[[Statement], str]


@lru_cache(maxsize=1)
def _families() -> tuple[_Family, ...]:
    fixed = (certificates, machines, windows, hours, frequencies, locations)
    return (
        *(_Family(each.TOPICS, each.demands, each.states, each.judge, each.ask) for each in fixed),
        *(_Family(each.labels(), each.demands, each.states, each.judge, each.ask) for each in (grades, exclusions)),
    )


@lru_cache(maxsize=1)
def _by_topic() -> dict[str, _Family]:
    return {topic: family for family in _families() for topic in family.topics}


@lru_cache(maxsize=1)
def topics() -> Mapping[str, str]:
    """Return the Chinese name of every topic read here."""
    return {topic: label for family in _families() for topic, label in family.topics.items()}


def required(text: str, field: str) -> tuple[Statement, ...]:
    """Return what a request's text demands of the other side, spans exact in `text`.

    Dates are proleptic ordinals (without a year: in a base year), hours minutes of the day, notice days, distances
    kilometres and drives minutes, frequencies times a year, grades ranks on their scale.
    """
    source = source_of(text, field)
    found = (statement for family in _families() for statement in family.demands(source))
    return tuple(sorted(found, key=lambda statement: (statement.span.start, statement.span.end)))


def stated(text: str, field: str) -> tuple[Statement, ...]:
    """Return what an offer's text says of itself, spans exact in `text`; units as `required` has them."""
    source = source_of(text, field)
    found = (statement for family in _families() for statement in family.states(source))
    return tuple(sorted(found, key=lambda statement: (statement.span.start, statement.span.end)))


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how the requirement stands against an offer's statements; those on other topics decide nothing."""
    bearing = [each for each in stated if each.topic == requirement.topic]
    return _by_topic()[requirement.topic].judge(requirement, bearing)


def bears(requirement: Statement, said: Statement) -> bool:
    """Whether a statement on the requirement's topic may decide about it; one that does not leaves it open."""
    return machines.bears(requirement, said) if requirement.topic in machines.TOPICS else True


def topic_label(topic: str) -> str:
    """Return the Chinese name of a topic."""
    return topics()[topic]


def ask(requirement: Statement) -> str:
    """Return what to ask the other side about the requirement, as a clause."""
    return _by_topic()[requirement.topic].ask(requirement)
