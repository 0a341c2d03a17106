"""What is known of each candidate for a query, as named numbers: the ranker's only view of a match.

Similarities are relative to the candidates: 0 is ordinary among them, 1 the best of them. Everything else is 0 where nothing is
known, so that an unknown neither helps nor harms beyond its own `…_unknown` feature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Query, Side, SizeClass
from matcher.eligibility import Eligible
from matcher.encoder import FloatMatrix
from matcher.index.base import Ids
from matcher.index.corpus import FOREVER, NEVER, SIZES, Corpus
from matcher.index.postings import FIELDS, PostingIndex, text_side, vector_ids
from matcher.reading import Reading
from matcher.tagging import Tags
from matcher.taxonomy import all_industry_classes, kinds, region_distance

Column: TypeAlias = NDArray[np.float32]

NAMES = (
    "title",
    "detail",
    "profile",
    "word",
    "pair",
    "item",
    "closeness",
    "industry",
    "region_near",
    "size_fit",
    "qualified",
    "verified",
    "fresh",
    "supplier",
    "met",
    "unmet",
    "open",
    "region_unknown",
    "industry_unknown",
    "size_unknown",
)
"""Every feature, in the order a ranker lists them."""

_UNRELATED = 0.35  # What the default encoder gives the best of many texts that have nothing to do with the query.
_APART = 0.15  # What it gives two texts that have nothing to do with each other, at the most.
_LIKE = 0.7
_BACKGROUND = 10
_CREDIT = (1.0, 0.6, 0.3, 0.1)
_LEVELS = (5, 4, 3, 1)
_STALE_DAYS = 365.0
_UNKNOWNS = {"region_unknown": "地区", "industry_unknown": "行业", "size_unknown": "规模"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query: its title, vectors and industries, and how each of the rows compared answers it by words and pairs."""

    query: Query
    title: str
    vectors: FloatMatrix
    tags: Tags
    words: Column
    pairs: Column


def features(
    index: PostingIndex, query: Query, reading: Reading, vectors: FloatMatrix, rows: Ids, allowed: Eligible
) -> dict[str, Column]:
    """Return every feature of `NAMES`, each of shape (rows,).

    `vectors` are the query's, one per text field of its `reading`.
    """
    words, pairs = (lexical.scores(reading.lexical())[rows] for lexical in (index.words, index.pairs))
    tags = _declared(query.industry) or index.tagger.tags(vectors[:1], text_side(query.kind))
    asked = _Asked(query, reading.title, vectors, tags, words, pairs)
    return _features(index, asked, rows, np.arange(len(rows)), allowed)


def features_among(
    index: PostingIndex, query: Query, vectors: FloatMatrix, rows: Ids, places: Ids, allowed: Eligible
) -> dict[str, Column]:
    """Return the features of `rows[places]` among `rows`, each of shape (places,), for a posting that is in the index.

    They are what `features` gives for the query that the posting makes, from what the index holds of its texts.
    """
    own = index.corpus.row((query.tenant, query.posting_id or ""))
    if own is None:
        raise KeyError(query.posting_id)
    words, pairs = (lexical.scores_by(own, rows) for lexical in (index.words, index.pairs))
    held = index.corpus.rows[[own]]
    tags = _declared(query.industry) or Tags(held["classes"], held["confidence"])
    asked = _Asked(query, index.items.title(own), vectors, tags, words, pairs)
    return _features(index, asked, rows, places, allowed)


def _features(index: PostingIndex, asked: _Asked, rows: Ids, places: Ids, allowed: Eligible) -> dict[str, Column]:
    """Return the features of some of the rows compared; only what is relative is measured for all of them."""
    near = _similarities(index, asked.vectors, rows)
    compared = {
        "title": relative(near[0]),
        "detail": relative(near[-1]),
        "profile": _profile(index, asked.vectors[0], rows),
        "word": relative(asked.words),
        "pair": relative(asked.pairs),
        "closeness": _closeness(near),
    }
    rows = rows[places]
    found = {
        **{name: values[places] for name, values in compared.items()},
        "item": _item(index, asked.title, rows),
        "industry": _industry(index, asked.tags, rows),
        **_facts(index.corpus, asked.query, rows),
        **_conditions(rows, allowed),
    }
    for name, stage in _UNKNOWNS.items():
        unknown = allowed.unverified.get(stage)
        found[name] = np.zeros(len(rows), np.float32) if unknown is None else unknown[rows].astype(np.float32)
    return {name: found[name] for name in NAMES}


