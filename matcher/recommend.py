"""Two-sided recommendation, step by step: find, turn round, make room for those shown little, choose, explain."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from matcher.domain import Match
from matcher.explain import conditions, reasons
from matcher.exposure import adjustments, limits, spread
from matcher.index.corpus import Key
from matcher.index.postings import PostingIndex
from matcher.rank import LinearRanker
from matcher.reciprocal import (
    REVERSED,
    Back,
    Found,
    Judged,
    Pair,
    Wish,
    asking,
    candidates,
    own_postings,
    reverse,
)
from matcher.records import Record, Records, together
from matcher.shortlist import PER_FIRM

Turn: TypeAlias = AbstractContextManager[object]
_TOGETHER = 64
REVERSED_IN_ALL = 240
"""How many candidates of one firm are, the best by the first score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A candidate that fits both ways, at a 1-based `rank` in its list.

    `forward` is the candidate as the firm's own posting finds it, `backward` the firm's own posting as the candidate's
    finds it, each with its own score, reasons and conditions. `score` is their harmonic mean; lists are ordered by its
    logit plus the `adjustments`.
    """

    rank: int
    score: float
    forward: Match
    backward: Match
    adjustments: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """Whom a firm could serve and who could serve it, best first. `no_match` says why when there is nobody.

    `withheld` counts the firms left out because they are on as many lists as allowed.
    """

    serves: tuple[Recommendation, ...]
    served_by: tuple[Recommendation, ...]
    no_match: str | None
    versions: dict[str, str]
    withheld: int = 0


class Recommender:
    """Recommends from an index, the records behind it and a ranker.

    `index` is asked anew and `turn` held for each own posting and each 64 candidates that are looked up, so that others
    may go in between.
    """

    def __init__(self, index: Callable[[], PostingIndex], records: Records, ranker: LinearRanker, turn: Turn) -> None:
        self._index = index
        self._records = records
        self._ranker = ranker
        self._turn = turn

    def recommend(self, wish: Wish) -> Recommendations:
        """Return the k best in each direction the firm looks in."""
        [pairs] = self._weighed([wish])
        sides = ([pair for pair in pairs if pair.serves is serves] for serves in (True, False))
        return self._told(wish, [pair for side in sides for pair in varied(side, wish.k)])

    def recommend_many(self, wishes: Sequence[Wish], most_shown: int) -> dict[str, Recommendations]:
        """Return each firm's k best, both directions together, with no firm on more than `most_shown` lists."""
        weighed = zip(wishes, self._weighed(wishes), strict=True)
        offers = [(wish.enterprise_id, pair) for wish, pairs in weighed for pair in pairs]
        lists = spread(
            [(firm, pair.found.firm, pair.weight) for firm, pair in offers],
            {wish.enterprise_id: wish.k for wish in wishes},
            most_shown,
        )
        made: dict[str, Recommendations] = {}
        for wish in wishes:
            told = self._told(wish, [offers[place][1] for place in lists.lists.get(wish.enterprise_id, ())])
            made[wish.enterprise_id] = replace(told, withheld=lists.withheld.get(wish.enterprise_id, 0))
        return made

    def _weighed(self, wishes: Sequence[Wish]) -> list[list[Pair]]:
        """Return for each wish what fits both ways, each candidate once, best first, moved by exposure."""
        found = [self._found(wish) for wish in wishes]
        back = self._reversed(wishes[0].as_of, [one for own in found for one in own]) if wishes else {}
        return [self._moved(wish, own, back) for wish, own in zip(wishes, found, strict=True)]

    def _reversed(self, as_of: date, found: Sequence[Found]) -> dict[tuple[Key, Key], Judged]:
        """Return how each candidate finds each posting that found it, by (own, other): a candidate is asked once."""
        asked: dict[Key, list[Key]] = {}
        for one in found:
            asked.setdefault(one.other, []).append(one.own)
        others = self._records.postings(list(asked))
        own = together(self._records, list(dict.fromkeys(one.own for one in found)))
        turned = [
            Back(
                key,
                asking(posting, tenant=key[0], as_of=as_of),
                {mine: own[mine] for mine in asked[key] if mine in own},
            )
            for key, posting in others.items()
        ]
        back: dict[tuple[Key, Key], Judged] = {}
        for at in range(0, len(turned), _TOGETHER):
            with self._turn:
                back |= reverse(self._index(), turned[at : at + _TOGETHER], self._ranker)
        return back

    def _moved(self, wish: Wish, found: Sequence[Found], back: Mapping[tuple[Key, Key], Judged]) -> list[Pair]:
        both = [Pair(one, back[one.own, one.other]) for one in found if (one.own, one.other) in back]
        pairs = [pair for pair in both if pair.score >= self._ranker.threshold]
        moved = adjustments({pair.found.firm: pair.found.size for pair in pairs}, wish.shown, limits())
        return ordered(replace(pair, adjustments=moved[pair.found.firm]) for pair in pairs)

    def _found(self, wish: Wish) -> list[Found]:
        with self._turn:
            keys = own_postings(self._index(), wish)
        found: list[Found] = []
        for key, posting in sorted(self._records.postings(keys).items()):
            query = asking(posting, tenant=wish.tenant, as_of=wish.as_of, viewer=wish.viewer)
            query = replace(query, suppliers=wish.suppliers, k=REVERSED)
            with self._turn:
                found += candidates(self._index(), key, query, self._ranker)
        return limited(found)

    def _told(self, wish: Wish, pairs: Sequence[Pair]) -> Recommendations:
        records = together(self._records, [key for pair in pairs for key in (pair.found.own, pair.found.other)])
        sides: tuple[list[Recommendation], list[Recommendation]] = ([], [])
        for pair in pairs:
            own, other = records.get(pair.found.own), records.get(pair.found.other)
            if own is not None and other is not None:
                side = sides[0 if pair.serves else 1]
                side.append(self._explained(pair, own, other, rank=len(side) + 1))
        with self._turn:
            index = self._index()
            known = versions(index, self._ranker) | {"exposure": limits().name}
            asked = bool(own_postings(index, wish))
        return Recommendations(
            serves=tuple(sides[0]),
            served_by=tuple(sides[1]),
            no_match=None if sides[0] or sides[1] else _nobody(asked=asked),
            versions=known,
        )

    def _explained(self, pair: Pair, own: Record, other: Record, *, rank: int) -> Recommendation:
        with self._turn:
            return Recommendation(
                rank=rank,
                score=pair.score,
                forward=self._match(pair.found.forward, other, rank),
                backward=self._match(pair.backward, own, rank),
                adjustments=pair.adjustments,
            )

    def _match(self, judged: Judged, record: Record, rank: int) -> Match:
        return Match(
            posting=record.posting,
            enterprise=record.firm,
            rank=rank,
            score=judged.score,
            calibrated=self._ranker.calibrated,
            reasons=reasons(self._index(), judged.query, record.posting, self._ranker.base, judged.contributions),
            conditions=conditions(judged.query, record.posting, record.firm, ()),
            features=judged.features,
        )


def versions(index: PostingIndex, ranker: LinearRanker) -> dict[str, str]:
    """Return by which models, at which state of the index, an answer is made."""
    return {"encoder": index.encoder.fingerprint, "ranker": ranker.name, "seq": str(index.seq)}


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


def _nobody(*, asked: bool) -> str:
    if not asked:
        return "本企业在这个方向上没有已发布且在有效期内的条目，请先发布供给或需求"
    return "没有双方都合适的对象；可放宽条件、补充说明，或等待新的条目"
