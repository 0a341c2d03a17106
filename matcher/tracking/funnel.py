"""How far matches get, by district, industry, kind, size or department; and targets beside what was done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.deals import AMOUNT_LABELS, DEAL_LABELS, STAGES, Amount, DealStage, Ending
from matcher.registers import Entry
from matcher.taxonomy import region_covers
from matcher.tracking.standing import Tracked, as_of, total

UNKNOWN = "未填"
_COUNTED = {f"{DEAL_LABELS[stage]}数": stage for stage in STAGES[:-1]}
_SUMMED = {label: kind for kind, label in AMOUNT_LABELS.items()}
FIRMS = "参与中小企业数"


class Dimension(StrEnum):
    """What a funnel is broken down by; industry, district and size are the small firm's."""

    DISTRICT = "district"
    INDUSTRY = "industry"
    KIND = "kind"
    SIZE = "size"
    DEPARTMENT = "department"


DIMENSION_LABELS = {
    Dimension.DISTRICT: "地区",
    Dimension.INDUSTRY: "产业",
    Dimension.KIND: "类型",
    Dimension.SIZE: "规模",
    Dimension.DEPARTMENT: "责任部门",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRow:
    """A group: how many of its deals reached each stage, how many ended early, and sums in 万元."""

    group: str
    reached: dict[DealStage, int]
    declined: int
    failed: int
    amounts: dict[Amount, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """A target with what was done by a day: `done` of `target`, and the share of the period that is over, in [0, 1]."""

    entry: Entry
    done: float
    target: float
    elapsed: float

    @property
    def behind(self) -> bool:
        """Whether less of the target is done than of the period is over."""
        return self.done < self.target * self.elapsed


def funnel(
    tracked: Sequence[Tracked], by: Dimension | None, *, since: date | None = None, until: date
) -> tuple[FunnelRow, ...]:
    """Return the funnel of the deals that began from `since` to `until`, as they stood on `until`; None: all in one row.

    Groups come largest first.
    """
    groups: dict[str, list[Tracked]] = {}
    for one in tracked:
        began = one.first.get(DealStage.RECOMMENDED)
        if began is not None and (since or date.min) <= began <= until:
            groups.setdefault(_group(one, by), []).append(one)
    rows = [_row(group, held, until) for group, held in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-row.reached[DealStage.RECOMMENDED], row.group)))


def _group(one: Tracked, by: Dimension | None) -> str:
    if by is None:
        return "合计"
    if by is Dimension.DEPARTMENT:
        return one.deal.department or UNKNOWN
    return str(getattr(one, by.value)) or UNKNOWN


def _row(group: str, held: Iterable[Tracked], until: date) -> FunnelRow:
    states = [(one, state) for one in held if (state := as_of(one, until)) is not None]
    deals = [state for _, state in states]
    return FunnelRow(
        group=group,
        reached={stage: sum(one.first.get(stage, date.max) <= until for one, _ in states) for stage in STAGES},
        declined=sum(state.ending is Ending.DECLINED for state in deals),
        failed=sum(state.ending is Ending.FAILED for state in deals),
        amounts={kind: total(deals, kind) for kind in Amount},
    )


def targets(
    entries: Iterable[Entry], tracked: Sequence[Tracked], day: date, *, regions: dict[str, str]
) -> tuple[TargetRow, ...]:
    """Return each target with what was done from its first day to its last, or to `day` if that is earlier.

    `regions` is each supplier's region code by enterprise id, for targets of a region.
    """
    return tuple(_target(one, tracked, day, regions) for one in entries)


def _target(entry: Entry, tracked: Sequence[Tracked], day: date, regions: dict[str, str]) -> TargetRow:
    first, last = (date.fromisoformat(str(entry.values[name])) for name in ("from", "until"))
    department, region = entry.values.get("department"), entry.values.get("region")
    mine = [
        one
        for one in tracked
        if department in (None, "", one.deal.department)
        and (not region or region_covers(str(region), regions.get(one.deal.supplier_id, "")))
    ]
    goal = entry.values["target"]
    span = (last - first).days + 1
    return TargetRow(
        entry=entry,
        done=_done(str(entry.values["indicator"]), mine, first, min(last, day)),
        target=float(goal) if isinstance(goal, int | float) else 0.0,
        elapsed=min(1.0, max(0.0, ((day - first).days + 1) / span)) if span > 0 else 1.0,
    )


def _done(indicator: str, tracked: Sequence[Tracked], first: date, last: date) -> float:
    """Return what was done in a period: stages reached in it, sums at its end less those before it, firms that took part."""
    if indicator in _COUNTED:
        stage = _COUNTED[indicator]
        return sum(first <= one.first.get(stage, date.max) <= last for one in tracked)
    if indicator == FIRMS:
        active = DealStage.ACCEPTED
        return len({one.deal.supplier_id for one in tracked if first <= one.first.get(active, date.max) <= last})
    kind, before = _SUMMED[indicator], date.fromordinal(first.toordinal() - 1)
    at_end, at_start = (
        total((state for one in tracked if (state := as_of(one, day)) is not None), kind) for day in (last, before)
    )
    return round(at_end - at_start, 6)
