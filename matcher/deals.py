"""A match as a process: 推荐 → 应约 → 会面 → 意向 → 签约 → 验收 → 供应商目录, with amounts apart and overdue alerts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from pydantic import TypeAdapter

from matcher.assets import asset
from matcher.errors import MatcherError


class DealStage(StrEnum):
    """Stages in order; labels, also of endings and sides, in `DEAL_LABELS`."""

    RECOMMENDED = "recommended"
    ACCEPTED = "accepted"
    MET = "met"
    INTENDED = "intended"
    SIGNED = "signed"
    DELIVERED = "delivered"
    LISTED = "listed"


class Ending(StrEnum):
    """How a deal may end before its last stage."""

    DECLINED = "declined"
    FAILED = "failed"


class DealSide(StrEnum):
    """Who speaks in a deal."""

    REQUESTER = "requester"
    SUPPLIER = "supplier"
    PLATFORM = "platform"


class Declined(StrEnum):
    """Why a firm says no."""

    BUSY = "产能已满"
    UNABLE = "做不了"
    PRICE = "价格不合适"
    TIME = "时间来不及"
    TERMS = "付款条件不合适"
    FAR = "距离太远"
    NOT_NOW = "暂不考虑"
    OTHER = "其他"


class Amount(StrEnum):
    """Sums kept apart, in 万元: what is intended, what was signed, what has arrived so far."""

    INTENDED = "intended"
    SIGNED = "signed"
    PAID = "paid"


DEAL_LABELS: Mapping[StrEnum, str] = MappingProxyType(
    {
        DealStage.RECOMMENDED: "推荐",
        DealStage.ACCEPTED: "应约",
        DealStage.MET: "会面",
        DealStage.INTENDED: "意向",
        DealStage.SIGNED: "签约",
        DealStage.DELIVERED: "验收",
        DealStage.LISTED: "进入供应商目录",
        Ending.DECLINED: "婉拒",
        Ending.FAILED: "未成",
        DealSide.REQUESTER: "需求方",
        DealSide.SUPPLIER: "供给方",
        DealSide.PLATFORM: "平台",
    }
)
AMOUNT_LABELS: Mapping[Amount, str] = MappingProxyType(
    {Amount.INTENDED: "意向金额", Amount.SIGNED: "签约金额", Amount.PAID: "到账金额"}
)
STAGES = tuple(DealStage)
_SAME = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something still 待核实: the condition in words, whether it excludes, and what to ask the supplier."""

    asked: str
    question: str
    hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One match on its way. `entered` is the day it came into its stage; `told` holds each amount by who told it.

    Without postings it was arranged outside (`title` says what about). `due` is when delivery is agreed, `answer_by`
    when the supplier should have answered.
    """

    id: str
    requester_id: str
    supplier_id: str
    title: str
    entered: date
    request_posting_id: str | None = None
    offer_posting_id: str | None = None
    list_id: str | None = None
    stage: DealStage = DealStage.RECOMMENDED
    ending: Ending | None = None
    reason: str | None = None
    department: str | None = None
    contract: str | None = None
    answer_by: date | None = None
    due: date | None = None
    agreed: tuple[DealSide, ...] = ()
    consents: tuple[DealSide, ...] = ()
    why: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    told: Mapping[Amount, Mapping[DealSide, float]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    link: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one side tells of a deal: the stage it reached or how it ended, on which day, and sums in 万元 so far.

    `correct` takes a deal back to an earlier stage, or opens one that ended.
    """

    by: DealSide
    on: date
    stage: DealStage | None = None
    ending: Ending | None = None
    reason: str | None = None
    amounts: Mapping[Amount, float] = field(default_factory=dict)
    contract: str | None = None
    due: date | None = None
    note: str | None = field(default=None, repr=False)
    correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A deal that rests too long: since when, how many days over, and who is waited for."""

    deal: Deal
    text: str
    waits_for: DealSide
    due: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    stage: DealStage
    days: int
    waits_for: DealSide
    text: str


@lru_cache(maxsize=1)
def _limits() -> Mapping[DealStage, _Limit]:
    rows = tomllib.loads(asset("data", "process", "deals.toml").read_text(encoding="utf-8"))["limit"]
    return {one.stage: one for one in TypeAdapter(tuple[_Limit, ...]).validate_python(rows)}


def reached(deal: Deal, stage: DealStage) -> bool:
    """Return whether a deal got as far as a stage, however it ended."""
    return STAGES.index(deal.stage) >= STAGES.index(stage)


def answered(deal: Deal, by: DealSide, on: date, *, reason: str | None = None) -> Deal:
    """Return the deal after a side agreed to it, or declined when there is a `reason`; agreed by both it is 应约.

    :raises MatcherError: `deal_closed` when it has ended or is past the answer.
    """
    if deal.ending is not None or deal.stage is not DealStage.RECOMMENDED:
        raise MatcherError("deal_closed", f"这次对接已处于“{state_label(deal)}”，不能再答复", id=deal.id)
    if reason is not None:
        return replace(deal, ending=Ending.DECLINED, reason=reason, entered=on)
    agreed = tuple(dict.fromkeys((*deal.agreed, by)))
    both = {DealSide.REQUESTER, DealSide.SUPPLIER} <= set(agreed)
    moved = replace(deal, agreed=agreed)
    return replace(moved, stage=DealStage.ACCEPTED, entered=on) if both else moved


def reported(deal: Deal, told: Report) -> Deal:
    """Return the deal after a report. A stage reached implies those before; telling the same again changes nothing.

    A stage that both sides tell is entered on the earlier of the two days; one that is past moves nothing. Only the
    platform corrects, and says why.
    :raises MatcherError: `bad_deal`, `deal_closed`.
    """
    amounts = {key: dict(value) for key, value in deal.told.items()}
    for kind, sum_ in told.amounts.items():
        amounts.setdefault(kind, {})[told.by] = sum_
    found = replace(deal, told=amounts, contract=told.contract or deal.contract, due=told.due or deal.due)
    if told.ending is not None:
        return _ended(found, told)
    return found if told.stage is None else _moved(found, told, told.stage)


def _ended(deal: Deal, told: Report) -> Deal:
    if not told.reason:
        raise MatcherError("bad_deal", "结束对接时请说明原因", id=deal.id)
    if deal.ending is not None and deal.ending is not told.ending:
        raise MatcherError("deal_closed", f"这次对接已是“{state_label(deal)}”", id=deal.id)
    if reached(deal, DealStage.DELIVERED):
        raise MatcherError("bad_deal", "已验收的对接不能再记为婉拒或未成", id=deal.id)
    return replace(deal, ending=told.ending, reason=told.reason, entered=told.on)


def _moved(deal: Deal, told: Report, stage: DealStage) -> Deal:
    if told.correct:
        if told.by is not DealSide.PLATFORM or not told.note:
            raise MatcherError("bad_deal", "退回较早的环节或重新打开由平台办理，并在备注中说明原因", id=deal.id)
        return replace(deal, stage=stage, ending=None, reason=None, entered=told.on)
    past = STAGES.index(stage) - STAGES.index(deal.stage)
    if past > 0 and deal.ending:
        raise MatcherError("deal_closed", f"这次对接已是“{state_label(deal)}”，须由平台重新打开", id=deal.id)
    if past > 0:
        return replace(deal, stage=stage, agreed=(DealSide.REQUESTER, DealSide.SUPPLIER), entered=told.on)
    return replace(deal, entered=min(deal.entered, told.on)) if past == 0 and not deal.ending else deal


def state_label(deal: Deal) -> str:
    """Return the Chinese name of where a deal stands."""
    return DEAL_LABELS[deal.ending or deal.stage]


def amount(deal: Deal, kind: Amount) -> float | None:
    """Return a sum in 万元: the platform's word, else what the sides tell, the smaller where they differ."""
    told = deal.told.get(kind, {})
    if DealSide.PLATFORM in told:
        return told[DealSide.PLATFORM]
    return min(told.values(), default=None)


