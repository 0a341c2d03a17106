"""Ask the procurement rules: reserved shares of a plan, the deduction of a bid, on one day or compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher.errors import MatcherError
from matcher.policy.bid import ALL_SIZES, Bid, Member, deduction_ruling
from matcher.policy.independence import independence
from matcher.policy.procurement import Item, reserve_ruling, reserves
from matcher.policy.ruling import Ruling
from service.auth import Actor
from service.store import Store
from service.usecases.standing import Standing, standings


@dataclass(frozen=True, slots=True)
class Answer:
    """Rulings on the reserve, on the bid, and on the independence of the members that are on record."""

    reserve: tuple[Ruling, ...]
    bid: Ruling | None
    independence: Mapping[str, Ruling]


def known_members(
    store: Store, actor: Actor, bid: Bid, ids: Sequence[str], as_of: date
) -> tuple[Bid, Mapping[str, Standing]]:
    """Return the bid with the sizes and ties of the members on record; what the caller states goes before.

    :raises MatcherError: `not_found` for an enterprise that is not on record.
    """
    found = standings(store, actor, ids, as_of)
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise MatcherError("not_found", f"企业 {'、'.join(missing)} 不存在：请核对编号", ids=missing)
    parents = {id_: one.firm.parent_id for id_, one in found.items()}
    members = tuple(_known(member, found.get(member.name), parents) for member in bid.members)
    return replace(bid, members=members), found


def _known(member: Member, standing: Standing | None, parents: Mapping[str, str | None]) -> Member:
    if standing is None:
        return member
    children = frozenset(id_ for id_, parent in parents.items() if parent == member.name)
    return replace(
        member,
        sizes=standing.sizes if member.sizes == ALL_SIZES else member.sizes,
        of_large=standing.ties.of_large if member.of_large is None else member.of_large,
        controls=member.controls | children,
    )


def ask(
    items: Sequence[Item],
    bid: Bid | None,
    as_of: date,
    *,
    public: bool | None,
    price_wan: float | None = None,
    known: Mapping[str, Standing] | None = None,
) -> Answer:
    """Return the rulings of one day.

    :raises MatcherError: `no_rule_in_force`, `bad_bid`.
    """
    return Answer(
        reserve=tuple(reserve_ruling(one, public=public) for one in reserves(items, as_of)) if items else (),
        bid=deduction_ruling(bid, as_of, public=public, price_wan=price_wan) if bid else None,
        independence={id_: independence(one.ties, as_of) for id_, one in (known or {}).items()},
    )
