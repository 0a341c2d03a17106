"""Postings over HTTP."""

from typing import Any

from fastapi import APIRouter

from matcher import domain
from matcher.domain import PostingKind, Status
from service.api.batches import BatchBody, BatchOut, run_batch
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Identifier, Posting, PostingBody, Removed, Written
from service.conditional import TAGGED, ExpectedDep, TagDep
from service.deps import ActorDep, OnceDep, PartsDep
from service.store import version_of
from service.usecases import records

router = APIRouter(prefix="/v1", tags=["供需条目"])


def to_domain(id_: str, body: PostingBody) -> domain.Posting:
    """Return the domain value of a request body."""
    fields = dict(body) | {
        "id": id_,
        "keywords": tuple(body.keywords),
        "conditions": tuple(item.to_domain() for item in body.conditions),
        "windows": tuple(item.to_domain() for item in body.windows),
    }
    return domain.Posting(**fields)


@router.put("/postings/{id:path}", summary="新建或更新条目")
def put(
    id: Identifier, body: PostingBody, found: PartsDep, who: ActorDep, once: OnceDep, expected: ExpectedDep
) -> Written:
    """Create or replace a posting."""

    def action() -> dict[str, Any]:
        outcome = records.only(records.put_postings(found.store, who, [to_domain(id, body)], expected))
        assert outcome.written is not None
        return (
            Written.model_validate(outcome.written).model_copy(update={"warnings": list(outcome.warnings)}).model_dump()
        )

    return Written.model_validate(once.run(body.model_dump_json(), action))


@router.get("/postings/{id:path}", summary="查看条目", responses=TAGGED)
def get(id: Identifier, found: PartsDep, who: ActorDep, tag: TagDep) -> Posting:
    """Return a posting, whole or its public part."""
    posting = found.store.records.get_posting(who, id)
    tag(version_of(posting))
    return Posting.of(posting)


@router.get("/postings", summary="条目列表")
def listed(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    kind: PostingKind | None = None,
    enterprise_id: str | None = None,
    status: Status | None = None,
) -> PageOut[Posting]:
    """Return postings in id order."""
    page = found.store.records.list_postings(
        who, after=cursor, limit=limit, kind=kind, enterprise_id=enterprise_id, status=status
    )
    return page_of([Posting.of(posting) for posting in page.items], page.next)


@router.delete("/postings/{id:path}", summary="删除条目")
def delete(id: Identifier, found: PartsDep, who: ActorDep, once: OnceDep, expected: ExpectedDep) -> Removed:
    """Delete a posting."""
    removed = once.run("", lambda: {"id": id, "seq": found.store.records.delete_posting(who, id, expected=expected)})
    return Removed.model_validate(removed)


@router.post("/postings:batch", summary="批量写入条目（至多 1000 条，逐行返回结果）")
def batch(body: BatchBody, found: PartsDep, who: ActorDep, once: OnceDep) -> BatchOut:
    """Create or replace up to 1,000 postings; a bad row keeps no other out."""
    return run_batch(
        body,
        once,
        Posting,
        lambda item: to_domain(item.id, item),
        lambda rows: records.put_postings(found.store, who, rows),
    )
