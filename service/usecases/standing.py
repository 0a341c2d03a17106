"""What a firm on record is under the rules: its possible size classes, its ties, its indicators, its payments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from matcher.domain import Enterprise, SizeClass
from matcher.policy.arrears import Arrear, PaymentRecord, payment_record
from matcher.policy.bid import ALL_SIZES
from matcher.policy.criteria import facts_of
from matcher.policy.independence import Ties
from matcher.policy.payment import payer_of
from matcher.policy.size_class import size_class
from matcher.registers import Register, latest_values
from service.auth import Actor
from service.store import Store

SAME_HEAD, BRANCH = "与大型企业负责人为同一人", "是大型企业分支机构"
_ARREAR = TypeAdapter(Arrear)


@dataclass(frozen=True, slots=True)
class Standing:
    """A firm with the size classes its indicators leave open, and what ties it to large firms."""

    firm: Enterprise
    sizes: frozenset[SizeClass]
    ties: Ties


def sizes_of_firm(firm: Enterprise, as_of: date) -> frozenset[SizeClass]:
    """Return the size classes that a firm's own indicators leave open; what it declares does not decide."""
    ruling = size_class(
        firm.industry,
        employees=firm.employees,
        revenue_wan=firm.revenue_wan,
        assets_wan=firm.assets_wan,
        as_of=as_of,
    )
    return frozenset(SizeClass(one) for one in ruling.possible) or ALL_SIZES


def standings(store: Store, actor: Actor, ids: Sequence[str], as_of: date) -> Mapping[str, Standing]:
    """Return the standing of each firm; those not on record are left out."""
    firms = store.records.enterprises_by_id(actor, ids)
    parents = _ancestors(store, actor, firms)
    return {id_: Standing(firm, sizes_of_firm(firm, as_of), _ties(firm, parents, as_of)) for id_, firm in firms.items()}


def _ancestors(store: Store, actor: Actor, firms: Mapping[str, Enterprise]) -> Mapping[str, Enterprise]:
    known = dict(firms)
    while missing := {firm.parent_id for firm in known.values() if firm.parent_id} - known.keys():
        found = store.records.enterprises_by_id(actor, sorted(missing))
        if not found:
            break
        known |= found
    return known


def _ties(firm: Enterprise, known: Mapping[str, Enterprise], as_of: date) -> Ties:
    above: list[SizeClass] = []
    parent = firm.parent_id
    while parent:
        found = known.get(parent)
        sizes = sizes_of_firm(found, as_of) if found else ALL_SIZES
        above.append(next(iter(sizes)) if len(sizes) == 1 else SizeClass.UNKNOWN)
        parent = found.parent_id if found else None
    return Ties(controllers=tuple(above), same_head_as_large=_flag(firm, SAME_HEAD), is_branch=_flag(firm, BRANCH))


def _flag(firm: Enterprise, name: str) -> bool | None:
    value = firm.attributes.get(name)
    return value if isinstance(value, bool) else {"是": True, "否": False}.get(str(value))


def firm_facts(store: Store, actor: Actor, firm: Enterprise, as_of: date) -> dict[str, object]:
    """Return what is known of a firm's indicators on a day: its record, and over it the register of indicators."""
    told = latest_values(store.registers.about(actor, Register.INDICATORS, [firm.id]), as_of)
    return facts_with(firm, sizes_of_firm(firm, as_of), told)


def facts_with(firm: Enterprise, sizes: frozenset[SizeClass], told: Mapping[str, object]) -> dict[str, object]:
    """Return what a firm's record says of its indicators, and over it what its register `told`."""
    facts = facts_of(firm, next(iter(sizes)) if len(sizes) == 1 else SizeClass.UNKNOWN)
    return facts | {name: value for name, value in told.items() if name in facts}


def payment_record_of(store: Store, actor: Actor, firm: Enterprise, as_of: date) -> PaymentRecord:
    """Return what the register of arrears says of a buyer, without naming its creditors."""
    entries = store.registers.about(actor, Register.ARREARS, [firm.id])
    size = store.records.computed_sizes(actor, [firm.id]).get(firm.id, SizeClass.UNKNOWN)
    arrears = (
        _ARREAR.validate_python({key: one.values[key] for key in _FIELDS if key in one.values}) for one in entries
    )
    return payment_record(arrears, payer_of(firm.party, size), as_of)


_FIELDS = ("amount_wan", "delivered", "signed", "agreed_days", "disputed", "settled_on")
