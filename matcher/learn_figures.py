"""How far probabilities can be trusted, and whether one ranker is better than another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.evaluate import Metric

Floats: TypeAlias = NDArray[np.float64]

BINS = 10
_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """One bin of a reliability curve: the mean score, the share that was relevant, the share of all examples."""

    score: float
    relevant: float
    share: float


def reliability(scores: Floats, relevant: NDArray[np.bool_], weights: Floats) -> tuple[Point, ...]:
    """Return ten bins of equal weight, lowest scores first; fewer where there are fewer examples."""
    order = np.argsort(scores, kind="stable")
    heavy = weights[order]
    place = (np.cumsum(heavy) - heavy / 2) / max(float(heavy.sum()), 1e-12)
    bins = np.minimum((place * BINS).astype(np.int64), BINS - 1)
    points: list[Point] = []
    for number in np.unique(bins[heavy > 0]):
        own = (bins == number) & (heavy > 0)
        share = float(heavy[own].sum() / heavy.sum())
        mean, truth = (float(np.average(x[order][own], weights=heavy[own])) for x in (scores, relevant.astype(float)))
        points.append(Point(mean, truth, share))
    return tuple(points)


def held_out_error(scores: Floats, relevant: NDArray[np.bool_], weights: Floats) -> float:
    """Return the expected calibration error in [0, 1]: the mean distance of a reliability curve from its diagonal."""
    return sum(point.share * abs(point.score - point.relevant) for point in reliability(scores, relevant, weights))


def error_interval(
    groups: NDArray[np.str_], scores: Floats, relevant: NDArray[np.bool_], weights: Floats, *, draws: int = 200
) -> Metric:
    """Return the expected calibration error with the 95 % interval of a bootstrap over groups; n counts examples.

    A drawn sample's error is larger than the error itself, by noise alone: the interval is moved by that much.
    """
    chance = np.random.default_rng(0)
    places = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    found: list[float] = []
    for _ in range(draws):
        rows = np.concatenate([places[n] for n in chance.integers(0, len(places), len(places))])
        found.append(held_out_error(scores[rows], relevant[rows], weights[rows]))
    error = held_out_error(scores, relevant, weights)
    lo, hi = np.maximum(0.0, np.quantile(found, [0.025, 0.975]) - float(np.mean(found)) + error)
    return Metric(error, float(lo), float(hi), len(scores))


def difference(first: Mapping[str, float], second: Mapping[str, float]) -> Metric:
    """Return the mean gain of `second` over `first` on the queries of both, with its paired bootstrap 95 % interval."""
    names = sorted(first.keys() & second.keys())
    gains = np.array([second[name] - first[name] for name in names])
    if not len(gains):
        return Metric(0.0, 0.0, 0.0, 0)
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(gains), (_DRAWS, len(gains)))
    lo, hi = np.quantile(gains[drawn].mean(axis=1), [0.025, 0.975])
    return Metric(float(gains.mean()), float(lo), float(hi), len(gains))
