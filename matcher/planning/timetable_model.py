"""The timetable as a CP-SAT model: a Boolean for each meeting and slot, and the rules of the hall."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from matcher.planning.candidates import Ints
from matcher.planning.model import EventSide
from matcher.planning.timetable_grid import Grid, windows

LARGE = 15_000
"""Above how many (meeting, slot) the solver goes without linear relaxations, which take longer than they help."""
Linear = cp_model.LinearExprT


@dataclass(frozen=True, slots=True)
class SlotModel:
    """`x[meeting][slot]` is 1 when the meeting takes the slot; `held[participant, slot]` are its meetings there.

    `units[participant, slot]` counts the delegates at work: for a host with groups a variable, else a sum.
    """

    grid: Grid
    model: cp_model.CpModel
    x: tuple[Mapping[int, cp_model.IntVar], ...]
    held: Mapping[tuple[int, int], list[cp_model.IntVar]]
    units: dict[tuple[int, int], Linear] = field(default_factory=dict)

    def placed(self, meeting: int) -> Linear:
        """Return 1 when a meeting has a slot, as an expression."""
        return cp_model.LinearExpr.sum(list(self.x[meeting].values()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: each variable's value, the objective's, and a proven bound of it; `status` of CP-SAT."""

    status: cp_model.CpSolverStatus
    slots: Ints
    value: float
    bound: float

    @property
    def found(self) -> bool:
        """Whether there is a timetable."""
        return self.status in (cp_model.OPTIMAL, cp_model.FEASIBLE)

    @property
    def impossible(self) -> bool:
        """Whether there is proven to be none."""
        return bool(self.status == cp_model.INFEASIBLE)


def slot_model(grid: Grid) -> SlotModel:
    """Return the model of all meetings at most once each, with no clash of delegates, tables, locks and streaks."""
    model = cp_model.CpModel()
    x: list[dict[int, cp_model.IntVar]] = [{} for _ in grid.first]
    held: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    for meeting, slot in np.argwhere(grid.allowed).tolist():
        variable = x[meeting][slot] = model.new_bool_var("")
        held[int(grid.first[meeting]), slot].append(variable)
        held[int(grid.second[meeting]), slot].append(variable)
    for variables in x:
        if len(variables) > 1:
            model.add_at_most_one(variables.values())
    found = SlotModel(grid, model, tuple(x), held)
    _seat(found)
    _limit_tables(found)
    _keep_locked_tables(found)
    if grid.streak is not None:
        _limit_streaks(found, grid.streak)
    return found


def _seat(it: SlotModel) -> None:
    """A participant holds as many meetings in a slot as its free delegates can."""
    for (participant, slot), variables in it.held.items():
        most, guests = int(it.grid.places[participant, slot]), int(it.grid.guests[participant])
        total = cp_model.LinearExpr.sum(variables)
        if guests > 1:
            opened = it.model.new_int_var(0, most, "")
            it.model.add(total <= guests * opened)
            it.model.add(total >= opened)
            it.units[participant, slot] = opened
            continue
        it.units[participant, slot] = total
        if most == 1:
            it.model.add_at_most_one(variables)
        elif len(variables) > most:
            it.model.add(total <= most)


def _limit_tables(it: SlotModel) -> None:
    grid = it.grid
    for slot in range(grid.allowed.shape[1]):
        meetings = np.flatnonzero(grid.allowed[:, slot])
        hosts, guests = np.unique(grid.first[meetings]), np.unique(grid.second[meetings])
        if min(grid.places[hosts, slot].sum(), grid.places[guests, slot].sum(), len(meetings)) <= grid.tables[slot]:
            continue
        used: list[Linear] = [it.units[host, slot] for host in hosts.tolist() if grid.guests[host] > 1]
        used += [it.x[meeting][slot] for meeting in meetings.tolist() if grid.guests[grid.first[meeting]] == 1]
        it.model.add(cp_model.LinearExpr.sum(used) <= int(grid.tables[slot]))


