"""Integer linear programs (HiGHS), for models whose linear relaxation is close to whole."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

NODES, ENDLESS = 200, 2**31 - 1
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Program:
    """Columns from `low` to `high` with `least <= matrix @ columns <= most`."""

    matrix: sparse.csr_matrix
    least: Floats
    most: Floats
    low: Floats
    high: Floats

    def at_most(self, cost: Floats, value: float) -> "Program":
        """Return the program in which `cost @ columns` is no more than `value`."""
        matrix = sparse.csr_matrix(sparse.vstack([self.matrix, sparse.csr_matrix(cost)]))
        return replace(self, matrix=matrix, least=np.append(self.least, -np.inf), most=np.append(self.most, value))

    def lowest(
        self, cost: Floats, *, whole: bool | Flags = True, nodes: int = NODES, presolve: bool = False
    ) -> tuple[Floats | None, float]:
        """Return columns of the least cost that was found, None when none was, and a proven bound of it.

        `whole` says which columns are whole numbers, `nodes` after how many branches the search
        ends; `presolve` is slower where the relaxation is nearly whole, and steadier.
        """
        if not len(cost):
            return cost, 0.0
        flags = np.broadcast_to(np.asarray(whole), len(cost))
        found = milp(
            cost,
            constraints=LinearConstraint(self.matrix, self.least, self.most),
            bounds=Bounds(self.low, self.high),
            integrality=flags.astype(np.int64),
            options={"mip_rel_gap": 0, "presolve": presolve, "node_limit": nodes},
        )
        bound = found.mip_dual_bound if flags.any() else found.fun
        return found.x, -np.inf if bound is None else float(bound)

    def relaxed(self, cost: Floats) -> tuple[float, Floats, Floats] | None:
        """Return the least cost in parts, the columns, and by how much at least each at its low end raises it per unit.

        None when there is no solution.
        """
        equal = np.equal(self.least, self.most)
        above, below = ~equal & np.isfinite(self.most), ~equal & np.isfinite(self.least)
        # The stubs of linprog do not know the sparse matrices that it takes.
        solve: Any = linprog
        found = solve(
            cost,
            A_ub=sparse.vstack([self.matrix[above], -self.matrix[below]]),
            b_ub=np.concatenate([self.most[above], -self.least[below]]),
            A_eq=self.matrix[equal],
            b_eq=self.least[equal],
            bounds=np.column_stack([self.low, self.high]),
            method="highs",
        )
        return None if found.x is None else (float(found.fun), found.x, found.lower.marginals)

    def settled(self, columns: Floats, whole: Flags) -> "Program":
        """Return the program in which the whole columns have the values given, rounded."""
        values = np.round(columns)
        return replace(self, low=np.where(whole, values, self.low), high=np.where(whole, values, self.high))

    def without(self, gone: Flags) -> tuple["Program", Flags]:
        """Return the program in which some columns are nought, and which columns of this one it still has."""
        kept = ~gone
        matrix = sparse.csr_matrix(self.matrix[:, kept])
        rows = np.diff(matrix.indptr) > 0
        # A row that lost all its columns holds only if nought is within its ends; it stays to say so.
        rows |= (self.least > 0) | (self.most < 0)
        fewer = Program(matrix[rows], self.least[rows], self.most[rows], self.low[kept], self.high[kept])
        return fewer, kept
