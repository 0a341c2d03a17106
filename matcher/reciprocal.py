"""What fits both ways: for a firm's own posting, candidates that it wants and that would want it.

The two-sided score is the harmonic mean of two probabilities, each the one-sided score of `rank`: high only where both
are, as with the reciprocal recommenders of Pizzato et al., "RECON" (RecSys 2010).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from math import log

import numpy as np
from numpy.typing import NDArray

from matcher.domain import ConditionResult, Posting, PostingKind, Query, Side, SizeClass, Verdict
from matcher.eligibility import Eligible, Outcome, eligible
from matcher.explain import condition_name, conditions
from matcher.features import features
from matcher.index.base import FloatMatrix, Mask
from matcher.index.corpus import KINDS, Key
from matcher.index.postings import FIELDS, PostingIndex, vector_ids
from matcher.rank import Features, LinearRanker, ranked
from matcher.reading import read_query
from matcher.records import Record
from matcher.shortlist import PER_FIRM, shortlist
from matcher.taxonomy import kinds

_RIVALS = 200
REVERSED = 30
"""How many candidates of one posting are scored the other way too."""
REVERSED_IN_ALL = 240
"""How many candidates of one firm are, the best by the first score."""


class Direction(StrEnum):
    """What a firm looks for: whom it could serve with its offers, who could serve its requests, or both."""

    SERVE = "serve"
    SERVED = "served"
    BOTH = "both"


FORWARD_LABEL, BACKWARD_LABEL = "对方符合我方", "我方符合对方"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """For whom to recommend: a firm of a tenant, on a day, at most `k` (1…1000) in each direction.

    `viewer` and `suppliers` are as in `Query`; `shown` is how many places each firm had in lists lately.
    """

    tenant: str
    enterprise_id: str
    as_of: date
    viewer: str | None = None
    suppliers: tuple[str, ...] = ()
    shown: Mapping[str, int] = field(default_factory=dict)
    k: int = 10
    direction: Direction = Direction.BOTH


@dataclass(frozen=True, slots=True)
class Judged:
    """One direction's query and what the ranker made of the candidate."""

    query: Query
    score: float
    features: Mapping[str, float]
    contributions: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that a firm's own posting found; `firm` is the candidate's."""

    own: Key
    other: Key
    firm: str
    size: SizeClass
    forward: Judged


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate that was scored both ways."""

    found: Found
    backward: Judged
    adjustments: Mapping[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The two-sided score, in (0, 1)."""
        return harmonic(self.found.forward.score, self.backward.score)

    @property
    def weight(self) -> float:
        """The logit of the score with all adjustments: what lists are ordered by."""
        return log(self.score / (1 - self.score)) + sum(self.adjustments.values())

    @property
    def serves(self) -> bool:
        """Whether the firm's own posting is an offer."""
        return kinds()[self.found.forward.query.kind].side is Side.OFFER


def harmonic(first: float, second: float) -> float:
    """Return the harmonic mean of two numbers above 0."""
    return 2 * first * second / (first + second)


def asking(posting: Posting, *, tenant: str, as_of: date, viewer: str | None = None) -> Query:
    """Return the query that a posting makes, its own conditions included."""
    return Query(
        tenant=tenant,
        kind=posting.kind,
        title=posting.title,
        detail=posting.detail,
        keywords=posting.keywords,
        industry=posting.industry,
        region=posting.region,
        as_of=as_of,
        posting_id=posting.id,
        enterprise_id=posting.enterprise_id,
        viewer=viewer,
        conditions=posting.conditions,
    )


def own_postings(index: PostingIndex, wish: Wish) -> tuple[Key, ...]:
    """Return the firm's postings that look in the wish's direction, published and valid on the day, by id."""
    corpus, day = index.corpus, wish.as_of.toordinal()
    firm = corpus.firm((wish.tenant, wish.enterprise_id))
    if firm is None:
        return ()
    rows = corpus.living()
    own = rows["alive"] & rows["published"] & (rows["firm"] == firm) & (rows["since"] <= day) & (rows["until"] >= day)
    keys = (corpus.key(int(row)) for row in np.flatnonzero(own) if _looks(KINDS[rows["kind"][row]], wish.direction))
    return tuple(sorted(keys))


def _looks(kind: PostingKind, direction: Direction) -> bool:
    side = Direction.SERVE if kinds()[kind].side is Side.OFFER else Direction.SERVED
    return direction in (Direction.BOTH, side)


def published_firms(index: PostingIndex, tenant: str) -> dict[str, SizeClass]:
    """Return the size class of every firm that has something published, by enterprise id."""
    corpus = index.corpus
    rows = corpus.living()
    shown = np.flatnonzero(rows["alive"] & rows["published"] & (rows["tenant"] == corpus.tenants.find(tenant)))
    _, first = np.unique(rows["firm"][shown], return_index=True)
    return {corpus.firm_key(int(rows["firm"][row]))[1]: corpus.size(int(row)) for row in shown[first]}


def candidates(index: PostingIndex, own: Key, query: Query, ranker: LinearRanker) -> list[Found]:
    """Return the best candidates of a firm's own posting, by their one-sided score; none once it is gone."""
    vectors = _stored(index, own, query)
    if vectors is None:
        return []
    ranking = ranked(index, query, vectors, ranker)
    shown = shortlist(index, query, ranking, ranker).ranking
    corpus = index.corpus
    return [
        Found(
            own,
            corpus.key(row),
            corpus.firm_key(int(corpus.rows["firm"][row]))[1],
            corpus.size(row),
            _judged(query, n, shown.scores, shown.features, shown.contributions),
        )
        for n, row in enumerate(shown.rows.tolist())
    ]


def reverse(
    index: PostingIndex, other: Key, query: Query, own: Mapping[Key, Record], ranker: LinearRanker
) -> dict[Key, Judged]:
    """Return how a candidate's posting, as a query, finds each of the firms' own postings `own`.

    It compares them with the 200 postings nearest to each of its texts, so the score is that of a match of the
    candidate's posting, but for rivals that only words would find. Those that break a hard condition are left out.
    """
    vectors = _stored(index, other, query)
    results = {key: conditions(query, record.posting, record.firm, ()) for key, record in own.items()}
    rows = {key: row for key in own if (row := index.corpus.row(key)) is not None and not _broken(results[key])}
    if vectors is None or not rows:
        return {}
    allowed = replace(_rivals(index, query), outcomes=_outcomes(index, rows, results))
    fields = index.field_mask(allowed.mask)
    near = [index.vectors.search(vector, _RIVALS, allowed=fields).ids // len(FIELDS) for vector in vectors]
    places = np.unique(np.concatenate([*near, np.array(list(rows.values()), dtype=np.int64)]))
    table = features(index, query, read_query(query), vectors, places, allowed)
    scores, parts = ranker.scores(table), ranker.contributions(table)
    at = {key: int(np.searchsorted(places, row)) for key, row in rows.items()}
    return {key: _judged(query, place, scores, table, parts) for key, place in at.items()}


def _rivals(index: PostingIndex, query: Query) -> Eligible:
    """Return what could be shown for a query whatever it asks for."""
    return eligible(index, replace(query, title="", detail=None, conditions=()))


def _broken(results: Iterable[ConditionResult]) -> bool:
    return any(result.hard and result.outcome is Verdict.UNMET for result in results)


def _outcomes(
    index: PostingIndex, rows: Mapping[Key, int], results: Mapping[Key, Sequence[ConditionResult]]
) -> tuple[Outcome, ...]:
    """Return how each condition stands for the rows given; it is left open for all others."""
    found: list[Outcome] = []
    for column in zip(*(results[key] for key in rows), strict=True):
        outcomes = dict(zip(rows.values(), (result.outcome for result in column), strict=True))
        met, unmet = (_those(index, outcomes, verdict) for verdict in (Verdict.MET, Verdict.UNMET))
        found.append(Outcome(condition_name(column[0]), met, unmet))
    return tuple(found)


def _those(index: PostingIndex, outcomes: Mapping[int, Verdict], wanted: Verdict) -> Mask:
    mask = np.zeros(len(index.corpus.living()), dtype=np.bool_)
    mask[[row for row, outcome in outcomes.items() if outcome is wanted]] = True
    return mask


def limited(found: Iterable[Found]) -> list[Found]:
    """Return what found the `REVERSED_IN_ALL` best candidates, best first."""
    chosen: list[Found] = []
    others: set[Key] = set()
    for one in sorted(found, key=lambda one: (-one.forward.score, one.other, one.own)):
        if one.other in others or len(others) < REVERSED_IN_ALL:
            others.add(one.other)
            chosen.append(one)
    return chosen


def ordered(pairs: Iterable[Pair]) -> list[Pair]:
    """Return each candidate's best pair, best first; ties by id."""
    best: dict[Key, Pair] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.weight, pair.found.other, pair.found.own)):
        best.setdefault(pair.found.other, pair)
    return list(best.values())


def varied(pairs: Iterable[Pair], k: int) -> list[Pair]:
    """Return the first k of ordered pairs; a firm has two places at most until every other firm had its chance."""
    kept: list[Pair] = []
    spare: list[Pair] = []
    held: dict[str, int] = {}
    for pair in pairs:
        held[pair.found.firm] = held.get(pair.found.firm, 0) + 1
        (kept if held[pair.found.firm] <= PER_FIRM else spare).append(pair)
    return ordered([*kept[:k], *spare[: max(0, k - len(kept))]])


def _stored(index: PostingIndex, key: Key, query: Query) -> FloatMatrix | None:
    """Return the vectors of a posting's texts as the index holds them; None when it is not there any more."""
    row = index.corpus.row(key)
    if row is None:
        return None
    own = np.array([row], dtype=np.int64)
    held = [index.vectors.vectors(vector_ids(own, FIELDS.index(name))) for name in read_query(query).fields()]
    return np.concatenate(held)


def _judged(query: Query, place: int, scores: NDArray[np.float64], table: Features, contributions: Features) -> Judged:
    return Judged(
        query,
        float(scores[place]),
        {name: float(values[place]) for name, values in table.items()},
        {name: float(values[place]) for name, values in contributions.items()},
    )
