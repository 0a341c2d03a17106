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
from matcher.features import NAMES
from matcher.index.base import FloatMatrix
from matcher.index.postings import PostingIndex
from matcher.retrieve import retrieve
from matcher.stages import stage

Features: TypeAlias = Mapping[str, NDArray[np.float32]]

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class LinearRanker:
    """Named weights. `calibrated` says whether they were fitted on the deployment's own outcomes.

    A score below `threshold` is no good match.
    """

    name: str
    base: float
    weights: Mapping[str, float]
    calibrated: bool
    threshold: float = 0.0

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
    return LinearRanker(table["name"], table["base"], table["weights"], False, table["threshold"])


def load_ranker(path: Path, *, encoder: str) -> LinearRanker:
    """Return the ranker stored as JSON {name, base, weights, calibrated, encoder, threshold?, trained?}.

    `encoder` is the fingerprint of the encoder in force: weights hold for the similarities they were fitted on. Without
    a threshold nothing is too weak to show; `trained` says how the ranker was made and is not read.
    :raises MatcherError: `bad_ranker` when the file cannot be read, holds numbers out of range or an unknown feature;
        `ranker_encoder` when it was fitted on another encoder.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        weights = {str(name): float(weight) for name, weight in stored["weights"].items()}
        base, threshold, calibrated = float(stored["base"]), float(stored.get("threshold", 0.0)), stored["calibrated"]
        ranker = LinearRanker(str(stored["name"]), base, weights, bool(calibrated), threshold)
        fitted_on = str(stored["encoder"])
    except FileNotFoundError as error:
        raise MatcherError("bad_ranker", f"找不到排序模型文件 {path}，请检查路径") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"缺少 {error}" if isinstance(error, KeyError) else error
        raise MatcherError("bad_ranker", f"排序模型文件 {path} 无法读取：{why}；请重新训练，或删去该文件") from error
    if not all(isfinite(number) for number in (base, *weights.values())):
        raise MatcherError("bad_ranker", f"排序模型 {path} 含非有限的权重")
    if not (0.0 <= threshold < 1.0 and isinstance(calibrated, bool)):
        raise MatcherError(
            "bad_ranker", f"排序模型 {path} 的 threshold 须在 0 与 1 之间，calibrated 须为 true 或 false"
        )
    if strange := weights.keys() - set(NAMES):
        raise MatcherError("bad_ranker", f"排序模型 {path} 含未知特征：{'、'.join(sorted(strange))}")
    _refuse_foreign(path, fitted_on, encoder)
    return ranker


def _refuse_foreign(path: Path, fitted_on: str, encoder: str) -> None:
    if fitted_on == encoder:
        return
    message = (
        f"排序模型 {path} 是按编码器 {fitted_on[:_SHOWN]} 训练的，现用的编码器是 {encoder[:_SHOWN]}，分数会失准："
        "请用现用的编码器重新训练（rongtong train ranker … --install），或把 RONGTONG_ENCODER 改回，"
        "或删去该文件，改用未训练的先验"
    )
    raise MatcherError("ranker_encoder", message, path=str(path), fitted_on=fitted_on, encoder=encoder)


def level(score: float) -> str:
    """Return 高, 中 or 低, what people see of a score that is not calibrated."""
    return "高" if score >= 0.7 else "中" if score >= 0.4 else "低"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows best first with their scores, features and contributions by feature; what was excluded on the way."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    features: Features
    contributions: Features
    eligible: Eligible

    def taken(self, places: NDArray[np.int64]) -> "Ranking":
        """Return the ranking of these places only, in their order."""
        return Ranking(
            self.rows[places],
            self.scores[places],
            {name: values[places] for name, values in self.features.items()},
            {name: values[places] for name, values in self.contributions.items()},
            self.eligible,
        )


def ranked(index: PostingIndex, query: Query, vectors: FloatMatrix, ranker: LinearRanker) -> Ranking:
    """Return all candidate rows for a query, best first: mask, retrieve, score; ties by posting id."""
    with stage("mask"):
        allowed = eligible(index, query)
    with stage("retrieve"):
        found = retrieve(index, query, vectors, allowed)
    with stage("rank"):
        scores = ranker.scores(found.features)
        keys = np.array([index.corpus.key(int(row))[1] for row in found.rows], dtype=np.str_)
        order = np.lexsort((keys, -scores))
        return Ranking(found.rows, scores, found.features, ranker.contributions(found.features), allowed).taken(order)
