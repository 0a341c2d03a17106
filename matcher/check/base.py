"""What a check of a posting says: points, a band, hints with edits to copy, and the conditions read out of its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from matcher.asking import Sought
from matcher.domain import Condition, Span

OUT_OF = 5
_READY = 10
_REVISED = 5


class Band(StrEnum):
    """Whether a posting should be published as it stands."""

    READY = "可发布"
    REVISE = "建议修改"
    HOLD = "暂缓"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change to copy into the posting: `value` takes the place of `span` of `field`.

    Without a span a text field is continued by `value`, an attribute or date becomes it. A `sample` stands for a value
    that only the poster knows.
    """

    field: str
    value: object
    span: Span | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What to change, in Chinese; no edits where only the poster can write it."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion, 0 ≤ points ≤ `out_of`, with a hint for what is missing."""

    name: str
    label: str
    points: int
    hints: tuple[Hint, ...] = ()
    out_of: int = OUT_OF


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCondition:
    """A requirement read out of the text as the condition to state once the poster has confirmed it."""

    condition: Condition
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`score` is the sum of the criteria's points, out of `out_of`; `sought` is what the posting is read to seek or offer."""

    score: int
    out_of: int
    band: Band
    criteria: tuple[Criterion, ...]
    read_conditions: tuple[ReadCondition, ...]
    sought: Sought


def band_of(points: Sequence[int]) -> Band:
    """Return the band of the criteria's points: 可发布 from 10 on, 建议修改 from 5 on, 暂缓 below or with any 0."""
    if min(points) == 0 or sum(points) < _REVISED:
        return Band.HOLD
    return Band.READY if sum(points) >= _READY else Band.REVISE
