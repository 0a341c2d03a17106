"""Rulings of the policy tables over HTTP."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter

from matcher.errors import MatcherError
from matcher.policy.bid import ALL_SIZES, Bid
from matcher.policy.coownership import Transfer, transfer_ruling
from matcher.policy.criteria import INDUSTRY, SIZE, indicators
from matcher.policy.cultivation import Level, cultivate, titles
from matcher.policy.payment import Contract, payment_ruling
from matcher.policy.procurement import is_public_buyer
from matcher.policy.size_class import size_class
from service.api.policy_schemas import (
    CultivationBody,
    CultivationOut,
    PaymentBody,
    PaymentRecordOut,
    ProcurementBody,
    ProcurementOut,
    RulingOut,
    SizeClassBody,
    SizeClassOut,
    TitleOut,
    TransferBody,
)
from service.api.schemas import Identifier
from service.deps import ActorDep, PartsDep
from service.usecases import procurement
from service.usecases.standing import Standing, firm_facts, payment_record_of

router = APIRouter(prefix="/v1/policy", tags=["政策"])
firms = APIRouter(prefix="/v1/enterprises", tags=["政策"])


@router.post("/size-class", summary="企业划型（工信部联企业〔2011〕300号）")
def post_size_class(body: SizeClassBody, found: PartsDep, who: ActorDep) -> SizeClassOut:
    """Return the size class, or every class still possible."""
    ruling = size_class(
        body.industry,
        employees=body.employees,
        revenue_wan=body.revenue_wan,
        assets_wan=body.assets_wan,
        as_of=body.as_of or found.today(),
    )
    return SizeClassOut.model_validate(ruling)


@router.post("/procurement", summary="政府采购：预留份额与价格扣除（按日期）")
def post_procurement(body: ProcurementBody, found: PartsDep, who: ActorDep) -> ProcurementOut:
    """Return where a plan stands and what a bid earns, on the day asked about and on the days to compare."""
    if not body.items and body.bid is None:
        raise MatcherError("bad_request", "请给出 items（采购项目）或 bid（投标）")
    day = body.as_of or found.today()
    first, *others = (_procured(body, found, who, each) for each in (day, *body.compare))
    return first.model_copy(update={"compared": dict(zip(map(str, body.compare), others, strict=True))})


def _procured(body: ProcurementBody, found: PartsDep, who: ActorDep, as_of: date) -> ProcurementOut:
    public = is_public_buyer(body.buyer) if body.public is None else body.public
    bid, known = (None, {}) if body.bid is None else _bid(body, found, who, as_of)
    answer = procurement.ask(
        [item.to_domain() for item in body.items],
        bid,
        as_of,
        public=public,
        price_wan=body.bid.price_wan if body.bid else None,
        known=known,
    )
    return ProcurementOut(
        reserve=[RulingOut.of(one) for one in answer.reserve],
        bid=RulingOut.of(answer.bid) if answer.bid else None,
        independence={id_: RulingOut.of(one) for id_, one in answer.independence.items()},
    )


def _bid(body: ProcurementBody, found: PartsDep, who: ActorDep, as_of: date) -> tuple[Bid, Mapping[str, Standing]]:
    assert body.bid is not None
    ids = [one.enterprise_id for one in body.bid.members if one.enterprise_id]
    return procurement.known_members(found.store, who, body.bid.to_domain(), ids, as_of)


@router.post("/cultivation", summary="梯度培育：达到哪一层级、还缺什么")
def post_cultivation(body: CultivationBody, found: PartsDep, who: ActorDep) -> CultivationOut:
    """Return how a firm stands for each level, from its record and from what the caller states."""
    day = body.as_of or found.today()
    known = {*indicators(), SIZE, INDUSTRY}
    if strange := sorted(set(body.facts) - known):
        raise MatcherError("unknown_indicator", f"没有 {'、'.join(strange)} 这些指标", valid=sorted(known))
    facts: dict[str, object] = {}
    held: list[TitleOut] = []
    if body.enterprise_id is not None:
        firm = found.store.records.get_enterprise(who, body.enterprise_id)
        facts = firm_facts(found.store, who, firm, day)
        held = [TitleOut.model_validate(one) for one in titles(firm.qualifications, day)]
    facts |= {name: value for name, value in body.facts.items() if value is not None}
    rulings = {level: cultivate(level, facts, day, review=body.review) for level in body.levels or Level}
    return CultivationOut(levels={str(level): RulingOut.of(one) for level, one in rulings.items()}, titles=held)


@router.post("/payment", summary="款项支付：期限、逾期与无效约定")
def post_payment(body: PaymentBody, found: PartsDep, who: ActorDep) -> RulingOut:
    """Return whether a contract's term stands, and how late the payment is."""
    contract = Contract(
        payer=body.payer,
        signed=body.signed,
        starts=body.starts,
        agreed_days=body.agreed_days,
        back_to_back=body.back_to_back,
        seller_sizes=frozenset(body.seller_sizes) & ALL_SIZES or ALL_SIZES,
        declared=body.declared,
    )
    return RulingOut.of(payment_ruling(contract, body.as_of or found.today()))


@router.post("/ip-transfer", summary="知识产权转化：共有人是否须同意、是否到期")
def post_ip_transfer(body: TransferBody, found: PartsDep, who: ActorDep) -> RulingOut:
    """Return whether a right may be passed on so, from a posting and from what the caller states."""
    held = dict(found.store.records.get_posting(who, body.posting_id).attributes) if body.posting_id else {}
    expires = body.expires or (date.fromisoformat(str(held["expires"])) if held.get("expires") else None)
    owned = {"共有": True, "独有": False}.get(str(held.get("ownership")))
    agreed = held.get("co_owners_agree")
    transfer = Transfer(
        mode=body.mode,
        exclusive=body.exclusive,
        shared=owned if body.shared is None else body.shared,
        agreed=(agreed if isinstance(agreed, bool) else None) if body.agreed is None else body.agreed,
        terms=body.terms or (str(held["benefit_terms"]) if held.get("benefit_terms") else None),
        expires=expires,
    )
    return RulingOut.of(transfer_ruling(transfer, body.as_of or found.today()))


@firms.get("/{id:path}/payment-record", summary="付款记录：欠款登记汇总与接单前的提醒")
def get_payment_record(id: Identifier, found: PartsDep, who: ActorDep) -> PaymentRecordOut:
    """Return what is known of a buyer's payments, for a small firm that is about to accept."""
    firm = found.store.records.get_enterprise(who, id)
    record = payment_record_of(found.store, who, firm, found.today())
    values = {name: getattr(record, name) for name in PaymentRecordOut.model_fields if name != "enterprise_id"}
    return PaymentRecordOut(enterprise_id=id, **values)
