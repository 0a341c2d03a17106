"""Why meetings do not fit, in words, by counting: some may take certain slots only, and those have room for fewer."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matcher.planning.candidates import Bools, Ints
from matcher.planning.timetable_grid import Grid


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Meetings that may take these slots only, of which at most `most` fit: a participant's, or all at the tables."""

    meetings: tuple[int, ...]
    slots: tuple[int, ...]
    most: int
    participant: int | None

    @property
    def excess(self) -> int:
        """How many of them certainly do not fit."""
        return len(self.meetings) - self.most


def bottlenecks(grid: Grid) -> list[Bottleneck]:
    """Return where Hall's condition fails: for each participant, and for the tables; empty when it holds."""
    own: dict[int, list[int]] = defaultdict(list)
    for meeting, (one, other) in enumerate(zip(grid.first.tolist(), grid.second.tolist(), strict=True)):
        own[one].append(meeting)
        own[other].append(meeting)
    found = [spot for number in sorted(own) for spot in _of_participant(grid, number, np.array(own[number]))]
    return found + list(_of_tables(grid))


def forced(spots: list[Bottleneck]) -> int:
    """Return how many meetings certainly do not fit: the excess of bottlenecks that share no meeting."""
    taken: set[int] = set()
    total = 0
    for spot in sorted(spots, key=lambda spot: (-spot.excess, len(spot.meetings))):
        if not taken & set(spot.meetings):
            taken |= set(spot.meetings)
            total += spot.excess
    return total


def room(grid: Grid, participant: int, slots: Ints) -> int:
    """Return how many meetings a participant can hold in some slots, rests of its delegates kept."""
    if grid.streak is None:
        return int(grid.capacity()[participant, slots].sum())
    total = 0
    for delegate in grid.participants[participant].delegates:
        length, before = 0, -2
        for slot in [*(slot for slot in slots.tolist() if slot in delegate.available), None]:
            together = slot is not None and slot == before + 1 and grid.session[slot] == grid.session[before]
            if not together:
                total += length - length // (grid.streak + 1)
            length = length + 1 if together else 1
            before = -2 if slot is None else slot
    return total * int(grid.guests[participant])


def _of_participant(grid: Grid, number: int, meetings: Ints) -> Iterator[Bottleneck]:
    allowed, capacity = grid.allowed[meetings], grid.capacity()[number]
    tight = (allowed @ capacity).min() < len(meetings) or grid.streak is not None
    spots = [np.flatnonzero(allowed.any(axis=0))]
    if tight and (slots := _violated(allowed, capacity)) is not None:
        spots.insert(0, slots)
    for slots in spots:
        inside = meetings[~np.delete(allowed, slots, axis=1).any(axis=1)]
        most = room(grid, number, slots)
        if len(inside) > most:
            yield Bottleneck(tuple(inside.tolist()), tuple(slots.tolist()), most, number)
            return


def _of_tables(grid: Grid) -> Iterator[Bottleneck]:
    """All meetings against the tables: one each, or as many as the hosts' largest groups can seat."""
    if not len(grid.first):
        return
    count, everything = len(grid.session), tuple(range(len(grid.first)))
    sizes: list[int] = []
    for host, total in enumerate(np.bincount(grid.first).tolist()):
        guests = int(grid.guests[host])
        sizes += [guests] * (total // guests) + [total % guests] * (total % guests > 0)
    most = sum(sorted(sizes, reverse=True)[: int(grid.tables.sum())])
    single = bool((grid.guests[grid.first] == 1).all())
    slots = _violated(grid.allowed, grid.tables) if single else None
    if slots is not None:
        inside = np.flatnonzero(~np.delete(grid.allowed, slots, axis=1).any(axis=1))
        yield Bottleneck(tuple(inside.tolist()), tuple(slots.tolist()), int(grid.tables[slots].sum()), None)
    elif most < len(grid.first):
        yield Bottleneck(everything, tuple(range(count)), most, None)


def _violated(allowed: Bools, capacity: Ints) -> Ints | None:
    """Return slots that more meetings are confined to than fit, or None: augmenting paths, and what one reaches last.

    Meetings with the same slots are one class, moved many at a time.
    """
    classes, counts = np.unique(allowed, axis=0, return_counts=True)
    taken = np.zeros((len(classes), len(capacity)), dtype=np.int64)
    for number, count in enumerate(counts.tolist()):
        while count:
            path, reached = _path(classes, taken, capacity, number)
            if path is None:
                return np.flatnonzero(reached)
            amount = min(count, int(capacity[path[-1][1]] - taken[:, path[-1][1]].sum()))
            for (_, slot), (mover, _) in pairwise(path):
                amount = min(amount, int(taken[mover, slot]))
            for n, (mover, slot) in enumerate(path):
                taken[mover, slot] += amount
                if n:
                    taken[mover, path[n - 1][1]] -= amount
            count -= amount
    return None


def _path(classes: Bools, taken: Ints, capacity: Ints, start: int) -> tuple[list[tuple[int, int]] | None, Bools]:
    """Return (class, slot) steps from a class to a slot with room, each moving out the next; and the slots reached."""
    reached = np.zeros(len(capacity), dtype=bool)
    came: dict[int, tuple[int, int]] = {}
    queue = [(start, -1)]
    for number, before in queue:
        for slot in np.flatnonzero(classes[number] & ~reached).tolist():
            reached[slot], came[slot] = True, (number, before)
            if taken[:, slot].sum() < capacity[slot]:
                path = [(number, slot)]
                while before >= 0:
                    number, slot = came[before][0], before
                    path.append((number, slot))
                    before = came[slot][1]
                return path[::-1], reached
            queue += [(other, slot) for other in np.flatnonzero(taken[:, slot]).tolist()]
    return None, reached
