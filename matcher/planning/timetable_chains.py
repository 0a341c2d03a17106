"""Room for meetings without a slot by exchanging two slots along a chain, as edges of a bipartite graph are coloured."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcher.planning.candidates import Ints
from matcher.planning.timetable_grid import Grid


@dataclass(slots=True)
class _Hall:
    """Each meeting's slot, the meeting of a participant with one delegate in a slot, and the tables used by slot."""

    grid: Grid
    slots: list[int]
    single: list[bool]
    at: dict[tuple[int, int], int]
    used: list[int]


def chained(grid: Grid, slots: Ints) -> Ints:
    """Return slots with as many more meetings placed as chains make room for; those placed stay placed.

    One participant is free in slot s, the other in t: along the chain of meetings that begins with the other's in s,
    those in s and in t change places, and s is free for both (Kempe). Only where all on the chain send one delegate;
    with groups or pauses nothing is done.
    """
    if grid.streak is not None or (grid.guests > 1).any() or (slots >= 0).all():
        return slots
    hall = _Hall(grid, slots.tolist(), (grid.places.max(axis=1) == 1).tolist(), {}, [0] * len(grid.session))
    for meeting in np.flatnonzero(slots >= 0).tolist():
        hall.used[hall.slots[meeting]] += 1
        for end in _ends(grid, meeting):
            hall.at[end, hall.slots[meeting]] = meeting
    for meeting in np.flatnonzero((slots < 0) & (grid.table == 0)).tolist():
        if all(hall.single[end] for end in _ends(grid, meeting)):
            moves = next(_ways(hall, meeting), None)
            if moves is not None:
                _make(hall, moves)
    return np.array(hall.slots, dtype=np.int64)


def _ends(grid: Grid, meeting: int) -> tuple[int, int]:
    return int(grid.first[meeting]), int(grid.second[meeting])


def _ways(hall: _Hall, meeting: int) -> Iterator[dict[int, int]]:
    """Yield new slots for some meetings that give one without a slot its place."""
    one, other = _ends(hall.grid, meeting)
    for slot in np.flatnonzero(hall.grid.allowed[meeting]).tolist():
        held = [end for end in (one, other) if (end, slot) in hall.at]
        if not held and hall.used[slot] < hall.grid.tables[slot]:
            yield {meeting: slot}
        if len(held) != 1:
            continue
        for to in np.flatnonzero(hall.grid.places[held[0]]).tolist():
            if (held[0], to) not in hall.at:
                moves = _chain(hall, held[0], slot, to)
                if moves and meeting not in moves and _fits(hall, {**moves, meeting: slot}):
                    yield {**moves, meeting: slot}


def _chain(hall: _Hall, person: int, slot: int, to: int) -> dict[int, int]:
    """Return the meetings from a person's in `slot` on that change with `to`; empty where one may not."""
    moves: dict[int, int] = {}
    while (meeting := hall.at.get((person, slot))) is not None:
        grid = hall.grid
        if meeting in moves or grid.table[meeting] or not grid.allowed[meeting, to]:
            return {}
        moves[meeting] = to
        person = next(end for end in _ends(grid, meeting) if end != person)
        if not hall.single[person]:
            return {}
        slot, to = to, slot
    return moves


def _fits(hall: _Hall, moves: dict[int, int]) -> bool:
    """Whether nobody has two meetings in a slot then, and the tables are enough."""
    used, taken = list(hall.used), set[tuple[int, int]]()
    for meeting, slot in moves.items():
        used[slot] += 1
        if hall.slots[meeting] >= 0:
            used[hall.slots[meeting]] -= 1
        for end in _ends(hall.grid, meeting):
            if (end, slot) in taken or hall.at.get((end, slot), meeting) not in moves:
                return False
            taken.add((end, slot))
    return all(used[slot] <= hall.grid.tables[slot] for slot in moves.values())


def _make(hall: _Hall, moves: dict[int, int]) -> None:
    for meeting in moves:
        if (slot := hall.slots[meeting]) >= 0:
            hall.used[slot] -= 1
            for end in _ends(hall.grid, meeting):
                del hall.at[end, slot]
    for meeting, slot in moves.items():
        hall.slots[meeting] = slot
        hall.used[slot] += 1
        for end in _ends(hall.grid, meeting):
            hall.at[end, slot] = meeting
