"""From features to a probability with its reasons: logit(score) = base + Σ weight × feature."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.assets import asset
from matcher.domain import Query
from matcher.eligibility import Eligible, eligible
from matcher.errors import MatcherError
from matcher.index.base import FloatMatrix
from matcher.index.postings import PostingIndex
from matcher.retrieve import retrieve

Features: TypeAlias = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class LinearRanker:
    """Named weights. `calibrated` says whether they were fitted on the deployment's own outcomes."""

    name: str
    base: float
    weights: Mapping[str, float]
    calibrated: bool

    def contributions(self, features: Features) -> dict[str, NDArray[np.float32]]:
        """Return weight × value by feature, each of shape (candidates,)."""
        return {name: np.float32(weight) * features[name] for name, weight in self.weights.items()}

    def scores(self, features: Features) -> NDArray[np.float64]:
        """Return probabilities in (0, 1), shape (candidates,)."""
        logits = np.full(len(next(iter(features.values()))), self.base)
        for part in self.contributions(features).values():
            logits += part
        result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
        return result


@lru_cache(maxsize=1)
def prior() -> LinearRanker:
    """Return the untrained ranker of `data/ranking/prior.toml`."""
    table = tomllib.loads(asset("data", "ranking", "prior.toml").read_text(encoding="utf-8"))
    return LinearRanker(name=table["name"], base=table["base"], weights=table["weights"], calibrated=False)


def load_ranker(path: Path) -> LinearRanker:
    """Return the ranker stored as JSON {name, base, weights, calibrated}.

    :raises MatcherError: `bad_ranker` when the file cannot be read or names an unknown feature.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        weights = {str(name): float(weight) for name, weight in stored["weights"].items()}
        ranker = LinearRanker(str(stored["name"]), float(stored["base"]), weights, bool(stored["calibrated"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MatcherError("bad_ranker", f"排序模型文件 {path} 无法读取：{error}") from error
    if not all(isfinite(number) for number in (ranker.base, *weights.values())):
        raise MatcherError("bad_ranker", f"排序模型 {path} 含非有限的权重")
    if strange := weights.keys() - prior().weights.keys():
        raise MatcherError("bad_ranker", f"排序模型 {path} 含未知特征：{'、'.join(sorted(strange))}")
    return ranker


def level(score: float) -> str:
    """Return 高, 中 or 低, what people see of a score that is not calibrated."""
    return "高" if score >= 0.7 else "中" if score >= 0.4 else "低"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows best first with their scores and, per row, each feature's contribution; what was excluded on the way."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    contributions: Mapping[str, NDArray[np.float32]]
    eligible: Eligible


def ranked(index: PostingIndex, query: Query, vectors: FloatMatrix, ranker: LinearRanker) -> Ranking:
    """Return the k best rows for a query: mask, retrieve, score; ties by posting id."""
    allowed = eligible(index.corpus, query)
    found = retrieve(index, query, vectors, allowed)
    scores = ranker.scores(found.features)
    keys = np.array([index.corpus.key(int(row))[1] for row in found.rows], dtype=np.str_)
    order = np.lexsort((keys, -scores))[: query.k]
    parts = {name: part[order] for name, part in ranker.contributions(found.features).items()}
    return Ranking(found.rows[order], scores[order], parts, allowed)
