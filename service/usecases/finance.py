"""Finance for firms, projects and parks: options, a list of funders by seekers, project gaps, core firms to connect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.domain import Enterprise, Match, Posting, PostingKind, SizeClass, Verdict
from matcher.finance import Check, FinanceFit, Flag, credit_flags, fit, options
from matcher.policy.bid import SME
from matcher.registers import Entry, Register
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Store
from service.store.rights import require_platform
from service.store.rows import every
from service.usecases.capacity import published
from service.usecases.match import Ask, match

_PRODUCTS = 100
_ORDER = {Verdict.MET: 0, Verdict.UNKNOWN: 1, Verdict.UNMET: 2}


@dataclass(frozen=True, slots=True)
class Seeker:
    """A finance need with its firm, the instruments its holdings allow, and its credit flags."""

    posting: Posting
    firm: Enterprise
    options: Mapping[str, Check]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A product for a seeker: how well the texts match, and how the terms do."""

    seeker: Seeker
    match: Match
    fit: FinanceFit


@dataclass(frozen=True, slots=True)
class Gap:
    """A key project that is not yet funded: 万元 missing, days left, and products that could fill it."""

    entry: Entry
    firm: Enterprise
    gap_wan: float
    days_left: int | None
    flags: tuple[Flag, ...]
    products: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class CoreFirm:
    """A core firm that is not on the receivables platform: how many small and medium suppliers it would bring in."""

    firm: Enterprise
    suppliers: int
    sme_suppliers: int
    receivable_wan: float
    sources: tuple[str, ...]


def seeker(parts: Parts, actor: Actor, posting_id: str) -> Seeker:
    """Return a finance need with the instruments its holdings allow.

    :raises MatcherError: `not_found`.
    """
    posting = parts.store.records.get_posting(actor, posting_id)
    return _seekers(parts, actor, [posting])[0]


def _seekers(parts: Parts, actor: Actor, needs: Sequence[Posting]) -> list[Seeker]:
    firms = parts.store.records.enterprises_by_id(actor, {one.enterprise_id for one in needs})
    flags = flags_of(parts.store, actor, firms, parts.today())
    return [
        Seeker(one, firm, options(one.attributes, firm.party), flags.get(firm.id, ()))
        for one in needs
        if (firm := firms.get(one.enterprise_id)) is not None
    ]


def flags_of(store: Store, actor: Actor, ids: Iterable[str], today: date) -> Mapping[str, tuple[Flag, ...]]:
    """Return the credit flags of some firms."""
    held: dict[str, list[Entry]] = {}
    for entry in store.registers.about(actor, Register.CREDIT, list(ids)):
        held.setdefault(entry.subject, []).append(entry)
    return {id_: flags for id_, entries in held.items() if (flags := credit_flags(entries, today))}


def finance_list(
    parts: Parts, actor: Actor, *, posting_ids: Sequence[str] = (), each: int = 5, floor: float = 0.2
) -> tuple[tuple[Seeker, tuple[Offer, ...]], ...]:
    """Return the seekers (those given, else all that are published) with up to `each` products, the most suitable first.

    A product that does not suit is not offered; a seeker with a veto is listed with the reason and without products.
    :raises MatcherError: `not_found`, and what a match raises.
    """
    needs = [parts.store.records.get_posting(actor, id_) for id_ in posting_ids] or list(
        published(parts.store, actor, PostingKind.FINANCE_NEED)
    )
    return tuple((one, _offers(parts, actor, one, each, floor)) for one in _seekers(parts, actor, needs))


def _offers(parts: Parts, actor: Actor, one: Seeker, each: int, floor: float) -> tuple[Offer, ...]:
    if any(flag.veto for flag in one.flags):
        return ()
    ask = Ask(today=parts.today(), posting_id=one.posting.id, k=_PRODUCTS)
    found = [
        Offer(one, each_match, fit(one.posting, each_match.posting, one.firm.party, one.flags))
        for each_match in match(parts, actor, ask).result.matches
        if each_match.score >= floor
    ]
    suitable = [offer for offer in found if offer.fit.outcome is not Verdict.UNMET]
    suitable.sort(key=lambda offer: (_ORDER[offer.fit.outcome], offer.match.rank))
    return tuple(suitable[:each])


