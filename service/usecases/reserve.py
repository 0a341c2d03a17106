"""A buyer's reserve: where its items stand, the gap, firms for each item, and which items to reserve to close it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.domain import Match, Posting, PostingKind, SizeClass, Status
from matcher.errors import MatcherError
from matcher.policy.bid import SMALL_MICRO, SME
from matcher.policy.procurement import Category, Item, Reserved, is_public_buyer, reserve_ruling, reserves
from matcher.policy.ruling import Ruling
from matcher.reserve_plan import Suggestion, suggest
from service.auth import Actor
from service.deps import Parts
from service.usecases.firm_fits import firm_fits
from service.usecases.standing import sizes_of_firm

_PAGE = 1000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Supplier:
    """A small or medium firm that fits an item, with the size classes its indicators leave open."""

    match: Match
    sizes: frozenset[SizeClass]


@dataclass(frozen=True, slots=True)
class Plan:
    """The items with the firms for each, the rulings as things stand, and the items to reserve further."""

    items: tuple[Item, ...]
    suppliers: Mapping[str, tuple[Supplier, ...]]
    rulings: tuple[Ruling, ...]
    suggestion: Suggestion


def plan(
    parts: Parts,
    actor: Actor,
    *,
    buyer_id: str | None,
    items: Sequence[Item] = (),
    public: bool | None = None,
    as_of: date | None = None,
    floor: float = 0.3,
) -> Plan:
    """Return the reserve plan of a buyer's published procurement postings, or of the items given.

    :raises MatcherError: `bad_plan` when there is no item, `not_found`, `no_rule_in_force`.
    """
    day = as_of or parts.today()
    postings: dict[str, Posting] = {}
    if buyer_id is not None:
        firm = parts.store.records.get_enterprise(actor, buyer_id)
        public = is_public_buyer(firm.party) if public is None else public
        postings = {one.title: one for one in _postings(parts, actor, buyer_id)}
    every = [*items, *(item for posting in postings.values() if (item := item_of(posting)) is not None)]
    if not every:
        raise MatcherError("bad_plan", "没有采购项目：请给出 items，或给出有已发布采购包（含类别与预算）的 buyer_id")
    found = {item.name: _suppliers(parts, actor, item, postings.get(item.name), day, floor) for item in every}
    best = {name: max(one.match.score for one in some) for name, some in _small(found).items() if some}
    return Plan(
        items=tuple(every),
        suppliers={name: some[:_SHOWN] for name, some in found.items()},
        rulings=tuple(reserve_ruling(one, public=public) for one in reserves(every, day)),
        suggestion=suggest(every, best, day),
    )


def _postings(parts: Parts, actor: Actor, buyer_id: str) -> Iterable[Posting]:
    page = parts.store.records.list_postings(
        actor, kind=PostingKind.PROCUREMENT, enterprise_id=buyer_id, status=Status.PUBLISHED, limit=_PAGE
    )
    return page.items


def item_of(posting: Posting) -> Item | None:
    """Return a procurement posting as an item, None when it names no category or budget."""
    held = posting.attributes
    category, budget = held.get("item_category"), held.get("budget_wan")
    if category not in list(Category) or not isinstance(budget, int | float) or isinstance(budget, bool):
        return None
    small = held.get("reserved_small_micro_pct")
    reserved = Reserved.NONE
    if held.get("reserved") is True:
        reserved = Reserved.SMALL_MICRO if small == 100 else Reserved.SME
    share = held.get("consortium_small_pct")
    if reserved is Reserved.NONE and held.get("consortium") is True and isinstance(share, int | float):
        return _item(posting, Category(str(category)), budget, Reserved.SMALL_MICRO, float(share))
    return _item(posting, Category(str(category)), budget, reserved, 100.0)


def _item(posting: Posting, category: Category, budget: float, reserved: Reserved, share: float) -> Item:
    reason = posting.attributes.get("unsuitable_reason")
    return Item(
        name=posting.title,
        category=category,
        budget_wan=float(budget),
        reserved=reserved,
        share_pct=share,
        exempt_reason=str(reason) if reason else None,
    )


def _suppliers(
    parts: Parts, actor: Actor, item: Item, posting: Posting | None, as_of: date, floor: float
) -> tuple[Supplier, ...]:
    text = None if posting else item.name
    fits = firm_fits(parts, actor, text=text, posting_id=posting.id if posting else None, k=50)
    found = (Supplier(one, sizes_of_firm(one.enterprise, as_of)) for one in fits.values() if one.score >= floor)
    return tuple(one for one in found if one.sizes & SME)


def _small(found: Mapping[str, Sequence[Supplier]]) -> dict[str, list[Supplier]]:
    return {name: [one for one in some if one.sizes <= SMALL_MICRO] for name, some in found.items()}
