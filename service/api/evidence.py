"""What hangs on firms and requests by way of deals: evidence, the buyer's catalogue, mutes, and 揭榜."""

from fastapi import APIRouter

from service.api.evidence_schemas import (
    ChallengeOut,
    EvidenceBody,
    EvidenceListOut,
    EvidenceOut,
    SelectionBody,
    SupplierOut,
    SuppliersOut,
)
from service.api.registers import Gone
from service.api.schemas import Identifier, Removed
from service.auth import Scope
from service.deps import ActorDep, PartsDep
from service.store.rights import require_own
from service.usecases.challenges import challenge, select_winners
from service.usecases.deal_views import catalogue

firms = APIRouter(prefix="/v1/enterprises", tags=["对接过程"])
postings = APIRouter(prefix="/v1/postings", tags=["对接过程"])


@firms.get("/{id:path}/evidence", summary="企业的佐证：答复与证书，有日期、出处和有效期")
def get_evidence(id: Identifier, found: PartsDep, who: ActorDep) -> EvidenceListOut:
    """Return a firm's evidence, to itself and the platform."""
    require_own(who, id, Scope.READ)
    held = found.store.records.get_enterprise(who, id).evidence
    return EvidenceListOut(items=[EvidenceOut.of(one) for one in held])


@firms.put("/{id:path}/evidence/{evidence_id}", summary="登记或更正一条佐证，以后的条件判断都会用到")
def put_evidence(
    id: Identifier, evidence_id: Identifier, body: EvidenceBody, found: PartsDep, who: ActorDep
) -> Removed:
    """Return the sequence number of the write."""
    return Removed(id=evidence_id, seq=found.store.records.add_evidence(who, id, [body.to_domain(evidence_id)]))


@firms.delete("/{id:path}/evidence/{evidence_id}", summary="删除一条佐证")
def delete_evidence(id: Identifier, evidence_id: Identifier, found: PartsDep, who: ActorDep) -> Removed:
    """Return the sequence number of the removal."""
    return Removed(id=evidence_id, seq=found.store.records.drop_evidence(who, id, evidence_id))


@firms.get("/{id:path}/suppliers", summary="供应商目录：经对接进入的供应商")
def get_suppliers(id: Identifier, found: PartsDep, who: ActorDep) -> SuppliersOut:
    """Return whom a buyer has taken on."""
    require_own(who, id, Scope.READ)
    rows = catalogue(found.store, who, id)
    return SuppliersOut(
        items=[
            SupplierOut(enterprise_id=one.supplier_id, deal_id=one.id, title=one.title, since=one.entered)
            for one in rows
        ]
    )


@firms.put("/{id:path}/muted/{other}", summary="不再接收某家企业的邀请；other 为 * 即全部")
def put_mute(id: Identifier, other: Identifier, found: PartsDep, who: ActorDep) -> Gone:
    """Keep a firm from being asked."""
    found.store.deals.mute(who, id, other=other)
    return Gone(id=other)


@firms.delete("/{id:path}/muted/{other}", summary="恢复接收邀请")
def delete_mute(id: Identifier, other: Identifier, found: PartsDep, who: ActorDep) -> Gone:
    """Let a firm be asked again."""
    found.store.deals.mute(who, id, other=other, muted=False)
    return Gone(id=other)


@postings.get("/{id:path}/challenge", summary="揭榜：榜单、尚缺内容、揭榜方与评分")
def get_challenge(id: Identifier, found: PartsDep, who: ActorDep) -> ChallengeOut:
    """Return a 榜; another firm sees only its own application."""
    return ChallengeOut.of(challenge(found, who, id))


@postings.post("/{id:path}/challenge", summary="评分与定榜：1 到 3 家中榜，其余结束")
def post_challenge(id: Identifier, body: SelectionBody, found: PartsDep, who: ActorDep) -> ChallengeOut:
    """Return a 榜 after scoring or selection."""
    return ChallengeOut.of(select_winners(found, who, id, scores=body.scores, winners=body.winners))
