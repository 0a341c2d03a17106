"""Input checks that every vector index shares."""

import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError
from matcher.index.base import FloatMatrix, Hits, Ids, Mask


def checked(ids: Ids, vectors: FloatMatrix, dimension: int) -> tuple[Ids, FloatMatrix]:
    """Return contiguous int64 ids and float32 vectors.

    :raises MatcherError: `bad_vectors` when shapes, ids or values are wrong.
    """
    ids = np.ascontiguousarray(ids, dtype=np.int64)
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.shape != (len(ids), dimension):
        raise MatcherError("bad_vectors", f"向量形状 {vectors.shape} 与 {len(ids)} 个编号、{dimension} 维不符")
    if len(np.unique(ids)) != len(ids) or (len(ids) and ids.min() < 0):
        raise MatcherError("bad_vectors", "向量编号须为不重复的非负整数")
    if not np.isfinite(vectors).all():
        raise MatcherError("bad_vectors", "向量中有非有限值，请检查编码器")
    return ids, vectors


def checked_query(query: NDArray[np.float32], dimension: int) -> NDArray[np.float32]:
    """Return the query as a contiguous float32 vector.

    :raises MatcherError: `bad_vectors` when its shape or values are wrong.
    """
    query = np.ascontiguousarray(query, dtype=np.float32)
    if query.shape != (dimension,) or not np.isfinite(query).all():
        raise MatcherError("bad_vectors", f"查询向量形状 {query.shape} 须为 {dimension} 维有限值，请检查编码器")
    return query


def permitted(ids: Ids, allowed: Mask | None) -> Mask:
    """Return for each id whether the mask lets it through; ids beyond the mask are forbidden."""
    if allowed is None:
        return np.ones(len(ids), dtype=np.bool_)
    if not len(ids) or ids.max() < len(allowed):
        return np.asarray(allowed[ids], dtype=np.bool_)
    inside = ids < len(allowed)
    result = np.zeros(len(ids), dtype=np.bool_)
    result[inside] = allowed[ids[inside]]
    return result


def best(ids: Ids, scores: NDArray[np.float32], k: int) -> Hits:
    """Return the k highest scores, ties by ascending id."""
    order = np.lexsort((ids, -scores))[: max(0, k)]
    return Hits(ids[order], scores[order])
