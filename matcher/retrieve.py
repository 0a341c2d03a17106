"""From a query to the rows worth scoring: by meaning, by words and by the firm's profile, inside the mask."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Query
from matcher.eligibility import Eligible
from matcher.encoder import Encoder
from matcher.features import Column, features
from matcher.index.base import FloatMatrix, Ids
from matcher.index.postings import FIELDS, PostingIndex, text_side
from matcher.reading import Reading, read_query

_DEPTH = 200
_PROFILES = 100


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows worth scoring and their features, each of shape (candidates,)."""

    rows: Ids
    features: dict[str, Column]


def query_vectors(encoder: Encoder, query: Query) -> FloatMatrix:
    """Return one unit vector per text field of the query's reading, shape (fields, dimension)."""
    return encoder.encode(list(read_query(query).fields().values()), side=text_side(query.kind))


def retrieve(index: PostingIndex, query: Query, vectors: FloatMatrix, allowed: Eligible) -> Candidates:
    """Return the union of the best rows by each query vector, by words, by character pairs and by firm profile.

    Each retriever gives max(200, 2 k) rows from inside the mask (profiles: those of the 100 nearest firms); features
    are then exact for every row of the union.
    """
    return retrieve_read(index, query, read_query(query), vectors, allowed)


def retrieve_read(
    index: PostingIndex, query: Query, reading: Reading, vectors: FloatMatrix, allowed: Eligible
) -> Candidates:
    """Return what `retrieve` does for a reading of one's own, whose vectors are given."""
    depth = max(_DEPTH, 2 * query.k)
    fields = index.field_mask(allowed.mask)
    found = [index.vectors.search(vector, depth, allowed=fields).ids // len(FIELDS) for vector in vectors]
    found += [_top(lexical.scores(reading.lexical()), allowed.mask, depth) for lexical in (index.words, index.pairs)]
    found.append(_by_profile(index, vectors, allowed)[:depth])
    rows = np.unique(np.concatenate(found))
    return Candidates(rows, features(index, query, reading, vectors, rows, allowed))


def _by_profile(index: PostingIndex, vectors: FloatMatrix, allowed: Eligible) -> Ids:
    """Return the rows of the firms whose profiles are nearest, nearest first."""
    if not len(index.profiles):
        return np.empty(0, dtype=np.int64)
    columns = index.corpus.living()
    firms = np.zeros(len(index.corpus.firms), dtype=np.bool_)
    firms[columns["firm"][allowed.mask]] = True
    near = index.profiles.search(vectors[0], _PROFILES, allowed=firms).ids
    place = np.full(len(firms), len(near), dtype=np.int64)
    place[near] = np.arange(len(near))
    rows = np.flatnonzero(allowed.mask & (place[columns["firm"]] < len(near)))
    return rows[np.argsort(place[columns["firm"][rows]], kind="stable")].astype(np.int64)


def _top(scores: NDArray[np.float32], mask: NDArray[np.bool_], depth: int) -> Ids:
    """Return the rows of the highest positive scores inside the mask, ties by row."""
    rows = np.flatnonzero(mask & (scores > 0))
    if len(rows) > depth:
        rows = rows[scores[rows] >= np.partition(scores[rows], -depth)[-depth]]
        rows = rows[np.argsort(-scores[rows], kind="stable")[:depth]]
    return rows.astype(np.int64)
