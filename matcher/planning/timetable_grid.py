"""Meetings to be held as arrays: who sits in each, and which slots it may take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.planning.candidates import Bools, Candidates, Ints
from matcher.planning.model import Event, EventSide, Lock, Participant


@dataclass(frozen=True, slots=True)
class Grid:
    """Meetings × slots. `first` and `second` are numbers of participants, shape (meetings,).

    `allowed` says which slots a meeting may take, shape (meetings, slots); `tied` whether a lock leaves it no other,
    and `table` is the table it is locked to, or 0, both of shape (meetings,).
    `places` counts delegates free, shape (participants, slots); `guests` is how many meetings one of a participant's
    delegates may hold at once, shape (participants,); `session` is the session of each slot and `tables` how many are open, shape (slots,).
    """

    participants: tuple[Participant, ...]
    first: Ints
    second: Ints
    allowed: Bools
    tied: Bools
    table: Ints
    places: Ints
    guests: Ints
    session: Ints
    tables: Ints
    streak: int | None

    def capacity(self) -> Ints:
        """Return how many meetings a participant can hold in each slot, shape (participants, slots)."""
        return self.places * self.guests[:, None]

    def part(self, meetings: Ints) -> "Grid":
        """Return the same grid with some of its meetings only."""
        return replace(
            self,
            first=self.first[meetings],
            second=self.second[meetings],
            allowed=self.allowed[meetings],
            tied=self.tied[meetings],
            table=self.table[meetings],
        )

    def within(self, allowed: Bools) -> "Grid":
        """Return the same grid with other slots allowed."""
        return replace(self, allowed=allowed)


def grid(candidates: Candidates, event: Event, pairs: Sequence[int], locks: Sequence[Lock]) -> Grid:
    """Return the grid of some pairs (row numbers of `candidates`); a lock that cannot be kept leaves no slot."""
    rows = np.array(pairs, dtype=np.int64)
    allowed, table = candidates.common()[rows], np.zeros(len(rows), dtype=np.int64)
    tied = np.zeros(len(rows), dtype=bool)
    locked = {lock.pair: lock for lock in locks}
    for n in (n for n, pair in enumerate(rows) if candidates.key(pair) in locked):
        lock = locked[candidates.key(rows[n])]
        if lock.slot is not None:
            tied[n] = True
            allowed[n] &= np.arange(len(event.slots)) == lock.slot
        if lock.table is not None:
            table[n] = lock.table
            tied[n] |= lock.table not in open_tables(event)
            allowed[n] &= lock.table in open_tables(event)
    host = np.array([participant.side is EventSide.HOST for participant in candidates.participants], dtype=bool)
    return Grid(
        participants=candidates.participants,
        first=candidates.first[rows],
        second=candidates.second[rows],
        allowed=allowed,
        tied=tied,
        table=table,
        places=candidates.places,
        guests=np.where(host, event.rules.guests, 1).astype(np.int64),
        session=np.array([slot.session for slot in event.slots], dtype=np.int64),
        tables=np.full(len(event.slots), len(open_tables(event)), dtype=np.int64),
        streak=event.rules.streak,
    )


def open_tables(event: Event) -> list[int]:
    """Return the numbers of the tables in use."""
    return [table for table in range(1, event.tables + 1) if table not in event.closed_tables]


def windows(session: Ints, length: int) -> list[list[int]]:
    """Return every `length` slots in a row within one session."""
    starts = range(len(session) - length + 1)
    return [list(range(s, s + length)) for s in starts if session[s] == session[s + length - 1]]


def waits(grid: Grid, slots: Ints) -> Ints:
    """Return each participant's free slots between its first and last meeting of a session, shape (participants,).

    `slots` holds each meeting's slot, or -1; hosts stay at their tables and do not wait.
    """
    busy = np.zeros(grid.places.shape, dtype=bool)
    held = slots >= 0
    busy[grid.first[held], slots[held]] = True
    busy[grid.second[held], slots[held]] = True
    found = np.zeros(len(busy), dtype=np.int64)
    for number in np.unique(grid.session):
        part = busy[:, grid.session == number]
        between = np.maximum.accumulate(part, axis=1) & np.maximum.accumulate(part[:, ::-1], axis=1)[:, ::-1]
        found += (between & ~part).sum(axis=1)
    found[[participant.side is EventSide.HOST for participant in grid.participants]] = 0
    return found
