"""How well participants fit, from their own words: the matcher's two-sided score of what one needs and another offers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain
from math import exp, log

from numpy import float64
from numpy.typing import NDArray

from matcher.domain import Enterprise, Posting, PostingKind, Query
from matcher.encoder import Encoder, FloatMatrix
from matcher.explain import reasons
from matcher.features import farther
from matcher.matchmaker import MAX_K, MemoryMatchmaker
from matcher.planning.model import MILLI, PairKey, PairScore, Participant, pair_key
from matcher.rank import LinearRanker, Ranking, ranked
from matcher.reciprocal import asking, harmonic
from matcher.retrieve import query_vectors
from matcher.taxonomy import kinds

_TENANT = "event"
_SHOWN = 3
_SOFTNESS = 2.0
_LEAST = 1e-6
_TITLE = 60
_PIECES = 6
_BETWEEN = re.compile(r"[；;\n]+")
_HOW = re.compile(
    r"要求|须|需(?:具备|提供|通过|有|在)|具备|应(?![用急力])|请|不接受|不含|限(?!位)|仅限|优先|交期|数量|预算|其中|如需|联系"
)
"""How a piece begins that only says how."""
_SILENT = frozenset({"base", "closeness", "title", "detail"})


@dataclass(frozen=True, slots=True)
class Fit:
    """The best of two participants' posting pairs: the two-sided score in (0, 1), who asks and who answers."""

    score: float
    request: str
    offer: str


@dataclass(frozen=True, slots=True)
class Appraised:
    """What a pair's score rests on: who asks, who answers, and the ranker's score and features of the answer."""

    request: Posting
    offer: Posting
    score: float
    features: Mapping[str, float]


class Fits:
    """Scores every pair of participants that could serve each other, by what they need and what they offer.

    `postings` adds to a participant's own words what its firm has published, by participant id. Pairs of one side are
    left out. A participant without words has no score with anyone.
    """

    def __init__(
        self,
        participants: Sequence[Participant],
        encoder: Encoder,
        *,
        as_of: date,
        ranker: LinearRanker | None = None,
        postings: Mapping[str, Sequence[Posting]] | None = None,
    ) -> None:
        self._people = {participant.id: participant for participant in participants}
        self._as_of = as_of
        said = (_postings(participant, (postings or {}).get(participant.id, ())) for participant in participants)
        self._postings = {posting.id: posting for posting in chain.from_iterable(said)}
        self._matcher = MemoryMatchmaker(encoder, ranker)
        self._encoded: dict[str, FloatMatrix] = {}
        self._matcher.add(map(_firm, participants), self._postings.values(), tenant=_TENANT)

    @cached_property
    def silent(self) -> tuple[str, ...]:
        """Participants that say neither what they need nor what they offer, by id."""
        speaking = {posting.enterprise_id for posting in self._postings.values()}
        return tuple(name for name in self._people if name not in speaking)

    def scores(self) -> tuple[PairScore, ...]:
        """Return the score of every pair that fits at all, in thousandths, by pair; without reasons.

        It is 500 where the ranker would just show one to the other. Plans add scores up, and the probability itself,
        near 0 for most pairs of strangers until a deployment trains its ranker, would let one pair outweigh twenty.
        """
        even = _logit(self._matcher.ranker.threshold)
        return tuple(
            PairScore(pair=pair, score=round(MILLI / (1 + exp((even - _logit(fit.score)) / _SOFTNESS))))
            for pair, fit in sorted(self._fits.items())
        )

    def explained(self, pairs: Iterable[PairKey]) -> dict[PairKey, tuple[str, ...]]:
        """Return why two fit, in words, for each of the pairs that has a score."""
        by_request = self._by_request(pairs).items()
        return {pair: words for request, asked in by_request for pair, words in self._words(request, asked)}

    def appraised(self, pairs: Iterable[PairKey]) -> dict[PairKey, Appraised]:
        """Return what the score of each of the pairs rests on, for those that have one."""
        found: dict[PairKey, Appraised] = {}
        for request, asked in self._by_request(pairs).items():
            ranking, place = self._placed(request)
            for pair, fit in asked:
                n = place[fit.offer]
                features = {name: float(values[n]) for name, values in ranking.features.items()}
                both = (self._postings[request], self._postings[fit.offer])
                found[pair] = Appraised(*both, float(ranking.scores[n]), features)
        return found

    def _by_request(self, pairs: Iterable[PairKey]) -> dict[str, list[tuple[PairKey, Fit]]]:
        """Return the pairs that have a score, by the posting that asks."""
        found: dict[str, list[tuple[PairKey, Fit]]] = {}
        for pair in pairs:
            if fit := self._fits.get(pair):
                found.setdefault(fit.request, []).append((pair, fit))
        return found

    def _placed(self, request: str) -> tuple[Ranking, dict[str, int]]:
        """Return how all answer a request, and at which place each does."""
        ranking, corpus = self._ranking(self._postings[request]), self._matcher.index.corpus
        return ranking, {corpus.key(row)[1]: n for n, row in enumerate(ranking.rows.tolist())}

    @cached_property
    def _fits(self) -> dict[PairKey, Fit]:
        table = {name: self._row(posting) for name, posting in self._postings.items()}
        found: dict[PairKey, Fit] = {}
        for request in filter(self._asks, table):
            for offer, forward in table[request].items():
                if (backward := table[offer].get(request)) is None:
                    continue
                pair = pair_key(self._postings[request].enterprise_id, self._postings[offer].enterprise_id)
                fit = Fit(harmonic(forward, backward), request, offer)
                found[pair] = max(found.get(pair, fit), fit, key=lambda fit: fit.score)
        return found

    def _asks(self, name: str) -> bool:
        return kinds()[self._postings[name].kind].side.value == "request"

    def _row(self, posting: Posting) -> dict[str, float]:
        """Return how each posting of another participant answers one, by id."""
        ranking, place = self._placed(posting.id)
        scores = self._own(posting, ranking).tolist()
        return {name: scores[n] for name, n in place.items() if self._apart(posting, self._postings[name])}

    def _own(self, posting: Posting, ranking: Ranking) -> NDArray[float64]:
        """Return scores by each answer's own nearness, not the nearest one's: a plan compares pairs of several askers."""
        lost = farther(self._matcher.index, self._vectors(posting), ranking.rows)
        own = {**ranking.features, "closeness": ranking.features["closeness"] - lost}
        return self._matcher.ranker.scores(own)

    def _vectors(self, posting: Posting) -> FloatMatrix:
        if posting.id not in self._encoded:
            self._encoded[posting.id] = query_vectors(self._matcher.index.encoder, self._query(posting))
        return self._encoded[posting.id]

    def _query(self, posting: Posting) -> Query:
        query = asking(posting, tenant=_TENANT, as_of=self._as_of)
        return replace(query, k=min(MAX_K, len(self._postings)))

    def _apart(self, one: Posting, other: Posting) -> bool:
        first, second = self._people[one.enterprise_id].side, self._people[other.enterprise_id].side
        return one.enterprise_id != other.enterprise_id and (first is None or first is not second)

    def _ranking(self, posting: Posting) -> Ranking:
        return ranked(self._matcher.index, self._query(posting), self._vectors(posting), self._matcher.ranker)

    def _words(self, request: str, asked: list[tuple[PairKey, Fit]]) -> Iterator[tuple[PairKey, tuple[str, ...]]]:
        index, posting = self._matcher.index, self._postings[request]
        query, (ranking, place) = self._query(posting), self._placed(request)
        for pair, fit in asked:
            n, offer = place[fit.offer], self._postings[fit.offer]
            parts = {name: float(values[n]) for name, values in ranking.contributions.items()}
            why = reasons(index, query, offer, self._matcher.ranker.base, parts)
            told = [reason.text for reason in why if reason.contribution > 0 and reason.feature not in _SILENT]
            asker, answerer = (self._people[one.enterprise_id].name for one in (posting, offer))
            yield pair, (f"{asker}需要“{_short(posting)}”，{answerer}可提供“{_short(offer)}”", *told[:_SHOWN])


