"""The linear ranker: probabilities whose logit its contributions sum to, a total order, and checked files."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Filters, Query, Visibility
from matcher.encoder import FloatMatrix, TextSide
from matcher.encoder.base import to_unit_rows
from matcher.errors import MatcherError
from matcher.index.postings import PostingIndex
from matcher.rank import LinearRanker, Ranking, level, load_ranker, prior, ranked
from matcher.retrieve import query_vectors
from tests.builders import index_of, need, offer, posting_change
from tests.stub_encoder import StubEncoder

GOOD = {"name": "mine", "base": -1.5, "weights": {"title": 2, "word": 0.5}, "calibrated": True, "encoder": "stub"}


def rank(index: PostingIndex, query: Query) -> Ranking:
    return ranked(index, query, query_vectors(index.encoder, query), prior())


def names(index: PostingIndex, ranking: Ranking) -> list[str]:
    return [index.corpus.key(int(row))[1] for row in ranking.rows]


def written(folder: Path, content: object) -> Path:
    path = folder / "ranker.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


numbers = st.floats(-3, 3, width=32)


@given(base=numbers, values=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_base_and_contributions_sum_to_the_logit(base: float, values: list[tuple[float, float]]) -> None:
    ranker = LinearRanker("r", base, {"a": 1.5, "b": -0.25}, calibrated=False)
    table = np.array(values, dtype=np.float32)
    features = {"a": table[:, 0], "b": table[:, 1]}
    scores = ranker.scores(features)
    parts = sum(part.astype(np.float64) for part in ranker.contributions(features).values())
    np.testing.assert_allclose(np.log(scores / (1 - scores)), base + parts, atol=1e-5)


def test_known_answer() -> None:
    ranker = LinearRanker("r", -1.0, {"a": 2.0}, calibrated=False)
    scores = ranker.scores({"a": np.array([0.5, 1.0], dtype=np.float32)})
    np.testing.assert_allclose(scores, [0.5, 1 / (1 + np.exp(-1))])


def test_a_ranker_without_weights_scores_all_alike() -> None:
    ranker = LinearRanker("r", 0.0, {}, calibrated=False)
    assert ranker.scores({"a": np.zeros(3, dtype=np.float32)}).tolist() == [0.5] * 3


def test_scores_never_reach_the_ends() -> None:
    ranker = LinearRanker("r", 0.0, {"a": 1e6}, calibrated=False)
    scores = ranker.scores({"a": np.array([-1, 1], dtype=np.float32)})
    assert 0 < scores[0] < scores[1] < 1


def test_the_prior_is_not_calibrated() -> None:
    assert prior().calibrated is False
    assert {"title", "detail", "pair"} <= prior().weights.keys()


def test_ties_are_broken_by_posting_id() -> None:
    index = index_of([offer(name) for name in ("c", "a", "d", "b")])
    assert names(index, rank(index, need())) == ["a", "b", "c", "d"]


class SpreadEncoder(StubEncoder):
    """The stub with each vector spread over 384 uneven components, as real ones are."""

    dimension = 384
    _spread = np.random.default_rng(0).normal(size=(64, 384)).astype(np.float32)

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        rows: FloatMatrix = np.einsum("nd,de->ne", StubEncoder().encode(texts, side), self._spread)
        return to_unit_rows(rows)


@pytest.mark.parametrize("count", [3, 7, 51, 199])
def test_equal_texts_have_equal_scores_to_the_last_bit(count: int) -> None:
    index = PostingIndex(SpreadEncoder())
    index.apply([posting_change(offer(f"p{n:03}")) for n in reversed(range(count))])
    index.apply([posting_change(offer("other", "法律咨询"))])
    for text in ("精密零件检测", "零件", "加工服务", "五轴联动加工"):
        ranking = rank(index, need(text))
        alike = [n for n, name in enumerate(names(index, ranking)) if name != "other"]
        assert len(set(ranking.scores[alike].tolist())) == 1
        assert names(index, ranking.taken(np.array(alike))) == [f"p{n:03}" for n in range(count)]


def test_equal_texts_tie_in_any_order_of_arrival() -> None:
    texts = {f"p{n:03}": ("精密零件加工与检测服务" if n % 3 else f"零件加工{n}") for n in range(300)}
    forward = index_of([offer(name, text) for name, text in texts.items()])
    backward = index_of([offer(name, text) for name, text in reversed(texts.items())])
    query = need("精密零件检测", k=1000)
    first, second = rank(forward, query), rank(backward, query)
    assert names(forward, first) == names(backward, second)
    ties = [name for name in names(forward, first) if int(name[1:]) % 3]
    assert ties == sorted(ties)


def test_the_nearest_text_comes_first_and_the_unrelated_last() -> None:
    index = index_of([offer("far", "法律咨询"), offer("near", "精密零件加工"), offer("middle", "大型零件焊接")])
    ranking = rank(index, need("精密零件加工"))
    assert names(index, ranking) == ["near", "middle", "far"]
    assert (np.diff(ranking.scores) < 0).all()


def test_contributions_follow_the_rows() -> None:
    index = index_of([offer("far", "法律咨询"), offer("near"), offer("middle", "大型零件焊接")])
    ranking = rank(index, need())
    total = prior().base + sum(part.astype(np.float64) for part in ranking.contributions.values())
    np.testing.assert_allclose(np.log(ranking.scores / (1 - ranking.scores)), total, atol=1e-5)


def test_the_mask_is_applied_before_the_top_k() -> None:
    better = [offer(f"hidden{n:03}", visibility=Visibility.PRIVATE, firm="x") for n in range(450)]
    index = index_of([*better, offer("seen", "毫不相干")])
    assert names(index, rank(index, need(k=1, viewer="f"))) == ["seen"]


def test_what_is_unknown_lowers_the_rank() -> None:
    index = index_of([offer("a"), offer("b", region="110108")])
    ranking = rank(index, need(filters=Filters(region=("110000",))))
    assert names(index, ranking) == ["b", "a"]
    assert ranking.contributions["region_unknown"].tolist() == [0.0, np.float32(prior().weights["region_unknown"])]


def test_nothing_eligible_ranks_nothing() -> None:
    index = index_of([offer("p")])
    ranking = rank(index, need(tenant="nobody"))
    assert (len(ranking.rows), len(ranking.scores)) == (0, 0)


def test_the_same_query_gives_the_same_bits() -> None:
    index = index_of([offer(f"p{n}", f"精密零件第{n}号") for n in range(300)])
    first, second = rank(index, need(k=50)), rank(index, need(k=50))
    assert first.scores.tobytes() == second.scores.tobytes()
    assert names(index, first) == names(index, second)


@pytest.mark.parametrize(
    ("score", "words"), [(0.399, "低"), (0.4, "中"), (0.699, "中"), (0.7, "高"), (0.0, "低"), (1.0, "高")]
)
def test_levels(score: float, words: str) -> None:
    assert level(score) == words


def test_a_stored_ranker_is_read_back(tmp_path: Path) -> None:
    ranker = load_ranker(written(tmp_path, GOOD), encoder="stub")
    assert ranker == LinearRanker("mine", -1.5, {"title": 2.0, "word": 0.5}, calibrated=True)
    more = GOOD | {"threshold": 0.25, "trained": {"examples": 3}}
    assert load_ranker(written(tmp_path, more), encoder="stub") == replace(ranker, threshold=0.25)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        {key: value for key, value in GOOD.items() if key != "base"},
        {key: value for key, value in GOOD.items() if key != "encoder"},
        GOOD | {"base": "high"},
        GOOD | {"base": float("nan")},
        GOOD | {"weights": None},
        GOOD | {"weights": {"title": "x"}},
        GOOD | {"weights": {"title": float("inf")}},
        GOOD | {"threshold": -0.1},
        GOOD | {"threshold": 1.0},
        GOOD | {"threshold": float("nan")},
        GOOD | {"calibrated": "yes"},
    ],
)
def test_a_damaged_ranker_is_refused_by_name(content: object, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(MatcherError) as caught:
        load_ranker(path, encoder="stub")
    assert caught.value.code == "bad_ranker"
    assert str(path) in caught.value.message


def test_a_missing_ranker_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MatcherError) as caught:
        load_ranker(tmp_path / "none.json", encoder="stub")
    assert (caught.value.code, str(tmp_path) in caught.value.message) == ("bad_ranker", True)


def test_a_ranker_of_unknown_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MatcherError) as caught:
        load_ranker(written(tmp_path, GOOD | {"weights": {"title": 1, "luck": 2}}), encoder="stub")
    assert caught.value.code == "bad_ranker"
    assert "luck" in caught.value.message


def test_a_ranker_of_another_encoder_is_refused_with_the_remedies(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(MatcherError) as caught:
        load_ranker(path, encoder="other")
    assert caught.value.code == "ranker_encoder"
    assert caught.value.details == {"path": str(path), "fitted_on": "stub", "encoder": "other"}
    assert all(word in caught.value.message for word in (str(path), "stub", "other", "重新训练", "删去该文件"))
