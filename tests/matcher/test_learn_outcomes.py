"""Learning from outcomes: whom people judge, list by list, and what that teaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from matcher.evaluate import Found
from matcher.learn import calibration_lacks
from matcher.learn_judged import trial
from matcher.learn_outcomes import MOST_WEIGHT, outcome_examples, outcome_lists, rank_weights
from matcher.rank import LinearRanker, prior

START = LinearRanker("start", -2.0, {"title": 1.0}, calibrated=False)


@dataclass(frozen=True)
class Said:
    """A label as the store gives it."""

    list_id: str
    query: str
    rank: int
    features: Mapping[str, float]
    label: int | None
    weight: float


def shown(labels: Sequence[Sequence[int | None]]) -> list[Said]:
    return [
        Said(f"l{n}", f"q{n // 2}", rank, {"title": float(label or 0)}, label, float(label is not None))
        for n, one in enumerate(labels)
        for rank, label in enumerate(one, start=1)
    ]


def test_seldom_judged_ranks_count_more() -> None:
    weights = rank_weights(shown([[1, None, None], [0, 1, None], [1, 0, None], [0, None, None]] * 20))
    assert weights[0] == 1.0
    assert weights[1] == pytest.approx(2.0, abs=0.1)
    assert weights[2] == MOST_WEIGHT
    examples = outcome_examples(shown([[1, None], [0, 1], [1, 0], [0, None]] * 20))
    assert len(examples.relevant) == 120
    assert sorted({round(float(weight), 1) for weight in examples.weights}) == [1.0, 2.0]


def test_outcomes_are_measured_list_by_list() -> None:
    lists = outcome_lists(shown([[None, 0, 1], [1, None, 0]]))
    assert lists.grades == {"l0": {"0002": 0, "0003": 1}, "l1": {"0001": 1, "0003": 0}}
    assert lists.questions == {"l0": "q0", "l1": "q0"}
    assert isinstance(lists.whole["l0"], Found)
    assert lists.values(dict.fromkeys(lists.whole, prior()))["ndcg10"] == {"l0": 1.0, "l1": 1.0}


def test_lists_of_one_question_are_one_witness() -> None:
    told = shown([[1, 0], [0, 1], [1, 0, 0], [0, 1]])
    tried = trial(outcome_lists(told), outcome_examples(told), START)
    assert (tried.gain.n, len(tried.after.values["ndcg10"])) == (2, 4)


def test_outcomes_better_a_wrong_start() -> None:
    chance = np.random.default_rng(0)
    told: list[Said] = []
    for n in range(120):
        for rank in range(1, 9):
            good, noise = chance.random() < 0.4, float(chance.normal())
            features = {"word": float(good) + chance.normal() / 4, "title": noise}
            told.append(Said(f"l{n}", f"q{n}", rank, features, int(good), 1.0))
    examples = outcome_examples(told)
    tried = trial(outcome_lists(told), examples, START)
    assert tried.better
    assert tried.gain.mean > 0.2
    assert calibration_lacks(examples, 120, tried.scores) == ()
