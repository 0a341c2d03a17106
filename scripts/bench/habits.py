"""What organisers do today: first come, first served, and greedily by score; measured like a plan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from matcher.exposure import gini
from matcher.planning.candidates import Candidates, Ints
from matcher.planning.model import Event, EventSide, PairKey


@dataclass(frozen=True, slots=True)
class Figures:
    """Total in thousandths. `relevant_shortfall` counts meetings below the floor as none. The worst share is that of
    participants who get anything; `unserved` are those who could and do not. `gini` is of meetings per guest, of all
    where there are no sides.
    """

    meetings: int
    shortfall: int
    relevant_shortfall: int
    unserved: int
    worst_share: float
    total: int
    below_floor: int
    gini: float


def figures(found: Candidates, met: Iterable[PairKey]) -> Figures:
    """Return the figures of a choice of pairs; pairs that are no candidates lie below the floor and count nothing."""
    row, every = found.rows(), list(met)
    chosen = np.array(sorted(row[pair] for pair in every if pair in row), dtype=np.int64)
    number = {person.id: n for n, person in enumerate(found.participants)}
    degrees = np.bincount([number[name] for pair in every for name in pair], minlength=len(number))
    relevant = np.bincount(np.concatenate([found.first[chosen], found.second[chosen]]), minlength=len(number))
    best, got = _best(found), np.zeros(len(number), dtype=np.int64)
    for ends in (found.first, found.second):
        np.add.at(got, ends[chosen], found.weight[chosen])
    served = (best > 0) & (got > 0)
    guests = [n for n, person in enumerate(found.participants) if person.side is not EventSide.HOST]
    return Figures(
        meetings=len(every),
        shortfall=int(np.maximum(found.minimum - degrees, 0).sum()),
        relevant_shortfall=int(np.maximum(found.minimum - relevant, 0).sum()),
        unserved=int(((best > 0) & (got == 0)).sum()),
        worst_share=float((got[served] / best[served]).min()) if served.any() else 0.0,
        total=int(found.weight[chosen].sum()),
        below_floor=len(every) - len(chosen),
        gini=gini(degrees[guests].tolist()),
    )


def first_come(found: Candidates, event: Event, floor: int, seed: int) -> list[PairKey]:
    """Return who books whom: in random order each asks for its best partner who is free, round after round.

    Below the floor only who has fewer meetings than its minimum asks.
    """
    hall, rng = _Hall(found, event, floor), np.random.default_rng(seed)
    mine = [np.flatnonzero((found.first == n) | (found.second == n)) for n in range(len(found.participants))]
    queues = [iter(own[np.argsort(-found.score[own], kind="stable")].tolist()) for own in mine]
    asking = np.arange(len(queues))
    while len(asking):
        rng.shuffle(asking)
        asking = np.array([n for n in asking if hall.books(queues[n], int(n))], dtype=np.int64)
    return [found.key(pair) for pair in hall.booked]


def by_score(found: Candidates, event: Event, floor: int) -> list[PairKey]:
    """Return pairs seated in the order of their score; below the floor only where one is below its minimum."""
    hall = _Hall(found, event, floor)
    for pair in np.argsort(-found.score, kind="stable").tolist():
        hall.seats(pair)
    return [found.key(pair) for pair in hall.booked]


class _Hall:
    """Slots and tables, filled meeting by meeting at the first time both are free."""

    def __init__(self, found: Candidates, event: Event, floor: int) -> None:
        self.booked: dict[int, None] = {}
        self._found, self._floor, self._group = found, floor, event.rules.guests
        self._places = found.places.copy()
        self._tables = np.full(len(event.slots), event.tables - len(event.closed_tables))
        self._seats: Ints = np.zeros_like(found.places)
        self._degrees = np.zeros(len(found.participants), dtype=np.int64)
        self._host = np.array([person.side is EventSide.HOST for person in found.participants])

    def books(self, queue: Iterator[int], person: int) -> bool:
        """Book a participant's best partner who is free; tell whether there was one."""
        return self._degrees[person] < self._found.maximum[person] and any(self.seats(pair, person) for pair in queue)

    def seats(self, pair: int, person: int | None = None) -> bool:
        """Seat a pair at the first time both are free; tell whether there was one."""
        found, a, b = self._found, int(self._found.first[pair]), int(self._found.second[pair])
        ends = [a, b]
        short = [n for n in (ends if person is None else [person]) if self._degrees[n] < found.minimum[n]]
        if pair in self.booked or (self._degrees[ends] >= found.maximum[ends]).any():
            return False
        if found.score[pair] < self._floor and not short and not found.must[pair]:
            return False
        new = (self._places[a] > 0) & (self._tables > 0)
        times = np.flatnonzero(((self._seats[a] > 0) | new) & (self._places[b] > 0))
        if not len(times):
            return False
        self._sit(pair, a, b, int(times[0]))
        return True

    def _sit(self, pair: int, a: int, b: int, time: int) -> None:
        if self._seats[a, time] > 0:
            self._seats[a, time] -= 1
        else:
            self._places[a, time] -= 1
            self._tables[time] -= 1
            self._seats[a, time] = self._group - 1 if self._host[a] else 0
        self._places[b, time] -= 1
        self._degrees[[a, b]] += 1
        self.booked[pair] = None


def _best(found: Candidates) -> Ints:
    """Return each participant's best achievable total: its heaviest pairs, as many as it may have."""
    ends, weight = np.concatenate([found.first, found.second]), np.concatenate([found.weight, found.weight])
    left, best = found.maximum.copy(), np.zeros(len(found.participants), dtype=np.int64)
    for n in np.argsort(-weight, kind="stable").tolist():
        if left[ends[n]] > 0:
            left[ends[n]] -= 1
            best[ends[n]] += weight[n]
    return best
