"""Slots for meetings: a first timetable, then what did not fit, then less waiting; with bounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Bools, Ints
from matcher.planning.timetable_chains import chained
from matcher.planning.timetable_grid import Grid, waits
from matcher.planning.timetable_model import Linear, SlotModel, slot_model, solve, suggest, waiting
from matcher.planning.timetable_swaps import shorten_waits

EXACT = 60_000
"""Up to how many (meeting, slot) the whole model is solved; above, parts of it."""
POLISHED = 6_000
QUICK = 0.05
AROUND = 12
"""How many hosts' meetings are moved at once to make room."""
ROUNDS = 40
STALE = 5
MISSED = 1_000_000


class Fits(StrEnum):
    """Whether there is a timetable with all the meetings."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Worth:
    """What a meeting that does not fit costs: participants' minimums, must-meets, and weights, by meeting."""

    minimum: Ints
    must: Bools
    weight: Ints

    def short(self, grid: Grid, slots: Ints) -> Ints:
        """Return the meetings missing to each participant's minimum, shape (participants,)."""
        held = slots >= 0
        degrees = np.bincount(np.concatenate([grid.first[held], grid.second[held]]), minlength=len(self.minimum))
        short: Ints = np.maximum(self.minimum - degrees, 0)
        return short

    def shortfall(self, grid: Grid, slots: Ints) -> int:
        """Return the meetings missing to the minimums, and the must-meets without a slot."""
        return int(self.short(grid, slots).sum() + (self.must & (slots < 0)).sum())


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to have little of: as an expression of the model, and what a timetable has of it.

    `least` is enough of it, or all there can be.
    """

    terms: cp_model.LinearExpr
    of: Callable[[Ints], int]
    least: float = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """The timetable that meets goals one after the other, and the least that each could be given those before."""

    slots: Ints
    bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Each meeting's slot or -1; a bound on how many have none, on the shortfall and on the waiting."""

    slots: Ints
    fits: Fits
    unplaced_bound: int
    shortfall_bound: int
    waiting_bound: int


def fit(grid: Grid, worth: Worth, effort: float, *, slots: Ints, forced: int) -> Fit:
    """Return slots for as many meetings as fit, those that count most first.

    `forced` is how many are known not to fit. 1. The `slots` of `construct`, one after the other. 2. Room for the rest, by moving
    the meetings of a few hosts at a time (CP-SAT). 3. Where some remain and the model is small: is there a timetable
    for all? If not, least shortfall, then fewest without a slot, then greatest weight, each proven where the effort
    suffices. 4. Less waiting.
    """
    if (slots < 0).sum() > 0:
        slots = make_room(grid, worth, slots, forced)
    floor = worth.shortfall(grid, np.zeros(len(slots), dtype=np.int64))
    found = Fit(slots, Fits.NO if forced else Fits.UNKNOWN, forced, floor, 0)
    if (slots >= 0).all():
        found = Fit(slots, Fits.YES, 0, floor, 0)
    elif grid.allowed.sum() <= EXACT:
        found = _search(grid, worth, found, effort)
    return _settle(grid, found, effort)


def fits(grid: Grid, effort: float) -> Fits:
    """Return whether all meetings have a timetable, proven either way, or unknown within the effort."""
    if not grid.allowed.any(axis=1).all():
        return Fits.NO
    it = slot_model(grid)
    for variables in it.x:
        it.model.add_bool_or(variables.values())
    answer = solve(it, effort)
    return Fits.YES if answer.found else Fits.NO if answer.impossible else Fits.UNKNOWN


