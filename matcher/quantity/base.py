"""What a text says that can be checked: the one shape that readers make and conditions are judged on."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from matcher.domain import Span, Verdict


class Sense(StrEnum):
    """How an offer's statement on a topic settles a requirement on it.

    `AT_LEAST` and `AT_MOST` compare bounds (more capacity, less tolerance is better), `COVERS` asks that the offer's
    range contain the request's, `OVERLAPS` that the two meet, `HOLDS` that every value asked for be stated.
    """

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    COVERS = "covers"
    OVERLAPS = "overlaps"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One checkable thing a text says on one topic.

    `low`..`high` are inclusive, in the topic's canonical unit; dates are proleptic ordinals. `values` are canonical
    tokens (certificates, weekdays, machines, region codes). `denied` says the text rules it out (不含, 不接受, 未取得).
    `vague` says it is planned, under way or approximate beyond use, so that it settles nothing.
    """

    topic: str
    span: Span
    low: float = -inf
    high: float = inf
    values: frozenset[str] = frozenset()
    denied: bool = False
    vague: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a requirement stands against an offer's statements, and the statement that decides, if any."""

    outcome: Verdict
    proof: Statement | None = None