def _keep_locked_tables(it: SlotModel) -> None:
    """A table that meetings are locked to seats one of them in a slot, or one host's group."""
    sat: dict[tuple[int, int], dict[int, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
    for meeting in np.flatnonzero(it.grid.table).tolist():
        for slot, variable in it.x[meeting].items():
            sat[int(it.grid.table[meeting]), slot][int(it.grid.first[meeting])].append(variable)
    own: dict[tuple[int, int], list[Linear]] = defaultdict(list)
    for (_, slot), hosts in sat.items():
        taken: list[cp_model.IntVar] = []
        for host, variables in hosts.items():
            if it.grid.guests[host] == 1:
                taken += variables
                continue
            here = it.model.new_bool_var("")
            it.model.add(cp_model.LinearExpr.sum(variables) <= int(it.grid.guests[host]) * here)
            taken.append(here)
            own[host, slot].append(here)
        it.model.add_at_most_one(taken)
    for (host, slot), tables in own.items():
        it.model.add(cp_model.LinearExpr.sum(tables) <= it.units[host, slot])


def _limit_streaks(it: SlotModel, streak: int) -> None:
    """No delegate works more than `streak` slots in a row; several delegates share what there is."""
    runs = windows(it.grid.session, streak + 1)
    for number in {participant for participant, _ in it.units}:
        delegates = it.grid.participants[number].delegates
        slots = [slot for slot in range(len(it.grid.session)) if (number, slot) in it.units]
        works = [{slot: it.units[number, slot] for slot in slots}]
        if len(delegates) > 1:
            works = [{s: it.model.new_bool_var("") for s in slots if s in who.available} for who in delegates]
            for slot in slots:
                there: list[Linear] = [work[slot] for work in works if slot in work]
                it.model.add(cp_model.LinearExpr.sum(there) >= it.units[number, slot])
        for work in works:
            for run in runs:
                if all(slot in work for slot in run):
                    it.model.add(cp_model.LinearExpr.sum([work[slot] for slot in run]) <= streak)


def waiting(it: SlotModel, participants: Iterable[int]) -> list[cp_model.IntVar]:
    """Return the free slots between a participant's first and last meeting of a session, as variables to minimise."""
    found: list[cp_model.IntVar] = []
    sessions = [np.flatnonzero(it.grid.session == number).tolist() for number in np.unique(it.grid.session)]
    for participant in participants:
        if it.grid.participants[participant].side is EventSide.HOST:
            continue
        for session in sessions:
            slots = [slot for slot in session if (participant, slot) in it.held]
            if len(slots) > 1 and slots[-1] - slots[0] > 1:
                found += _gaps(it, participant, list(range(slots[0], slots[-1] + 1)))
    return found


def _gaps(it: SlotModel, participant: int, slots: Sequence[int]) -> list[cp_model.IntVar]:
    model = it.model
    busy = [_busy(it, participant, slot) for slot in slots]
    before = [model.new_bool_var("") for _ in slots]
    after = [model.new_bool_var("") for _ in slots]
    for n in range(len(slots)):
        model.add(before[n] >= busy[n])
        model.add(after[n] >= busy[n])
        if n > 0:
            model.add(before[n] >= before[n - 1])
            model.add(after[n - 1] >= after[n])
    gaps = [model.new_bool_var("") for _ in slots[1:-1]]
    for n, gap in enumerate(gaps, start=1):
        model.add(gap + busy[n] >= before[n] + after[n] - 1)
    return gaps


def _busy(it: SlotModel, participant: int, slot: int) -> cp_model.LinearExpr | cp_model.IntVar:
    variables = it.held.get((participant, slot), [])
    if not variables or it.grid.places[participant, slot] == 1:
        return cp_model.LinearExpr.sum(variables)
    busy = it.model.new_bool_var("")
    it.model.add_max_equality(busy, variables)
    return busy


def suggest(it: SlotModel, slots: Ints) -> None:
    """Start the search at a timetable: each meeting's slot, or -1."""
    it.model.proto.solution_hint.vars.clear()
    it.model.proto.solution_hint.values.clear()
    for variables, slot in zip(it.x, slots.tolist(), strict=True):
        for at, variable in variables.items():
            it.model.add_hint(variable, at == slot)


def solve(it: SlotModel, effort: float) -> Answer:
    """Return the best timetable found within an effort (deterministic seconds), the same on every run."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = 0 if sum(map(len, it.x)) > LARGE else 1
    status = solver.solve(it.model)
    slots = np.full(len(it.x), -1, dtype=np.int64)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(status, slots, 0.0, solver.best_objective_bound)
    for meeting, variables in enumerate(it.x):
        slots[meeting] = next((slot for slot, variable in variables.items() if solver.boolean_value(variable)), -1)
    return Answer(status, slots, solver.objective_value, solver.best_objective_bound)
