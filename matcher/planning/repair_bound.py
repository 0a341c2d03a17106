"""What no repair can do better than: a linear relaxation of whom to keep and whom to pair, without the timetable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.planning.candidates import Candidates, Ints
from matcher.planning.model import Event, EventSide, Meeting, pair_key

NEARLY = 1e-6
Floats = NDArray[np.float64]
Row = tuple[Ints, Ints, Ints, int]
"""Row numbers, columns and coefficients of entries, and how many rows they make."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Rows `matrix @ columns <= upper` that hold for every repair, over columns from 0 to `high`.

    Columns: each pair that may meet, in any slot; each announced meeting that may keep its slot; each participant's
    shortfall. `stays` are the rows of the second in the candidates. What the timetable forbids beyond the rows is left out: that only makes the bounds weaker.
    """

    matrix: sparse.csr_matrix
    upper: Floats
    high: Floats
    weight: Ints
    stays: Ints

    def most_kept(self) -> int:
        """Return how many announced meetings can keep their slot at most."""
        return self._greatest(self._kept())

    def heaviest(self, kept: int) -> int:
        """Return a bound on the weight of all meetings when at least `kept` keep their slot."""
        worth = np.zeros(len(self.high))
        worth[: len(self.weight)] = self.weight
        held = sparse.csr_matrix(sparse.vstack([self.matrix, sparse.csr_matrix(-self._kept())]))
        return replace(self, matrix=held, upper=np.append(self.upper, -kept))._greatest(worth)

    def _kept(self) -> Floats:
        worth = np.zeros(len(self.high))
        worth[len(self.weight) : len(self.weight) + len(self.stays)] = 1
        return worth

    def _greatest(self, worth: Floats) -> int:
        rows = LinearConstraint(self.matrix, -np.inf, self.upper)
        found = milp(-worth, constraints=rows, bounds=Bounds(0, self.high))
        return int(worth.sum()) if found.fun is None else int(np.floor(-found.fun + NEARLY))


def relaxation(candidates: Candidates, event: Event, announced: Sequence[Meeting], most: int) -> Relaxation:
    """Return the relaxation of a repair whose shortfall is at most `most`."""
    stays, slots = _may_stay(candidates, announced)
    pairs, people, kept = len(candidates.first), len(candidates.participants), len(stays)
    rows = _of_pairs(candidates, pairs + kept) + _of_stays(candidates, stays, slots)
    host = np.array([who.side is EventSide.HOST for who in candidates.participants])
    room = candidates.places * np.where(host, event.rules.guests, 1)[:, None]
    must = int(candidates.must.sum())
    upper = [candidates.maximum, -candidates.minimum, [most - must], np.zeros(kept), room.ravel()]
    if event.rules.guests == 1:
        tables, times = event.tables - len(event.closed_tables), len(event.slots)
        rows.append((np.zeros(pairs, dtype=np.int64), np.arange(pairs), np.ones(pairs, dtype=np.int64), 1))
        rows.append((slots, pairs + np.arange(kept), np.ones(kept, dtype=np.int64), times))
        upper += [[tables * times], np.full(times, tables)]
    return Relaxation(
        matrix=_matrix(rows, pairs + kept + people),
        upper=np.concatenate([np.asarray(each, dtype=np.float64) for each in upper]),
        high=np.concatenate([np.ones(pairs + kept), candidates.minimum]),
        weight=candidates.weight,
        stays=stays,
    )


def _may_stay(candidates: Candidates, announced: Sequence[Meeting]) -> tuple[Ints, Ints]:
    """Return the announced meetings that may keep their slot: the row of each in `candidates`, and its slot."""
    row = {candidates.key(pair): pair for pair in range(len(candidates.first))}
    common = candidates.common()
    known = ((row.get(pair_key(meeting.a, meeting.b)), meeting.slot) for meeting in announced)
    both = [(n, at) for n, at in known if n is not None and 0 <= at < common.shape[1] and common[n, at]]
    found = np.array(both, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _of_pairs(candidates: Candidates, short: int) -> list[Row]:
    """Return that nobody meets too often, who falls short, and that all that fall short are not too many."""
    pairs, people = len(candidates.first), len(candidates.participants)
    ends = np.concatenate([candidates.first, candidates.second])
    both, each = np.tile(np.arange(pairs), 2), np.arange(people)
    must = np.flatnonzero(candidates.must)
    met = np.concatenate([-np.ones(len(must), dtype=np.int64), np.ones(people, dtype=np.int64)])
    return [
        (ends, both, np.ones_like(ends), people),
        (np.append(ends, each), np.append(both, short + each), -np.ones(2 * pairs + people, dtype=np.int64), people),
        (np.zeros_like(met), np.append(must, short + each), met, 1),
    ]


def _of_stays(candidates: Candidates, stays: Ints, slots: Ints) -> list[Row]:
    """Return that what stays meets, and that each participant has the delegates for what stays in a slot."""
    pairs, times, each = len(candidates.first), candidates.places.shape[1], np.arange(len(stays))
    ones = np.ones_like(stays)
    ends = np.concatenate([candidates.first[stays], candidates.second[stays]])
    sits = ends * times + np.tile(slots, 2)
    return [
        (np.tile(each, 2), np.append(stays, pairs + each), np.append(-ones, ones), len(stays)),
        (sits, np.tile(pairs + each, 2), np.ones_like(sits), candidates.places.size),
    ]


def _matrix(rows: Sequence[Row], width: int) -> sparse.csr_matrix:
    heights = np.cumsum([0, *(height for *_, height in rows)])
    at = np.concatenate([own + start for (own, *_), start in zip(rows, heights[:-1], strict=True)])
    columns, values = np.concatenate([row[1] for row in rows]), np.concatenate([row[2] for row in rows])
    return sparse.csr_matrix((values.astype(np.float64), (at, columns)), shape=(int(heights[-1]), width))
