"""Build a consortium for a lot: who does what, what the price becomes, whom to add, who guarantees."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher import consortium as bidding
from matcher.consortium import Candidate, Consortium, Lot, Package, additions, form
from matcher.domain import Match, Posting, PostingKind, SizeClass, Status
from matcher.errors import MatcherError
from matcher.policy.bid import SMALL_MICRO, Bid, Form, Member, Part, deduction_ruling, rule_of
from matcher.policy.guarantee import Guarantor, guarantee_ruling, guarantors
from matcher.policy.procurement import Category, is_public_buyer
from matcher.policy.ruling import Ruling
from service.auth import Actor
from service.deps import Parts
from service.usecases.firm_fits import firm_fits
from service.usecases.standing import Standing, standings

_PACKAGE = re.compile(r"^(?P<name>.+?)[\s:：,，]*(?P<amount>\d+(?:\.\d+)?)\s*万?元?$")
_WHOLE = "全部"
_GATE = 30.0
_MOST_PRODUCTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A lot and its lead: a procurement posting, or a category with packages (name, 万元, divisible) by text.

    `lead_fit` stands in where the lead has no posting that matches. `members` are present already: then those to add are
    looked for. `strict` counts only firms whose independence of large firms is established.
    """

    lead_id: str
    posting_id: str | None = None
    category: Category | None = None
    packages: tuple[Package, ...] = ()
    members: tuple[str, ...] = ()
    most: int = 3
    lead_fit: float | None = None
    floor: float = 0.3
    price_wan: float | None = None
    public: bool | None = None
    strict: bool = False
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A consortium with its effect: rulings before (the lead alone) and after, whom to add, who could guarantee."""

    lot: Lot
    price_wan: float
    consortium: Consortium | None
    before: Ruling
    after: Ruling | None
    additions: tuple[Consortium, ...]
    guarantee: Ruling
    guarantors: tuple[Guarantor, ...]
    names: Mapping[str, str]
    sizes: Mapping[str, frozenset[SizeClass]]
    open: Mapping[str, tuple[str, ...]]


def build(parts: Parts, actor: Actor, wanted: Wanted) -> Built:
    """Return the consortium that passes the gate with the least loss of fit.

    :raises MatcherError: `bad_lot` naming what is missing, `not_found`, `no_rule_in_force`.
    """
    as_of = wanted.as_of or parts.today()
    posting = parts.store.records.get_posting(actor, wanted.posting_id) if wanted.posting_id else None
    category, packages = _lot(wanted, posting)
    fits = {package.name: _fits(parts, actor, wanted, posting, package) for package in packages}
    lead = parts.store.records.get_enterprise(actor, wanted.lead_id)
    known = {lead.id: lead.name} | {id_: one.enterprise.name for found in fits.values() for id_, one in found.items()}
    held = standings(parts.store, actor, sorted(known), as_of)
    gate = rule_of(Form.CONSORTIUM, category, as_of)
    lot = Lot(
        packages=packages,
        lead=_lead(wanted, fits, held),
        most=wanted.most,
        gate_pct=gate.gate_pct if gate and gate.gate_pct is not None else _GATE,
    )
    candidates = tuple(_candidates(wanted, fits, held))
    made = form(replace(lot, required=frozenset(wanted.members)), candidates)
    public = _public(parts, actor, wanted, posting)
    price = wanted.price_wan or lot.total_wan
    return Built(
        lot=lot,
        price_wan=price,
        consortium=made,
        before=_ruling(lot, _alone(lot), held, category, price, public, as_of),
        after=_ruling(lot, made, held, category, price, public, as_of) if made else None,
        additions=additions(lot, candidates, wanted.members, 3),
        guarantee=guarantee_ruling(price, as_of),
        guarantors=_guarantors(parts, actor, price, as_of),
        names=known,
        sizes={id_: one.sizes for id_, one in held.items()},
        open={id_: tuple(_open(one)) for id_, one in held.items()},
    )


def _lot(wanted: Wanted, posting: Posting | None) -> tuple[Category, tuple[Package, ...]]:
    """Return what is bought and its packages: the caller's, the posting's 标段, or the whole as one that may be divided."""
    stated = posting.attributes.get("item_category") if posting else None
    category = wanted.category or (Category(str(stated)) if stated else None)
    packages = wanted.packages or tuple(_packages(posting))
    if category is None or not packages or not all(package.amount_wan > 0 for package in packages):
        message = "请给出采购类别（货物、服务或工程）与金额：采购包的预算金额，或各标段的名称与金额"
        raise MatcherError("bad_lot", message, posting_id=wanted.posting_id)
    return category, packages


def _packages(posting: Posting | None) -> Iterator[Package]:
    if posting is None:
        return
    stated = posting.attributes.get("packages")
    for item in stated if isinstance(stated, list | tuple) else ():
        if read := _PACKAGE.match(str(item)):
            yield Package(name=read["name"], amount_wan=float(read["amount"]))
    budget = posting.attributes.get("budget_wan")
    if not stated and isinstance(budget, int | float):
        yield Package(name=_WHOLE, amount_wan=float(budget), divisible=True)


def _fits(parts: Parts, actor: Actor, wanted: Wanted, posting: Posting | None, package: Package) -> Mapping[str, Match]:
    if package.name == _WHOLE and posting is not None:
        return firm_fits(parts, actor, text=None, posting_id=wanted.posting_id)
    text = f"{package.name}（{posting.title}）" if posting else package.name
    return firm_fits(parts, actor, text=text, posting_id=None)


def _lead(wanted: Wanted, fits: Mapping[str, Mapping[str, Match]], held: Mapping[str, Standing]) -> Candidate:
    fit = {name: found[wanted.lead_id].score for name, found in fits.items() if wanted.lead_id in found}
    if wanted.lead_fit is not None:
        fit = dict.fromkeys(fits, wanted.lead_fit) | fit
    if not fit:
        message = "牵头单位没有能对上的能力条目：请先登记其能力，或给出 lead_fit（0 到 1）"
        raise MatcherError("bad_lot", message, lead_id=wanted.lead_id)
    counts = held[wanted.lead_id].sizes <= SMALL_MICRO
    return Candidate(firm=wanted.lead_id, fit=fit, counts=counts, tied=_tied(wanted.lead_id, held))


def _candidates(
    wanted: Wanted, fits: Mapping[str, Mapping[str, Match]], held: Mapping[str, Standing]
) -> Iterator[Candidate]:
    for id_, standing in held.items():
        fit = {
            name: found[id_].score for name, found in fits.items() if id_ in found and found[id_].score >= wanted.floor
        }
        if not fit or id_ == wanted.lead_id:
            continue
        tied = standing.ties.of_large
        free = tied is False if wanted.strict else tied is not True
        counts = standing.sizes <= SMALL_MICRO and free
        yield Candidate(firm=id_, fit=fit, counts=counts, tied=_tied(id_, held))


def _tied(id_: str, held: Mapping[str, Standing]) -> frozenset[str]:
    """Return the firms above this one: its parent, and so on up."""
    found: list[str] = []
    parent = held[id_].firm.parent_id
    while parent and parent not in found:
        found.append(parent)
        parent = held[parent].firm.parent_id if parent in held else None
    return frozenset(found)


def _alone(lot: Lot) -> Consortium:
    parts = (bidding.Part(firm=lot.lead.firm, package=one.name, amount_wan=one.amount_wan) for one in lot.packages)
    return Consortium(parts=tuple(parts), share_pct=0.0, fit=0.0, free_fit=0.0)


def _ruling(
    lot: Lot,
    made: Consortium,
    held: Mapping[str, Standing],
    category: Category,
    price: float,
    public: bool | None,
    as_of: date,
) -> Ruling:
    scale = price / lot.total_wan
    firms = dict.fromkeys([lot.lead.firm, *made.members])
    members = tuple(
        Member(
            name=id_,
            sizes=held[id_].sizes,
            of_large=held[id_].ties.of_large,
            parts=tuple(Part(amount_wan=part.amount_wan * scale) for part in made.parts if part.firm == id_),
            controls=_tied(id_, held),
        )
        for id_ in firms
    )
    return deduction_ruling(Bid(category=category, members=members), as_of, public=public, price_wan=price)


def _public(parts: Parts, actor: Actor, wanted: Wanted, posting: Posting | None) -> bool | None:
    if wanted.public is not None or posting is None:
        return wanted.public
    return is_public_buyer(parts.store.records.get_enterprise(actor, posting.enterprise_id).party)


def _guarantors(parts: Parts, actor: Actor, price: float, as_of: date) -> tuple[Guarantor, ...]:
    page = parts.store.records.list_postings(
        actor, kind=PostingKind.FINANCE, status=Status.PUBLISHED, limit=_MOST_PRODUCTS
    )
    most = guarantee_ruling(price, as_of).facts["most_wan"]
    return guarantors(page.items, float(str(most)))


def _open(standing: Standing) -> Sequence[str]:
    doubts = ["规模"] if len(standing.sizes) > 1 else []
    return [*doubts, *(["与大型企业的控股、管理关系"] if standing.ties.of_large is None else [])]
