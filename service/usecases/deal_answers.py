"""What the sides of a deal say: yes or no, how far it got, sums, and whether it may be told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from matcher.deals import (
    DEAL_LABELS,
    Deal,
    DealSide,
    DealStage,
    Declined,
    Ending,
    Report,
    answered,
    reached,
    reported,
)
from matcher.errors import MatcherError
from matcher.outcomes import OutcomeStage
from service.auth import Actor, Scope, local_admin
from service.deps import Parts
from service.store import NewOutcome, Step
from service.store.rights import require_platform

_LEARNT: Mapping[DealStage, OutcomeStage] = {
    DealStage.ACCEPTED: OutcomeStage.CONTACTED,
    DealStage.MET: OutcomeStage.MET,
    DealStage.SIGNED: OutcomeStage.SIGNED,
}


def side_of(actor: Actor, deal: Deal) -> DealSide:
    """Return for whom an actor speaks in a deal; a platform's own people speak for the platform."""
    if actor.platform:
        return DealSide.PLATFORM
    return DealSide.REQUESTER if actor.organisation == deal.requester_id else DealSide.SUPPLIER


def answer(parts: Parts, actor: Actor, id_: str, *, declined: Declined | None = None, note: str | None = None) -> Deal:
    """Return a deal after its viewer's side took it up, or declined for a reason.

    :raises MatcherError: `not_found`, `deal_closed`, `forbidden` for the platform, which answers for nobody.
    """
    deal = parts.store.deals.get(actor, id_)
    side = side_of(actor, deal)
    if side is DealSide.PLATFORM:
        raise MatcherError("forbidden", "是否应约由双方企业答复：平台可发答复链接，或导入答复表")
    return answer_as(parts, actor, id_, side, declined=declined, note=note)


def answer_or_decline(
    parts: Parts, actor: Actor, id_: str, accept: bool, reason: Declined | None, note: str | None
) -> Deal:
    """Return a deal after a plain yes, or a no with its reason.

    :raises MatcherError: `bad_reply` for a no without a reason or a yes with one, and what `answer` raises.
    """
    if accept == (reason is not None):
        raise MatcherError("bad_reply", "婉拒时请选一个原因，接受时不填原因", reasons=list(Declined))
    return answer(parts, actor, id_, declined=reason, note=note)


def answer_as(
    parts: Parts, actor: Actor, id_: str, side: DealSide, *, declined: Declined | None = None, note: str | None = None
) -> Deal:
    """Return a deal after a side answered; for the platform, which hands on what it was told.

    :raises MatcherError: `not_found`, `deal_closed`.
    """
    today, reason = parts.today(), str(declined) if declined else None
    step = Step(
        action="婉拒" if declined else "同意对接",
        on=today,
        note=note,
        values={"side": side.value} | ({"reason": reason} if reason else {}),
    )
    deal = parts.store.deals.change(actor, id_, lambda held: answered(held, side, today, reason=reason), step)
    _teach(parts, actor, deal, against=declined is Declined.UNABLE)
    return deal


def report(parts: Parts, actor: Actor, id_: str, told: Report) -> Deal:
    """Return a deal after what was told of it, by whichever side `told.by` is.

    :raises MatcherError: `not_found`, `bad_deal`, `deal_closed`, `forbidden` for speaking for another side.
    """
    deal = parts.store.deals.get(actor, id_)
    if told.by is not side_of(actor, deal) and not actor.platform:
        raise MatcherError("forbidden", "只能以本企业一方填报")
    check_day(told.on, parts.today())
    values: dict[str, object] = {
        "side": told.by.value,
        "amounts": {kind.value: sum_ for kind, sum_ in told.amounts.items()},
    }
    values |= {key: value for key, value in (("contract", told.contract), ("reason", told.reason)) if value}
    label = told.ending or told.stage
    action = f"记为{DEAL_LABELS[label]}" if label else "更新金额"
    step = Step(action=action, on=told.on, note=told.note, values=values, stage=label)
    found = parts.store.deals.change(actor, id_, lambda held: reported(held, told), step)
    _teach(parts, actor, found, against=told.ending is Ending.FAILED)
    return found


def check_day(on: date, today: date) -> None:
    """Check that something happened today or before.

    :raises MatcherError: `bad_deal`.
    """
    if on > today:
        raise MatcherError("bad_deal", f"日期 {on} 晚于今天：请填实际发生的日期")


def _teach(parts: Parts, actor: Actor, deal: Deal, *, against: bool = False) -> None:
    """Tell the ranking how far a match got; the same twice adds nothing."""
    learnt = [outcome for stage, outcome in _LEARNT.items() if reached(deal, stage) and deal.ending is None]
    stage = OutcomeStage.FAILED if against else learnt[-1] if learnt else None
    if stage is None or deal.list_id is None or deal.offer_posting_id is None:
        return
    parts.shown.flush()
    platform = replace(local_admin(actor.tenant), user=actor.user)
    told = NewOutcome(posting_id=deal.offer_posting_id, stage=stage, list_id=deal.list_id)
    parts.store.feedback.record_outcome(platform, told)


def consent(parts: Parts, actor: Actor, id_: str, *, agrees: bool) -> Deal:
    """Return a deal after its viewer's side agreed that it be told as a case, or took that back.

    :raises MatcherError: `not_found`, `forbidden` for the platform, which consents for nobody.
    """
    side = side_of(actor, parts.store.deals.get(actor, id_))
    if side is DealSide.PLATFORM:
        raise MatcherError("forbidden", "是否同意宣传由双方企业各自决定")

    def told(held: Deal) -> Deal:
        others = tuple(one for one in held.consents if one is not side)
        return replace(held, consents=tuple(sorted((*others, side))) if agrees else others)

    step = Step(action="同意作为案例宣传" if agrees else "撤回宣传同意", on=parts.today(), values={"side": side.value})
    return parts.store.deals.change(actor, id_, told, step)


def assign(parts: Parts, actor: Actor, id_: str, department: str) -> Deal:
    """Return a deal after the platform gave it to a responsible department.

    :raises MatcherError: `not_found`, `forbidden`.
    """
    require_platform(actor, Scope.WRITE)
    step = Step(action="指定责任部门", on=parts.today(), values={"department": department})
    return parts.store.deals.change(actor, id_, lambda held: replace(held, department=department), step)
