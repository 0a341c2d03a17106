"""What would make all meetings fit, the least there is, in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.planning.candidates import Bools, Ints
from matcher.planning.model import Delegate
from matcher.planning.timetable_fit import EXACT, Fits, Worth, fits, make_room
from matcher.planning.timetable_greedy import construct
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_proof import Bottleneck, bottlenecks

STEPS = 6
NAMED = 5
MORE_SLOTS = 3
TRIED = 16
"""How many (participant, slot) are tried for one more appearance."""


@dataclass(frozen=True, slots=True)
class _More:
    """Tables added by slot, and delegates by participant."""

    tables: Ints
    delegates: Mapping[int, int] = field(default_factory=dict)

    def fewer(self) -> Iterator["_More"]:
        """Yield the same with one table or delegate less."""
        if self.tables.any():
            yield replace(self, tables=np.maximum(self.tables - 1, 0))
        for number, count in self.delegates.items():
            rest = {one: other for one, other in self.delegates.items() if one != number}
            yield replace(self, delegates=rest | ({number: count - 1} if count > 1 else {}))


@dataclass(frozen=True, slots=True)
class _Search:
    """Tells whether a grid holds all its meetings."""

    worth: Worth
    effort: float

    def left(self, grid: Grid) -> list[int]:
        """Return the meetings that found no slot, empty when all fit."""
        slots = construct(grid)
        if (slots < 0).any():
            slots = make_room(grid, self.worth, slots, 0)
        left: list[int] = np.flatnonzero(slots < 0).tolist()
        if left and grid.allowed.sum() <= EXACT and fits(grid, self.effort) is Fits.YES:
            return []
        return left

    def holds(self, grid: Grid) -> bool:
        """Whether a timetable of all meetings was found."""
        return not bottlenecks(grid) and not self.left(grid)

    def never(self, grid: Grid) -> bool:
        """Whether there is proven to be none."""
        return bool(bottlenecks(grid)) or (grid.allowed.sum() <= EXACT and fits(grid, self.effort) is Fits.NO)


def relaxations(grid: Grid, worth: Worth, slots: Ints, spots: Iterable[Bottleneck], effort: float) -> tuple[str, ...]:
    """Return in words what would let all meetings fit: one more appearance, tables, delegates, slots, lower minimums.

    Each but the last is one with which a timetable was found; it says （缺一不可） where it is proven that with one
    table, delegate or slot less there is none. `slots` is the timetable that was found, `spots` why by counting.
    """
    search = _Search(worth, effort)
    found = (_appearance(grid, slots, search), _more_room(grid, list(spots), search), _more_slots(grid, search))
    return tuple(words for words in (*found, _lower_minimum(grid, worth, slots)) if words)


def _common(grid: Grid, places: Ints) -> Bools:
    both: Bools = (places[grid.first] > 0) & (places[grid.second] > 0)
    return both


def _appearance(grid: Grid, slots: Ints, search: _Search) -> str:
    """Return one participant and slot it is not there now: the least that can be asked of anybody."""
    left = np.flatnonzero(slots < 0)
    if len(left) > grid.guests.max():
        return ""
    people = np.concatenate([grid.first[left], grid.second[left]])
    ordered = sorted(set(people.tolist()), key=lambda number: (-int((people == number).sum()), number))
    absent = ((number, int(slot)) for number in ordered for slot in np.flatnonzero(grid.places[number] == 0))
    for _, (number, slot) in zip(range(TRIED), absent, strict=False):
        places, who = grid.places.copy(), grid.participants[number]
        places[number, slot] = 1
        comes = replace(who.delegates[0], available=who.delegates[0].available | {slot}) if who.delegates else None
        if comes is None:
            continue
        people_then = list(grid.participants)
        people_then[number] = replace(who, delegates=(comes, *who.delegates[1:]))
        allowed = grid.allowed | (_common(grid, places) & ~grid.tied[:, None])
        if search.holds(replace(grid, participants=tuple(people_then), places=places, allowed=allowed)):
            return f"“{who.name}”在第 {slot + 1} 时段也到场"
    return ""


def _more_room(grid: Grid, spots: list[Bottleneck], search: _Search) -> str:
    if not grid.allowed.any(axis=1).all():
        return ""
    more, wide = _More(np.zeros(len(grid.session), dtype=np.int64)), grid
    for _ in range(STEPS):
        left = [] if spots else search.left(wide)
        if not spots and not left:
            return _words(grid, *_pruned(grid, more, search))
        more = _added(wide, more, spots) if spots else _guessed(wide, more, left[0], search)
        wide = _widened(grid, more)
        spots = bottlenecks(wide)
    return ""


def _added(grid: Grid, more: _More, spots: Iterable[Bottleneck]) -> _More:
    """Give bottlenecks as much room as their counts ask for; each is needed."""
    tables, delegates = more.tables.copy(), dict(more.delegates)
    for spot in spots:
        slots = np.array(spot.slots, dtype=np.int64)
        if spot.participant is None:
            seats = int(grid.guests[grid.first[list(spot.meetings)]].max())
            tables[slots] += -(-spot.excess // (len(slots) * seats))
            continue
        own = grid.capacity()[spot.participant]
        per_delegate = max(int((own[slots] > 0).sum()) * int(grid.guests[spot.participant]), 1)
        delegates[spot.participant] = delegates.get(spot.participant, 0) + -(-spot.excess // per_delegate)
    return _More(tables, delegates)


def _guessed(grid: Grid, more: _More, left: int, search: _Search) -> _More:
    """Give a meeting that found no slot one table more where tables alone can help, else a delegate."""
    everywhere = np.full_like(grid.tables, len(grid.first))
    if (grid.tables < len(grid.first)).any() and search.holds(replace(grid, tables=everywhere)):
        return replace(more, tables=more.tables + 1)
    number = int(grid.first[left])
    return replace(more, delegates={**more.delegates, number: more.delegates.get(number, 0) + 1})


def _pruned(grid: Grid, more: _More, search: _Search) -> tuple[_More, bool]:
    """Return what is still enough when one less is not, and whether that is proven."""
    if len(more.delegates) > STEPS:
        return more, False
    while True:
        fewer = list(more.fewer())
        less = next((each for each in fewer if search.holds(_widened(grid, each))), None)
        if less is None:
            return more, all(search.never(_widened(grid, each)) for each in fewer)
        more = less


def _widened(grid: Grid, more: _More) -> Grid:
    places, people = grid.places.copy(), list(grid.participants)
    for number, count in more.delegates.items():
        there = grid.places[number] > 0
        places[number] += count * there
        fresh = (Delegate(id=f"+{n}", available=frozenset(np.flatnonzero(there).tolist())) for n in range(count))
        people[number] = replace(people[number], delegates=(*people[number].delegates, *fresh))
    return replace(grid, participants=tuple(people), places=places, tables=grid.tables + more.tables)


def _words(grid: Grid, more: _More, proven: bool) -> str:
    parts = []
    added = more.tables > 0
    if added.any():
        at = int(np.flatnonzero(added)[0])
        which = "、".join(str(slot + 1) for slot in np.flatnonzero(added).tolist())
        where = "" if added.all() else f"第 {which} 时段的"
        parts.append(f"把{where}桌数由 {grid.tables[at]} 增至 {grid.tables[at] + more.tables.max()}")
    named = sorted(more.delegates.items())
    parts += [f"“{grid.participants[number].name}”增加 {count} 名代表" for number, count in named[:NAMED]]
    if len(named) > NAMED:
        parts.append(f"另有 {len(named) - NAMED} 方也需增加代表")
    return "；".join(parts) + ("（缺一不可）" if proven else "")


def _more_slots(grid: Grid, search: _Search) -> str:
    """Return how many slots at the end, with whoever is there in the last, let all fit."""
    proven = True
    for count in range(1, MORE_SLOTS + 1):
        longer = _longer(grid, count)
        if search.holds(longer):
            return f"末场之后增加 {count} 个时段" + ("（缺一不可）" if proven else "")
        proven = proven and search.never(longer)
    return ""


def _longer(grid: Grid, count: int) -> Grid:
    last = len(grid.session) - 1
    extra = frozenset(range(last + 1, last + 1 + count))
    columns = np.concatenate([np.arange(last + 1), np.full(count, last)])
    people = []
    for who in grid.participants:
        stay = (
            replace(one, available=one.available | extra) if last in one.available else one for one in who.delegates
        )
        people.append(replace(who, delegates=tuple(stay)))
    allowed = grid.allowed[:, columns]
    allowed[:, last + 1 :] &= ~grid.tied[:, None]
    return replace(
        grid,
        participants=tuple(people),
        allowed=allowed,
        places=grid.places[:, columns],
        session=grid.session[columns],
        tables=grid.tables[columns],
    )


def _lower_minimum(grid: Grid, worth: Worth, slots: Ints) -> str:
    """Return the minimums that keep what was placed from being too little."""
    short = worth.short(grid, slots)
    named = np.flatnonzero(short * (worth.short(grid, np.zeros_like(slots)) < short)).tolist()
    if not named or (worth.must & (slots < 0)).any():
        return ""
    parts = [
        f"“{grid.participants[n].name}”的至少场数由 {worth.minimum[n]} 降为 {worth.minimum[n] - short[n]}"
        for n in named[:NAMED]
    ]
    if len(named) > NAMED:
        parts.append(f"另有 {len(named) - NAMED} 方的至少场数共降低 {int(short[named[NAMED:]].sum())} 场")
    return "；".join(parts)
