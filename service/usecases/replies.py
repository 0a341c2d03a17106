"""What a small firm sees and says on its page: who asks, why it, what for, by when; yes or no, facts, corrections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from matcher.deals import Deal, DealSide, DealStage, Declined, Question, reached
from matcher.domain import Contact, Enterprise
from matcher.errors import MatcherError
from matcher.tracking.card import BuyerCard
from service.auth import local_admin
from service.deps import Parts
from service.usecases.deal_answers import answer_as
from service.usecases.deal_views import DealView, contacts, opened
from service.usecases.evidence import Answered, answer_questions, unanswered
from service.usecases.records import only, put_enterprises
from service.usecases.reply_link import Opened
from service.usecases.tracking import card_of

CORRECTABLE = ("profile", "industry", "region", "employees", "revenue_wan", "assets_wan")
SOURCE = "企业通过链接答复"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPage:
    """What the page shows: the deal with both firms, the buyer's card, open questions, whether it may answer, and
    whether it may still tell of its firm.
    """

    view: DealView
    side: DealSide
    own: Enterprise
    other: Enterprise
    card: BuyerCard
    questions: tuple[Question, ...]
    answerable: bool
    telling: bool
    muted: bool
    contacts: Mapping[str, tuple[Contact, ...]]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was sent from the page; None and empty where nothing was said. `corrections` are fields of the firm."""

    accept: bool | None = None
    declined: Declined | None = None
    note: str | None = field(default=None, repr=False)
    answers: Sequence[Answered] = ()
    corrections: Mapping[str, object] = field(default_factory=dict)
    contact: Contact | None = field(default=None, repr=False)
    mute: bool | None = None


def page_of(parts: Parts, found: Opened) -> ReplyPage:
    """Return what the link's page shows; nobody but the addressee is shown contacts, and only once both agreed."""
    deal, actor = found.deal, found.actor
    view = opened(parts, actor, deal.id)
    own, other = (view.supplier, view.requester) if found.side is DealSide.SUPPLIER else (view.requester, view.supplier)
    open_ = deal.stage is DealStage.RECOMMENDED and deal.ending is None
    both = {DealSide.REQUESTER, DealSide.SUPPLIER} <= set(deal.agreed) and deal.ending is None
    telling = _telling(deal)
    asked = telling and found.side is DealSide.SUPPLIER
    asks = set(unanswered(deal, own.evidence, parts.today())) if asked else set()
    buyer = view.requester
    return ReplyPage(
        view=view,
        side=found.side,
        own=own,
        other=other,
        card=card_of(parts, actor, buyer.id),
        questions=tuple(one for one in deal.questions if one.asked in asks),
        answerable=open_ and found.side not in deal.agreed,
        telling=telling,
        muted=own.id in parts.store.deals.muted(local_admin(actor.tenant), other.id),
        contacts=contacts(parts, actor, deal.id) if both else {},
        today=parts.today(),
    )


def _telling(deal: Deal) -> bool:
    return deal.ending is None and not reached(deal, DealStage.MET)


def reply_by_link(parts: Parts, found: Opened, said: Reply) -> Deal:
    """Return a deal after a reply from a link's page, which once the two have met may only say whom it bars.

    Whoever comes by an old link is not to rewrite a firm with it.
    :raises MatcherError: `deal_closed`, and what `reply` raises.
    """
    if not _telling(found.deal) and (said.answers or said.corrections or said.contact):
        message = "对接已结束或已进入会面及以后的阶段，不能再凭此链接答复核实或更正资料：请联系平台更正"
        raise MatcherError("deal_closed", message, id=found.deal.id)
    return reply(parts, found, said)


def reply(parts: Parts, found: Opened, said: Reply, *, source: str = SOURCE) -> Deal:
    """Return a deal after a reply: facts and corrections first, so that none is lost when the answer comes too late.

    :raises MatcherError: `bad_reply`, `bad_evidence`, `deal_closed`, and what writing a firm raises.
    """
    if said.accept is False and said.declined is None:
        raise MatcherError("bad_reply", "婉拒时请选一个原因")
    actor, deal = found.actor, found.deal
    if said.answers and found.side is DealSide.SUPPLIER:
        answer_questions(parts, actor, deal, said.answers, source=source)
    if said.corrections:
        _correct(parts, found, said.corrections)
    if said.contact is not None:
        own = actor.organisation or ""
        parts.store.records.put_contacts(actor, own, [said.contact], source=source)
    if said.mute is not None:
        other = deal.requester_id if found.side is DealSide.SUPPLIER else deal.supplier_id
        parts.store.deals.mute(actor, actor.organisation or "", other=other, muted=said.mute)
    if said.accept is None:
        return parts.store.deals.get(actor, deal.id)
    return answer_as(parts, actor, deal.id, found.side, declined=None if said.accept else said.declined, note=said.note)


def _correct(parts: Parts, found: Opened, corrections: Mapping[str, object]) -> None:
    own = found.actor.organisation or ""
    if strange := sorted(set(corrections) - set(CORRECTABLE)):
        raise MatcherError("bad_reply", f"不能更正 {'、'.join(strange)}；可更正：{'、'.join(CORRECTABLE)}")
    held = parts.store.records.get_enterprise(found.actor, own)
    changed = replace(held, **corrections)  # type: ignore[arg-type]
    if changed != held:
        only(put_enterprises(parts.store, found.actor, [changed]))
