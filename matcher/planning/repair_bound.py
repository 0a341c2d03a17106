"""What no repair can do better than: a linear relaxation of whom to keep and whom to pair, without the timetable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.linear import Floats, Program
from matcher.planning.candidates import Candidates, Ints
from matcher.planning.model import Event, EventSide, Meeting, pair_key

NEARLY = 1e-6
Row = tuple[Ints, Ints, Ints, int]
"""Row numbers, columns and coefficients of entries, and how many rows they make."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A program that holds for every repair.

    Columns: each pair that may meet, in any slot, of `weight`; each of `stays` announced meetings that may keep their
    slot; each participant's shortfall. What the timetable forbids beyond the rows is left out: that only makes the
    bounds weaker.
    """

    program: Program
    weight: Ints
    stays: int

    def most_kept(self) -> int:
        """Return how many announced meetings can keep their slot at most."""
        return _greatest(self.program, self._kept())

    def heaviest(self, kept: int) -> int:
        """Return a bound on the weight of all meetings when at least `kept` keep their slot."""
        worth = np.zeros(len(self.program.high))
        worth[: len(self.weight)] = self.weight
        return _greatest(self.program.at_most(-self._kept(), -kept), worth)

    def _kept(self) -> Floats:
        worth = np.zeros(len(self.program.high))
        worth[len(self.weight) : len(self.weight) + self.stays] = 1
        return worth


def _greatest(program: Program, worth: Floats) -> int:
    _, least = program.lowest(-worth, whole=False)
    return int(np.floor(-least + NEARLY)) if np.isfinite(least) else int(worth.sum())


def relaxation(candidates: Candidates, event: Event, announced: Sequence[Meeting], most: int) -> Relaxation:
    """Return the relaxation of a repair whose shortfall is at most `most`."""
    stays, slots = _may_stay(candidates, announced)
    pairs, kept = len(candidates.first), len(stays)
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
    limits = np.concatenate([np.asarray(each, dtype=np.float64) for each in upper])
    high = np.concatenate([np.ones(pairs + kept), candidates.minimum])
    matrix = _matrix(rows, len(high))
    program = Program(matrix, np.full_like(limits, -np.inf), limits, np.zeros_like(high), high)
    return Relaxation(program, candidates.weight, kept)


def _may_stay(candidates: Candidates, announced: Sequence[Meeting]) -> tuple[Ints, Ints]:
    """Return the announced meetings that may keep their slot: the row of each in `candidates`, and its slot."""
    row, common = candidates.rows(), candidates.common()
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
