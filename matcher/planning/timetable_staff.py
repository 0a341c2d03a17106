"""Which of a participant's delegates work when."""

from collections.abc import Mapping, Sequence

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Ints
from matcher.planning.model import Delegate
from matcher.planning.timetable_grid import windows


def staff(
    delegates: Sequence[Delegate],
    counts: Mapping[int, int],
    session: Ints,
    *,
    streak: int | None,
    wanted: Mapping[int, frozenset[str]],
) -> dict[int, list[int]]:
    """Return which delegates (by position) work in each slot, as many as `counts` says.

    `wanted` are ids to prefer in a slot. With a streak, those that worked least in a row go first, which is right for
    delegates that are there at the same times; where it fails the answer is searched for (CP-SAT).
    """
    found: dict[int, list[int]] = {}
    runs, longest = [0] * len(delegates), 0
    for slot in range(len(session)):
        if slot and session[slot] != session[slot - 1]:
            runs = [0] * len(delegates)
        there = [n for n, one in enumerate(delegates) if slot in one.available]
        first = wanted.get(slot, frozenset())
        there.sort(key=lambda n: (0 if streak is None else runs[n], delegates[n].id not in first, n))
        found[slot] = there[: counts.get(slot, 0)]
        runs = [run + 1 if n in found[slot] else 0 for n, run in enumerate(runs)]
        longest = max(longest, *runs)
    if streak is None or longest <= streak:
        return found
    return _search(delegates, counts, session, streak)


def _search(
    delegates: Sequence[Delegate], counts: Mapping[int, int], session: Ints, streak: int
) -> dict[int, list[int]]:
    """Return the same by search, for delegates that are there at different times."""
    model = cp_model.CpModel()
    works = [{slot: model.new_bool_var("") for slot in sorted(one.available)} for one in delegates]
    for slot, count in counts.items():
        model.add(cp_model.LinearExpr.sum([work[slot] for work in works if slot in work]) == count)
    for work in works:
        for run in windows(session, streak + 1):
            if all(slot in work for slot in run):
                model.add(cp_model.LinearExpr.sum([work[slot] for slot in run]) <= streak)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.solve(model)
    on = [{slot for slot, variable in work.items() if solver.boolean_value(variable)} for work in works]
    return {slot: [n for n, slots in enumerate(on) if slot in slots] for slot in np.arange(len(session)).tolist()}
