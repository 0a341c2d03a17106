"""The search of a repair: what can be kept, what can be added, and then what must change."""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Bools, Candidates, Ints
from matcher.planning.timetable_fit import Goal, Worth, improve, missing
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_model import SlotModel, slot_model, solve


@dataclass(frozen=True, slots=True)
class Case:
    """A repair as arrays: rows of candidates looked at, the slot and table each was announced for, or -1 and 0."""

    candidates: Candidates
    pairs: Ints
    hall: Grid
    slot: Ints
    table: Ints
    worth: Worth
    held: Bools
    most: int
    start: Ints | None

    def kept(self, slots: Ints) -> Bools:
        """Return which announced meetings keep their slot."""
        kept: Bools = (slots == self.slot) & (slots >= 0)
        return kept

    def stays(self) -> Bools:
        """Return which announced meetings may keep their slot."""
        at = np.maximum(self.slot, 0)
        stays: Bools = (self.slot >= 0) & self.hall.allowed[np.arange(len(at)), at]
        return stays


@dataclass(frozen=True, slots=True)
class Found:
    """Each pair's slot or -1, and the bounds of changes, table moves and (negative) weight."""

    found: bool
    slots: Ints
    bounds: tuple[int, int, int]
    forced: int


def search(case: Case, effort: float) -> Found:
    """Return slots with a shortfall as asked where it can, then of the fewest changes, table moves, and most weight.

    The start keeps as many announced meetings as can be kept, and adds to them.
    """
    kept, forced = _keep(case, effort)
    start = _fill(case, kept, effort)
    if case.worth.shortfall(case.hall, start) > case.most and case.start is not None:
        start = case.start
    it = _model(case, case.hall)
    stays = np.flatnonzero(case.stays()).tolist()
    staying = [it.x[n][int(case.slot[n])] for n in stays]
    moving = [x for n, x in zip(stays, staying, strict=True) if not case.table[n]]
    pairs = [(x, int(case.worth.weight[n])) for n, own in enumerate(it.x) for x in own.values()]
    weight = cp_model.LinearExpr.weighted_sum([x for x, _ in pairs], [worth for _, worth in pairs])
    changes = len(stays) - cp_model.LinearExpr.sum(staying)
    goals = (
        Goal(missing(it, case.worth), lambda slots: case.worth.shortfall(case.hall, slots), case.most),
        Goal(changes, lambda slots: len(stays) - int(case.kept(slots).sum()), forced),
        Goal(cp_model.LinearExpr.sum(moving), lambda slots: int((case.kept(slots) & (case.table == 0)).sum())),
        Goal(-weight, lambda slots: -int(case.worth.weight[slots >= 0].sum()), -1e15),
    )
    reached = improve(it, goals, start, effort)
    found = case.worth.shortfall(case.hall, reached.slots) <= case.most
    return Found(found, reached.slots, (reached.bounds[1], reached.bounds[2], reached.bounds[3]), forced)


def _keep(case: Case, effort: float) -> tuple[Ints, int]:
    """Return the most announced meetings that can be held together, and a bound on how many cannot."""
    stays = case.stays()
    only = np.zeros_like(case.hall.allowed)
    only[np.flatnonzero(stays), case.slot[stays]] = True
    it = _model(case, case.hall.within(case.hall.allowed & (only | case.held[:, None])))
    kept = [it.x[n][int(case.slot[n])] for n in np.flatnonzero(stays).tolist()]
    it.model.minimize(len(kept) - cp_model.LinearExpr.sum(kept))
    answer = solve(it, effort)
    return answer.slots, max(int(np.ceil(answer.bound - 1e-6)), 0)


def _fill(case: Case, kept: Ints, effort: float) -> Ints:
    """Return the meetings kept and what can be added to them until the shortfall is as asked."""
    still = kept >= 0
    only = np.zeros_like(case.hall.allowed)
    only[still, kept[still]] = True
    it = _model(case, case.hall.within(case.hall.allowed & (only | ~still[:, None])))
    for n in np.flatnonzero(still).tolist():
        it.model.add(it.placed(n) == 1)
    goal = Goal(missing(it, case.worth), lambda slots: case.worth.shortfall(case.hall, slots), case.most)
    return improve(it, (goal,), kept, effort).slots


def _model(case: Case, hall: Grid) -> SlotModel:
    """Return the model of a repair: no participant above its maximum, locked pairs held."""
    it = slot_model(hall)
    for number in range(len(case.candidates.participants)):
        own = np.flatnonzero((hall.first == number) | (hall.second == number)).tolist()
        if len(own) > case.candidates.maximum[number]:
            terms = cp_model.LinearExpr.sum([it.placed(n) for n in own])
            it.model.add(terms <= int(case.candidates.maximum[number]))
    for n in np.flatnonzero(case.held).tolist():
        it.model.add(it.placed(n) == 1)
    return it
