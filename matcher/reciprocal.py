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
from matcher.features import NAMES, features_among
from matcher.implied import implied_conditions
from matcher.index.base import FloatMatrix, Ids, Mask
from matcher.index.corpus import KINDS, Key
from matcher.index.postings import FIELDS, PostingIndex, vector_ids
from matcher.rank import Features, LinearRanker, ranked
from matcher.records import Record
from matcher.shortlist import shortlist
from matcher.taxonomy import kinds

_RIVALS = 200
REVERSED = 30
"""How many candidates of one posting are scored the other way too."""


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
    """Return the query that a posting makes, with its own conditions and those that its fields imply."""
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
        conditions=(*posting.conditions, *implied_conditions(posting, as_of)),
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
    vectors = _stored(index, own)
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


@dataclass(frozen=True, slots=True)
class Back:
    """A candidate's posting as a query, and the firms' own postings that found it."""

    other: Key
    query: Query
    own: Mapping[Key, Record]


@dataclass(frozen=True, slots=True)
class _Turned:
    """A candidate that is in the index: its vectors, its rivals, and the rows of the own postings it may take."""

    query: Query
    vectors: FloatMatrix
    rivals: Eligible
    rows: Mapping[Key, int]


def reverse(index: PostingIndex, asked: Sequence[Back], ranker: LinearRanker) -> dict[tuple[Key, Key], Judged]:
    """Return how each candidate's posting, as a query, finds the firms' own postings, by (own, other).

    It compares them with the 200 postings nearest to each of its texts, so the score is that of a match of the
    candidate's posting, but for rivals that only words would find. Those that break a hard condition are left out.
    """
    pools: dict[tuple[str, PostingKind], Mask] = {}
    turned = {back.other: one for back in asked if (one := _turned(index, back, pools)) is not None}
    tables: list[Features] = []
    for one, near in zip(turned.values(), _nearest(index, list(turned.values())), strict=True):
        own = np.array(list(one.rows.values()), dtype=np.int64)
        rows = np.unique(np.concatenate([near, own]))
        tables.append(features_among(index, one.query, one.vectors, rows, np.searchsorted(rows, own), one.rivals))
    if not tables:
        return {}
    table = {name: np.concatenate([each[name] for each in tables]) for name in NAMES}
    scores, parts = ranker.scores(table), ranker.contributions(table)
    pairs = [(own, other) for other, one in turned.items() for own in one.rows]
    return {pair: _judged(turned[pair[1]].query, n, scores, table, parts) for n, pair in enumerate(pairs)}


def _turned(index: PostingIndex, back: Back, pools: dict[tuple[str, PostingKind], Mask]) -> _Turned | None:
    """Return what is compared for a candidate; None when it is gone, or when all break its hard conditions."""
    results = {key: conditions(back.query, record.posting, record.firm, ()) for key, record in back.own.items()}
    kept = [key for key in back.own if not _broken(results[key])]
    rows = {key: row for key in kept if (row := index.corpus.row(key)) is not None}
    vectors = _stored(index, back.other)
    if vectors is None or not rows:
        return None
    mask = _rivals(index, back.query, pools)
    return _Turned(back.query, vectors, Eligible(mask, (), outcomes=_outcomes(index, rows, results)), rows)


def _rivals(index: PostingIndex, query: Query, pools: dict[tuple[str, PostingKind], Mask]) -> Mask:
    """Return what could be shown for a posting's query whatever it asks for; `pools` keeps what others share."""
    pool = (query.tenant, query.kind)
    if pool not in pools:
        anyone = replace(query, title="", detail=None, conditions=(), posting_id=None, enterprise_id=None)
        pools[pool] = eligible(index, anyone).mask
    mask = pools[pool].copy()
    corpus = index.corpus
    if (row := corpus.row((query.tenant, query.posting_id or ""))) is not None:
        mask[row] = False
    if (firm := corpus.firm((query.tenant, query.enterprise_id or ""))) is not None:
        mask &= ~corpus.group_mask(corpus.living(), firm)
    return mask


def _nearest(index: PostingIndex, turned: Sequence[_Turned]) -> list[Ids]:
    """Return the rows nearest to any text of each candidate, among its rivals."""
    if not turned:
        return []
    masks = index.field_mask(np.stack([one.rivals.mask for one in turned for _ in one.vectors]))
    found = iter(index.vectors.nearest(np.concatenate([one.vectors for one in turned]), _RIVALS, masks))
    return [np.concatenate([next(found) // len(FIELDS) for _ in one.vectors]) for one in turned]


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


def _stored(index: PostingIndex, key: Key) -> FloatMatrix | None:
    """Return the vectors of a posting's texts as the index holds them; None when it is not there any more."""
    row = index.corpus.row(key)
    if row is None:
        return None
    ids = np.concatenate([vector_ids(np.array([row], dtype=np.int64), field) for field in range(len(FIELDS))])
    held = index.vectors.vectors(ids)
    return held[np.any(held != 0, axis=1)]


def _judged(query: Query, place: int, scores: NDArray[np.float64], table: Features, contributions: Features) -> Judged:
    return Judged(
        query,
        float(scores[place]),
        {name: float(values[place]) for name, values in table.items()},
        {name: float(values[place]) for name, values in contributions.items()},
    )
