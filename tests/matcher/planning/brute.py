"""All timetables of a small event, by counting: what the solvers are compared with."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from matcher.planning.candidates import Candidates
from matcher.planning.model import Event, EventSide

Slots = tuple[int, ...]
"""The slot of each pair, -1 for none."""


def fits(found: Candidates, event: Event, pairs: Sequence[int], slots: Sequence[int]) -> bool:
    """Tell whether pairs can meet in these slots (no limit on streaks): places, delegates and tables by counting."""
    common, group = found.common(), event.rules.guests
    opened = event.tables - len(event.closed_tables)
    seats: Counter[tuple[int, int]] = Counter()
    for pair, slot in zip(pairs, slots, strict=True):
        if slot < 0:
            continue
        if not common[pair, slot]:
            return False
        seats[int(found.first[pair]), slot] += 1
        seats[int(found.second[pair]), slot] += 1
    led: Counter[tuple[int, int]] = Counter()
    for pair, slot in zip(pairs, slots, strict=True):
        if slot >= 0:
            led[int(found.first[pair]), slot] += 1
    tables: Counter[int] = Counter()
    for (who, slot), count in led.items():
        host = found.participants[who].side is EventSide.HOST
        tables[slot] += -(-count // group) if host else count
    for (who, slot), count in seats.items():
        host = found.participants[who].side is EventSide.HOST
        needed = -(-count // group) if host else count
        if needed > found.places[who, slot]:
            return False
    return all(used <= opened for used in tables.values())


def timetables(found: Candidates, event: Event, pairs: Sequence[int]) -> Iterator[Slots]:
    """Yield every way to give pairs slots or none that fits."""
    for slots in product(range(-1, len(event.slots)), repeat=len(pairs)):
        if fits(found, event, pairs, slots):
            yield slots


def shortfall(found: Candidates, pairs: Sequence[int], slots: Sequence[int]) -> int:
    """Return what is missing to the minimums, and the must-meets that are missing."""
    held = [pair for pair, slot in zip(pairs, slots, strict=True) if slot >= 0]
    degrees = Counter(int(end) for pair in held for end in (found.first[pair], found.second[pair]))
    short = sum(max(0, int(least) - degrees[n]) for n, least in enumerate(found.minimum))
    return short + sum(int(pair) not in held for pair in np.flatnonzero(found.must))


def within_caps(found: Candidates, pairs: Sequence[int], slots: Sequence[int]) -> bool:
    """Tell whether nobody meets more often than it may."""
    held = [pair for pair, slot in zip(pairs, slots, strict=True) if slot >= 0]
    degrees = Counter(int(end) for pair in held for end in (found.first[pair], found.second[pair]))
    return all(degrees[n] <= int(most) for n, most in enumerate(found.maximum))