def improve(it: SlotModel, goals: Sequence[Goal], slots: Ints, effort: float) -> Reached:
    """Return a timetable no worse than `slots`, with the least of the first goal, then of the second, and so on."""
    bounds = []
    for goal in goals:
        value = goal.of(slots)
        if value <= goal.least:
            bounds.append(value)
            it.model.add(goal.terms <= round(goal.least))
            continue
        it.model.add(goal.terms <= value)
        it.model.minimize(goal.terms)
        suggest(it, slots)
        answer = solve(it, effort)
        bounds.append(round(np.ceil(max(answer.bound, goal.least) - 1e-6)))
        if answer.found and goal.of(answer.slots) < value:
            slots = answer.slots
            it.model.add(goal.terms <= max(goal.of(slots), round(goal.least)))
    return Reached(slots, tuple(bounds))


def _around(grid: Grid, slots: Ints, hosts: Ints) -> SlotModel:
    """Return the model in which only meetings of some participants move; those placed stay placed."""
    free = np.isin(grid.first, hosts) | np.isin(grid.second, hosts)
    still = np.flatnonzero(~free & (slots >= 0))
    allowed = grid.allowed & free[:, None]
    allowed[still, slots[still]] = True
    it = slot_model(grid.within(allowed))
    for meeting in still.tolist():
        it.model.add(it.placed(meeting) == 1)
    return it


def make_room(grid: Grid, worth: Worth, slots: Ints, forced: int) -> Ints:
    """Return slots with fewer meetings left over: by chains, then again and again some hosts' meetings laid out anew."""
    slots = chained(grid, slots)
    rng, stale = np.random.default_rng(0), 0
    hosts = np.unique(grid.first)
    best = _loss(grid, worth, slots)
    for _ in range(ROUNDS):
        left = np.flatnonzero(slots < 0)
        if len(left) <= forced or stale >= STALE:
            break
        some = rng.permutation(left)[:3]
        near = np.concatenate([grid.first[some], grid.second[some], rng.permutation(hosts)[:AROUND]])
        it = _around(grid, slots, near)
        suggest(it, slots)
        it.model.minimize(MISSED * missing(it, worth) - _weight(it, worth))
        answer = solve(it, 1.0)
        loss = _loss(grid, worth, answer.slots)
        stale = 0 if answer.found and loss < best else stale + 1
        if answer.found and loss <= best:
            slots, best = answer.slots, loss
    return slots


def _loss(grid: Grid, worth: Worth, slots: Ints) -> int:
    held = slots >= 0
    return MISSED * worth.shortfall(grid, slots) - int((worth.weight[held] + 2 * worth.weight.max(initial=1)).sum())


def missing(it: SlotModel, worth: Worth) -> cp_model.LinearExpr:
    """Return the shortfall as an expression to minimise."""
    terms: list[Linear] = [1 - it.placed(meeting) for meeting in np.flatnonzero(worth.must).tolist()]
    for number in np.flatnonzero(worth.minimum).tolist():
        own = np.flatnonzero((it.grid.first == number) | (it.grid.second == number)).tolist()
        short = it.model.new_int_var(0, int(worth.minimum[number]), "")
        it.model.add(short + cp_model.LinearExpr.sum([it.placed(n) for n in own]) >= int(worth.minimum[number]))
        terms.append(short)
    return cp_model.LinearExpr.sum(terms)


def _weight(it: SlotModel, worth: Worth) -> cp_model.LinearExpr:
    """Return the worth of what is placed: first how many, then their weight, nearly."""
    most = 2 * int(worth.weight.max(initial=1))
    pairs = [(variable, most + int(worth.weight[n])) for n, own in enumerate(it.x) for variable in own.values()]
    return cp_model.LinearExpr.weighted_sum([variable for variable, _ in pairs], [weight for _, weight in pairs])


