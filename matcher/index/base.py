"""What a vector index must do, whoever implements it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.encoder.base import FloatMatrix

__all__ = ["FloatMatrix", "Hits", "Ids", "Mask", "VectorIndex"]

Ids: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hits:
    """Search result of one query, best first, ties by id: `ids` and inner-product `scores` of equal length ≤ k."""

    ids: Ids
    scores: NDArray[np.float32]


class VectorIndex(Protocol):
    """Unit vectors under caller-chosen ids ≥ 0, searched by inner product.

    `allowed` is a mask over ids: None leaves the search open, an all-false (or too short) mask forbids.
    """

    def __init__(self, dimension: int) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the index that `save` wrote into `folder`."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    def __len__(self) -> int:
        """Return how many vectors are searchable."""

    def add(self, ids: Ids, vectors: FloatMatrix) -> None:
        """Add vectors; an id already present is replaced.

        :raises MatcherError: `bad_vectors` when shapes, ids (negative, repeated) or values (not finite) are wrong.
        """

    def remove(self, ids: Ids) -> None:
        """Forget vectors; unknown ids are ignored."""

    def search(self, query: NDArray[np.float32], k: int, *, allowed: Mask | None = None) -> Hits:
        """Return the k best ids for one query vector.

        :raises MatcherError: `bad_vectors` when the query's shape or values are wrong.
        """

    def nearest(self, queries: FloatMatrix, k: int, allowed: Mask) -> list[Ids]:
        """Return for each query vector the k ≥ 1 ids that `search` finds under its own mask, in ascending order.

        `allowed` has a row for each query.

        :raises MatcherError: `bad_vectors` when the queries' shape or values are wrong.
        """

    def vectors(self, ids: Ids) -> FloatMatrix:
        """Return stored vectors in the order of `ids`; a missing id gives a row of zeros."""

    def save(self, folder: Path) -> None:
        """Write the index into an existing empty folder."""
