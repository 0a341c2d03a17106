"""Who is shown how often: how uneven it is, and what is done so that a few firms do not fill every list."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np

from matcher.assets import asset
from matcher.domain import SizeClass

SMALL = frozenset({SizeClass.SMALL, SizeClass.MICRO})
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """How far exposure may move a candidate, on the logit of its score; `data/ranking/exposure.toml` says how.

    `days` is how far back places in lists count.
    """

    name: str
    days: int
    rate: float
    steady: float
    limit: float
    newcomer: float


@lru_cache(maxsize=1)
def limits() -> Limits:
    """Return the limits in force."""
    return Limits(**tomllib.loads(asset("data", "ranking", "exposure.toml").read_text(encoding="utf-8")))


def gini(counts: Collection[float]) -> float:
    """Return the Gini coefficient of counts ≥ 0, in [0, 1): 0 when all are equal, or none is above 0."""
    values = np.sort(np.asarray(list(counts), dtype=np.float64))
    total = values.sum()
    if total <= 0:
        return 0.0
    places = np.arange(1, len(values) + 1)
    return max(0.0, float((2 * places - len(values) - 1) @ values / (len(values) * total)))


def small_share(shown: Mapping[str, int], sizes: Mapping[str, SizeClass]) -> float | None:
    """Return which share of the places small and micro firms had, in [0, 1]; None where there was no place.

    A firm of unknown size counts among the rest.
    """
    total = sum(shown.values())
    return sum(n for firm, n in shown.items() if sizes.get(firm) in SMALL) / total if total else None


def adjustments(
    sizes: Mapping[str, SizeClass], shown: Mapping[str, int], limits: Limits
) -> dict[str, dict[str, float]]:
    """Return by how much each firm's logit is moved, and why: {"exposure": −0.2} or {"newcomer": 0.2}; zeros left out.

    `sizes` names the firms that compete, `shown` how many places each had lately.
    """
    mean = sum(shown.get(firm, 0) for firm in sizes) / max(1, len(sizes))
    return {firm: _moved(shown.get(firm, 0), mean, size, limits) for firm, size in sizes.items()}


def _moved(places: int, mean: float, size: SizeClass, limits: Limits) -> dict[str, float]:
    raw = -limits.rate * log((places + limits.steady) / (mean + limits.steady))
    moved = {"exposure": round(min(limits.limit, max(-limits.limit, raw)), _DIGITS)}
    if not places and size in SMALL:
        moved["newcomer"] = limits.newcomer
    return {name: value for name, value in moved.items() if value}


@dataclass(frozen=True, slots=True)
class Spread:
    """Lists of places in `offers`, best first, by who asks; how many each asker lost because a firm was full."""

    lists: Mapping[str, tuple[int, ...]]
    withheld: Mapping[str, int]


def spread(offers: Sequence[tuple[str, str, float]], k: Mapping[str, int], most_shown: int) -> Spread:
    """Return lists of at most `k[asker]` firms each in which no firm appears more than `most_shown` times.

    An offer is (who asks, firm, weight). The weightiest go first, ties by the two ids; a firm is offered to an asker
    once. No offer left out could be added: either its list or its firm is full.
    """
    lists: dict[str, list[int]] = {asker: [] for asker, _, _ in offers}
    withheld = dict.fromkeys(lists, 0)
    used: dict[str, int] = {}
    taken: set[tuple[str, str]] = set()
    for place in sorted(range(len(offers)), key=lambda n: (-offers[n][2], *offers[n][:2])):
        asker, firm, _ = offers[place]
        if (asker, firm) in taken or len(lists[asker]) >= k[asker]:
            continue
        taken.add((asker, firm))
        if used.get(firm, 0) >= most_shown:
            withheld[asker] += 1
            continue
        used[firm] = used.get(firm, 0) + 1
        lists[asker].append(place)
    return Spread({asker: tuple(places) for asker, places in lists.items()}, withheld)
