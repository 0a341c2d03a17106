"""The pairing as linear rows: what may be chosen together, what is missed, and what each one's share asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher.planning.candidates import Bools, Candidates, Cut, Ints
from matcher.planning.model import Event, EventSide, Participant

Floats: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[Ints, Ints, int]
"""Columns, their coefficients, and the most that the sum may be."""
Recipe: TypeAlias = tuple[tuple[int, ...], int]
"""How a share's row is made sharper for whole meetings: with some pairs set aside, as if all of them met, what is then
left to get is divided and rounded up (Chvátal and Gomory), or, for 0, counted in the heaviest pairs left (a cover)."""
_DIVISORS = (1, 2, 3, 4)
_ASIDE = 10
_BROKEN = 0.02


@dataclass(frozen=True, slots=True)
class Form:
    """Rows `matrix @ columns <= upper` over columns [pairs | meetings short | unserved | tables of a host].

    The last three hold one column per participant. `best` is each participant's best achievable total: the sum of its
    `maximum` heaviest pairs, in thousandths; those above 0 count as served when they get something.
    """

    matrix: sparse.csr_matrix
    upper: Floats
    low: Floats
    high: Floats
    weight: Ints
    best: Ints
    least: Ints
    meets: sparse.csr_matrix
    group: int

    @property
    def pairs(self) -> int:
        """How many columns are pairs."""
        return len(self.weight)

    @property
    def people(self) -> int:
        """How many participants there are."""
        return len(self.best)

    def columns(self, kind: int) -> slice:
        """Return the columns of meetings short (0), of the unserved (1), or of tables (2)."""
        return slice(self.pairs + kind * self.people, self.pairs + (kind + 1) * self.people)

    def cost(self, *, short: float = 0, unserved: float = 0) -> Floats:
        """Return costs that ask for weight, and against meetings short and participants unserved."""
        cost = np.concatenate([-self.weight.astype(float), np.zeros(3 * self.people)])
        cost[self.columns(0)], cost[self.columns(1)] = short, unserved
        return cost

    def dear(self) -> int:
        """Return more than any plan's total."""
        return int(self.best.sum()) + 1

    def settled(self, chosen: Ints) -> Floats | None:
        """Return all columns of the plan that has these pairs, or None when it breaks a row."""
        columns = self.told(chosen)
        broken = (self.matrix @ columns > self.upper + 1e-6).any() or (columns > self.high).any()
        return None if broken else columns

    def told(self, chosen: Ints) -> Floats:
        """Return all columns of the plan that has these pairs, whatever rows it breaks."""
        columns = np.zeros(self.matrix.shape[1])
        columns[chosen] = 1
        degree = np.asarray(self.meets[:, chosen].sum(axis=1)).ravel()
        columns[self.columns(0)] = np.maximum(self.least - degree, 0)
        columns[self.columns(1)] = (self.shares(chosen) == 0) & (self.best > 0)
        columns[self.columns(2)] = -(-degree // self.group)
        return columns

    def shares(self, chosen: Ints) -> Ints:
        """Return each participant's total in a plan."""
        return np.asarray(self.meets[:, chosen] @ self.weight[chosen], dtype=np.int64)

    def plus(self, rows: Sequence[Row]) -> "Form":
        """Return the form with further rows."""
        if not rows:
            return self
        return replace(
            self,
            matrix=sparse.vstack([self.matrix, _matrix(rows, self.matrix.shape[1])], format="csr"),
            upper=np.concatenate([self.upper, [row[2] for row in rows]]),
        )

    def at_most(self, kind: int, most: int) -> "Form":
        """Return the form with no more than so many meetings short (0) or participants unserved (1)."""
        columns = np.arange(self.matrix.shape[1])[self.columns(kind)]
        high = self.high.copy()
        high[columns] = np.minimum(high[columns], most)
        return replace(self, high=high).plus([(columns, np.ones_like(columns), most)] if most else [])

    def with_shares(self, least: Ints, known: Mapping[int, Sequence[Recipe]]) -> "Form":
        """Return the form in which whoever is served gets at least `least`, shape (participants,).

        `known` are the recipes of rows that sharpened it before.
        """
        asked = np.flatnonzero(least > 0).tolist()
        plain: Recipe = ((), 1)
        return self.plus([self.share(n, int(least[n]), one) for n in asked for one in (plain, *known.get(n, ()))])

    def share(self, person: int, least: int, recipe: Recipe) -> Row:
        """Return the row by which a participant who is served gets its share, as a recipe sharpens it."""
        aside, divisor = recipe
        mine = self.mine(person)
        left = least - int(self.weight[list(aside)].sum())
        mine = mine[~np.isin(mine, aside)]
        need, worth = (_counted if divisor == 0 else _divided)(self.weight[mine], left, divisor)
        return np.append(mine, self.pairs + self.people + person), -np.append(worth, need), -need

    def sharpest(self, least: Ints, columns: Floats) -> dict[int, list[Recipe]]:
        """Return for each participant served by parts of meetings the recipes whose rows they break most."""
        served = np.flatnonzero((columns[self.columns(1)] < 1e-6) & (least > 0))
        parts = np.abs(columns[: self.pairs] - columns[: self.pairs].round()) > 1e-6
        split = served[np.asarray(self.meets[served] @ parts) > 0].tolist()
        found = {n: [*self._divisor(n, int(least[n]), columns), *self._aside(n, int(least[n]), columns)] for n in split}
        return {n: recipes for n, recipes in found.items() if recipes}

    def _divisor(self, person: int, least: int, columns: Floats) -> list[Recipe]:
        mine = self.mine(person)
        part, weight = columns[mine], self.weight[mine]
        tried = np.unique(np.concatenate([weight[part > 1e-6], [-(-least // k) for k in _DIVISORS]]))
        tried = tried[tried > 0]
        need = -(-least // tried)
        worth = np.minimum(-(-weight // tried[:, None]), need[:, None])
        broken = (need - worth @ part) / np.sqrt((worth * worth).sum(axis=1) + need * need)
        worst = int(np.argmax(broken))
        return [((), int(tried[worst]))] if broken[worst] > 1e-4 else []

    def _aside(self, person: int, least: int, columns: Floats) -> list[Recipe]:
        mine = self.mine(person)
        part, weight = columns[mine], self.weight[mine]
        best, worst = None, _BROKEN
        for order in (np.argsort(-weight, kind="stable"), np.lexsort((-weight, -part))):
            for count in range(min(_ASIDE, len(mine))):
                aside, rest = order[:count], order[count:]
                left = least - int(weight[aside].sum())
                if left <= 0:
                    break
                need, _ = _counted(weight[rest], left)
                if (broken := need - float(part[rest].sum())) > worst:
                    best, worst = mine[aside], broken
        return [] if best is None else [(tuple(sorted(best.tolist())), 0)]

    def mine(self, person: int) -> Ints:
        """Return a participant's pairs."""
        start, end = self.meets.indptr[person : person + 2]
        return self.meets.indices[start:end].astype(np.int64)


def form(candidates: Candidates, event: Event, cuts: Sequence[Cut]) -> Form:
    """Return the rows that hold for any plan that can get a timetable.

    Of each participant and each set of times that all of some pairs need, the pairs have to fit into its places at
    those times; so do all pairs into the tables. These are necessary; what more the timetable needs comes as `cuts`.
    """
    pairs, people = len(candidates.first), len(candidates.participants)
    ends = np.concatenate([candidates.first, candidates.second])
    everything = np.concatenate([np.arange(pairs)] * 2)
    meets = sparse.csr_matrix((np.ones(2 * pairs), (ends, everything)), shape=(people, pairs))
    meets.sort_indices()
    weights = [np.sort(candidates.weight[meets.indices[a:b]])[::-1] for a, b in pairwise(meets.indptr)]
    best = np.array([int(w[:most].sum()) for w, most in zip(weights, candidates.maximum, strict=True)], dtype=np.int64)
    width = pairs + 3 * people
    high = np.concatenate([np.ones(pairs), candidates.minimum, np.ones(people), np.full(people, np.inf)])
    empty = Form(
        matrix=sparse.csr_matrix((0, width)),
        upper=np.zeros(0),
        low=np.zeros(width),
        high=high.astype(float),
        weight=candidates.weight,
        best=best,
        least=candidates.minimum,
        meets=meets,
        group=event.rules.guests,
    )
    rows = [*_degrees(empty, candidates), *_times(empty, candidates, event), *_tables(candidates, event)]
    rows += [(np.array(cut.pairs, dtype=np.int64), np.ones(len(cut.pairs), dtype=np.int64), cut.most) for cut in cuts]
    return empty.plus(rows)


def _degrees(empty: Form, candidates: Candidates) -> Iterator[Row]:
    for n in range(empty.people):
        mine, least, most = empty.mine(n), int(candidates.minimum[n]), int(candidates.maximum[n])
        if len(mine) > most:
            yield mine, np.ones_like(mine), most
        if least > 0:
            yield np.append(mine, empty.pairs + n), -np.ones(len(mine) + 1, dtype=np.int64), -least
        if empty.best[n] > 0:
            worth = mine[candidates.weight[mine] > 0]
            columns = np.append(worth, empty.pairs + empty.people + n)
            yield columns, -np.ones_like(columns), -1


def _times(empty: Form, candidates: Candidates, event: Event) -> Iterator[Row]:
    common = candidates.common()
    for n, participant in enumerate(candidates.participants):
        mine = empty.mine(n)
        for times in np.unique(common[mine], axis=0):
            inside = mine[~(common[mine] & ~times).any(axis=1)]
            most = _capacity(participant, times, event)
            if most < min(len(inside), int(candidates.maximum[n])):
                yield inside, np.ones_like(inside), most


def _capacity(participant: Participant, times: Bools, event: Event) -> int:
    """Return how many meetings a participant's delegates have time for at some times, with a pause after a streak."""
    streak, found = event.rules.streak, 0
    for delegate in participant.delegates:
        free = [slot for slot in event.slots if times[slot.number] and slot.number in delegate.available]
        runs = groupby(enumerate(free), key=lambda at: (at[1].session, at[1].number - at[0]))
        for length in (len(list(run)) for _, run in runs):
            found += length if streak is None else length - length // (streak + 1)
    return found * (event.rules.guests if participant.side is EventSide.HOST else 1)


def _tables(candidates: Candidates, event: Event) -> Iterator[Row]:
    """Yield that all pairs at some times fit the tables, counting a host's guests at one table once."""
    common, opened = candidates.common(), event.tables - len(event.closed_tables)
    host = np.array([participant.side is EventSide.HOST for participant in candidates.participants])[candidates.first]
    group = event.rules.guests
    for times in np.unique(common, axis=0):
        inside = np.flatnonzero(~(common & ~times).any(axis=1))
        most = int(times.sum()) * opened
        if int(candidates.places[np.unique(candidates.first[inside])][:, times].sum()) > most:
            yield inside, np.where(host[inside], 1, group), most * group
    most = len(event.slots) * opened
    if group > 1 and int(candidates.places[np.unique(candidates.first)].sum()) > most:
        yield from _groups(candidates, host, group, most)


def _groups(candidates: Candidates, host: Bools, group: int, most: int) -> Iterator[Row]:
    """Yield that hosts' tables hold their guests, and that tables and times are as many as there are."""
    pairs, people = len(host), len(candidates.participants)
    tables = pairs + 2 * people
    for n in np.unique(candidates.first[host]):
        mine = np.flatnonzero(host & (candidates.first == n))
        yield np.append(mine, tables + n), np.append(np.ones_like(mine), -group), 0
    columns = np.concatenate([np.flatnonzero(~host), tables + np.unique(candidates.first[host])])
    yield columns, np.ones_like(columns), most


def _matrix(rows: Sequence[Row], width: int) -> sparse.csr_matrix:
    indptr = np.cumsum([0, *(len(row[0]) for row in rows)])
    indices, data = np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
    return sparse.csr_matrix((data.astype(float), indices, indptr), shape=(len(rows), width))


def _divided(weight: Ints, left: int, divisor: int) -> tuple[int, Ints]:
    need = max(0, -(-left // divisor))
    return need, np.minimum(-(-weight // divisor), need)


def _counted(weight: Ints, left: int, _: int = 0) -> tuple[int, Ints]:
    """Return how many pairs at least it takes to get what is left; more than there are when all do not do."""
    need = int(np.searchsorted(np.cumsum(np.sort(weight)[::-1]), left)) + 1 if left > 0 else 0
    return need, np.full(len(weight), min(need, 1), dtype=np.int64)
