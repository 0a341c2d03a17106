"""Measured conditions: what a request's numbers demand, what an offer's numbers say, and how the two stand."""

from matcher.quantity.base import Statement
from matcher.quantity.measure_demand import demands
from matcher.quantity.measure_judge import judge
from matcher.quantity.measure_offer import states
from matcher.quantity.measure_table import topic

__all__ = ["judge", "required", "stated", "topic_label"]


def required(text: str, field: str) -> tuple[Statement, ...]:
    """Return what a request's text demands of the other side in numbers, spans exact in `text`.

    Values are in the canonical units of `units.toml`. Numbers about the asker itself, model numbers and dates are none.
    """
    return demands(text, field)


def stated(text: str, field: str) -> tuple[Statement, ...]:
    """Return what an offer's text says of itself in numbers, spans exact in `text`, values in canonical units."""
    return states(text, field)


def topic_label(name: str) -> str:
    """Return the Chinese name of a topic for questions, e.g. 加工精度.

    :raises MatcherError: `topic_unknown` when no such topic is measured.
    """
    return topic(name).label
