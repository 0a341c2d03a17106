"""A first timetable, one slot after the other: in each the meetings that can wait least, as many as there is room for."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher.planning.candidates import Bools, Ints
from matcher.planning.timetable_grid import Grid

Floats = NDArray[np.float64]

NOW_OR_NEVER = 20.0
ADJACENT = 0.6
AFTER_A_GAP = -0.4
OPENING = 0.95
NODES = 200


@dataclass(slots=True)
class _Hall:
    """What has happened so far: each meeting's slot, and how many slots in a row each delegate has worked."""

    slots: Ints
    runs: list[list[int]] = field(default_factory=list)


def construct(grid: Grid) -> Ints:
    """Return each meeting's slot, or -1 where it found none, shape (meetings,); never a clash.

    In each slot, in order, a maximum-weight matching with groups and tables (HiGHS). A meeting weighs more the less
    room its two participants have left, so that whoever must meet now does (the covering of the vertices of greatest
    degree, by which König's theorem colours the edges of a bipartite graph), and more right after another meeting.
    """
    hall = _Hall(np.full(len(grid.first), -1, dtype=np.int64), [[0] * len(who.delegates) for who in grid.participants])
    for slot in range(len(grid.session)):
        if slot and grid.session[slot] != grid.session[slot - 1]:
            hall.runs = [[0] * len(runs) for runs in hall.runs]
        places = _rested(grid, hall, slot)
        meetings = _open(grid, hall, places, slot)
        if len(meetings):
            taken = meetings[_match(grid, places, meetings, _weights(grid, hall, meetings, slot), slot)]
            hall.slots[taken] = slot
        if grid.streak is not None:
            _work(grid, hall, slot)
    return hall.slots


def _rested(grid: Grid, hall: _Hall, slot: int) -> Ints:
    """Return how many delegates of each participant may work in a slot, shape (participants,)."""
    if grid.streak is None:
        return grid.places[:, slot]
    people = zip(grid.participants, hall.runs, strict=True)
    return np.array(
        [
            sum(slot in one.available and run < grid.streak for one, run in zip(who.delegates, runs, strict=True))
            for who, runs in people
        ],
        dtype=np.int64,
    )


def _work(grid: Grid, hall: _Hall, slot: int) -> None:
    """Let the delegates work that have worked least in a row; the others rest."""
    now = hall.slots == slot
    meetings = np.bincount(grid.first[now], minlength=len(hall.runs)) + np.bincount(
        grid.second[now], minlength=len(hall.runs)
    )
    needed = -(-meetings // grid.guests)
    for who, runs, count in zip(grid.participants, hall.runs, needed.tolist(), strict=True):
        there = [n for n, one in enumerate(who.delegates) if slot in one.available]
        at_work = sorted(there, key=runs.__getitem__)[:count]
        for n in range(len(runs)):
            runs[n] = runs[n] + 1 if n in at_work else 0


def _open(grid: Grid, hall: _Hall, places: Ints, slot: int) -> Ints:
    """Return the meetings that could take a slot; of those locked to a table, one host's, and a host's one table."""
    free = (places[grid.first] > 0) & (places[grid.second] > 0)
    meetings = np.flatnonzero((hall.slots < 0) & grid.allowed[:, slot] & free)
    hosts: dict[int, int] = {}
    tables: dict[int, int] = {}
    sat: dict[int, int] = {}
    kept = []
    for meeting in meetings.tolist():
        table, host = int(grid.table[meeting]), int(grid.first[meeting])
        if table:
            same = tables.setdefault(host, table) == table and hosts.setdefault(table, host) == host
            sat[table] = sat.get(table, 0) + same
            if not same or sat[table] > grid.guests[host]:
                continue
        kept.append(meeting)
    return np.array(kept, dtype=np.int64)


def _weights(grid: Grid, hall: _Hall, meetings: Ints, slot: int) -> Floats:
    count = len(grid.participants)
    waiting = np.flatnonzero(hall.slots < 0)
    left = np.bincount(np.concatenate([grid.first[waiting], grid.second[waiting]]), minlength=count)
    room = grid.capacity()[:, slot:].sum(axis=1).astype(np.float64)
    if grid.streak is not None:
        room = np.maximum(room * grid.streak / (grid.streak + 1), 1)
    need = np.where(left >= room, NOW_OR_NEVER, left / np.maximum(room, 1))
    last = grid.allowed[meetings, slot:].sum(axis=1) == 1
    beside = _beside(grid, hall, slot)
    one, other = grid.first[meetings], grid.second[meetings]
    found: Floats = 1 + need[one] + need[other] + NOW_OR_NEVER * last + beside[one] + beside[other]
    return np.maximum(found, 0.05)


def _beside(grid: Grid, hall: _Hall, slot: int) -> Floats:
    """Return what a meeting now is worth for the time a participant waits, shape (participants,)."""
    met = np.zeros((len(grid.participants), slot), dtype=bool)
    held = hall.slots >= 0
    met[grid.first[held], hall.slots[held]] = True
    met[grid.second[held], hall.slots[held]] = True
    here = met[:, grid.session[:slot] == grid.session[slot]]
    if not here.shape[1]:
        return np.zeros(len(met))
    return np.where(here[:, -1], ADJACENT, np.where(here.any(axis=1), AFTER_A_GAP, 0.0))


def _match(grid: Grid, places: Ints, meetings: Ints, weights: Floats, slot: int) -> Bools:
    """Return which meetings take a slot. Columns: the meetings, then the tables each host opens."""
    count, size = len(grid.participants), len(meetings)
    one, other = grid.first[meetings], grid.second[meetings]
    hosts = np.unique(one)
    column = np.full(count, -1)
    column[hosts] = size + np.arange(len(hosts))
    # Without sides whoever leads one meeting may be the second in another: both take delegates of the same places.
    rows = np.concatenate([one, hosts, count + other, count + hosts, np.full(len(hosts), 2 * count)])
    columns = np.concatenate([np.arange(size), column[hosts], np.arange(size), column[hosts], column[hosts]])
    values = np.concatenate([np.ones(size), -grid.guests[hosts], np.ones(size + 2 * len(hosts))])
    limits = np.concatenate([np.zeros(count), places, [grid.tables[slot]]])
    matrix = coo_array((values, (rows, columns)), shape=(2 * count + 1, size + len(hosts))).tocsr()
    waiting = np.bincount(one, minlength=count)[hosts]
    price = np.where(grid.guests[hosts] > 1, OPENING * np.minimum(waiting, grid.guests[hosts]), 0.0)
    found = milp(
        np.concatenate([-weights, price]),
        constraints=LinearConstraint(matrix, -np.inf, limits),
        bounds=Bounds(0, np.concatenate([np.ones(size), places[hosts]])),
        integrality=np.ones(size + len(hosts), dtype=np.int64),
        options={"node_limit": NODES, "mip_rel_gap": 1e-3},
    )
    if found.x is None:
        return np.zeros(size, dtype=bool)
    chosen: Bools = np.round(found.x[:size]) > 0
    return chosen
