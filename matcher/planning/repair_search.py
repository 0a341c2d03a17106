"""The search of a repair: the fewest changes first."""

from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Ints
from matcher.planning.repair_case import Case
from matcher.planning.timetable_fit import Goal, Reached, missing
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_linear import improve_linear
from matcher.planning.timetable_model import SlotModel, slot_model


def search(case: Case) -> Reached:
    """Return slots with a shortfall as asked, of the fewest changes, then of the fewest table moves and the most weight.

    The bounds are those of changes, of table moves and of (negative) weight, among what is looked at.
    """
    it = _model(case, case.hall)
    it.model.add(missing(it, case.worth) <= case.most)
    stays = np.flatnonzero(case.stays()).tolist()
    changes = len(stays) - cp_model.LinearExpr.sum([it.x[n][int(case.slot[n])] for n in stays])
    goals = (
        Goal(changes, lambda slots: len(stays) - int(case.kept(slots).sum())),
        Goal(_moves(it, case, stays), lambda slots: len(_moved(case, slots))),
        _weight(it, case),
    )
    return improve_linear(it, goals, case.start)


def _moves(it: SlotModel, case: Case, stays: Sequence[int]) -> cp_model.LinearExpr:
    """Return how many announced meetings keep their slot and not their table: it is gone, or another is locked to it."""
    terms = list[cp_model.IntVar]()
    for n in stays:
        slot = int(case.slot[n])
        others = [it.x[other][slot] for other in case.rivals(n) if slot in it.x[other]]
        if not case.table[n]:
            terms.append(it.x[n][slot])
        elif others:
            moves = it.model.new_bool_var("")
            terms.append(moves)
            for other in others:
                it.model.add(moves >= it.x[n][slot] + other - 1)
    return cp_model.LinearExpr.sum(terms)


def _moved(case: Case, slots: Ints) -> list[int]:
    """Return the meetings that keep their slot and not their table."""
    kept = np.flatnonzero(case.kept(slots)).tolist()
    return [n for n in kept if not case.table[n] or any(slots[other] == slots[n] for other in case.rivals(n))]


def _weight(it: SlotModel, case: Case) -> Goal:
    """Return the weight of all meetings as a goal: to have little of its negative."""
    pairs = [(x, int(case.worth.weight[n])) for n, own in enumerate(it.x) for x in own.values()]
    weight = cp_model.LinearExpr.weighted_sum([x for x, _ in pairs], [worth for _, worth in pairs])
    return Goal(-weight, lambda slots: -int(case.worth.weight[slots >= 0].sum()), -1e15)


def top_up(case: Case) -> Ints:
    """Return the meetings it starts with in their slots, and others where two have room left, of the most weight."""
    hall, slots, held = case.hall, case.start, case.start >= 0
    seated = np.zeros_like(hall.places)
    for ends in (hall.first[held], hall.second[held]):
        np.add.at(seated, (ends, slots[held]), 1)
    room = (hall.capacity() > seated) & (seated.sum(axis=1) < case.candidates.maximum)[:, None]
    only = np.zeros_like(hall.allowed)
    only[np.flatnonzero(held), slots[held]] = True
    it = _model(case, hall.within(hall.allowed & (only | (room[hall.first] & room[hall.second] & ~held[:, None]))))
    for n in np.flatnonzero(held).tolist():
        it.model.add(it.placed(n) == 1)
    return improve_linear(it, (_weight(it, case),), slots).slots


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
