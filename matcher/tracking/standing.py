"""Where a deal stood on a day, told from its history, so that a month counts the same whenever it is counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from matcher.deals import STAGES, Amount, Deal, DealSide, DealStage, Ending, amount


class Happened(Protocol):
    """A step of a deal as it is kept: the stage or ending it led to, on which day, and what was told."""

    @property
    def stage(self) -> DealStage | Ending | None:
        """Where the deal stood after it."""

    @property
    def on(self) -> date:
        """The day on which it happened."""

    @property
    def values(self) -> Mapping[str, object]:
        """What was told: `side` and `amounts` among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A deal with what it is counted by: the kind asked for, the small firm's industry, district and size, and history.

    `first` is the day each stage was first reached or passed.
    """

    deal: Deal
    steps: Sequence[Happened]
    kind: str
    industry: str
    district: str
    size: str
    first: Mapping[DealStage, date] = field(default_factory=dict)


def first_days(deal: Deal, steps: Iterable[Happened]) -> dict[DealStage, date]:
    """Return the day on which a deal first reached each stage it is not taken back from; a later stage implies the earlier."""
    found: dict[DealStage, date] = {}
    for step in steps:
        if isinstance(step.stage, DealStage):
            for stage in STAGES[: STAGES.index(step.stage) + 1]:
                found[stage] = min(step.on, found.get(stage, step.on))
    held = STAGES.index(deal.stage)
    return {stage: day for stage, day in found.items() if STAGES.index(stage) <= held}


def as_of(tracked: Tracked, day: date) -> Deal | None:
    """Return a deal as it stood at the end of a day, None before it began."""
    past = [step for step in tracked.steps if step.on <= day]
    if not past:
        return None
    reached = [stage for stage, first in tracked.first.items() if first <= day]
    stage = max(reached, key=STAGES.index, default=DealStage.RECOMMENDED)
    ended = tracked.deal.ending is not None and tracked.deal.entered <= day
    entered = tracked.deal.entered if ended else tracked.first.get(stage, tracked.deal.entered)
    return replace(
        tracked.deal,
        stage=stage,
        ending=tracked.deal.ending if ended else None,
        reason=tracked.deal.reason if ended else None,
        entered=entered,
        told=_told(past),
    )


def _told(steps: Sequence[Happened]) -> dict[Amount, dict[DealSide, float]]:
    found: dict[Amount, dict[DealSide, float]] = {}
    for step in sorted(steps, key=lambda one: one.on):
        sums, side = step.values.get("amounts"), step.values.get("side")
        if isinstance(sums, Mapping) and side:
            for kind, value in sums.items():
                found.setdefault(Amount(kind), {})[DealSide(str(side))] = float(value)
    return found


def total(deals: Iterable[Deal], kind: Amount) -> float:
    """Return a sum over deals in 万元."""
    return round(sum(amount(one, kind) or 0.0 for one in deals), 6)