def farther(index: PostingIndex, vectors: FloatMatrix, rows: Ids) -> Column:
    """Return how much farther from a query than the nearest of the rows each one is, shape (rows,).

    `closeness` less this is a row's own: what pairs of different queries are compared by.
    """
    near = _similarities(index, vectors, rows).mean(axis=0)
    result: Column = near.max(initial=-1.0) - near
    return result


def relative(values: Column) -> Column:
    """Return values rescaled so that their mean is 0 and their best is 1; zeros where the best is not above 0.

    A few unrelated texts, of similarity 0, are counted in: among two or three candidates that are all good, the mean
    alone would call all but the best of them ordinary.
    """
    if not len(values) or values.max() <= 0:
        return np.zeros_like(values)
    mean = values.sum() / (len(values) + _BACKGROUND)
    result: Column = (values - mean) / (values.max() - mean)
    return result


def _similarities(index: PostingIndex, vectors: FloatMatrix, rows: Ids) -> NDArray[np.float32]:
    """Return, per query field, the best similarity to a field of each row, shape (query fields, rows)."""
    best = np.full((len(vectors), len(rows)), -1.0, dtype=np.float32)
    for field in range(len(FIELDS)):
        held = index.vectors.vectors(vector_ids(rows, field))
        # Unlike BLAS, einsum gives equal texts equal bits wherever they lie, so that ties are ties.
        best = np.maximum(best, np.einsum("qd,nd->qn", vectors, held))
    return best


def _item(index: PostingIndex, title: str, rows: Ids) -> Column:
    """Return how nearly an item of each row is what is sought: 0 up to a similarity of .7, 1 when it is the same."""
    result: Column = np.clip((index.items.scores(title, rows, least=_LIKE) - _LIKE) / (1 - _LIKE), 0.0, 1.0)
    return result


def _closeness(near: NDArray[np.float32]) -> Column:
    """Return how much nearer than unrelated texts the best row is, less what a row falls short of being related.

    It tells a query that found something from one that did not, and in a short list the row that is merely there.
    """
    if not near.size:
        return np.zeros(near.shape[1], dtype=np.float32)
    short: Column = np.maximum(_APART - near.max(axis=0), 0.0)
    result: Column = (near.mean(axis=0).max() - _UNRELATED - short).astype(np.float32)
    return result


def _profile(index: PostingIndex, vector: NDArray[np.float32], rows: Ids) -> Column:
    """Return how much nearer than the other candidates' profiles each firm's own profile is; 0 where it has none."""
    held = index.profiles.vectors(index.corpus.rows["firm"][rows].astype(np.int64))
    known = np.any(held != 0, axis=1)
    result = np.zeros(len(rows), dtype=np.float32)
    result[known] = relative(np.einsum("d,nd->n", vector, held[known]))
    return result


def _industry(index: PostingIndex, asked: Tags, rows: Ids) -> Column:
    """Return how alike the industries of query and rows are, in [0, 1]: 1 class, .6 group, .3 division, .1 section.

    A class that a side declares counts as certain; else what its text speaks of, by confidence.
    """
    table, columns = _ancestors(), index.corpus.rows[rows]
    classes, confidence = columns["classes"].copy(), columns["confidence"].copy()
    codes = columns["industry"]
    for code in np.unique(codes):
        if (tags := _declared(index.corpus.industries.names[code])) is not None:
            own = codes == code
            classes[own], confidence[own] = tags.classes[0], tags.confidence[0]
    total = np.zeros(len(rows), dtype=np.float32)
    for one, weight in zip(asked.classes[0], asked.confidence[0], strict=True):
        same = table[one][None, None, :] == table[classes]
        credit = (same * np.array(_CREDIT, dtype=np.float32)).max(axis=2)
        total += weight * (credit * confidence).sum(axis=1)
    return total


