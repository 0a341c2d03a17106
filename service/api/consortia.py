"""Consortia and reserve plans over HTTP."""

from fastapi import APIRouter

from service.api.consortia_schemas import ConsortiumBody, ConsortiumOut, ReserveBody, ReserveOut
from service.deps import ActorDep, PartsDep
from service.usecases.consortia import build
from service.usecases.reserve import plan

router = APIRouter(prefix="/v1", tags=["政府采购"])


@router.post("/consortia", summary="组联合体：小微份额过门槛而契合度损失最小")
def post_consortium(body: ConsortiumBody, found: PartsDep, who: ActorDep) -> ConsortiumOut:
    """Return who does what, the price before and after, whom to add, and who could guarantee."""
    return ConsortiumOut.of(build(found, who, body.to_domain()))


@router.post("/reserve-plans", summary="预留份额计划：现状、缺口、每项的候选企业、建议再预留哪些")
def post_reserve_plan(body: ReserveBody, found: PartsDep, who: ActorDep) -> ReserveOut:
    """Return where a buyer's items stand and how to close the gap."""
    items = [item.to_domain() for item in body.items]
    made = plan(found, who, buyer_id=body.buyer_id, items=items, public=body.public, as_of=body.as_of, floor=body.floor)
    return ReserveOut.of(made)