def project_gaps(parts: Parts, actor: Actor, *, each: int = 3) -> tuple[Gap, ...]:
    """Return the key projects with money still missing, the most urgent first, with products that could fill the gap."""
    pages = every(lambda after, limit: parts.store.registers.list(actor, Register.PROJECTS, after=after, limit=limit))
    entries = list(pages)
    firms = parts.store.records.enterprises_by_id(actor, {one.subject for one in entries})
    flags = flags_of(parts.store, actor, firms, parts.today())
    found = []
    for one in entries:
        gap = _amount(one, "total_wan") - _amount(one, "secured_wan")
        if gap <= 0 or one.subject not in firms:
            continue
        needed = one.values.get("needed_by")
        left = (date.fromisoformat(str(needed)) - parts.today()).days if needed else None
        products = _for_project(parts, actor, one, each)
        found.append(Gap(one, firms[one.subject], gap, left, flags.get(one.subject, ()), products))
    return tuple(sorted(found, key=lambda gap: (gap.days_left is None, gap.days_left or 0, -gap.gap_wan)))


def _for_project(parts: Parts, actor: Actor, one: Entry, each: int) -> tuple[Match, ...]:
    text = "，".join(str(one.values[key]) for key in ("project", "purpose", "instrument") if one.values.get(key))
    ask = Ask(today=parts.today(), text=f"{text}，融资", kind=PostingKind.FINANCE_NEED, k=each)
    return match(parts, actor, ask).result.matches


def _amount(one: Entry, name: str) -> float:
    value = one.values.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def core_firms(parts: Parts, actor: Actor, k: int) -> tuple[CoreFirm, ...]:
    """Return the core firms not yet on the receivables platform, by how many SME suppliers each would bring in.

    Suppliers are known from 供应关系 and from 欠款登记 (who is owed by whom).
    :raises MatcherError: `forbidden` for whoever does not act for the platform.
    """
    require_platform(actor, Scope.READ)
    today = parts.today().isoformat()
    connected = {
        one.subject
        for one in parts.store.registers.about(actor, Register.RECEIVABLE_PLATFORM)
        if str(one.values.get("connected_on")) <= today
    }
    suppliers: dict[str, dict[str, float]] = {}
    sources: dict[str, set[str]] = {}
    for register, amount in ((Register.SUPPLY_LINKS, "receivable_wan"), (Register.ARREARS, "amount_wan")):
        for one in parts.store.registers.about(actor, register):
            if one.other is None or one.subject in connected or one.values.get("settled_on"):
                continue
            mine = suppliers.setdefault(one.subject, {})
            mine[one.other] = max(mine.get(one.other, 0.0), _amount(one, amount))
            sources.setdefault(one.subject, set()).add("供应关系" if register is Register.SUPPLY_LINKS else "欠款登记")
    firms = parts.store.records.enterprises_by_id(actor, suppliers)
    sizes = parts.store.records.computed_sizes(actor, {id_ for mine in suppliers.values() for id_ in mine})
    found = [
        CoreFirm(
            firm=firm,
            suppliers=len(suppliers[id_]),
            sme_suppliers=sum(sizes.get(each, SizeClass.UNKNOWN) in SME for each in suppliers[id_]),
            receivable_wan=round(sum(suppliers[id_].values()), 6),
            sources=tuple(sorted(sources[id_])),
        )
        for id_, firm in firms.items()
    ]
    found.sort(key=lambda one: (-one.sme_suppliers, -one.suppliers, -one.receivable_wan, one.firm.id))
    return tuple(found[:k])
