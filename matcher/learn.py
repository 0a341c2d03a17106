"""Learning the ranker's weights from what people said of candidates, starting from the prior.

The prior counts as people who agreed with it: beside the examples stand made-up ones, each moving one feature alone,
labelled with the prior's own probability. Few labels hence give nearly the prior, a feature without evidence keeps its
weight, and the whole is an ordinary logistic regression, so that a score stays base + Σ weight × feature.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from matcher.errors import MatcherError
from matcher.features import NAMES
from matcher.learn_figures import Floats, held_out_error
from matcher.rank import LinearRanker

AGREED = 100.0
"""How many labels the prior's weight of one feature counts as."""
AGREED_BASE = 10.0
"""How many labels the prior's base, and the scale of its logits, count as."""
FOLDS = 5
MOST_LOST = 0.02
"""Which share of the relevant the threshold may hide."""
LEAST_LABELS, LEAST_POSITIVES, LEAST_LISTS, MOST_ERROR = 200, 50, 30, 0.1
"""What a ranker fitted on outcomes must rest on, and its largest cross-validated error, to be called calibrated."""

_HELPS = frozenset(
    {"title", "detail", "profile", "word", "pair", "item", "closeness", "industry", "region_near", "met"}
)
_HARMS = frozenset({"unmet", "region_unknown", "industry_unknown", "size_unknown"})
_LEAST_SCALE = 0.05

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """What is known of one candidate, and whether it was wanted. Equal `group`s are one question."""

    group: str
    features: Mapping[str, float]
    relevant: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples as columns: `features` of shape (examples, features of `NAMES`), the others (examples,)."""

    groups: NDArray[np.str_]
    features: Floats
    relevant: Bools
    weights: Floats

    @classmethod
    def of(cls, rows: Iterable[Example]) -> "Examples":
        """Return rows as columns; a feature that is missing or not a number is unknown, which is 0.

        :raises MatcherError: `too_few_labels` when nothing, or only one thing, was ever said.
        """
        held = list(rows)
        values = np.array([[row.features.get(name, 0.0) for name in NAMES] for row in held], dtype=np.float64)
        relevant = np.array([row.relevant for row in held], dtype=np.bool_)
        if not relevant.any() or relevant.all():
            count = int(relevant.sum())
            message = f"标注不足，无法训练：共 {len(held)} 条，其中相关 {count} 条；须同时有相关与不相关的标注"
            raise MatcherError("too_few_labels", message, labels=len(held), positives=count)
        groups = np.array([row.group for row in held], dtype=np.str_)
        weights = np.array([row.weight for row in held], dtype=np.float64)
        return cls(groups, np.nan_to_num(values), relevant, weights)

    def taken(self, chosen: Bools) -> "Examples":
        """Return the chosen examples."""
        return Examples(self.groups[chosen], self.features[chosen], self.relevant[chosen], self.weights[chosen])


def fit(examples: Examples, start: LinearRanker) -> LinearRanker:
    """Return `start` as the examples correct it, with a threshold and a name of its own; not called calibrated.

    Base and scale are set last (Platt), on logits held out by group, against the hindsight of the fit: a score is the
    probability of being relevant. No order is changed by that.
    """
    held = _held_out(examples, start)
    [scale], shift = _towards(np.ones(1), 0.0, replace(examples, features=held[:, None]), AGREED_BASE)
    scale = max(float(scale), _LEAST_SCALE)
    weights, base = _weights(examples, start)
    named = {name: float(scale * weight) for name, weight in zip(NAMES, weights, strict=True)}
    lowest = threshold(_sigmoid(scale * held + shift), examples.relevant)
    return renamed(LinearRanker("", float(scale * base + shift), named, calibrated=False, threshold=lowest))


def fold_of(groups: Sequence[str], *, folds: int = FOLDS, seed: int = 0) -> dict[str, int]:
    """Return the fold of every group, in [0, folds), the same for the same groups and seed."""
    names = sorted(set(groups))
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(names))
    return {names[n]: place % folds for place, n in enumerate(order)}


def fit_folds(examples: Examples, start: LinearRanker, folds: Mapping[str, int]) -> dict[int, LinearRanker]:
    """Return for each fold the ranker fitted on the groups of the other folds; `start` where those say too little."""
    of = np.array([folds[group] for group in examples.groups])
    result: dict[int, LinearRanker] = {}
    for fold in sorted(set(folds.values())):
        rest = examples.taken(of != fold)
        told = 0 < rest.relevant.sum() < len(rest.relevant)
        result[fold] = fit(rest, start) if told else start
    return result


def held_out_scores(examples: Examples, fitted: Mapping[int, LinearRanker], folds: Mapping[str, int]) -> Floats:
    """Return the score of every example by the ranker of its fold, which did not see it."""
    of = np.array([folds[group] for group in examples.groups])
    scores = np.zeros(len(of))
    for fold, ranker in fitted.items():
        scores[of == fold] = scores_of(ranker, examples.features[of == fold])
    return scores


def scores_of(ranker: LinearRanker, features: Floats) -> Floats:
    """Return a ranker's scores of features of shape (examples, features of `NAMES`)."""
    return ranker.scores({name: features[:, n].astype(np.float32) for n, name in enumerate(NAMES)})


