"""Programs in which a few firms are chosen out of many: solved among those the relaxation likes, and proven best."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.linear import ENDLESS, Flags, Floats, Program

SLACK = 1e-6
_FIRST = 16


@dataclass(frozen=True, slots=True)
class Best:
    """The best solution and its value; `entry` bounds from below the value of any solution with each firm."""

    columns: Floats
    value: float
    entry: Floats


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A relaxation: how much of each firm it takes, and the least value that any solution with the firm has."""

    liked: Floats
    entry: Floats


@dataclass(frozen=True, slots=True)
class Choices:
    """Which columns are whole numbers, which are the firms' (1: chosen), and which firm each column is of (-1: none)."""

    whole: Flags
    choice: slice
    of_firm: NDArray[np.int64]

    def relaxed(self, program: Program, cost: Floats) -> Relaxed:
        """Return the relaxation of a program that has a solution.

        :raises ValueError: when it has none.
        """
        found = program.relaxed(cost)
        if found is None:
            raise ValueError("the program has no solution")
        bound, columns, reduced = found
        liked = columns[self.choice]
        return Relaxed(liked, bound + np.maximum(0.0, reduced[self.choice]) * (liked < SLACK))

    def best(self, program: Program, cost: Floats, *, liked: Floats | None = None) -> Best:
        """Return the best solution: of the firms that the relaxation likes, then of all that could still better it.

        A firm whose least value with it (by its reduced cost) is no better than a solution at hand is never looked at,
        so the search stays exact. `liked` orders the firms where the relaxation of the cost says little.
        :raises ValueError: when there is no solution.
        """
        hint = self.relaxed(program, cost)
        order = hint if liked is None else Relaxed(liked, hint.entry)
        count, keep = _FIRST, self.first(order)
        while (found := self.among(program, cost, keep)) is None:
            if keep.all():
                raise ValueError("the program has no solution")
            count *= 4
            keep = self.first(order, count)
        while True:
            value = float(cost @ found)
            better = (hint.entry < value - SLACK * max(1.0, abs(value))) & ~keep
            if not better.any():
                return Best(found, value, hint.entry)
            keep |= better
            more = self.among(program, cost, keep)
            found = found if more is None else more

    def first(self, hint: Relaxed, count: int = _FIRST) -> Flags:
        """Return the `count` firms to begin with."""
        keep = np.zeros(len(hint.liked), dtype=np.bool_)
        keep[np.lexsort((hint.entry, -hint.liked))[:count]] = True
        return keep

    def among(self, program: Program, cost: Floats, keep: Flags) -> Floats | None:
        """Return the best solution with the firms to keep alone, over all columns; None without one."""
        fewer, kept = program.without((self.of_firm >= 0) & ~np.append(keep, True)[self.of_firm])
        whole = self.whole[kept]
        chosen, _ = fewer.lowest(cost[kept], whole=whole, nodes=ENDLESS, presolve=True)
        if chosen is None:
            return None
        # A choice may come out as 0.000001 and still open a large room; settled, that room is shut or open.
        found, _ = fewer.settled(chosen, whole).lowest(cost[kept], whole=False)
        if found is None:
            return None
        all_columns = np.zeros(len(cost))
        all_columns[kept] = found
        return all_columns
