"""What a repair looks at: the pairs and slots to choose from, where each was announced, and what it must reach."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.planning.candidates import Bools, Candidates, Ints
from matcher.planning.model import Event, Lock, Meeting, pair_key
from matcher.planning.timetable_fit import Worth
from matcher.planning.timetable_grid import Grid, grid, open_tables

LOOKED_AT = 60_000
NEAR = 24
"""How many further partners, best first, each participant near a change may get."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An announced plan and the event as it is now; `most` is the shortfall of the plan made anew, `replan`."""

    candidates: Candidates
    event: Event
    announced: tuple[Meeting, ...]
    replan: tuple[Meeting, ...]
    locks: tuple[Lock, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Case:
    """A repair as arrays: rows of candidates looked at, the slot and table each was announced for, or -1 and 0.

    `start` is the slot of each, or -1, in a timetable whose shortfall is as asked.
    """

    candidates: Candidates
    pairs: Ints
    hall: Grid
    slot: Ints
    table: Ints
    worth: Worth
    held: Bools
    most: int
    start: Ints

    def kept(self, slots: Ints) -> Bools:
        """Return which announced meetings keep their slot."""
        kept: Bools = (slots == self.slot) & (slots >= 0)
        return kept

    def stays(self) -> Bools:
        """Return which announced meetings may keep their slot."""
        at = np.maximum(self.slot, 0)
        stays: Bools = (self.slot >= 0) & self.hall.allowed[np.arange(len(at)), at]
        return stays

    def rivals(self, meeting: int) -> list[int]:
        """Return the meetings that are locked to the table one was announced for, and do not sit there with it."""
        same = (self.hall.table == self.table[meeting]) & (self.hall.table > 0)
        if not same.any():
            return []
        same &= (self.hall.first != self.hall.first[meeting]) | (self.hall.guests[self.hall.first] == 1)
        return [other for other in np.flatnonzero(same).tolist() if other != meeting]


def near(asked: Asked) -> Bools:
    """Return whose meetings to look at in a large event, shape (participants,): those a change touches, and who is short."""
    candidates = asked.candidates
    number = {who.id: n for n, who in enumerate(candidates.participants)}
    keys = candidates.rows().keys()
    degrees = np.zeros(len(number), dtype=np.int64)
    touched = np.zeros(len(number), dtype=bool)
    for meeting in asked.announced:
        lost = pair_key(meeting.a, meeting.b) not in keys
        for n in (number[name] for name in (meeting.a, meeting.b) if name in number):
            free = 0 <= meeting.slot < candidates.places.shape[1] and candidates.places[n, meeting.slot] > 0
            touched[n] |= lost or not free
            degrees[n] += not lost
    found: Bools = touched | (degrees == 0) | (degrees < candidates.minimum)
    return found


def case_of(asked: Asked, near: Bools | None, start: Sequence[Meeting], *, chosen: Bools | None = None) -> Case:
    """Return the pairs and slots to choose from: all or the `chosen`, or those of participants `near` a change.

    What was announced is always among them; announced meetings of participants not near keep their slot or are
    dropped. Those of `start` are too, may take the slot they have there, and are where the search starts.
    """
    candidates, slots = asked.candidates, len(asked.event.slots)
    row = candidates.rows()
    if chosen is None:
        chosen = np.ones(len(row), dtype=bool) if near is None else _best(asked, near) | candidates.must
    here = [row[key] for one in (*asked.announced, *start) if (key := pair_key(one.a, one.b)) in row]
    chosen[here] = True
    pairs = np.flatnonzero(chosen)
    at = {candidates.key(pair): n for n, pair in enumerate(pairs.tolist())}
    hall = grid(candidates, asked.event, pairs.tolist(), asked.locks)
    slot, table = np.full(len(pairs), -1, dtype=np.int64), np.zeros(len(pairs), dtype=np.int64)
    for meeting in asked.announced:
        n = at.get(pair_key(meeting.a, meeting.b))
        if n is not None and 0 <= meeting.slot < slots:
            slot[n], table[n] = meeting.slot, meeting.table
    begins = np.full(len(pairs), -1, dtype=np.int64)
    for meeting in start:
        begins[at[pair_key(meeting.a, meeting.b)]] = meeting.slot
    if near is not None:
        hall = _near_only(hall, near, candidates.must[pairs], (slot, begins))
    fixed = {lock.pair for lock in asked.locks} & {pair_key(one.a, one.b) for one in asked.replan}
    stray = (hall.table > 0) & (hall.table != table) | ~np.isin(table, open_tables(asked.event))
    return Case(
        candidates=candidates,
        pairs=pairs,
        hall=hall,
        slot=slot,
        table=np.where(stray, 0, table),
        worth=Worth(candidates.minimum, candidates.must[pairs], candidates.weight[pairs]),
        held=np.array([candidates.key(int(pair)) in fixed for pair in pairs], dtype=bool),
        most=asked.most,
        start=begins,
    )


def _near_only(hall: Grid, near: Bools, must: Bools, usual: Sequence[Ints]) -> Grid:
    """Return the grid in which meetings of participants not near a change have their usual slots (or -1) only."""
    known = np.zeros_like(hall.allowed)
    for slots in usual:
        held = np.flatnonzero(slots >= 0)
        known[held, slots[held]] = True
    moves = near[hall.first] | near[hall.second] | must
    return hall.within(hall.allowed & (known | moves[:, None]))


def with_room(asked: Asked, meetings: Sequence[Meeting]) -> Bools:
    """Return the pairs of which both may meet more often than they do, shape (pairs,)."""
    room = degrees_of(asked.candidates, meetings) < asked.candidates.maximum
    both: Bools = room[asked.candidates.first] & room[asked.candidates.second]
    return both


def degrees_of(candidates: Candidates, meetings: Sequence[Meeting]) -> Ints:
    """Return how many meetings each participant has, shape (participants,)."""
    count = Counter(name for meeting in meetings for name in (meeting.a, meeting.b))
    return np.array([count[who.id] for who in candidates.participants], dtype=np.int64)


def _best(asked: Asked, near: Bools) -> Bools:
    """Return the pairs that participants near a change may newly get: those both have room for first, then by weight."""
    candidates = asked.candidates
    known = {who.id for who in candidates.participants}
    staying = [one for one in asked.announced if one.a in known and one.b in known]
    room = degrees_of(candidates, staying) < candidates.maximum
    order = np.lexsort((-candidates.weight, ~(room[candidates.first] & room[candidates.second])))
    each = int(np.clip(LOOKED_AT // max(int(near.sum()) * candidates.places.shape[1], 1), 3, NEAR))
    got, chosen = np.zeros(len(near), dtype=np.int64), np.zeros(len(order), dtype=bool)
    for pair in order.tolist():
        ends = [n for n in (candidates.first[pair], candidates.second[pair]) if near[n] and got[n] < each]
        if ends:
            chosen[pair] = True
            got[ends] += 1
    return chosen
