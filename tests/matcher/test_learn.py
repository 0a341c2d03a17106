"""Learning: planted weights come back, few labels change little, reasons still sum up, scores mean what they say."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.evaluate import JudgedSet, build, encoded, queries_of, score
from matcher.features import NAMES
from matcher.learn import (
    LEAST_LABELS,
    LEAST_LISTS,
    LEAST_POSITIVES,
    MOST_LOST,
    Example,
    Examples,
    calibration_lacks,
    fit,
    fit_folds,
    fitted_on,
    fold_of,
    held_out_scores,
    question_digest,
    ranker_text,
    scores_of,
    threshold,
)
from matcher.learn_figures import BINS, difference, error_interval, held_out_error, reliability
from matcher.learn_judged import UNJUDGED, Lists, graded, rival, trial
from matcher.rank import LinearRanker, load_ranker, prior
from tests.stub_encoder import StubEncoder

START = LinearRanker("start", -2.0, {"title": 1.0, "word": 1.0, "met": 0.6, "unmet": -1.5, "fresh": 0.1}, False)
TRUTH = {"title": 3.0, "word": 0.2, "met": 1.2, "unmet": -2.0, "fresh": 1.0}


def drawn(count: int, truth: Mapping[str, float], *, base: float = -1.0, seed: int = 0, groups: int = 40) -> Examples:
    """Return examples whose labels are drawn from a known ranker."""
    chance = np.random.default_rng(seed)
    features = np.zeros((count, len(NAMES)))
    for name in START.weights:
        features[:, NAMES.index(name)] = chance.normal(size=count) / 2
    ranker = LinearRanker("truth", base, truth, calibrated=False)
    relevant = chance.random(count) < scores_of(ranker, features)
    return Examples(np.array([f"q{n % groups}" for n in range(count)]), features, relevant, np.ones(count))


def test_planted_weights_come_back() -> None:
    fitted = fit(drawn(40_000, TRUTH), START)
    assert fitted.base == pytest.approx(-1.0, abs=0.15)
    for name, weight in TRUTH.items():
        assert fitted.weights[name] == pytest.approx(weight, abs=0.2), name


def test_few_labels_change_little() -> None:
    fitted = fit(drawn(8, TRUTH, seed=3), START)
    for name, weight in START.weights.items():
        assert fitted.weights[name] == pytest.approx(weight, abs=0.35), name
    grid = drawn(200, TRUTH, seed=1).features
    assert np.abs(scores_of(fitted, grid) - scores_of(START, grid)).mean() < 0.1


def test_many_labels_of_the_prior_itself_give_the_prior() -> None:
    fitted = fit(drawn(20_000, START.weights, base=START.base), START)
    for name, weight in START.weights.items():
        assert fitted.weights[name] == pytest.approx(weight, abs=0.15), name


def test_a_feature_without_evidence_keeps_its_share() -> None:
    start = LinearRanker("start", -2.0, {**START.weights, "industry": 0.8}, False)
    fitted = fit(drawn(500, START.weights, base=-2.0), start)
    assert fitted.weights["industry"] == pytest.approx(0.8, abs=0.3)
    assert all(fitted.weights[name] == pytest.approx(0.0, abs=1e-3) for name in ("pair", "size_fit"))


@pytest.mark.parametrize(("name", "against"), [("met", -2.0), ("unmet", 2.0), ("title", -2.0)])
def test_no_weight_flips_against_reason(name: str, against: float) -> None:
    fitted = fit(drawn(4_000, {**TRUTH, name: against}), START)
    assert fitted.weights[name] == 0.0
    assert fitted.weights["word"] >= 0


def test_what_has_no_reason_may_flip() -> None:
    assert fit(drawn(4_000, {**TRUTH, "fresh": -2.0}), START).weights["fresh"] < -0.5


def test_the_same_examples_give_the_same_ranker() -> None:
    examples = drawn(300, TRUTH)
    first, second = fit(examples, START), fit(examples, START)
    assert first == second
    assert first.name.startswith("trained-")
    assert first.calibrated is False
    assert fit(drawn(300, TRUTH, seed=1), START).name != first.name


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(20, 200))
def test_reasons_sum_to_the_logit(seed: int, count: int) -> None:
    examples = drawn(count, TRUTH, seed=seed)
    if examples.relevant.all() or not examples.relevant.any():
        return
    fitted = fit(examples, START)
    columns = {name: examples.features[:, n].astype(np.float32) for n, name in enumerate(NAMES)}
    scores = fitted.scores(columns)
    total = fitted.base + sum(part.astype(np.float64) for part in fitted.contributions(columns).values())
    np.testing.assert_allclose(np.log(scores / (1 - scores)), total, atol=1e-4)
    assert all(weight >= 0 for name, weight in fitted.weights.items() if name in ("title", "word", "met"))


def test_a_trained_ranker_is_read_back(tmp_path: Path) -> None:
    fitted = fit(drawn(300, TRUTH), START)
    (tmp_path / "r.json").write_text(ranker_text(fitted, {"examples": 300}, encoder="e5"), encoding="utf-8")
    assert load_ranker(tmp_path / "r.json", encoder="e5") == fitted
    assert json.loads((tmp_path / "r.json").read_text())["trained"] == {"examples": 300}


@pytest.mark.parametrize("labels", [[], [True, True], [False]])
def test_one_sided_labels_teach_nothing(labels: list[bool]) -> None:
    with pytest.raises(MatcherError) as caught:
        Examples.of(Example("q", {}, label) for label in labels)
    assert caught.value.code == "too_few_labels"


def test_what_is_missing_or_no_number_is_unknown() -> None:
    examples = Examples.of([Example("q", {"title": nan, "word": 2.0, "old": 9.0}, True), Example("q", {}, False)])
    assert examples.features[0, NAMES.index("word")] == 2.0
    assert examples.features.sum() == 2.0


def test_folds_keep_questions_together() -> None:
    folds = fold_of([f"q{n % 23}" for n in range(99)], folds=5)
    assert len(folds) == 23
    assert sorted(np.bincount(list(folds.values()))) == [4, 4, 5, 5, 5]
    assert folds == fold_of(sorted(folds), folds=5)


def test_a_fold_that_teaches_nothing_keeps_the_start() -> None:
    examples = Examples.of([Example("a", {}, True), Example("b", {}, False)])
    fitted = fit_folds(examples, START, {"a": 0, "b": 1})
    assert fitted == {0: START, 1: START}


def test_the_threshold_hides_few_that_are_relevant() -> None:
    scores = np.linspace(0, 1, 1001)
    lowest = threshold(scores, np.ones(1001, dtype=np.bool_))
    assert lowest == pytest.approx(MOST_LOST)
    assert threshold(np.array([0.3, 0.1, 0.2]), np.array([True, False, True])) == 0.2


def test_the_curve_of_known_scores() -> None:
    scores = np.repeat(np.arange(BINS) / BINS, 10)
    relevant = np.tile(np.arange(10), BINS) < np.repeat(np.arange(BINS), 10)
    points = reliability(scores, relevant, np.ones(100))
    assert [point.score for point in points] == pytest.approx([point.relevant for point in points])
    assert held_out_error(scores, relevant, np.ones(100)) == pytest.approx(0.0)
    assert held_out_error(scores + 0.1, relevant, np.ones(100)) == pytest.approx(0.1)
    halved = np.where(np.arange(100) < 50, 2.0, 0.0)
    assert sum(point.share for point in reliability(scores, relevant, halved)) == pytest.approx(1.0)


def test_trained_scores_are_probabilities() -> None:
    examples = drawn(4_000, TRUTH)
    folds = fold_of(examples.groups.tolist())
    scores = held_out_scores(examples, fit_folds(examples, START, folds), folds)
    told = (scores, examples.relevant, examples.weights)
    assert held_out_error(*told) < 0.04 < held_out_error(scores_of(START, examples.features), *told[1:])
    found = error_interval(examples.groups, *told)
    assert 0 <= found.lo <= found.mean <= found.hi < 0.06


def test_a_paired_difference_needs_the_same_queries() -> None:
    first = {f"q{n}": 0.1 * (n % 5) for n in range(40)}
    better = {name: value + 0.01 for name, value in first.items()}
    assert difference(first, better).lo == pytest.approx(0.01)
    assert difference(first, {"other": 1.0}).n == 0
    noisy = {name: value + (0.3 if int(name[1:]) % 2 else -0.3) for name, value in first.items()}
    assert difference(first, noisy).lo < 0 < difference(first, noisy).hi


def test_what_calibration_rests_on() -> None:
    few = drawn(60, TRUTH)
    lacks = calibration_lacks(few, 3, few.relevant.astype(float))
    assert len(lacks) == 3
    assert all(
        str(least) in text for least, text in zip((LEAST_LABELS, LEAST_POSITIVES, LEAST_LISTS), lacks, strict=True)
    )
    many = drawn(2_000, TRUTH)
    assert calibration_lacks(many, LEAST_LISTS, many.relevant.astype(float)) == ()
    [wrong] = calibration_lacks(many, LEAST_LISTS, 1.0 - many.relevant.astype(np.float64))
    assert "校准误差" in wrong


def lists_of(judged: JudgedSet) -> Lists:
    encoder = StubEncoder()
    index = build(judged, encoder, PostingKind.CAPABILITY, lambda done, total: None)
    queries = queries_of(judged, PostingKind.NEED)
    return Lists.collect(index, queries, encoded(queries, encoder), judged.grades)


WORKS = ("五轴加工", "冷链配送", "模具设计", "电池回收", "法律咨询", "零件焊接")
DOCS = {f"d{n}": f"{work}服务{'甲乙丙丁'[n % 4]}" for n, work in enumerate(WORKS * 8)}
QUERIES: dict[str, tuple[str, str | None]] = {f"q{n}": (f"寻求{work}", None) for n, work in enumerate(WORKS)}


def relevant(query: str, doc: str) -> bool:
    return QUERIES[query][0].removeprefix("寻求") in DOCS[doc]


def test_graded_sets_teach_by_what_was_judged() -> None:
    grades = {query: {doc: 4 if relevant(query, doc) else 1 for doc in list(DOCS)[:12]} for query in QUERIES}
    lists = lists_of(JudgedSet(QUERIES, DOCS, grades))
    examples = lists.examples(prior())
    assert graded(grades)
    assert (len(examples.relevant), examples.relevant.sum()) == (72, 12)
    assert set(examples.weights) == {1.0}
    tried = trial(lists, examples, prior())
    assert tried.deciding == "judged_ndcg10"
    assert set(tried.after.values) == {"ndcg10", "r10", "r100", "mrr", "acc1", "judged_ndcg10"}


def test_sets_of_positives_teach_against_the_best_of_the_rest() -> None:
    grades = {query: {doc: 1 for doc in DOCS if relevant(query, doc)} for query in QUERIES}
    lists = lists_of(JudgedSet(QUERIES, DOCS, grades))
    examples = lists.examples(prior())
    assert examples.relevant.sum() == 48
    assert (~examples.relevant).sum() == len(QUERIES) * 2 * UNJUDGED
    assert examples.weights[~examples.relevant].sum() == pytest.approx(len(QUERIES) * 40), "all that is not wanted"
    assert set(examples.weights[examples.relevant]) == {1.0}
    assert not lists.judged


def test_metrics_of_a_trial_are_those_of_an_evaluation() -> None:
    grades = {query: {doc: 1 for doc in DOCS if relevant(query, doc)} for query in QUERIES}
    lists = lists_of(JudgedSet(QUERIES, DOCS, grades))
    tried = trial(lists, lists.examples(prior()), prior())
    assert tried.before.metrics() == score(grades, lists.run(prior()))
    assert not tried.better, "what is already right cannot be bettered"


def test_a_rival_is_measured_as_the_trial_measures_its_start() -> None:
    queries: dict[str, tuple[str, str | None]] = {f"{name}{n}": QUERIES[name] for name in QUERIES for n in range(2)}
    grades = {query: {doc: 1 for doc in DOCS if relevant(query[:-1], doc)} for query in queries}
    lists = lists_of(JudgedSet(queries, DOCS, grades))
    tried = trial(lists, lists.examples(prior()), prior())
    same = rival(tried, lists, prior(), fitted_on=())
    assert same.gain == tried.gain
    assert same.theirs == pytest.approx(tried.before.metrics()[tried.deciding].mean)
    assert same.ours == pytest.approx(tried.after.metrics()[tried.deciding].mean)
    contrary = replace(prior(), weights={name: -weight for name, weight in prior().weights.items()})
    worse = rival(tried, lists, contrary, fitted_on=())
    assert (worse.beaten, worse.superior, worse.gain.n) == (True, False, 12)
    contrary_after = replace(tried.after, values=lists.values(dict.fromkeys(lists.whole, contrary)))
    reverse = rival(replace(tried, after=contrary_after), lists, prior(), fitted_on=())
    assert (reverse.beaten, reverse.superior) == (False, True)


@pytest.mark.parametrize(("known", "told"), [(0, True), (2, True), (3, False), (12, False)])
def test_a_rival_is_not_measured_on_what_it_was_fitted_on(known: int, told: bool) -> None:
    queries: dict[str, tuple[str, str | None]] = {f"{name}{n}": QUERIES[name] for name in QUERIES for n in range(2)}
    grades = {query: {doc: 1 for doc in DOCS if relevant(query[:-1], doc)} for query in queries}
    lists = lists_of(JudgedSet(queries, DOCS, grades))
    tried = trial(lists, lists.examples(prior()), prior())
    contrary = replace(prior(), weights={name: -weight for name, weight in prior().weights.items()})
    found = rival(tried, lists, contrary, fitted_on=sorted(queries)[:known])
    assert (found.gain.n, found.told, found.beaten) == (12 - known, told, told)


def test_a_file_remembers_the_questions_it_was_fitted_on(tmp_path: Path) -> None:
    path, questions = tmp_path / "r.json", [question_digest("t", "q1"), question_digest("t", "q2")]
    path.write_text(ranker_text(START, {"fitted_on": questions}, encoder="e5"), encoding="utf-8")
    assert fitted_on(path) == set(questions)
    assert len(set(questions)) == 2
    path.write_text(ranker_text(START, {}, encoder="e5"), encoding="utf-8")
    assert fitted_on(path) == frozenset()