def _declared(industry: str | None) -> Tags | None:
    """Return a declared class as certain; None where no class is declared."""
    number = _class_numbers().get(industry or "")
    if number is None:
        return None
    return Tags(np.array([[number, 0, 0]], dtype=np.int16), np.array([[1.0, 0.0, 0.0]], dtype=np.float32))


def _facts(corpus: Corpus, query: Query, rows: Ids) -> dict[str, Column]:
    """Return what records say of the rows and of the firms behind them."""
    columns = corpus.rows[rows]
    firms = columns["firm"]
    held = corpus.held(query.as_of)
    suppliers = [corpus.firm((query.tenant, firm)) for firm in query.suppliers]
    return {
        "region_near": _region(corpus, query.region, corpus.codes(columns, "region")),
        "size_fit": _size_fit(query, corpus.firms["size"][firms]),
        "qualified": np.array([min(1.0, len(held.get(int(firm), ())) / 3) for firm in firms], dtype=np.float32),
        "verified": corpus.firms["verified"][firms].astype(np.float32),
        "fresh": _freshness(columns["since"], query.as_of),
        "supplier": np.isin(firms, [firm for firm in suppliers if firm is not None]).astype(np.float32),
    }


def _region(corpus: Corpus, region: str | None, codes: NDArray[np.int32]) -> Column:
    """Return 1 for the same county, .5 for the same city, .25 for the same province, 0 elsewhere or unknown."""
    if region is None:
        return np.zeros(len(codes), dtype=np.float32)
    near = np.zeros(len(corpus.regions.names), dtype=np.float32)
    for code in np.unique(codes):
        steps = region_distance(region, corpus.regions.names[code]) if code else None
        near[code] = 0.0 if steps is None else 0.5**steps
    result: Column = near[codes]
    return result


def _size_fit(query: Query, sizes: NDArray[np.int8]) -> Column:
    """Return 1 where the firm is of a size the policy has in mind for an answer, −1 where not, 0 where unknown."""
    kind = kinds()[query.kind]
    if kind.side is not Side.REQUEST:
        return np.zeros(len(sizes), dtype=np.float32)
    meant = {size for answer in kind.answered_by for size in kinds()[answer].sizes}
    table = [0.0 if size is SizeClass.UNKNOWN or not meant else 1.0 if size in meant else -1.0 for size in SIZES]
    result: Column = np.array(table, dtype=np.float32)[sizes]
    return result


def _freshness(since: NDArray[np.int32], as_of: date) -> Column:
    """Return e^(−age in years) of a posting that says since when it stands, else 0."""
    age = np.maximum(as_of.toordinal() - since.astype(np.float32), 0.0)
    known = (since != NEVER) & (since != FOREVER)
    result: Column = np.where(known, np.exp(-age / _STALE_DAYS), 0.0).astype(np.float32)
    return result


def _conditions(rows: Ids, allowed: Eligible) -> dict[str, Column]:
    """Return the shares of the query's conditions, stated or read from its text, that are met, unmet and open."""
    met, unmet = np.zeros(len(rows), dtype=np.float32), np.zeros(len(rows), dtype=np.float32)
    for outcome in allowed.outcomes:
        met += outcome.met[rows]
        unmet += outcome.unmet[rows]
    total = np.float32(max(1, len(allowed.outcomes)))
    asked = np.float32(bool(allowed.outcomes))
    return {"met": met / total, "unmet": unmet / total, "open": asked - (met + unmet) / total}


@lru_cache(maxsize=1)
def _ancestors() -> NDArray[np.int32]:
    """Return the class, group, division and section of every class, as numbers, shape (classes, 4)."""
    steps = [[code[:length] for length in _LEVELS] for code in all_industry_classes()]
    numbers = {name: n for n, name in enumerate(dict.fromkeys(step for path in steps for step in path))}
    return np.array([[numbers[step] for step in path] for path in steps], dtype=np.int32)


@lru_cache(maxsize=1)
def _class_numbers() -> Mapping[str, int]:
    return {code: n for n, code in enumerate(all_industry_classes())}
