"""Deals as their viewers may see them, which of them rest too long, and whom a buyer has taken on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from matcher.deals import DEAL_LABELS, Alert, Deal, DealSide, DealStage, Ending, alert
from matcher.domain import Contact, Enterprise, Posting, SizeClass
from matcher.errors import MatcherError
from matcher.policy.payment import payer_of, term_days, term_rule
from service.auth import Actor, local_admin
from service.deps import Parts
from service.store import Store
from service.store.rows import every


@dataclass(frozen=True, slots=True, kw_only=True)
class DealView:
    """A deal as its viewer may see it now: both postings, whole once both sides agreed, and both firms."""

    deal: Deal
    requester: Enterprise
    supplier: Enterprise
    request: Posting | None
    offer: Posting | None


def opened(parts: Parts, actor: Actor, id_: str) -> DealView:
    """Return a deal as its viewer may see it: another's `matched` posting whole once both sides agreed.

    What of the other side was shown beyond its public part is kept in the log of disclosures.
    :raises MatcherError: `not_found`.
    """
    deal = parts.store.deals.get(actor, id_)
    store, both = parts.store, _both(deal)
    reader = local_admin(actor.tenant) if both else actor
    wanted = [one for one in (deal.request_posting_id, deal.offer_posting_id) if one]
    postings = store.records.postings_by_id(reader, wanted)
    firms = store.records.enterprises_by_id(actor, [deal.requester_id, deal.supplier_id])
    if both and not actor.platform:
        hidden = store.records.postings_by_id(actor, wanted)
        for one in postings.values():
            if hidden.get(one.id) != one:
                store.deals.disclose(actor, id_, what="详情", about=one.enterprise_id)
    return DealView(
        deal=deal,
        requester=firms.get(deal.requester_id) or _gone(deal.requester_id),
        supplier=firms.get(deal.supplier_id) or _gone(deal.supplier_id),
        request=postings.get(deal.request_posting_id or ""),
        offer=postings.get(deal.offer_posting_id or ""),
    )


CONTACTS = "联系方式"


def _gone(id_: str) -> Enterprise:
    return Enterprise(id=id_, name="（已删除的企业）")


def _both(deal: Deal) -> bool:
    return {DealSide.REQUESTER, DealSide.SUPPLIER} <= set(deal.agreed)


def contacts(parts: Parts, actor: Actor, id_: str) -> Mapping[str, tuple[Contact, ...]]:
    """Return the other side's contacts (both sides' for the platform) by enterprise id, once both agreed; it is logged.

    :raises MatcherError: `not_found`, `not_disclosed` before.
    """
    deal = parts.store.deals.get(actor, id_)
    if not _both(deal) or deal.ending is Ending.DECLINED:
        waits = [DEAL_LABELS[one] for one in (DealSide.REQUESTER, DealSide.SUPPLIER) if one not in deal.agreed]
        message = f"双方同意后才提供联系方式；尚待{'、'.join(waits)}同意" if waits else "对接已婉拒，不提供联系方式"
        raise MatcherError("not_disclosed", message, id=id_)
    others = [one for one in (deal.requester_id, deal.supplier_id) if one != actor.organisation]
    for one in others:
        parts.store.deals.disclose(actor, id_, what=CONTACTS, about=one)
    return {one: parts.store.records.contacts(local_admin(actor.tenant), one) for one in others}


def overdue(parts: Parts, actor: Actor, *, as_of: date | None = None, department: str | None = None) -> list[Alert]:
    """Return the deals that rest too long, the longest first; 验收 waits for payment by the legal term of the payer.

    :raises MatcherError: `forbidden`.
    """
    day = as_of or parts.today()
    held = all_deals(parts.store, actor, open_only=True, department=department)
    delivered = {one.requester_id for one in held if one.stage is DealStage.DELIVERED}
    days = _payment_days(parts.store, actor, delivered, day)
    found = (alert(one, day, payment_days=days.get(one.requester_id)) for one in held)
    return sorted((one for one in found if one), key=lambda one: (-one.days, one.deal.id))


def _payment_days(store: Store, actor: Actor, firms: set[str], day: date) -> Mapping[str, int]:
    known = store.records.enterprises_by_id(actor, firms)
    sizes = store.records.computed_sizes(actor, firms)
    found: dict[str, int] = {}
    for id_, firm in known.items():
        payer = payer_of(firm.party, sizes.get(id_, SizeClass.UNKNOWN))
        days = term_days(term_rule(payer, day), None) if payer else None
        if days is not None:
            found[id_] = days
    return found


def all_deals(
    store: Store,
    actor: Actor,
    *,
    open_only: bool = False,
    department: str | None = None,
    request_posting_id: str | None = None,
    enterprise_id: str | None = None,
) -> list[Deal]:
    """Return every deal the actor may see, by id.

    :raises MatcherError: `forbidden`.
    """
    pages = every(
        lambda after, limit: store.deals.list(
            actor,
            after=after,
            limit=limit,
            open_only=open_only,
            department=department,
            request_posting_id=request_posting_id,
            enterprise_id=enterprise_id,
        )
    )
    return list(pages)


def catalogue(store: Store, actor: Actor, enterprise_id: str) -> tuple[Deal, ...]:
    """Return the deals by which firms came into a buyer's 供应商目录, one for each supplier.

    :raises MatcherError: `forbidden`.
    """
    listed = (
        one
        for one in all_deals(store, actor, enterprise_id=enterprise_id)
        if one.stage is DealStage.LISTED and one.ending is None and one.requester_id == enterprise_id
    )
    return tuple({one.supplier_id: one for one in listed}.values())


def names_in(parts: Parts, actor: Actor, deals: Iterable[Deal]) -> Mapping[str, str]:
    """Return the names of the firms of some deals by id; one that is gone goes by its id."""
    ids = {id_ for one in deals for id_ in (one.requester_id, one.supplier_id)}
    found = parts.store.records.enterprises_by_id(actor, ids)
    return {id_: found[id_].name if id_ in found else id_ for id_ in ids}
