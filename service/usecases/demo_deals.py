"""The deals of the demo, told step by step from the day it is loaded."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter

from matcher.deals import DEAL_LABELS, Deal, DealSide, Report, reported
from matcher.domain import Evidence
from service.auth import Actor
from service.store import Step, Store

_BEGAN = timedelta(days=5)
_REPORT = TypeAdapter(Report)
_EVIDENCE = TypeAdapter(tuple[Evidence, ...])


def put_deals(store: Store, actor: Actor, rows: Iterable[dict[str, Any]], today: date) -> int:
    """Return how many deals were made; those that are there stay as they are, with the days on which they happened."""
    held = {one.id for one in store.deals.list(actor, limit=1000).items}
    made = [row for row in rows if row["id"] not in held]
    for row in made:
        _put(store, actor, row, today)
    return len(made)


def _put(store: Store, actor: Actor, row: dict[str, Any], today: date) -> None:
    request, offer = (store.records.get_posting(actor, row[name]) for name in ("request", "offer"))
    steps = [_REPORT.validate_python(step) for step in row["steps"]]
    first = min((step.on for step in steps), default=today)
    began = date.fromisoformat(row["began"]) if "began" in row else first - _BEGAN if steps else today - _BEGAN
    deal = Deal(
        id=row["id"],
        requester_id=request.enterprise_id,
        supplier_id=offer.enterprise_id,
        title=request.title,
        entered=began,
        request_posting_id=request.id,
        offer_posting_id=offer.id,
        department=row.get("department"),
        agreed=(DealSide.REQUESTER,),
        consents=tuple(DealSide(side) for side in row.get("consents", ())),
        scores=row.get("scores", {}),
    )
    store.deals.create(actor, [deal], Step(action="推荐", on=began))
    for told in steps:
        label = told.ending or told.stage
        values = {"side": told.by.value, "amounts": {kind.value: sum_ for kind, sum_ in told.amounts.items()}}
        step = Step(action=f"记为{DEAL_LABELS[label]}" if label else "更新金额", on=told.on, values=values, stage=label)
        store.deals.change(actor, deal.id, _apply(told), step)
    if evidence := _EVIDENCE.validate_python(row.get("evidence", ())):
        store.records.add_evidence(actor, deal.supplier_id, evidence)


def _apply(told: Report) -> Callable[[Deal], Deal]:
    return lambda held: reported(held, told)
