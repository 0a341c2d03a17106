"""What every vector index does, checked against plain numpy; components on a grid of 1/4 make every score exact."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from numpy.typing import NDArray

from matcher.errors import MatcherError
from matcher.index.base import FloatMatrix, Ids, VectorIndex
from matcher.index.exact import ExactIndex
from matcher.index.flat import FaissIndex

KINDS: tuple[type[VectorIndex], ...] = (ExactIndex, FaissIndex)
DIMENSION = 3

Model = dict[int, tuple[float, ...]]

components = st.integers(-2, 2).map(lambda n: n / 4)
vectors = st.tuples(*[components] * DIMENSION)
small_ids = st.integers(0, 24)
contents = st.dictionaries(small_ids, vectors, max_size=12)
masks = st.none() | st.lists(st.booleans(), max_size=30)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[VectorIndex]:
    found: type[VectorIndex] = request.param
    return found


def ids_of(*numbers: int) -> Ids:
    return np.array(numbers, dtype=np.int64)


def matrix(rows: object) -> FloatMatrix:
    return np.array(rows, dtype=np.float32).reshape(-1, DIMENSION)


def filled(kind: type[VectorIndex], model: Model) -> VectorIndex:
    index = kind(DIMENSION)
    index.add(ids_of(*model), matrix(list(model.values())))
    return index


def expected(model: Model, query: FloatMatrix, k: int, allowed: list[bool] | None) -> list[tuple[int, float]]:
    """Return what a search must give, from the definition."""
    open_ids = [i for i in model if allowed is None or (i < len(allowed) and allowed[i])]
    scored = [(i, float(np.dot(np.array(model[i], dtype=np.float32), query))) for i in open_ids]
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]


def found(
    index: VectorIndex, query: NDArray[np.float32], k: int, allowed: list[bool] | None = None
) -> list[tuple[int, float]]:
    mask = None if allowed is None else np.array(allowed, dtype=np.bool_)
    hits = index.search(query, k, allowed=mask)
    assert hits.ids.dtype == np.int64
    assert hits.scores.dtype == np.float32
    return list(zip(hits.ids.tolist(), hits.scores.tolist(), strict=True))


class AgainstNumpy(RuleBasedStateMachine):
    """Any sequence of writes, saves and loads leaves an index that answers as plain numpy does."""

    kind: type[VectorIndex]

    @initialize()
    def start(self) -> None:
        self.model: Model = {}
        self.index = self.kind(DIMENSION)

    @rule(batch=contents)
    def add_or_replace(self, batch: Model) -> None:
        self.index.add(ids_of(*batch), matrix(list(batch.values())))
        self.model |= batch

    @rule(gone=st.lists(small_ids, max_size=6))
    def remove(self, gone: list[int]) -> None:
        self.index.remove(ids_of(*gone))
        self.model = {i: vector for i, vector in self.model.items() if i not in gone}

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.index.save(Path(folder))
            self.index = self.kind.load(Path(folder))

    @rule(query=vectors, k=st.integers(-1, 30), allowed=masks)
    def search(self, query: tuple[float, ...], k: int, allowed: list[bool] | None) -> None:
        asked = np.array(query, dtype=np.float32)
        assert found(self.index, asked, k, allowed) == expected(self.model, asked, max(0, k), allowed)

    @rule(queries=st.lists(vectors, min_size=1, max_size=3), k=st.integers(1, 9), allowed=st.data())
    def search_for_several(self, queries: list[tuple[float, ...]], k: int, allowed: st.DataObject) -> None:
        size = allowed.draw(st.integers(0, 30))
        own = st.lists(st.booleans(), min_size=size, max_size=size)
        masks = allowed.draw(st.lists(own, min_size=len(queries), max_size=len(queries)))
        near = self.index.nearest(matrix(queries), k, np.array(masks, dtype=np.bool_).reshape(len(queries), size))
        for query, mask, ids in zip(matrix(queries), masks, near, strict=True):
            assert ids.tolist() == sorted(i for i, _ in expected(self.model, query, k, mask))

    @rule(wanted=st.lists(small_ids, max_size=8))
    def read_back(self, wanted: list[int]) -> None:
        held = matrix([self.model.get(i, (0.0,) * DIMENSION) for i in wanted])
        np.testing.assert_array_equal(self.index.vectors(ids_of(*wanted)), held)

    @invariant()
    def counts(self) -> None:
        assert len(self.index) == len(self.model)
        assert self.index.dimension == DIMENSION


def test_any_history_answers_as_numpy_does(kind: type[VectorIndex]) -> None:
    run_state_machine_as_test(
        type(f"Against{kind.__name__}", (AgainstNumpy,), {"kind": kind}),
        settings=settings(max_examples=60, stateful_step_count=12, deadline=None),
    )


def test_real_vectors_give_the_values_of_numpy(kind: type[VectorIndex]) -> None:
    chance = np.random.default_rng(0)
    stored = chance.normal(size=(700, 48)).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    index = kind(48)
    index.add(np.arange(500, dtype=np.int64), stored[:500])
    index.add(np.arange(500, 700, dtype=np.int64), stored[500:])
    allowed = chance.random(700) < 0.4
    for query in stored[:20]:
        scores = np.where(allowed, stored @ query, -9.0)
        hits = index.search(query, 100, allowed=allowed)
        np.testing.assert_array_equal(hits.ids, np.argsort(-scores, kind="stable")[:100])
        np.testing.assert_allclose(hits.scores, np.sort(scores)[::-1][:100], atol=1e-6)
    masks = chance.random((20, 700)) < 0.4
    for query, mask, near in zip(stored[:20], masks, index.nearest(stored[:20], 100, masks), strict=True):
        np.testing.assert_array_equal(near, np.sort(index.search(query, 100, allowed=mask).ids))


MODEL: Model = {4: (1.0, 0.0, 0.0), 9: (0.5, 0.0, 0.0), 2: (0.25, 0.0, 0.0)}
AXIS = np.array([1.0, 0.0, 0.0], dtype=np.float32)


def test_no_mask_leaves_the_search_open(kind: type[VectorIndex]) -> None:
    assert found(filled(kind, MODEL), AXIS, 10) == [(4, 1.0), (9, 0.5), (2, 0.25)]


@pytest.mark.parametrize("allowed", [[], [False] * 10, [False] * 3])
def test_an_empty_mask_lets_nothing_through(kind: type[VectorIndex], allowed: list[bool]) -> None:
    assert found(filled(kind, MODEL), AXIS, 10, allowed) == []


def test_ids_beyond_a_short_mask_are_forbidden(kind: type[VectorIndex]) -> None:
    assert found(filled(kind, MODEL), AXIS, 10, [True] * 9) == [(4, 1.0), (2, 0.25)]
    assert found(filled(kind, MODEL), AXIS, 10, [True] * 10) == [(4, 1.0), (9, 0.5), (2, 0.25)]


@pytest.mark.parametrize(("k", "count"), [(-1, 0), (0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (10**9, 3)])
def test_k_bounds_the_hits(kind: type[VectorIndex], k: int, count: int) -> None:
    assert len(found(filled(kind, MODEL), AXIS, k)) == count


@pytest.mark.parametrize("k", [1, 2, 7, 49, 50])
def test_ties_are_cut_by_id_wherever_the_vectors_lie(kind: type[VectorIndex], k: int, tmp_path: Path) -> None:
    index = kind(DIMENSION)
    index.add(ids_of(*range(49, 24, -1)), matrix([(0.5, 0.0, 0.0)] * 25))
    index.save(tmp_path)
    index = kind.load(tmp_path)
    index.add(ids_of(*range(24, -1, -1)), matrix([(0.5, 0.0, 0.0)] * 25))
    assert found(index, AXIS, k) == [(i, 0.5) for i in range(k)]


def test_a_missing_id_reads_as_zeros(kind: type[VectorIndex]) -> None:
    index = filled(kind, MODEL)
    index.remove(ids_of(9))
    rows = index.vectors(ids_of(9, 4, 77, -1, 4))
    np.testing.assert_array_equal(rows, matrix([(0, 0, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]))
    assert kind(DIMENSION).vectors(ids_of(1)).tolist() == [[0.0] * DIMENSION]
    assert index.vectors(ids_of()).shape == (0, DIMENSION)


@pytest.mark.parametrize(
    ("ids", "rows"),
    [
        ([1], [[1.0, 0.0]]),
        ([1, 2], [[1.0, 0.0, 0.0]]),
        ([1], [1.0, 0.0, 0.0]),
        ([-1], [[1.0, 0.0, 0.0]]),
        ([3, 3], [[1.0, 0.0, 0.0]] * 2),
        ([1], [[np.nan, 0.0, 0.0]]),
        ([1], [[np.inf, 0.0, 0.0]]),
    ],
)
def test_bad_vectors_are_refused_whole(kind: type[VectorIndex], ids: list[int], rows: list[object]) -> None:
    index = filled(kind, MODEL)
    with pytest.raises(MatcherError) as caught:
        index.add(ids_of(*ids), np.array(rows, dtype=np.float32))
    assert caught.value.code == "bad_vectors"
    assert found(index, AXIS, 10) == [(4, 1.0), (9, 0.5), (2, 0.25)]


@pytest.mark.parametrize("query", [[1.0, 0.0], [[1.0, 0.0, 0.0]], [np.nan, 0.0, 0.0], [np.inf, 0.0, 0.0]])
def test_a_bad_query_is_refused(kind: type[VectorIndex], query: list[object]) -> None:
    with pytest.raises(MatcherError) as caught:
        filled(kind, MODEL).search(np.array(query, dtype=np.float32), 3)
    assert caught.value.code == "bad_vectors"
    with pytest.raises(MatcherError) as caught:
        filled(kind, MODEL).nearest(np.array([query], dtype=np.float32), 3, np.ones((1, 10), dtype=np.bool_))
    assert caught.value.code == "bad_vectors"


def test_saving_keeps_delta_and_leaves_tombstones_behind(kind: type[VectorIndex], tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    filled(kind, MODEL).save(first)
    index = kind.load(first)
    index.remove(ids_of(4))
    index.add(ids_of(2, 30), matrix([(0.75, 0.0, 0.0), (0.5, 0.25, 0.0)]))
    index.save(second)
    for one in (index, kind.load(second)):
        assert found(one, AXIS, 10) == [(2, 0.75), (9, 0.5), (30, 0.5)]
        assert len(one) == 3
    assert found(kind.load(first), AXIS, 10) == [(4, 1.0), (9, 0.5), (2, 0.25)]


def test_an_empty_index_can_be_saved(kind: type[VectorIndex], tmp_path: Path) -> None:
    kind(DIMENSION).save(tmp_path)
    index = kind.load(tmp_path)
    assert (len(index), index.dimension, found(index, AXIS, 5)) == (0, DIMENSION, [])


def test_the_faiss_base_is_mapped_not_read(tmp_path: Path) -> None:
    index = FaissIndex(64)
    index.add(np.arange(2000, dtype=np.int64), np.ones((2000, 64), dtype=np.float32))
    index.save(tmp_path)
    mapped = FaissIndex.load(tmp_path)
    with (tmp_path / "vectors.faiss").open("r+b") as file:
        file.seek(-64 * 4, 2)
        file.write(bytes(64 * 4))
    assert not mapped.vectors(ids_of(1999)).any()
    assert mapped.vectors(ids_of(1998)).all()
