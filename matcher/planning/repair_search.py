"""The search of a repair: what can be kept, what can be added, and then what must change."""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Ints
from matcher.planning.repair_case import Case
from matcher.planning.timetable_fit import Goal, improve, missing
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_model import SlotModel, slot_model, solve


@dataclass(frozen=True, slots=True)
class Found:
    """Each pair's slot or -1, and the bounds of changes, table moves and, where all pairs are looked at, (negative) weight.

    `forced` is how many announced meetings that may keep their slot cannot, whatever is looked at.
    """

    found: bool
    slots: Ints
    bounds: tuple[int, ...]
    forced: int


def search(case: Case, effort: float, *, forced: int, keep: Ints) -> Found:
    """Return slots with a shortfall as asked where it can, then of the fewest changes and table moves, and most weight.

    The start keeps as many announced meetings as can be kept, and adds to them; where that leaves too many short, those
    of `keep` (rows of candidates) only. At least `forced` changes are known to be needed.
    """
    kept, lost = _keep(case, effort)
    forced = max(forced, lost)
    start = _fill(case, kept, effort)
    if case.worth.shortfall(case.hall, start) > case.most and len(keep):
        fewer = _fill(case, np.where(np.isin(case.pairs, keep) | case.held, kept, -1), effort)
        start = min(start, fewer, key=lambda slots: case.worth.shortfall(case.hall, slots))
    if case.worth.shortfall(case.hall, start) > case.most and case.start is not None:
        start = case.start
    it = _model(case, case.hall)
    stays = np.flatnonzero(case.stays()).tolist()
    staying = [it.x[n][int(case.slot[n])] for n in stays]
    moving = [x for n, x in zip(stays, staying, strict=True) if not case.table[n]]
    changes = len(stays) - cp_model.LinearExpr.sum(staying)
    goals = (
        Goal(missing(it, case.worth), lambda slots: case.worth.shortfall(case.hall, slots), case.most),
        Goal(changes, lambda slots: len(stays) - int(case.kept(slots).sum()), forced),
        Goal(cp_model.LinearExpr.sum(moving), lambda slots: int((case.kept(slots) & (case.table == 0)).sum())),
    )
    every = len(case.pairs) == len(case.candidates.first)
    reached = improve(it, (*goals, _weight(it, case)) if every else goals, start, effort)
    found = case.worth.shortfall(case.hall, reached.slots) <= case.most
    return Found(found, reached.slots, reached.bounds[1:], forced)


def _keep(case: Case, effort: float) -> tuple[Ints, int]:
    """Return the most announced meetings that can be held together, and a bound on how many cannot."""
    stays = case.stays()
    only = np.zeros_like(case.hall.allowed)
    only[np.flatnonzero(stays), case.slot[stays]] = True
    it = _model(case, case.hall.within(case.hall.allowed & (only | case.held[:, None])))
    kept = [it.x[n][int(case.slot[n])] for n in np.flatnonzero(stays).tolist()]
    it.model.minimize(len(kept) - cp_model.LinearExpr.sum(kept))
    answer = solve(it, effort)
    bound = answer.bound if answer.found else 0.0
    return answer.slots, max(int(np.ceil(bound - 1e-6)), 0)


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


def _weight(it: SlotModel, case: Case) -> Goal:
    """Return the weight of all meetings as a goal: to have little of its negative."""
    pairs = [(x, int(case.worth.weight[n])) for n, own in enumerate(it.x) for x in own.values()]
    weight = cp_model.LinearExpr.weighted_sum([x for x, _ in pairs], [worth for _, worth in pairs])
    return Goal(-weight, lambda slots: -int(case.worth.weight[slots >= 0].sum()), -1e15)


def top_up(case: Case, slots: Ints, effort: float) -> Ints:
    """Return the same meetings in the same slots with others added where two have room left, of the most weight."""
    hall, held = case.hall, slots >= 0
    seated = np.zeros_like(hall.places)
    for ends in (hall.first[held], hall.second[held]):
        np.add.at(seated, (ends, slots[held]), 1)
    room = (hall.capacity() > seated) & (seated.sum(axis=1) < case.candidates.maximum)[:, None]
    only = np.zeros_like(hall.allowed)
    only[np.flatnonzero(held), slots[held]] = True
    it = _model(case, hall.within(hall.allowed & (only | (room[hall.first] & room[hall.second] & ~held[:, None]))))
    for n in np.flatnonzero(held).tolist():
        it.model.add(it.placed(n) == 1)
    return improve(it, (_weight(it, case),), slots, effort).slots


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
