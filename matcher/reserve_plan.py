"""Which items of a buyer to reserve for small and micro firms so that its shares are met, at the least loss of fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy import sparse

from matcher.linear import ENDLESS, Program
from matcher.policy.procurement import Item, Reserve, Reserved, reserves


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Items to reserve further, by name, and whether the plan is kept with them."""

    items: tuple[str, ...]
    kept: bool


def suggest(items: Sequence[Item], fit: Mapping[str, float], as_of: date) -> Suggestion:
    """Return which items to reserve whole for small and micro firms so that every rule of the day is kept.

    Items at or below a threshold are reserved as the rule says; of the others those are taken whose budget times what
    is missing of fit (1 - `fit`, the best small or micro firm's) is least in sum, proven least. `fit` has no entry for
    an item that no such firm was found for; it is not suggested.
    :raises MatcherError: `no_rule_in_force`.
    """
    chosen: set[str] = set()
    for reserve in reserves(items, as_of):
        chosen |= {item.name for item in reserve.missed if item.name in fit}
        chosen |= _cover(reserve, fit)
    planned = [
        replace(item, reserved=Reserved.SMALL_MICRO, share_pct=100.0) if item.name in chosen else item for item in items
    ]
    return Suggestion(items=tuple(sorted(chosen)), kept=all(one.kept for one in reserves(planned, as_of)))


def _cover(reserve: Reserve, fit: Mapping[str, float]) -> set[str]:
    """Return the items whose reservation closes both gaps at the least loss; as many as there are when none does."""
    whole = {item.name for item in reserve.whole}
    free = [
        item
        for item in reserve.counted
        if item.name not in whole and item.name in fit and item.small_micro_wan < item.budget_wan
    ]
    if (reserve.share.kept and reserve.small_micro.kept) or not free:
        return set()
    budget = np.array([item.budget_wan for item in free])
    more = budget - np.array([item.reserved_wan for item in free])
    small = budget - np.array([item.small_micro_wan for item in free])
    # Small and micro: at least 60 % of what is reserved, and of what has to be.
    pct = reserve.rule.small_micro_pct / 100
    rows = np.vstack([more, small - pct * more, small])
    least = np.array(
        [
            reserve.share.needed - reserve.share.held,
            pct * reserve.share.held - reserve.small_micro.held,
            pct * reserve.share.needed - reserve.small_micro.held,
        ]
    )
    cost = budget * (1.0 - np.array([fit[item.name] for item in free])) + 1e-6 * budget
    ones = np.ones(len(free))
    program = Program(sparse.csr_matrix(rows), least, np.full(3, np.inf), np.zeros(len(free)), ones)
    found, _ = program.lowest(cost, whole=True, nodes=ENDLESS, presolve=True)
    return {item.name for n, item in enumerate(free) if found is None or found[n] > 0.5}
