"""Idle capacity over HTTP: split an order, promise, see what is left, be told what ends unused."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service.api.capacity_schemas import (
    AllocationBody,
    AllocationOut,
    CommitmentOut,
    CommitmentsBody,
    EndingOut,
    FitOut,
    WindowOut,
)
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Identifier, Model
from service.deps import ActorDep, OnceDep, PartsDep
from service.usecases.allocations import split
from service.usecases.capacity import commit, endings, promises_on, windows_of
from service.usecases.capacity_fits import Fit, fits

router = APIRouter(prefix="/v1", tags=["闲置产能"])
postings = APIRouter(prefix="/v1/postings", tags=["闲置产能"])


class CommitmentsOut(Model):
    """记下的承诺"""

    items: list[CommitmentOut]


class WindowsOut(Model):
    """条目的各段空闲"""

    posting_id: str
    windows: list[WindowOut]


class FitsOut(Model):
    """能对上的条目，按契合排序"""

    items: list[FitOut]


class EndingsOut(Model):
    """提醒，先到期的在前"""

    items: list[EndingOut]


@router.post("/allocations", summary="把一个订单拆给几家闲置产能")
def post_allocation(body: AllocationBody, found: PartsDep, who: ActorDep) -> AllocationOut:
    """Return the split of an order that leaves least short, then costs least or fits best."""
    return AllocationOut.of(split(found, who, body.to_domain()))


@router.post("/commitments", summary="承诺产能：全部成立或全部不成立，不会超过空闲")
def post_commitments(body: CommitmentsBody, found: PartsDep, who: ActorDep, once: OnceDep) -> CommitmentsOut:
    """Keep promises; what they hold is no longer free for others."""

    def action() -> dict[str, Any]:
        kept = commit(found.store, who, [one.to_record() for one in body.items])
        return CommitmentsOut(items=[CommitmentOut.of(one) for one in kept]).model_dump(mode="json")

    return CommitmentsOut.model_validate(once.run(body.model_dump_json(), action))


@router.get("/commitments", summary="产能承诺列表")
def list_commitments(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    posting_id: Annotated[str | None, Query(max_length=128, description="只看这个条目的")] = None,
) -> PageOut[CommitmentOut]:
    """Return the promises the caller may see, by id."""
    page = found.store.capacity.list(who, posting_id=posting_id, after=cursor, limit=limit)
    return page_of([CommitmentOut.of(one) for one in page.items], page.next)


@router.get("/capacity/ending", summary="将过或已过而未用的空闲、过了答复期的预留")
def get_endings(
    found: PartsDep, who: ActorDep, days: Annotated[int, Query(ge=0, le=366, description="看今后几天")] = 14
) -> EndingsOut:
    """Return what ends unused: nothing lapses in silence."""
    told = endings(found.store, who, found.today(), within_days=days)
    return EndingsOut(items=[EndingOut.of(one) for one in told])


@postings.get("/{id:path}/capacity", summary="条目的空闲：总量、已承诺、剩余")
def get_capacity(id: Identifier, found: PartsDep, who: ActorDep) -> WindowsOut:
    """Return how each window of a posting stands today."""
    posting = found.store.records.get_posting(who, id)
    promised = promises_on(found.store, who, [id]).get(id, ())
    states = windows_of(posting, promised, found.today())
    return WindowsOut(posting_id=id, windows=[WindowOut.of(state) for state in states])


@postings.get("/{id:path}/capacity-fits", summary="能对上谁：闲置产能找订单，闲置资源与闲置产能互找")
def get_fits(
    id: Identifier, found: PartsDep, who: ActorDep, k: Annotated[int, Query(ge=1, le=200, description="返回条数")] = 10
) -> FitsOut:
    """Return the matches of a posting with how their windows meet."""
    return FitsOut(items=[_fit(one) for one in fits(found, who, id, k)])


def _fit(one: Fit) -> FitOut:
    posting, firm = one.match.posting, one.match.enterprise
    return FitOut(
        posting_id=posting.id,
        enterprise_id=firm.id,
        enterprise=firm.name,
        kind=posting.kind,
        title=posting.title,
        score=one.match.score,
        days=one.days,
        available=one.available,
        unit=one.unit,
        share=one.share,
        outcome=str(one.outcome),
        question=one.question,
    )
