"""Enterprises over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from matcher import domain
from matcher.domain import Party
from matcher.taxonomy import industry_code, region_code
from service.api.batches import BatchBody, BatchOut, run_batch
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Enterprise, EnterpriseBody, EnterpriseOut, Identifier, Removed, Written
from service.conditional import TAGGED, ExpectedDep, TagDep
from service.deps import ActorDep, OnceDep, PartsDep
from service.store import enterprise_version
from service.usecases import records

router = APIRouter(prefix="/v1", tags=["企业"])


def to_domain(id_: str, body: EnterpriseBody) -> domain.Enterprise:
    """Return the domain value of a request body."""
    fields = dict(body) | {"id": id_, "qualifications": tuple(item.to_domain() for item in body.qualifications)}
    return domain.Enterprise(**fields)


@router.put("/enterprises/{id:path}", summary="新建或更新企业")
def put(
    id: Identifier, body: EnterpriseBody, found: PartsDep, who: ActorDep, once: OnceDep, expected: ExpectedDep
) -> Written:
    """Create or replace an enterprise."""

    def action() -> dict[str, Any]:
        outcome = records.only(records.put_enterprises(found.store, who, [to_domain(id, body)], expected))
        assert outcome.written is not None
        return (
            Written.model_validate(outcome.written).model_copy(update={"warnings": list(outcome.warnings)}).model_dump()
        )

    return Written.model_validate(once.run(body.model_dump_json(), action))


@router.get("/enterprises/{id:path}", summary="查看企业", responses=TAGGED)
def get(id: Identifier, found: PartsDep, who: ActorDep, tag: TagDep) -> EnterpriseOut:
    """Return an enterprise with its computed size."""
    firm = found.store.records.get_enterprise(who, id)
    shown = _out(firm, found.store.records.computed_sizes(who, [id]))
    tag(enterprise_version(firm, shown.computed_size))
    return shown


@router.get("/enterprises", summary="企业列表")
def listed(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    name: Annotated[str | None, Query(max_length=100, description="名称包含")] = None,
    industry: Annotated[str | None, Query(max_length=64)] = None,
    region: Annotated[str | None, Query(max_length=64)] = None,
    party: Party | None = None,
) -> PageOut[EnterpriseOut]:
    """Return enterprises in id order."""
    page = found.store.records.list_enterprises(
        who,
        after=cursor,
        limit=limit,
        name=name,
        industry=industry_code(industry) if industry else None,
        region=region_code(region) if region else None,
        party=party,
    )
    sizes = found.store.records.computed_sizes(who, [firm.id for firm in page.items])
    return page_of([_out(firm, sizes) for firm in page.items], page.next)


@router.delete("/enterprises/{id:path}", summary="删除企业及其条目")
def delete(id: Identifier, found: PartsDep, who: ActorDep, once: OnceDep, expected: ExpectedDep) -> Removed:
    """Delete an enterprise with its postings and contacts."""
    removed = once.run("", lambda: {"id": id, "seq": found.store.records.delete_enterprise(who, id, expected=expected)})
    return Removed.model_validate(removed)


@router.post("/enterprises:batch", summary="批量写入企业（至多 1000 条，逐行返回结果）")
def batch(body: BatchBody, found: PartsDep, who: ActorDep, once: OnceDep) -> BatchOut:
    """Create or replace up to 1,000 enterprises; a bad row keeps no other out."""
    return run_batch(
        body,
        once,
        Enterprise,
        lambda item: to_domain(item.id, item),
        lambda rows: records.put_enterprises(found.store, who, rows),
    )


def _out(firm: domain.Enterprise, sizes: dict[str, domain.SizeClass]) -> EnterpriseOut:
    size = sizes.get(firm.id, domain.SizeClass.UNKNOWN)
    return EnterpriseOut.of(firm).model_copy(update={"computed_size": size})
