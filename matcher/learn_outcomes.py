"""What people said of the lists they were shown, as examples to learn from."""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Protocol

import numpy as np

from matcher.evaluate import Found
from matcher.features import NAMES
from matcher.learn import Example, Examples
from matcher.learn_judged import Lists

MOST_WEIGHT = 10.0
"""How much more a low rank may count than a high one."""
_BUCKETS = (1, 2, 3, 5, 10, 20)
_DOUBT = 1.0


class Told(Protocol):
    """One shown candidate: `label` 1 wanted, 0 not, None nothing said. `query` is the same for the same question."""

    @property
    def list_id(self) -> str:
        """The list it was shown in."""

    @property
    def query(self) -> str:
        """The question."""

    @property
    def rank(self) -> int:
        """Its place in the list, from 1."""

    @property
    def features(self) -> Mapping[str, float]:
        """What was known of it then; NaN where nothing."""

    @property
    def label(self) -> int | None:
        """What was said."""

    @property
    def weight(self) -> float:
        """How much what was said counts."""


def outcome_examples(told: Sequence[Told]) -> Examples:
    """Return what was said as examples, each weighted by how seldom anything is said at its rank.

    People judge what they look at, and they look at the first places, so what they say is a sample of the top. Each
    label hence counts by the inverse of the share of its rank that got one (inverse propensity weighting, Joachims et
    al. 2017, with propensities counted rather than drawn by experiment), 10 times at most. What is said explicitly
    needs no correction for not having been seen, only for having been chosen to be talked about.
    :raises MatcherError: `too_few_labels`.
    """
    weights = rank_weights(told)
    return Examples.of(
        Example(one.query, one.features, one.label == 1, one.weight * weights[_bucket(one.rank)])
        for one in told
        if one.label is not None
    )


def rank_weights(told: Iterable[Told]) -> dict[int, float]:
    """Return the weight of a label by bucket of ranks (1, 2, 3, –5, –10, –20, beyond): 1 for the most talked about."""
    shown, said = np.zeros(len(_BUCKETS) + 1), np.zeros(len(_BUCKETS) + 1)
    for one in told:
        shown[_bucket(one.rank)] += 1
        said[_bucket(one.rank)] += one.label is not None
    share = (said + _DOUBT) / (shown + 2 * _DOUBT)
    most = share[shown > 0].max(initial=0.0)
    return {n: float(min(MOST_WEIGHT, max(1.0, most / value))) for n, value in enumerate(share)}


def outcome_lists(told: Iterable[Told]) -> Lists:
    """Return the lists, each with the candidates about which anything was said, to measure rankers on."""
    lists: dict[str, list[Told]] = {}
    for one in told:
        if one.label is not None:
            lists.setdefault(one.list_id, []).append(one)
    grades = {name: {f"{one.rank:04}": int(one.label or 0) for one in held} for name, held in lists.items()}
    found = {name: _found(held) for name, held in lists.items()}
    return Lists(grades, found, questions={name: held[0].query for name, held in lists.items()})


def _found(held: Sequence[Told]) -> Found:
    features = {name: np.array([_value(one, name) for one in held], dtype=np.float32) for name in NAMES}
    return Found(np.array([f"{one.rank:04}" for one in held], dtype=np.str_), features)


def _value(one: Told, name: str) -> float:
    value = one.features.get(name, 0.0)
    return 0.0 if isnan(value) else value


def _bucket(rank: int) -> int:
    return int(np.searchsorted(_BUCKETS, rank))
