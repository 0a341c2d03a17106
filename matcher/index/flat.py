"""The default vector index: FAISS, a memory-mapped base plus an in-memory delta, with tombstones in the mask."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.index.base import FloatMatrix, Hits, Ids, Mask
from matcher.index.checks import best, checked, checked_query, permitted

_VECTORS, _IDS = "vectors.faiss", "ids.npy"
_BLOCK = 4096
_UNSURE = 1e-4  # More than rounding can part two products of unit vectors of 384 numbers, however they are added up.


class _Segment:
    """A FAISS flat index whose position p holds the vector of `ids[p]`, unless `ids[p]` is -1 (a tombstone)."""

    def __init__(self, vectors: "faiss.Index", ids: Ids) -> None:
        self.store = vectors
        self.ids = ids
        self._order: Ids | None = None

    def live(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.ids >= 0)

    def bury(self, ids: Ids) -> None:
        self.ids[np.isin(self.ids, ids)] = -1
        self._order = None

    def put(self, ids: Ids, vectors: FloatMatrix) -> None:
        self.store.add(vectors)
        self.ids = np.concatenate([self.ids, ids])
        self._order = None

    def find(self, ids: Ids) -> tuple[Mask, Ids]:
        """Return which ids are here, and the positions of those."""
        if not len(self.ids):
            return np.zeros(len(ids), dtype=np.bool_), np.empty(0, dtype=np.int64)
        if self._order is None:
            self._order = np.argsort(self.ids, kind="stable")
        at = np.minimum(np.searchsorted(self.ids, ids, sorter=self._order), len(self.ids) - 1)
        positions = self._order[at]
        found = (self.ids[positions] == ids) & (ids >= 0)
        return found, positions[found]

    def take(self, positions: NDArray[np.int64]) -> FloatMatrix:
        if not len(positions):
            return np.empty((0, self.store.d), dtype=np.float32)
        return np.asarray(self.store.reconstruct_batch(positions), dtype=np.float32)

    def products(self, queries: FloatMatrix, allowed: Mask) -> tuple[Ids, FloatMatrix]:
        """Return the ids that are allowed, and the inner product of each query with each, shape (queries, ids)."""
        positions = np.flatnonzero((self.ids >= 0) & permitted(np.maximum(self.ids, 0), allowed))
        found = np.empty((len(queries), len(positions)), dtype=np.float32)
        for at in range(0, len(positions), _BLOCK):
            found[:, at : at + _BLOCK] = queries @ self.take(positions[at : at + _BLOCK]).T
        return self.ids[positions], found

    def search(self, query: NDArray[np.float32], k: int, allowed: Mask | None) -> Hits:
        use = (self.ids >= 0) & permitted(np.maximum(self.ids, 0), allowed)
        most = int(use.sum())
        if min(k, most) <= 0:
            return Hits(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        bits = np.packbits(use, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        chosen = faiss.SearchParameters()
        chosen.sel = selector
        depth = min(k + 1, most)
        scores, positions = self.store.search(query[None, :], depth, params=chosen)
        # FAISS cuts ties by position: go on until the k-th score is behind us, so that they can be cut by id.
        while depth < most and scores[0, -1] == scores[0, k - 1]:
            depth = min(2 * depth, most)
            scores, positions = self.store.search(query[None, :], depth, params=chosen)
        return Hits(self.ids[positions[0]], scores[0])


class FaissIndex:
    """Exact filtered search by inner product. A search costs the allowed vectors × dimension multiply-adds."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._base = _Segment(faiss.IndexFlatIP(dimension), np.empty(0, dtype=np.int64))
        self._delta = _Segment(faiss.IndexFlatIP(dimension), np.empty(0, dtype=np.int64))

    @classmethod
    def load(cls, folder: Path) -> "FaissIndex":
        """Return the index that `save` wrote into `folder`, its vectors memory-mapped."""
        base = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC)
        index = cls(base.d)
        index._base = _Segment(base, np.load(folder / _IDS))
        return index

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._dimension

    def __len__(self) -> int:
        return len(self._base.live()) + len(self._delta.live())

    def add(self, ids: Ids, vectors: FloatMatrix) -> None:
        """Add or replace vectors; they go to the delta."""
        ids, vectors = checked(ids, vectors, self._dimension)
        self.remove(ids)
        self._delta.put(ids, vectors)

    def remove(self, ids: Ids) -> None:
        """Forget vectors; unknown ids are ignored."""
        for segment in (self._base, self._delta):
            segment.bury(ids)

    def search(self, query: NDArray[np.float32], k: int, *, allowed: Mask | None = None) -> Hits:
        """Return the k best ids for one query vector."""
        query = checked_query(query, self._dimension)
        parts = [segment.search(query, k, allowed) for segment in (self._base, self._delta)]
        return best(np.concatenate([p.ids for p in parts]), np.concatenate([p.scores for p in parts]), k)

    def nearest(self, queries: FloatMatrix, k: int, allowed: Mask) -> list[Ids]:
        """Return the ids of each query's k best under its own mask, ascending: one product of matrices for them all."""
        queries = np.stack([checked_query(query, self._dimension) for query in queries])
        anyone: Mask = np.asarray(allowed.any(axis=0))
        parts = [segment.products(queries, anyone) for segment in (self._base, self._delta)]
        ids = np.concatenate([own for own, _ in parts])
        scores = np.concatenate([products for _, products in parts], axis=1)
        scores[~allowed[:, ids]] = -np.inf
        return [self._cut(query, k, ids, row) for query, row in zip(queries, scores, strict=True)]

    def _cut(self, query: NDArray[np.float32], k: int, ids: Ids, scores: NDArray[np.float32]) -> Ids:
        """Return the k best ids, ascending; products too near the last of them are made again, one by one."""
        last = np.partition(scores, -k)[-k] if len(ids) > k else np.float32(-np.inf)
        if last == -np.inf:
            return np.sort(ids[scores > last])
        near = np.flatnonzero(scores >= last - _UNSURE)
        sure = scores[near] > last + _UNSURE
        found, unsure = ids[near[sure]], ids[near[~sure]]
        if len(near) > k:
            mask = np.zeros(int(unsure.max()) + 1, dtype=np.bool_)
            mask[unsure] = True
            unsure = self.search(query, k - len(found), allowed=mask).ids
        return np.sort(np.concatenate([found, unsure]))

    def vectors(self, ids: Ids) -> FloatMatrix:
        """Return stored vectors in the order of `ids`, zeros where missing."""
        result = np.zeros((len(ids), self._dimension), dtype=np.float32)
        for segment in (self._base, self._delta):
            found, positions = segment.find(ids)
            if found.all():
                return segment.take(positions)
            result[found] = segment.take(positions)
        return result

    def save(self, folder: Path) -> None:
        """Write base and delta as one base into an existing empty folder, ordered by id, tombstones left out."""
        parts = [(segment.ids[segment.live()], segment.take(segment.live())) for segment in (self._base, self._delta)]
        ids = np.concatenate([p[0] for p in parts])
        order = np.argsort(ids)
        merged = faiss.IndexFlatIP(self._dimension)
        merged.add(np.concatenate([p[1] for p in parts])[order])
        faiss.write_index(merged, str(folder / _VECTORS))
        np.save(folder / _IDS, ids[order])
