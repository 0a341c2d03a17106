"""From a ranking to what is shown: near-duplicates collapsed, firms varied, and nothing that is no good match."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from matcher.domain import Query
from matcher.index.postings import PostingIndex
from matcher.rank import LinearRanker, Ranking

PER_FIRM = 2
_ALIKE = 90
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What is shown, best first; how many were left out as repeats, as too many of one firm, and as too weak."""

    ranking: Ranking
    repeated: int
    crowded: int
    weak: int


def shortlist(index: PostingIndex, query: Query, ranking: Ranking, ranker: LinearRanker) -> Shortlist:
    """Return the k best of a ranking that are worth showing.

    A posting that says the same as a better one of its firm is left out. A firm has two places at most until every
    other firm had its chance; a query that names the firms it wants is not varied. A score below the ranker's
    threshold is not shown at all.
    """
    good = int(np.searchsorted(-ranking.scores, -ranker.threshold, side="right"))
    firms = index.corpus.rows["firm"][ranking.rows]
    most = len(firms) if query.filters.enterprise_id else PER_FIRM
    kept: list[int] = []
    spare: list[int] = []
    held: dict[int, list[int]] = {}
    repeated = 0
    for place in range(good):
        if len(kept) == query.k:
            break
        own = held.setdefault(int(firms[place]), [])
        if own and _repeats(index, ranking.rows, place, own):
            repeated += 1
            continue
        own.append(place)
        (kept if len(own) <= most else spare).append(place)
    filled = sorted(kept + spare[: query.k - len(kept)])
    shown = ranking.taken(np.array(filled, dtype=np.int64))
    return Shortlist(shown, repeated, len(kept) + len(spare) - len(filled), len(firms) - good)


def _repeats(index: PostingIndex, rows: NDArray[np.int64], place: int, own: list[int]) -> bool:
    """Return whether a row says, in nearly the same words and the same numbers, what a better row of its firm says.

    Only rows of equal visibility: a posting that all may read is no repeat of one whose text is kept back.
    """
    seen = index.corpus.rows["visibility"]
    mine = index.items.text(int(rows[place]))
    theirs = (index.items.text(int(rows[other])) for other in own if seen[rows[other]] == seen[rows[place]])
    return any(_NUMBER.findall(mine) == _NUMBER.findall(text) and fuzz.ratio(mine, text) >= _ALIKE for text in theirs)
