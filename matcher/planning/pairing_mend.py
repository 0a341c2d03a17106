"""From a plan in parts of meetings to whole ones: rounded, then mended by chains of exchanges."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.planning.candidates import Ints
from matcher.planning.pairing_rows import Floats, Form

STEPS = 600
"""How many exchanges are tried for one participant before it is left as it is."""
ALL_STEPS = 20_000
"""How many are tried for all."""
_DEPTH = 6
_PARTNERS = 16
_TRIED = 6


def mended(form: Form, columns: Floats, least: Ints) -> Floats | None:
    """Return a plan near the one in parts, in which everyone served gets at least `least` where chains reach.

    `least` has shape (participants,), in thousandths. None when what is left breaks a row of the form.
    """
    mend = _Mend(form, least, np.maximum(form.least - np.ceil(columns[form.columns(0)] - 1e-6), 0).astype(np.int64))
    unserved = columns[form.columns(1)] > 0.5
    mend.barred = (np.asarray(form.meets.T @ unserved) > 0).tolist()
    parts = columns[: form.pairs]
    order = np.lexsort((-form.weight, -parts))
    mend.fill(order[parts[order] > 1e-6].tolist())
    for person in np.flatnonzero(~unserved).tolist():
        mend.serve(person)
    mend.fill(np.argsort(-form.weight, kind="stable").tolist())
    return form.settled(np.flatnonzero(mend.chosen))


class _Mend:
    """A plan under change: what is chosen, what each one has, and how full the rows are that only limit."""

    def __init__(self, form: Form, least: Ints, degrees: Ints) -> None:
        limits = np.flatnonzero(form.upper >= 0)
        pairs = form.matrix[limits, : form.pairs]
        limits = limits[(np.asarray((abs(pairs) - pairs).sum(axis=1)).ravel() == 0) & (np.diff(pairs.indptr) > 0)]
        by_pair = form.matrix[limits, : form.pairs].tocsc()
        by_row = form.matrix[limits, : form.pairs]
        self.upper = form.upper[limits].tolist()
        self.used = [0.0] * len(limits)
        self.rows = _lists(by_pair.indptr, by_pair.indices)
        self.coefficients = _lists(by_pair.indptr, by_pair.data)
        self.inside = _lists(by_row.indptr, by_row.indices)
        self.weight = form.weight.tolist()
        self.mine = [
            mine[np.argsort(-form.weight[mine], kind="stable")].tolist() for mine in map(form.mine, range(form.people))
        ]
        ends = form.meets.tocsc()
        self.ends = _lists(ends.indptr, ends.indices)
        self.chosen = [False] * form.pairs
        self.barred = [False] * form.pairs
        self.fixed = (form.low[: form.pairs] > 0).tolist()
        self.got, self.met = [0] * form.people, [0] * form.people
        self.least, self.degrees = least.tolist(), degrees.tolist()
        self.trail: list[tuple[int, int]] = []
        self.left, self.total = STEPS, ALL_STEPS

    def put(self, pair: int, sign: int) -> None:
        """Choose a pair (1) or drop it (-1)."""
        self.chosen[pair] = sign > 0
        for row, coefficient in zip(self.rows[pair], self.coefficients[pair], strict=True):
            self.used[row] += sign * coefficient
        for person in self.ends[pair]:
            self.got[person] += sign * self.weight[pair]
            self.met[person] += sign
        self.trail.append((pair, sign))

    def fill(self, pairs: Iterable[int]) -> None:
        """Choose those of the pairs that there is room for, in their order."""
        for pair in pairs:
            if not self.chosen[pair] and not self.barred[pair] and not self.blocked(pair):
                self.put(pair, 1)

    def blocked(self, pair: int) -> list[int]:
        """Return the rows that have no room for a pair."""
        every = zip(self.rows[pair], self.coefficients[pair], strict=True)
        return [row for row, coefficient in every if self.used[row] + coefficient > self.upper[row] + 1e-6]

    def needy(self, person: int) -> bool:
        """Return whether a participant has less than is asked for it."""
        return bool(self.got[person] < self.least[person] or self.met[person] < self.degrees[person])

    def serve(self, person: int) -> None:
        """Exchange meetings until a participant has enough and nobody less for it; else leave all as it was."""
        if not self.needy(person):
            return
        self.left, mark = min(STEPS, self.total), len(self.trail)
        self.total -= self.left
        if not self._serve(person, _DEPTH, frozenset()):
            self._undo(mark)
        self.total += max(0, self.left)

    def _serve(self, person: int, depth: int, held: frozenset[int]) -> bool:
        while self.needy(person):
            mark = len(self.trail)
            for pair, dropped in self._exchanges(person, held):
                self.left -= 1
                if self.left < 0:
                    return False
                if dropped is not None:
                    self.put(dropped, -1)
                self.put(pair, 1)
                harmed = [] if dropped is None else [n for n in self.ends[dropped] if n != person and self.needy(n)]
                if not harmed or (depth > 0 and all(self._serve(n, depth - 1, held | {pair}) for n in harmed)):
                    held |= {pair}
                    break
                self._undo(mark)
            else:
                return False
        return True

    def _exchanges(self, person: int, held: frozenset[int]) -> Iterator[tuple[int, int | None]]:
        """Yield pairs to choose, and what to drop for each: those that harm nobody, then those that harm least."""
        found: list[tuple[int, int, int]] = []
        for pair in [pair for pair in self.mine[person] if not self.chosen[pair] and not self.barred[pair]][:_PARTNERS]:
            rows = self.blocked(pair)
            if not rows:
                yield pair, None
                continue
            common = set(self.inside[rows[0]]).intersection(*(self.inside[row] for row in rows[1:]))
            for other in sorted(common):
                if self.chosen[other] and not self.fixed[other] and other not in held:
                    lost = person in self.ends[other] and self.weight[other] >= self.weight[pair]
                    if not lost:
                        found.append((self._harm(other, pair), pair, other))
        found.sort()
        yield from ((pair, other) for _, pair, other in found[:_TRIED])

    def _harm(self, dropped: int, pair: int) -> int:
        """Return how much those who lose a meeting lack then."""
        gain = dict.fromkeys(self.ends[pair], self.weight[pair])
        harm = 0
        for person in self.ends[dropped]:
            after = self.got[person] - self.weight[dropped] + gain.get(person, 0)
            harm += max(0, self.least[person] - after) if person not in gain or after < self.got[person] else 0
            harm += self.met[person] - (person not in gain) < self.degrees[person]
        return harm

    def _undo(self, mark: int) -> None:
        while len(self.trail) > mark:
            pair, sign = self.trail.pop()
            self.put(pair, -sign)
            self.trail.pop()


def _lists(starts: NDArray[Any], values: NDArray[Any]) -> list[list[int]]:
    every = values.astype(np.int64).tolist()
    return [every[start:end] for start, end in pairwise(starts.tolist())]
