"""Parks: who is in them, which links of the chain are open, and what their firms ask for, answered inside first."""

from collections.abc import Iterable
from dataclasses import dataclass

from matcher.domain import Enterprise, Filters, Match, Posting, Side, Status
from matcher.errors import MatcherError
from matcher.parks import Chain, Member, compose, members
from matcher.registers import Register
from matcher.taxonomy import kinds
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Store
from service.store.rights import require_own
from service.usecases.match import Ask, match

_PAGE = 1000
_FLOOR = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a firm in the park: who inside answers it, and who outside could."""

    posting: Posting
    firm: Enterprise
    inside: tuple[Match, ...]
    outside: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class ParkReport:
    """A park with its chain and what its firms ask for; requests that nobody inside answers come first."""

    park: Enterprise
    chain: Chain
    requests: tuple[Asked, ...]


def parks(store: Store, actor: Actor) -> tuple[tuple[Enterprise, int], ...]:
    """Return the parks that have firms on their register, each with how many."""
    held: dict[str, set[str]] = {}
    for one in store.registers.about(actor, Register.PARK_FIRMS):
        held.setdefault(one.subject, set()).add(one.other or "")
    found = store.records.enterprises_by_id(actor, held)
    return tuple((found[id_], len(held[id_])) for id_ in sorted(found))


def firms_of(parts: Parts, actor: Actor, park_id: str) -> tuple[Member, ...]:
    """Return who is in a park today."""
    entries = parts.store.registers.about(actor, Register.PARK_FIRMS, [park_id])
    ids = {one.other for one in entries if one.other}
    firms = parts.store.records.enterprises_by_id(actor, ids)
    return members(entries, firms, parts.store.records.computed_sizes(actor, ids), parts.today())


def park_report(parts: Parts, actor: Actor, park_id: str, *, each: int = 3, requests: int = 200) -> ParkReport:
    """Return a park's chain and up to `requests` of its firms' requests, with `each` answers from inside and outside.

    :raises MatcherError: `not_found`, `forbidden` for whoever runs neither the park nor the platform, `no_park` for a
        firm without anybody on its register.
    """
    park = parts.store.records.get_enterprise(actor, park_id)
    require_own(actor, park_id, Scope.READ)
    inside = firms_of(parts, actor, park_id)
    if not inside:
        raise MatcherError("no_park", f"{park.name} 还没有入驻企业：请先登记“园区入驻”台账", id=park_id)
    chain = compose(parts.store.registers.about(actor, Register.PARK_LINKS, [park_id]), inside)
    asked = [
        _asked(parts, actor, posting, inside, park_id, each) for posting in _requests(parts, actor, inside, requests)
    ]
    asked.sort(key=lambda one: (bool(one.inside), one.posting.id))
    return ParkReport(park=park, chain=chain, requests=tuple(asked))


def _requests(parts: Parts, actor: Actor, inside: Iterable[Member], most: int) -> list[Posting]:
    found: list[Posting] = []
    for member in inside:
        page = parts.store.records.list_postings(
            actor, enterprise_id=member.firm.id, status=Status.PUBLISHED, limit=_PAGE
        )
        found += [one for one in page.items if kinds()[one.kind].side is Side.REQUEST]
        if len(found) >= most:
            break
    return found[:most]


def _asked(parts: Parts, actor: Actor, posting: Posting, inside: Iterable[Member], park_id: str, each: int) -> Asked:
    """Return a request with its answers; what the park itself offers, such as its floors, is inside."""
    firms = {one.firm.id: one.firm for one in inside}
    here = {*firms, park_id}
    own = Filters(enterprise_id=tuple(sorted(here)))
    near = match(parts, actor, Ask(today=parts.today(), posting_id=posting.id, k=each, filters=own)).result.matches
    all_ = match(parts, actor, Ask(today=parts.today(), posting_id=posting.id, k=each + len(here))).result.matches
    return Asked(
        posting=posting,
        firm=firms[posting.enterprise_id],
        inside=tuple(one for one in near if one.score >= _FLOOR),
        outside=tuple(one for one in all_ if one.enterprise.id not in here and one.score >= _FLOOR)[:each],
    )
