"""From a query to its best candidates: dense and lexical retrieval inside the mask, then features for the union."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Query
from matcher.eligibility import Eligible
from matcher.encoder import Encoder
from matcher.index.base import FloatMatrix, Ids
from matcher.index.postings import FIELDS, PostingIndex, text_side, vector_ids
from matcher.text import encoded_fields, lexical_text

_DEPTH = 200
_UNRELATED = 0.85  # What the default encoder gives two texts of this field that have nothing to do with each other.


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows worth scoring and their features, each of shape (candidates,)."""

    rows: Ids
    features: dict[str, NDArray[np.float32]]


def query_texts(query: Query) -> dict[str, str]:
    """Return the query's texts to encode, by field."""
    return encoded_fields(query.title, query.detail, query.keywords)


def query_vectors(encoder: Encoder, query: Query) -> FloatMatrix:
    """Return one unit vector per text field of the query, shape (fields, dimension)."""
    return encoder.encode(list(query_texts(query).values()), side=text_side(query.kind))


def retrieve(index: PostingIndex, query: Query, vectors: FloatMatrix, allowed: Eligible) -> Candidates:
    """Return the union of the best rows by each query vector and by words and character pairs, with features.

    Each retriever gives max(200, 2 k) rows from inside the mask; similarities are then exact for every row of the union
    and taken relative to it: 0 is the union's mean, 1 its best. `closeness` is the best similarity of all, the same for
    every row: it tells a query that found something from one that did not.
    """
    text = lexical_text(query.title, query.detail, query.keywords)
    word, pair = index.words.scores(text), index.pairs.scores(text)
    depth = max(_DEPTH, 2 * query.k)
    fields = index.field_mask(allowed.mask)
    found = [index.vectors.search(vector, depth, allowed=fields).ids // len(FIELDS) for vector in vectors]
    found += [_top(scores, allowed.mask, depth) for scores in (word, pair)]
    rows = np.unique(np.concatenate(found))
    dense = _dense(index, vectors, rows)
    features = {"dense": _relative(dense), "word": _relative(word[rows]), "pair": _relative(pair[rows])}
    features["closeness"] = np.full(len(rows), dense.max() - _UNRELATED if len(rows) else 0.0, dtype=np.float32)
    for name, feature in (("地区", "region_unknown"), ("行业", "industry_unknown"), ("规模", "size_unknown")):
        unknown = allowed.unverified.get(name)
        features[feature] = np.zeros(len(rows), np.float32) if unknown is None else unknown[rows].astype(np.float32)
    return Candidates(rows, features)


def _top(scores: NDArray[np.float32], mask: NDArray[np.bool_], depth: int) -> Ids:
    """Return the rows of the highest positive scores inside the mask, ties by row."""
    rows = np.flatnonzero(mask & (scores > 0))
    if len(rows) > depth:
        rows = rows[scores[rows] >= np.partition(scores[rows], -depth)[-depth]]
        rows = rows[np.argsort(-scores[rows], kind="stable")[:depth]]
    return rows.astype(np.int64)


def _dense(index: PostingIndex, vectors: FloatMatrix, rows: Ids) -> NDArray[np.float32]:
    """Return for each row the mean over the query's fields of the best similarity to a field of the row."""
    best = np.full((len(vectors), len(rows)), -1.0, dtype=np.float32)
    for field in range(len(FIELDS)):
        held = index.vectors.vectors(vector_ids(rows, field))
        # Unlike BLAS, einsum gives equal texts equal bits wherever they lie, so that ties are ties.
        best = np.maximum(best, np.einsum("qd,nd->qn", vectors, held))
    result: NDArray[np.float32] = best.mean(axis=0)
    return result


def _relative(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values rescaled so that their mean is 0 and their best is 1; all 0 where none stands out."""
    if not len(values):
        return values
    mean = values.mean()
    spread = values.max() - mean
    result: NDArray[np.float32] = (values - mean) / spread if spread > 1e-6 else np.zeros_like(values)
    return result
