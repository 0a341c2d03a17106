"""Deals with what they are counted by, and the reports made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.deals import AMOUNT_LABELS, DEAL_LABELS, STAGES, Amount, Deal
from matcher.domain import Enterprise, Posting, SizeClass
from matcher.registers import Entry, Register
from matcher.tabular.tables import Chart, SheetTable, tables_book
from matcher.taxonomy import kinds
from matcher.tracking.card import BuyerCard, buyer_card
from matcher.tracking.cases import Case, draft, pick
from matcher.tracking.funnel import DIMENSION_LABELS, Dimension, FunnelRow, TargetRow, funnel, targets
from matcher.tracking.gaps import district_of, link_of
from matcher.tracking.standing import Tracked, first_days
from service.auth import Actor, Scope, local_admin
from service.deps import Parts
from service.store import Step, Store
from service.store.rights import require_platform, summing
from service.usecases.deal_views import all_deals
from service.usecases.standing import payment_record_of

SIZE_LABELS: Mapping[SizeClass, str] = {
    SizeClass.LARGE: "大型",
    SizeClass.MEDIUM: "中型",
    SizeClass.SMALL: "小型",
    SizeClass.MICRO: "微型",
    SizeClass.UNKNOWN: "待核实",
}
OUTSIDE = "线下对接"


@dataclass(frozen=True, slots=True)
class Records:
    """Deals with their firms and postings, by id."""

    tracked: tuple[Tracked, ...]
    firms: Mapping[str, Enterprise]
    postings: Mapping[str, Posting]


def records(store: Store, actor: Actor, *, enterprise_id: str | None = None) -> Records:
    """Return every deal the actor may see (or those of a firm) with what it is counted by.

    :raises MatcherError: `forbidden`.
    """
    held = all_deals(store, actor, enterprise_id=enterprise_id)
    firms = store.records.enterprises_by_id(actor, {id_ for one in held for id_ in (one.requester_id, one.supplier_id)})
    sizes = store.records.computed_sizes(actor, {one.supplier_id for one in held})
    wanted = {id_ for one in held for id_ in (one.request_posting_id, one.offer_posting_id) if id_}
    postings = store.records.postings_by_id(actor, wanted)
    steps = store.deals.steps_of(actor, [one.id for one in held])
    tracked = tuple(
        _tracked(one, steps.get(one.id, ()), firms.get(one.supplier_id), sizes.get(one.supplier_id), postings)
        for one in held
    )
    return Records(tracked, firms, postings)


def _tracked(
    deal: Deal,
    steps: Sequence[Step],
    supplier: Enterprise | None,
    size: SizeClass | None,
    postings: Mapping[str, Posting],
) -> Tracked:
    request = postings.get(deal.request_posting_id or "")
    return Tracked(
        deal=deal,
        steps=steps,
        kind=kinds()[request.kind].label if request else OUTSIDE,
        industry=link_of(supplier.industry if supplier else None),
        district=district_of(supplier.region if supplier else None),
        size=SIZE_LABELS[size or SizeClass.UNKNOWN],
        first=first_days(deal, steps),
    )


def funnel_report(
    parts: Parts, actor: Actor, by: Dimension | None, *, since: date | None = None, until: date | None = None
) -> tuple[FunnelRow, ...]:
    """Return the funnel of the platform's deals that began in a period.

    :raises MatcherError: `forbidden` to all but the platform.
    """
    return funnel(records(parts.store, summing(actor)).tracked, by, since=since, until=until or parts.today())


def target_report(parts: Parts, actor: Actor, *, as_of: date | None = None) -> tuple[TargetRow, ...]:
    """Return every target with what was done, those behind first.

    :raises MatcherError: `forbidden` to all but the platform.
    """
    reader = summing(actor)
    return _targets(parts, reader, records(parts.store, reader), as_of or parts.today())


def _targets(parts: Parts, actor: Actor, held: Records, day: date) -> tuple[TargetRow, ...]:
    entries: tuple[Entry, ...] = parts.store.registers.about(actor, Register.TARGETS)
    regions = {id_: firm.region or "" for id_, firm in held.firms.items()}
    rows = targets(entries, held.tracked, day, regions=regions)
    return tuple(sorted(rows, key=lambda row: (not row.behind, row.entry.id)))


def tracking_book(parts: Parts, actor: Actor, *, since: date | None = None, until: date | None = None) -> bytes:
    """Return the funnel by every dimension and the targets as a workbook with charts.

    :raises MatcherError: `forbidden` to all but the platform.
    """
    reader, day = summing(actor), until or parts.today()
    held = records(parts.store, reader)
    tracked = held.tracked
    tables = [_funnel_table("合计", funnel(tracked, None, since=since, until=day))]
    tables += [
        _funnel_table(f"按{label}", funnel(tracked, by, since=since, until=day))
        for by, label in DIMENSION_LABELS.items()
    ]
    rows = [_target_row(row) for row in _targets(parts, reader, held, day)]
    chart = Chart(names="任务", values=("目标值", "完成值"))
    return tables_book([*tables, SheetTable(title="目标与完成", headers=_TARGET_HEADERS, rows=rows, chart=chart)])


def _funnel_table(title: str, rows: Sequence[FunnelRow]) -> SheetTable:
    stages = tuple(str(DEAL_LABELS[stage]) for stage in STAGES)
    sums = tuple(f"{label}（万元）" for label in AMOUNT_LABELS.values())
    return SheetTable(
        title=title,
        headers=("分组", *stages, "婉拒", "未成", *sums),
        rows=[
            (
                row.group,
                *(row.reached[stage] for stage in STAGES),
                row.declined,
                row.failed,
                *(row.amounts[kind] for kind in Amount),
            )
            for row in rows
        ],
        chart=Chart(names="分组", values=("推荐", "应约", "会面", "签约")),
    )


_TARGET_HEADERS = ("任务", "指标", "起", "止", "责任部门", "地区", "目标值", "完成值", "完成率", "进度是否落后")


def _target_row(row: TargetRow) -> tuple[object, ...]:
    values = row.entry.values
    scope = "，".join(str(values[name]) for name in ("department", "region") if values.get(name))
    return (
        f"{values['indicator']}{f'（{scope}）' if scope else ''}",
        values["indicator"],
        values["from"],
        values["until"],
        values.get("department"),
        values.get("region"),
        row.target,
        row.done,
        round(row.done / row.target, 4) if row.target else None,
        "落后" if row.behind else "",
    )


def card_of(parts: Parts, actor: Actor, enterprise_id: str) -> BuyerCard:
    """Return a buyer's card: any caller may see it, and it names no other firm.

    :raises MatcherError: `not_found`, `forbidden`.
    """
    firm = parts.store.records.get_enterprise(actor, enterprise_id)
    held = records(parts.store, local_admin(actor.tenant), enterprise_id=enterprise_id).tracked
    mine = [one for one in held if one.deal.requester_id == enterprise_id]
    return buyer_card(mine, payment_record_of(parts.store, actor, firm, parts.today()))


def case_report(parts: Parts, actor: Actor, k: int, *, least_wan: float = 0.0) -> tuple[Case, ...]:
    """Return drafts of up to `k` cases, as different from each other as there are.

    :raises MatcherError: `forbidden` to all but the platform.
    """
    require_platform(actor, Scope.READ)
    held = records(parts.store, actor)
    return tuple(
        draft(
            one,
            held.firms[one.deal.requester_id],
            held.firms[one.deal.supplier_id],
            held.postings.get(one.deal.request_posting_id or ""),
            held.postings.get(one.deal.offer_posting_id or ""),
        )
        for one in pick(held.tracked, k, least_wan=least_wan)
        if {one.deal.requester_id, one.deal.supplier_id} <= held.firms.keys()
    )
