"""The plain numpy index: every other one is compared with it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.index.base import FloatMatrix, Hits, Ids, Mask
from matcher.index.checks import best, checked, checked_query, permitted


class ExactIndex:
    """Brute-force inner products; cost grows with vectors × dimension."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._vectors: FloatMatrix = np.empty((0, dimension), dtype=np.float32)

    @classmethod
    def load(cls, folder: Path) -> "ExactIndex":
        """Return the index that `save` wrote into `folder`."""
        vectors = np.load(folder / "vectors.npy")
        index = cls(vectors.shape[1])
        index._vectors, index._ids = vectors, np.load(folder / "ids.npy")
        return index

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._dimension

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Ids, vectors: FloatMatrix) -> None:
        """Add or replace vectors."""
        ids, vectors = checked(ids, vectors, self._dimension)
        self.remove(ids)
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors])

    def remove(self, ids: Ids) -> None:
        """Forget vectors; unknown ids are ignored."""
        keep = ~np.isin(self._ids, ids)
        self._ids, self._vectors = self._ids[keep], self._vectors[keep]

    def search(self, query: NDArray[np.float32], k: int, *, allowed: Mask | None = None) -> Hits:
        """Return the k best ids for one query vector."""
        query = checked_query(query, self._dimension)
        use = permitted(self._ids, allowed)
        return best(self._ids[use], self._vectors[use] @ query, k)

    def nearest(self, queries: FloatMatrix, k: int, allowed: Mask) -> list[Ids]:
        """Return the ids of each query's k best under its own mask, ascending."""
        pairs = zip(queries, allowed, strict=True)
        return [np.sort(self.search(query, k, allowed=mask).ids) for query, mask in pairs]

    def vectors(self, ids: Ids) -> FloatMatrix:
        """Return stored vectors in the order of `ids`, zeros where missing."""
        position = {int(i): n for n, i in enumerate(self._ids)}
        result = np.zeros((len(ids), self._dimension), dtype=np.float32)
        for row, wanted in enumerate(ids):
            if int(wanted) in position:
                result[row] = self._vectors[position[int(wanted)]]
        return result

    def save(self, folder: Path) -> None:
        """Write the index into an existing empty folder."""
        np.save(folder / "ids.npy", self._ids)
        np.save(folder / "vectors.npy", self._vectors)