def conflicts(deal: Deal) -> tuple[str, ...]:
    """Return in words which sums the two sides tell differently; the platform's word settles it."""
    found = []
    for kind, told in deal.told.items():
        both = told.get(DealSide.REQUESTER), told.get(DealSide.SUPPLIER)
        if (
            DealSide.PLATFORM not in told
            and both[0] is not None
            and both[1] is not None
            and abs(both[0] - both[1]) > _SAME
        ):
            found.append(f"{AMOUNT_LABELS[kind]}：需求方报 {both[0]:g} 万元，供给方报 {both[1]:g} 万元")
    return tuple(found)


def alert(deal: Deal, as_of: date, *, payment_days: int | None = None) -> Alert | None:
    """Return the alert of a deal on a day: one day past its limit at the earliest, None while it is in time.

    The limit is `answer_by`, `due` or the stage's own; `payment_days` is the legal term of payment after 验收.
    """
    limit = _limits().get(deal.stage)
    if deal.ending is not None or limit is None or _paid(deal):
        return None
    days = payment_days if deal.stage is DealStage.DELIVERED and payment_days is not None else limit.days
    stated = {DealStage.RECOMMENDED: deal.answer_by, DealStage.SIGNED: deal.due}.get(deal.stage)
    last = stated or deal.entered + timedelta(days=days)
    if as_of <= last:
        return None
    waits = limit.waits_for
    if deal.stage is DealStage.RECOMMENDED and DealSide.SUPPLIER in deal.agreed:
        waits = DealSide.REQUESTER
    return Alert(deal=deal, text=limit.text, waits_for=waits, due=last, days=(as_of - last).days)


def _paid(deal: Deal) -> bool:
    signed, paid = amount(deal, Amount.SIGNED), amount(deal, Amount.PAID)
    return deal.stage is DealStage.DELIVERED and signed is not None and paid is not None and paid >= signed - _SAME
