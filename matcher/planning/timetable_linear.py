"""The timetable as an integer linear program: for goals whose linear relaxation is close to whole (HiGHS)."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from ortools.sat.python import cp_model
from scipy import sparse

from matcher.linear import Floats, Program
from matcher.planning.candidates import Ints
from matcher.planning.timetable_fit import Goal, Reached
from matcher.planning.timetable_model import SlotModel

NEARLY, HALF, FAR = 1e-6, 0.5, 1 << 40


def improve_linear(it: SlotModel, goals: Sequence[Goal], slots: Ints) -> Reached:
    """Return a timetable no worse than `slots`, with the least of the first goal, then of the second, and so on."""
    program, bounds = _program(it.model), []
    for goal in goals:
        value = goal.of(slots)
        cost, offset = _cost(it.model, goal)
        bound = goal.least
        if value > goal.least:
            columns, bound = program.lowest(cost)
            bound = max(np.ceil(bound + offset - NEARLY), goal.least)
            if columns is not None and goal.of(found := _slots(it, columns)) < value:
                slots = found
        bounds.append(min(round(bound), goal.of(slots)))
        program = program.at_most(cost, max(goal.of(slots), goal.least) - offset)
    return Reached(slots, tuple(bounds))


def _program(model: cp_model.CpModel) -> Program:
    """Return the same rules as rows; all of a `SlotModel` are sums of variables between two whole numbers."""
    rows, columns, values = list[int](), list[int](), list[int]()
    ends = list[tuple[float, float]]()
    for row, (variables, coefficients, between) in enumerate(_sums(model)):
        rows += [row] * len(variables)
        columns += variables
        values += coefficients
        ends.append(between)
    high = [_between(variable.domain) for variable in model.proto.variables]
    shape = (len(ends), len(high))
    least, most = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    lowest, highest = np.array(high, dtype=np.float64).reshape(-1, 2).T
    matrix = sparse.csr_matrix((np.array(values, dtype=np.float64), (rows, columns)), shape=shape)
    return Program(matrix, least, most, lowest, highest)


def _sums(model: cp_model.CpModel) -> Iterator[tuple[list[int], list[int], tuple[float, float]]]:
    for rule in model.proto.constraints:
        if rule.has_at_most_one():
            variables = list(rule.at_most_one.literals)
            yield variables, [1] * len(variables), (-np.inf, 1)
        elif rule.has_linear():
            yield list(rule.linear.vars), list(rule.linear.coeffs), _between(rule.linear.domain)
        else:
            raise AssertionError(f"no sum: {rule}")


def _between(domain: Iterable[int]) -> tuple[float, float]:
    low, high = domain
    return low if abs(low) < FAR else -np.inf, high if abs(high) < FAR else np.inf


def _cost(model: cp_model.CpModel, goal: Goal) -> tuple[Floats, float]:
    """Return a goal as costs of the variables, and what is added to them."""
    model.minimize(goal.terms)
    cost = np.zeros(len(model.proto.variables))
    np.add.at(cost, list(model.proto.objective.vars), list(model.proto.objective.coeffs))
    return cost, float(model.proto.objective.offset)


def _slots(it: SlotModel, columns: Floats) -> Ints:
    slots = np.full(len(it.x), -1, dtype=np.int64)
    for meeting, variables in enumerate(it.x):
        slots[meeting] = next((slot for slot, variable in variables.items() if columns[variable.index] > HALF), -1)
    return slots
