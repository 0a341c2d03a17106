"""Deals with a history, in short."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from matcher.deals import Amount, Deal, DealSide, DealStage, Ending
from matcher.tracking.standing import Tracked, first_days


@dataclass(frozen=True)
class Told:
    """A step of a deal."""

    stage: DealStage | Ending | None
    on: date
    side: DealSide
    sums: Mapping[str, float]

    @property
    def values(self) -> Mapping[str, object]:
        """What was told, as it is kept."""
        return {"side": self.side.value, "amounts": dict(self.sums)}


def step(stage: str, month: int, day: int, side: DealSide = DealSide.PLATFORM, **sums: float) -> Told:
    """Return a step of 2026 that led to a stage or ending, with sums told by a side."""
    reached = DealStage(stage) if stage in set(DealStage) else Ending(stage)
    return Told(reached, date(2026, month, day), side, sums)


def tracked(id_: str, *steps: Told, **what: object) -> Tracked:
    """Return a deal after its steps; `what` are fields of the deal or of how it is counted."""
    last = [one for one in steps if one.stage][-1]
    stages = [one.stage for one in steps if isinstance(one.stage, DealStage)]
    counted = {"kind": "需求", "industry": "通用设备制造业", "district": "北京市昌平区", "size": "小型"}
    counted |= {name: str(what.pop(name)) for name in tuple(what) if name in counted}
    ending = last.stage if isinstance(last.stage, Ending) else None
    deal = Deal(
        id=id_,
        requester_id="big",
        supplier_id=f"s-{id_}",
        title=f"事项{id_}",
        entered=last.on,
        stage=stages[-1],
        ending=ending,
        reason="x" if ending else None,
        told=_told(steps),
    )
    deal = replace(deal, **what)  # type: ignore[arg-type]
    return Tracked(deal=deal, steps=steps, first=first_days(deal, steps), **counted)


def _told(steps: Iterable[Told]) -> dict[Amount, dict[DealSide, float]]:
    found: dict[Amount, dict[DealSide, float]] = {}
    for one in steps:
        for kind, sum_ in one.sums.items():
            found.setdefault(Amount(kind), {})[one.side] = sum_
    return found
