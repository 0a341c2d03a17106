"""Less waiting: two meetings of one host change slots, which leaves the host, its table and its group sizes alone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from matcher.planning.candidates import Ints
from matcher.planning.model import EventSide
from matcher.planning.timetable_grid import Grid

PASSES = 100
PATIENCE = 15


@dataclass(slots=True)
class _Swap:
    """Put `meeting` into `slot`, and `other` (or none) into the slot it leaves; `gain` is the waiting saved."""

    gain: int
    meeting: int
    slot: int
    other: int


@dataclass(slots=True)
class _State:
    grid: Grid
    slots: list[int]
    session: tuple[int, ...]
    used: list[list[int]]
    of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    held: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))


def shorten_waits(grid: Grid, slots: Ints) -> Ints:
    """Return slots with no more waiting than before, shape (meetings,); what was not placed stays so.

    Each guest that waits makes its best swap; swaps that gain nothing are made too, a few times, to leave plateaus.
    """
    state = _start(grid, slots)
    rng = np.random.default_rng(0)
    best, least, stale = list(state.slots), _total(state), 0
    for _ in range(PASSES):
        if least == 0 or stale > PATIENCE:
            break
        for guest in [number for number in state.of if _waits(state, number)]:
            swaps = list(_swaps(state, guest))
            most = max((swap.gain for swap in swaps), default=-1)
            if most >= 0:
                equal = [swap for swap in swaps if swap.gain == most]
                _make(state, equal[int(rng.integers(len(equal)))])
        total = _total(state)
        stale = 0 if total < least else stale + 1
        if total < least:
            best, least = list(state.slots), total
    return np.array(best, dtype=np.int64)


def _start(grid: Grid, slots: Ints) -> _State:
    used = [[0] * len(grid.session) for _ in grid.participants]
    state = _State(grid, slots.tolist(), tuple(grid.session.tolist()), used)
    for meeting in np.flatnonzero(slots >= 0).tolist():
        for number in (int(grid.first[meeting]), int(grid.second[meeting])):
            used[number][slots[meeting]] += 1
            state.held[number, int(slots[meeting])].append(meeting)
            if grid.participants[number].side is not EventSide.HOST:
                state.of[number].append(meeting)
    return state


def _total(state: _State) -> int:
    return sum(_waits(state, number) for number in state.of)


def _waits(state: _State, number: int) -> int:
    return _waiting(tuple(count > 0 for count in state.used[number]), state.session)


@lru_cache(maxsize=1 << 16)
def _waiting(busy: tuple[bool, ...], session: tuple[int, ...]) -> int:
    """Return the free slots between the first and the last busy one of each session."""
    last: dict[int, int] = {}
    found = 0
    for slot, (at_work, number) in enumerate(zip(busy, session, strict=True)):
        if at_work:
            found += slot - last.get(number, slot - 1) - 1
            last[number] = slot
    return found


def _swaps(state: _State, guest: int) -> Iterator[_Swap]:
    """Yield what a waiting guest can do: move one of its meetings to a slot where it is free."""
    grid = state.grid
    for meeting in state.of[guest]:
        if grid.table[meeting]:
            continue
        now, host = state.slots[meeting], _partner(grid, meeting, guest)
        for slot in np.flatnonzero(grid.allowed[meeting]).tolist():
            if slot == now or not _fits(state, guest, slot, now):
                continue
            for other in state.held[host, slot]:
                if not grid.table[other] and grid.allowed[other, now]:
                    partner = _partner(grid, other, host)
                    if partner != guest and _fits(state, partner, now, slot):
                        gain = _gain(state, guest, now, slot) + _gain(state, partner, slot, now)
                        yield _Swap(gain, meeting, slot, other)


def _partner(grid: Grid, meeting: int, number: int) -> int:
    return int(grid.second[meeting] if grid.first[meeting] == number else grid.first[meeting])


def _fits(state: _State, number: int, slot: int, leaving: int) -> bool:
    """Whether a participant has a delegate free in a slot, and not too many meetings in a row, once it left another."""
    grid = state.grid
    if state.used[number][slot] >= grid.places[number, slot]:
        return False
    if grid.streak is None:
        return True
    if len(grid.participants[number].delegates) > 1:
        return False
    busy = [count > 0 for count in state.used[number]]
    busy[leaving], busy[slot] = False, True
    run = longest = 0
    for at, at_work in enumerate(busy):
        run = 0 if not at_work else 1 if at and state.session[at] != state.session[at - 1] else run + 1
        longest = max(longest, run)
    return longest <= grid.streak


def _gain(state: _State, number: int, leaves: int, takes: int) -> int:
    if state.grid.participants[number].side is EventSide.HOST:
        return 0
    counts = list(state.used[number])
    before = _waiting(tuple(count > 0 for count in counts), state.session)
    counts[leaves] -= 1
    counts[takes] += 1
    return before - _waiting(tuple(count > 0 for count in counts), state.session)


def _make(state: _State, swap: _Swap) -> None:
    now = state.slots[swap.meeting]
    for meeting, leaves, takes in ((swap.meeting, now, swap.slot), (swap.other, swap.slot, now)):
        state.slots[meeting] = takes
        for number in (int(state.grid.first[meeting]), int(state.grid.second[meeting])):
            state.used[number][leaves] -= 1
            state.used[number][takes] += 1
            state.held[number, leaves].remove(meeting)
            state.held[number, takes].append(meeting)
