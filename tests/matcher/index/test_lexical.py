"""BM25 against its definition, and the same answers however the documents came."""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.index import lexical
from matcher.index.base import Ids
from matcher.index.lexical import LexicalIndex

documents = st.text("abcdef ", max_size=14)


def reference(documents: Mapping[int, str], query: str, k1: float = 1.2, b: float = 0.75) -> dict[int, float]:
    """Return BM25 with Lucene's idf as a share of its limit, written from the formula."""
    cut = {row: Counter(text.split()) for row, text in documents.items()}
    average = sum(sum(counts.values()) for counts in cut.values()) / max(1, len(cut)) or 1.0
    found = {term: sum(term in counts for counts in cut.values()) for term in query.split()}
    idf = {term: math.log(1 + (len(cut) - df + 0.5) / (df + 0.5)) for term, df in found.items() if df}
    times = Counter(term for term in query.split() if term in idf)
    limit = sum(n * idf[term] * (k1 + 1) for term, n in times.items()) or 1.0
    scores: dict[int, float] = {}
    for row, counts in cut.items():
        norm = k1 * (1 - b + b * sum(counts.values()) / average)
        parts = (n * idf[t] * counts[t] * (k1 + 1) / (counts[t] + norm) for t, n in times.items())
        scores[row] = sum(parts) / limit
    return scores


def rows_of(*rows: int) -> Ids:
    return np.array(rows, dtype=np.int64)


def built(texts: Mapping[int, str]) -> LexicalIndex:
    index = LexicalIndex(str.split)
    index.add(rows_of(*texts), list(texts.values()))
    return index


def assert_answers(index: LexicalIndex, texts: Mapping[int, str], query: str) -> None:
    scores = index.scores(query)
    wanted = np.zeros(len(scores))
    for row, value in reference(texts, query).items():
        wanted[row] = value
    np.testing.assert_allclose(scores, wanted, rtol=1e-5, atol=1e-7)
    assert len(index) == len(texts)
    every = np.arange(len(scores))[::-1]
    for row, text in texts.items():
        np.testing.assert_array_equal(index.scores_by(row, every), index.scores(text)[every])


TEXTS = {0: "a b", 1: "a a c", 2: "d"}


def test_known_answer() -> None:
    scores = built(TEXTS).scores("c")
    # idf cancels for one term: tf / (tf + k1 (1 - b + b length / average)) = 1 / (1 + 1.2 (0.25 + 0.75 * 3 / 2)).
    np.testing.assert_allclose(scores, [0.0, 1 / 2.65, 0.0], rtol=1e-6)


@pytest.mark.parametrize("query", ["a", "a b", "a a d", "c d x", "x", ""])
def test_equals_the_reference(query: str) -> None:
    assert_answers(built(TEXTS), TEXTS, query)


def test_an_empty_index_answers_nothing() -> None:
    index = LexicalIndex(str.split)
    assert len(index.scores("a")) == 0
    assert index.contributions("a", "a") == {}
    index.remove(rows_of(0, 7))
    assert len(index) == 0


def test_scores_stay_below_one() -> None:
    index = built({0: "a " * 5000, 1: "b"})
    assert 0.9 < index.scores("a")[0] < 1


steps = st.lists(st.tuples(st.booleans(), st.lists(documents, min_size=1, max_size=4)), max_size=8)


@settings(max_examples=120, deadline=None)
@given(steps=steps, query=documents, merge_at=st.integers(1, 6), data=st.data())
def test_any_history_equals_building_anew(
    steps: list[tuple[bool, list[str]]], query: str, merge_at: int, data: st.DataObject
) -> None:
    index, texts, rows = LexicalIndex(str.split), dict[int, str](), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical, "_MERGE_AT", merge_at)
        for adds, batch in steps:
            if adds or not texts:
                fresh = dict(enumerate(batch, start=rows))
                index.add(rows_of(*fresh), batch)
                texts |= fresh
                rows += len(batch)
            else:
                gone = data.draw(st.lists(st.integers(-1, rows + 1), max_size=4))
                index.remove(rows_of(*gone))
                texts = {row: text for row, text in texts.items() if row not in gone}
            assert_answers(index, texts, query)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(documents, min_size=1, max_size=8), query=documents)
def test_contributions_sum_to_the_score(texts: list[str], query: str) -> None:
    index = built(dict(enumerate(texts)))
    scores = index.scores(query)
    for row, text in enumerate(texts):
        parts = index.contributions(query, text)
        assert sum(parts.values()) == pytest.approx(float(scores[row]), abs=1e-6)
        assert set(parts) == set(query.split()) & set(text.split())
        assert list(parts.values()) == sorted(parts.values(), reverse=True)


def test_only_the_heaviest_128_terms_count() -> None:
    terms = [f"t{n}" for n in range(130)]
    common = " ".join(terms[:2])
    index = built({0: common, 1: common, 2: " ".join(terms)})
    assert len(index.contributions(" ".join(terms), " ".join(terms))) == 128
    assert index.scores(" ".join(terms))[0] == 0


def test_a_document_asks_with_its_heaviest_128_terms_too() -> None:
    terms = [f"t{n}" for n in range(130)]
    index = built({0: " ".join(terms[:2]), 1: " ".join(terms[:2]), 2: " ".join(terms)})
    np.testing.assert_array_equal(index.scores_by(2, rows_of(0, 2)), index.scores(" ".join(terms))[[0, 2]])


def test_scores_cannot_be_written_over() -> None:
    with pytest.raises(ValueError, match="read-only"):
        built(TEXTS).scores("a")[0] = 1.0


def test_renumbered_equals_building_anew() -> None:
    texts = {0: "a b", 1: "a a c", 2: "d", 3: "b d e"}
    index = built(texts)
    index.remove(rows_of(1))
    index.add(rows_of(4), ["e e a"])
    smaller = index.renumbered(rows_of(0, 2, 3, 4))
    kept = {0: "a b", 1: "d", 2: "b d e", 3: "e e a"}
    for query in ("a", "b d", "c", "e a d"):
        assert_answers(smaller, kept, query)
    fresh = "z a " + " ".join(f"t{n}" for n in range(40))
    smaller.add(rows_of(4), [fresh])
    assert_answers(smaller, kept | {4: fresh}, "z a t39")
    assert_answers(index, {0: "a b", 2: "d", 3: "b d e", 4: "e e a"}, "z a t39")


def test_saving_keeps_every_answer_and_leaves_the_index_alone(tmp_path: Path) -> None:
    index = built(TEXTS)
    index.remove(rows_of(0))
    index.save(tmp_path, "words")
    with np.load(tmp_path / "words.npz") as stored:
        assert sorted(stored["data"]) == [1, 1, 2]
    loaded = LexicalIndex.load(tmp_path, "words", str.split)
    kept = {row: text for row, text in TEXTS.items() if row != 0}
    for one in (index, loaded):
        assert_answers(one, kept, "a c d")
        one.add(rows_of(3), ["d new"])
        one.remove(rows_of(2))
        assert_answers(one, {1: TEXTS[1], 3: "d new"}, "a d new")
        one.save(tmp_path, "again")
        with np.load(tmp_path / "again.npz") as stored:
            assert sorted(stored["data"]) == [1, 1, 1, 2]


def test_an_empty_index_can_be_saved(tmp_path: Path) -> None:
    LexicalIndex(str.split).save(tmp_path, "words")
    assert len(LexicalIndex.load(tmp_path, "words", str.split)) == 0