def _logit(score: float) -> float:
    kept = min(max(score, _LEAST), 1 - _LEAST)
    return log(kept / (1 - kept))


def _postings(participant: Participant, published: Sequence[Posting]) -> Iterator[Posting]:
    said = ((PostingKind.NEED, participant.needs), (PostingKind.CAPABILITY, participant.offers))
    for kind, text in said:
        for n, piece in enumerate(pieces(text)):
            yield _spoken(participant, kind, n, piece)
    for n, posting in enumerate(published):
        yield replace(posting, id=f"{participant.id}:{n}", enterprise_id=participant.id)


def pieces(text: str) -> list[str]:
    """Return the several things that a cell lists, in order: those between semicolons or on lines of their own.

    A piece that only says how (要求…, 须…) belongs to the one before it; what follows the sixth is part of the sixth.
    """
    found: list[str] = []
    for piece in filter(None, (part.strip() for part in _BETWEEN.split(text))):
        if found and (_HOW.match(piece) or len(found) == _PIECES):
            found[-1] += f"；{piece}"
        else:
            found.append(piece)
    return found


def _spoken(participant: Participant, kind: PostingKind, number: int, text: str) -> Posting:
    head = text.split("；")[0].split("。")[0]
    return Posting(
        id=f"{participant.id}:{kind.value}:{number}",
        enterprise_id=participant.id,
        kind=kind,
        title=head,
        detail=text if len(text) > len(head) + 1 else None,
    )


def _firm(participant: Participant) -> Enterprise:
    return Enterprise(
        id=participant.id, name=participant.name, industry=participant.industry, region=participant.region
    )


def _short(posting: Posting) -> str:
    return posting.title if len(posting.title) <= _TITLE else posting.title[: _TITLE - 1] + "…"
