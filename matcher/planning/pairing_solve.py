"""The least cost under rows: a linear bound over all columns, and whole meetings, with a proof where there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matcher.planning.pairing_rows import Floats, Form, Recipe

NEAR = 8
"""How many of a participant's most promising pairs are looked at first."""
EXACT = 12_000
"""Up to how many open pairs a search is made for proof; with more, only the most promising are searched."""
NODES, FEW_NODES = 5_000, 50
"""How many nodes a search may open, up to `EXACT` pairs and above: a count, so that any machine stops at the same."""
_WHOLE = 1e-6
_NEARLY = 20
_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class _Linear:
    columns: Floats
    marginals: Floats
    value: float


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A plan in parts of meetings, what one more of each column would cost, and the least cost."""

    columns: Floats
    reduced: Floats
    value: float

    @property
    def bound(self) -> float:
        """The least cost in whole thousandths."""
        return float(np.ceil(self.value - 1e-3 - 1e-9 * abs(self.value)))


@dataclass(frozen=True, slots=True)
class Found:
    """Columns of the cheapest plan found (None: none found), its cost, and what no plan can be below."""

    columns: Floats | None
    value: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether nothing is cheaper; also when it is proven that there is no plan."""
        return self.value <= self.bound


class Watch:
    """Tells how long is left: None without a limit. A limit met can make two runs differ; without one none do."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._start = perf_counter()

    def passed(self) -> float:
        """Return seconds since the start."""
        return perf_counter() - self._start

    def left(self) -> float | None:
        """Return seconds that are left, never quite none."""
        return None if self._limit is None else max(0.05, self._limit - self.passed())

    def over(self, share: float = 1.0) -> bool:
        """Return whether a share of the limit has passed."""
        return self._limit is not None and self.passed() > share * self._limit


class Pool:
    """What linear bounds look at: pairs, joined by those whose reduced cost says that they could help, and rows."""

    def __init__(self, form: Form) -> None:
        self.active = np.ones(form.matrix.shape[1], dtype=np.bool_)
        self.active[: form.pairs] = form.low[: form.pairs] > 0
        self.take(nearest(form, -form.weight.astype(float), 2 * NEAR))
        self.recipes: dict[int, tuple[Recipe, ...]] = {}

    def take(self, pairs: NDArray[np.intp]) -> None:
        """Have pairs looked at."""
        self.active[pairs] = True

    def sharpen(self, found: Mapping[int, Sequence[Recipe]]) -> None:
        """Have further rows tried from the beginning, the last few of each participant."""
        for person, recipes in found.items():
            kept = (known for known in self.recipes.get(person, ()) if known not in recipes)
            self.recipes[person] = (*kept, *recipes)[-_REMEMBERED:]


def nearest(form: Form, cost: Floats, most: int) -> NDArray[np.intp]:
    """Return the cheapest pairs of each participant, by index."""
    found = [mine[np.argsort(cost[mine], kind="stable")[:most]] for mine in map(form.mine, range(form.people))]
    return np.unique(np.concatenate([*found, np.zeros(0, dtype=np.int64)]))


def relax(form: Form, cost: Floats, pool: Pool, active: NDArray[np.bool_] | None = None) -> Relaxed | None:
    """Return the least cost when meetings may be in parts, over all pairs; None when even that cannot be.

    The search begins with the columns of `active`, by default those of the pool.
    """
    by_column = form.matrix.tocsc()
    active = pool.active if active is None else active
    while True:
        at = np.flatnonzero(active)
        solved = _linear(cost[at], by_column[:, at], form.upper, np.column_stack([form.low[at], form.high[at]]))
        if solved is None:
            if active.all():
                return None
            active = np.ones_like(active)
            continue
        pool.active[at[solved.columns > _WHOLE]] = True
        reduced = cost - by_column.T @ solved.marginals
        helpful = ~active & (reduced < -_WHOLE)
        if not helpful.any():
            columns = np.zeros(len(cost))
            columns[at] = solved.columns
            return Relaxed(columns, reduced, solved.value)
        pool.active |= ~active & (reduced < _NEARLY)
        active = pool.active


def nearly(form: Form, cost: Floats, pool: Pool) -> Floats | None:
    """Return the columns of the least cost in parts over the pairs looked at alone, which is no bound."""
    at = np.flatnonzero(pool.active)
    solved = _linear(cost[at], form.matrix.tocsc()[:, at], form.upper, np.column_stack([form.low[at], form.high[at]]))
    if solved is None:
        return None
    columns = np.zeros(len(cost))
    columns[at] = solved.columns
    return columns


def _linear(cost: Floats, matrix: sparse.csc_matrix, upper: Floats, bounds: Floats) -> _Linear | None:
    # The stubs of SciPy know no sparse matrices here.
    result = linprog(cost, matrix, upper, bounds=bounds, method="highs-ds")  # type: ignore[call-overload]
    return None if result.x is None else _Linear(result.x, result.ineqlin.marginals, float(result.fun))


def lowest(form: Form, cost: Floats, pool: Pool, *, watch: Watch, gap: float = 0, known: Floats | None = None) -> Found:
    """Return the cheapest plan: proven when `gap` is 0 and the search ends, else within `gap` of its cost if it does.

    `known` is a plan to begin with.
    """
    if known is not None:
        pool.take(np.flatnonzero(known[: form.pairs]))
    relaxed = relax(form, cost, pool)
    return (
        Found(None, np.inf, np.inf)
        if relaxed is None
        else within(form, cost, relaxed, watch=watch, gap=gap, known=known)
    )


def within(
    form: Form, cost: Floats, relaxed: Relaxed, *, watch: Watch, gap: float = 0, known: Floats | None = None
) -> Found:
    """Return the cheapest plan as `lowest`, from its linear plan."""
    rounded = form.settled(np.flatnonzero(relaxed.columns[: form.pairs] > 0.5))
    if rounded is not None and float(cost @ rounded) <= relaxed.bound:
        return Found(rounded, relaxed.bound, relaxed.bound)
    near = _near(form, relaxed, 2 * NEAR)
    if known is not None and form.pairs > EXACT:
        near = _between(form, relaxed, known)
    best = Found(known, np.inf if known is None else float(cost @ known), relaxed.bound)
    if best.value > best.bound + gap * abs(best.bound):
        best = _better(best, _whole(form, cost, relaxed, near, watch=watch, gap=gap))
    open_pairs = _open(form, relaxed, best.value - best.bound)
    if best.value <= best.bound + gap * abs(best.bound) or open_pairs.sum() > EXACT:
        return best
    rest = _whole(form, cost, relaxed, open_pairs, watch=watch, gap=gap)
    # what is not open costs more than the plan known
    bound = min(max(best.bound, rest.bound), min(best.value, rest.value))
    return _better(Found(best.columns, best.value, bound), rest)


def first_found(form: Form, cost: Floats, relaxed: Relaxed, *, watch: Watch) -> Found:
    """Return any plan, with a bound of infinity when it is proven that there is none."""
    if form.pairs > EXACT:
        return Found(None, np.inf, relaxed.bound)
    near = _near(form, relaxed)
    found = _whole(form, cost, relaxed, near, watch=watch, gap=1.0)
    if found.columns is not None:
        return Found(found.columns, found.value, relaxed.bound)
    everything = np.ones(form.pairs, dtype=np.bool_)
    return _whole(form, cost, relaxed, everything, watch=watch, gap=1.0)


def _better(one: Found, other: Found) -> Found:
    columns = other.columns if other.value < one.value else one.columns
    return Found(columns, min(one.value, other.value), one.bound)


def _near(form: Form, relaxed: Relaxed, most: int = NEAR) -> NDArray[np.bool_]:
    near = relaxed.columns[: form.pairs] > _WHOLE
    near[nearest(form, relaxed.reduced, most)] = True
    return near


def _between(form: Form, relaxed: Relaxed, known: Floats) -> NDArray[np.bool_]:
    """Return the pairs on which a known plan and the relaxed one differ."""
    return np.abs(relaxed.columns[: form.pairs] - known[: form.pairs]) > _WHOLE


def _open(form: Form, relaxed: Relaxed, slack: float) -> NDArray[np.bool_]:
    """Return the pairs that a cheaper plan may have otherwise than the relaxed one."""
    parts = relaxed.columns[: form.pairs]
    return (np.abs(relaxed.reduced[: form.pairs]) <= slack + 1e-3) | (np.abs(parts - parts.round()) > _WHOLE)


def _whole(form: Form, cost: Floats, relaxed: Relaxed, free: NDArray[np.bool_], *, watch: Watch, gap: float) -> Found:
    """Return the cheapest plan that has the pairs that are not free as the relaxed plan has them."""
    pairs = form.pairs
    fixed = relaxed.columns.round()
    held = np.flatnonzero(~free & (fixed[:pairs] > 0))
    at = np.concatenate([np.flatnonzero(free), np.arange(pairs, len(cost))])
    upper = form.upper - np.asarray(form.matrix[:, held].sum(axis=1)).ravel()
    matrix: sparse.csr_matrix = form.matrix[:, at]
    integral = np.ones(len(at), dtype=np.int64)
    integral[len(at) - 3 * form.people : len(at) - 2 * form.people] = 0
    options: dict[str, float | int] = {"mip_rel_gap": gap, "node_limit": NODES if pairs <= EXACT else FEW_NODES}
    if (left := watch.left()) is not None:
        options["time_limit"] = left
    result = milp(
        cost[at],
        constraints=LinearConstraint(matrix, ub=upper),
        bounds=Bounds(form.low[at], form.high[at]),
        integrality=integral,
        options=options,  # type: ignore[arg-type]
    )
    paid = float(cost[held].sum())
    impossible = result.status == 2
    bound = np.inf if impossible else -np.inf if result.mip_dual_bound is None else result.mip_dual_bound + paid
    if result.x is None:
        return Found(None, np.inf, bound)
    chosen = np.concatenate([held, at[: -3 * form.people][result.x[: -3 * form.people] > 0.5]])
    columns = form.settled(np.sort(chosen))
    whole = np.inf if columns is None else float(cost @ columns)
    return Found(columns, whole, float(np.ceil(bound - 1e-3 - 1e-9 * abs(bound))))