def _search(grid: Grid, worth: Worth, found: Fit, effort: float) -> Fit:
    """Return the best fit of the whole model: all, or else what counts most."""
    if found.fits is Fits.UNKNOWN:
        it = slot_model(grid)
        for variables in it.x:
            it.model.add_bool_or(variables.values())
        suggest(it, found.slots)
        answer = solve(it, effort)
        if answer.found:
            return Fit(answer.slots, Fits.YES, 0, found.shortfall_bound, 0)
        if not answer.impossible:
            return found
    it = slot_model(grid)
    everyone = np.arange(len(grid.first)).tolist()
    dropped = len(everyone) - cp_model.LinearExpr.sum([it.placed(meeting) for meeting in everyone])
    least = Goal(missing(it, worth), lambda slots: worth.shortfall(grid, slots), found.shortfall_bound)
    short = improve(it, (least,), found.slots, effort)
    goals = (
        Goal(dropped, lambda slots: int((slots < 0).sum())),
        Goal(-_weight(it, worth), lambda slots: -_placed_weight(worth, slots), -1e15),
    )
    reached = improve(it, goals, make_room(grid, worth, short.slots, found.unplaced_bound), effort)
    shortfall, unplaced = short.bounds[0], reached.bounds[0]
    proven = shortfall == worth.shortfall(grid, reached.slots)
    most = max(unplaced if proven else 1, found.unplaced_bound)
    return Fit(reached.slots, Fits.NO, most, max(shortfall, found.shortfall_bound), 0)


def _placed_weight(worth: Worth, slots: Ints) -> int:
    held = slots >= 0
    return int((worth.weight[held] + 2 * int(worth.weight.max(initial=1))).sum())


def opened(grid: Grid, slots: Ints) -> int:
    """Return how many tables hosts with groups open, summed over slots, when each is filled."""
    group = np.flatnonzero((slots >= 0) & (grid.guests[grid.first] > 1))
    sat = np.zeros(grid.places.shape, dtype=np.int64)
    np.add.at(sat, (grid.first[group], slots[group]), 1)
    return int((-(-sat // grid.guests[:, None])).sum())


def _settle(grid: Grid, found: Fit, effort: float) -> Fit:
    """Return the same meetings with less waiting and, in groups, fewer tables opened."""
    slots, bound = shorten_waits(grid, found.slots), 0
    held = slots >= 0
    spread = opened(grid, slots) - opened(grid, np.where(held, 0, -1))
    if (waits(grid, slots).sum() or spread) and grid.allowed[held].sum() <= POLISHED:
        it = slot_model(grid.within(grid.allowed & held[:, None]))
        reached = _polish(it, slots, np.arange(len(grid.participants)), min(effort, QUICK))
        slots, bound = reached.slots, max(reached.bounds[0], 0)
    rng, hosts = np.random.default_rng(0), np.unique(grid.first)
    for _ in range(STALE if len(hosts) > AROUND else 0):
        late, before = waits(grid, slots) > 0, slots
        if not late.any():
            break
        near = np.flatnonzero((late[grid.first] | late[grid.second]) & (slots >= 0))
        some = np.concatenate([grid.first[rng.permutation(near)[:3]], rng.permutation(hosts)[:AROUND]])
        moved = np.isin(grid.first, some) | np.isin(grid.second, some)
        people = np.union1d(grid.first[moved], grid.second[moved])
        slots = _polish(_around(grid, slots, some), slots, people, min(effort, QUICK)).slots
        if waits(grid, slots).sum() == waits(grid, before).sum():
            break
    return Fit(slots, found.fits, found.unplaced_bound, found.shortfall_bound, bound)


def _polish(it: SlotModel, slots: Ints, people: Ints, effort: float) -> Reached:
    """Return the same meetings with less waiting of some participants, then with fewer tables opened."""
    for meeting in np.flatnonzero(slots >= 0).tolist():
        it.model.add_bool_or(it.x[meeting].values())
    gaps = cp_model.LinearExpr.sum(waiting(it, people.tolist()))
    groups = [units for (number, _), units in it.units.items() if it.grid.guests[number] > 1]
    goals = [Goal(gaps, lambda slots: int(waits(it.grid, slots)[people].sum()))]
    if groups:
        fewest = opened(it.grid, np.where(slots >= 0, 0, -1))
        goals.append(Goal(cp_model.LinearExpr.sum(groups), lambda slots: opened(it.grid, slots), fewest))
    return improve(it, goals, slots, effort)
