"""What would make all meetings fit, the least there is, in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.planning.candidates import Ints
from matcher.planning.model import Delegate
from matcher.planning.timetable_fit import EXACT, Fits, Worth, fits, make_room
from matcher.planning.timetable_greedy import construct
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_proof import Bottleneck, bottlenecks, forced

STEPS = 6
NAMED = 5
MORE_SLOTS = 3


@dataclass(slots=True)
class _More:
    """Tables added by slot, and delegates by participant."""

    tables: Ints
    delegates: dict[int, int] = field(default_factory=dict)


def relaxations(grid: Grid, worth: Worth, slots: Ints, spots: Iterable[Bottleneck], effort: float) -> tuple[str, ...]:
    """Return in words what would let all meetings fit: more tables or delegates, more slots, or lower minimums.

    Tables, delegates and slots are those with which a timetable was found; what was short is added step by step.
    """
    found = (_more_room(grid, worth, slots, list(spots), effort), _more_slots(grid, worth, effort))
    return tuple(words for words in (*found, _lower_minimum(grid, worth, slots)) if words)


def _more_room(grid: Grid, worth: Worth, slots: Ints, spots: list[Bottleneck], effort: float) -> str:
    more = _More(np.zeros(len(grid.session), dtype=np.int64))
    wide = grid
    for _ in range(STEPS):
        if not spots:
            left = _left(wide, worth, effort)
            if not left:
                return _words(grid, more)
        if not grid.allowed.any(axis=1).all():
            return ""
        for spot in spots:
            _add(wide, more, spot)
        if not spots:
            for number in {int(grid.first[meeting]) for meeting in left}:
                more.delegates[number] = more.delegates.get(number, 0) + 1
        wide = _widened(grid, more)
        spots = bottlenecks(wide)
    return ""


def _left(grid: Grid, worth: Worth, effort: float) -> list[int]:
    """Return the meetings that found no slot, empty when all fit."""
    slots = construct(grid)
    if (slots < 0).any():
        slots = make_room(grid, worth, slots, 0)
    left: list[int] = np.flatnonzero(slots < 0).tolist()
    if left and grid.allowed.sum() <= EXACT and fits(grid, effort) is Fits.YES:
        return []
    return left


def _add(grid: Grid, more: _More, spot: Bottleneck) -> None:
    """Give a bottleneck as much room as its count asks for."""
    slots = np.array(spot.slots, dtype=np.int64)
    if spot.participant is None:
        seats = int(grid.guests[grid.first[list(spot.meetings)]].max())
        more.tables[slots] += -(-spot.excess // (len(slots) * seats))
        return
    own = grid.capacity()[spot.participant, slots]
    per_delegate = max(int((own > 0).sum()) * int(grid.guests[spot.participant]), 1)
    wanted = -(-spot.excess // per_delegate)
    more.delegates[spot.participant] = more.delegates.get(spot.participant, 0) + wanted


def _widened(grid: Grid, more: _More) -> Grid:
    places, people = grid.places.copy(), list(grid.participants)
    for number, count in more.delegates.items():
        there = grid.places[number] > 0
        places[number] += count * there
        fresh = (Delegate(id=f"+{n}", available=frozenset(np.flatnonzero(there).tolist())) for n in range(count))
        people[number] = replace(people[number], delegates=(*people[number].delegates, *fresh))
    return replace(grid, participants=tuple(people), places=places, tables=grid.tables + more.tables)


def _words(grid: Grid, more: _More) -> str:
    parts = []
    added = more.tables > 0
    if added.all():
        parts.append(f"把桌数由 {grid.tables[0]} 增至 {grid.tables[0] + more.tables.max()}")
    elif added.any():
        at = int(np.flatnonzero(added)[0])
        which = "、".join(str(slot + 1) for slot in np.flatnonzero(added).tolist())
        parts.append(f"把 {which} 号时段的桌数由 {grid.tables[at]} 增至 {grid.tables[at] + more.tables.max()}")
    named = sorted(more.delegates.items())
    parts += [f"“{grid.participants[number].name}”增加 {count} 名代表" for number, count in named[:NAMED]]
    if len(named) > NAMED:
        parts.append(f"另有 {len(named) - NAMED} 方也需增加代表")
    return "；".join(parts)


def _more_slots(grid: Grid, worth: Worth, effort: float) -> str:
    """Return how many slots at the end, with whoever is there in the last, let all fit."""
    last = len(grid.session) - 1
    for count in range(1, MORE_SLOTS + 1):
        extra = range(last + 1, last + 1 + count)
        columns = np.concatenate([np.arange(last + 1), np.full(count, last)])
        people = tuple(
            replace(
                who,
                delegates=tuple(
                    replace(one, available=one.available | set(extra)) if last in one.available else one
                    for one in who.delegates
                ),
            )
            for who in grid.participants
        )
        longer = replace(
            grid,
            participants=people,
            allowed=grid.allowed[:, columns],
            places=grid.places[:, columns],
            session=grid.session[columns],
            tables=grid.tables[columns],
        )
        if not forced(bottlenecks(longer)) and not _left(longer, worth, effort):
            return f"末场之后增加 {count} 个时段"
    return ""


def _lower_minimum(grid: Grid, worth: Worth, slots: Ints) -> str:
    """Return the minimums that keep what was placed from being too little."""
    everything = np.zeros(len(slots), dtype=np.int64)
    short = _short(grid, worth, slots) * (_short(grid, worth, everything) < _short(grid, worth, slots))
    named = np.flatnonzero(short).tolist()
    if not named or (worth.must & (slots < 0)).any():
        return ""
    if len(named) > NAMED:
        least, got = int(worth.minimum[named].max()), int((worth.minimum - short)[named].min())
        return f"{len(named)} 方的至少场数由 {least} 降为 {got}"
    one = (
        f"“{grid.participants[n].name}”的至少场数由 {worth.minimum[n]} 降为 {worth.minimum[n] - short[n]}"
        for n in named
    )
    return "；".join(one)


def _short(grid: Grid, worth: Worth, slots: Ints) -> Ints:
    held = slots >= 0
    degrees = np.bincount(np.concatenate([grid.first[held], grid.second[held]]), minlength=len(worth.minimum))
    short: Ints = np.maximum(worth.minimum - degrees, 0)
    return short