def threshold(scores: Floats, relevant: Bools) -> float:
    """Return the score below which at most `MOST_LOST` of the relevant examples lie.

    "No good match" is to hide what is hopeless, not what is uncertain: it may be wrong of one relevant in fifty. The
    scores must be held out, or the rule would trust a fit's hindsight.
    """
    return float(np.quantile(scores[relevant], MOST_LOST, method="lower"))


def calibration_lacks(examples: Examples, lists: int, scores: Floats) -> tuple[str, ...]:
    """Return in Chinese what is missing before scores fitted on a deployment's own outcomes are called calibrated."""
    positives = int(examples.relevant.sum())
    error = held_out_error(scores, examples.relevant, examples.weights)
    counts = (("结果", len(examples.relevant), LEAST_LABELS), ("正面结果", positives, LEAST_POSITIVES))
    short = [f"{name} {have} 条，至少要 {least} 条" for name, have, least in (*counts, ("列表", lists, LEAST_LISTS))
             if have < least]  # fmt: skip
    return (*short, *([f"交叉验证的校准误差 {error:.3f}，至多 {MOST_ERROR}"] if error > MOST_ERROR else []))


def renamed(ranker: LinearRanker) -> LinearRanker:
    """Return the ranker under the name that its numbers give it."""
    held = json.dumps([ranker.base, dict(ranker.weights), ranker.calibrated, ranker.threshold], sort_keys=True)
    return replace(ranker, name=f"trained-{hashlib.sha256(held.encode()).hexdigest()[:12]}")


def ranker_text(ranker: LinearRanker, trained: Mapping[str, object], *, encoder: str) -> str:
    """Return what `load_ranker` reads; `trained` says on what and how well, `encoder` by which features were made."""
    plain = {"name": ranker.name, "base": ranker.base, "weights": dict(ranker.weights)}
    plain |= {"calibrated": ranker.calibrated, "threshold": ranker.threshold, "encoder": encoder}
    plain |= {"trained": dict(trained)}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def fitted_on(path: Path) -> frozenset[str]:
    """Return the digests of the questions that a stored ranker says it was fitted on; none where it does not say."""
    trained = json.loads(path.read_text(encoding="utf-8")).get("trained")
    told = trained.get("fitted_on") if isinstance(trained, dict) else None
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset()


def question_digest(*said: str) -> str:
    """Return by what a ranker's file remembers a question."""
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _held_out(examples: Examples, start: LinearRanker) -> Floats:
    """Return the logit of every example by weights that did not see its group."""
    folds = fold_of(examples.groups.tolist())
    of = np.array([folds[group] for group in examples.groups])
    logits = np.zeros(len(of))
    for fold in sorted(set(folds.values())):
        own = of == fold
        weights, base = _weights(examples if own.all() else examples.taken(~own), start)
        logits[own] = examples.features[own] @ weights + base
    return logits


def _weights(examples: Examples, start: LinearRanker) -> tuple[Floats, float]:
    """Return weights and base before calibration; one whose sign would flip against reason is 0, and the rest refit."""
    prior = np.array([start.weights.get(name, 0.0) for name in NAMES])
    signs = np.array([(name in _HELPS) - (name in _HARMS) for name in NAMES])
    kept = np.ones(len(NAMES), dtype=np.bool_)
    while True:
        weights = np.zeros(len(NAMES))
        seen = replace(examples, features=examples.features[:, kept])
        weights[kept], base = _towards(prior[kept], start.base, seen, AGREED)
        flipped = kept & (weights * signs < 0)
        if not flipped.any():
            return weights, base
        kept &= ~flipped


def _towards(prior: Floats, prior_base: float, examples: Examples, agreed: float) -> tuple[Floats, float]:
    """Return (weights, base) of a logistic regression whose weights are drawn to a prior by `agreed` labels each.

    A made-up example moves one feature by so much that the prior's logit moves by 1 at most. Those have a base of their
    own (a last column), so that only one more, at the mean of the features, draws the real base.
    """
    steps = np.diag(1.0 / np.maximum(1.0, np.abs(prior)))
    centre = examples.features.mean(axis=0)
    made = np.concatenate([steps, -steps])
    rows = np.concatenate([_column(examples.features, 0.0), _column(made, 1.0), _column(centre[None], 0.0)])
    believed = _sigmoid(np.append(made @ prior, centre @ prior + prior_base))
    wanted = np.concatenate([examples.relevant, believed])
    heavy = np.concatenate([examples.weights, np.full(len(made), agreed), [AGREED_BASE]])
    both = np.concatenate([heavy * wanted, heavy * (1.0 - wanted)])
    told = both > 0
    model = LogisticRegression(C=np.inf, solver="newton-cholesky")
    model.fit(np.concatenate([rows, rows])[told], np.repeat([1, 0], len(rows))[told], sample_weight=both[told])
    return model.coef_[0, :-1], float(model.intercept_[0])


def _column(rows: Floats, value: float) -> Floats:
    return np.column_stack([rows, np.full(len(rows), value)])


def _sigmoid(logits: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return result
