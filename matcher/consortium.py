"""A large lead with small and micro members: the share gate passed with the least loss of fit, proven least."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from matcher.choosing import Choices
from matcher.linear import Program

_TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A part of a lot: `amount_wan` 万元; one that is not `divisible` is done by one firm."""

    name: str
    amount_wan: float
    divisible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A firm that may take part: how well it fits each package (0…1, by name; those left out it cannot do).

    `counts` tells whether what it does counts towards the share of small and micro firms; `most_wan` bounds what it can
    take; `tied` names firms with which it has a relation of control.
    """

    firm: str
    fit: Mapping[str, float]
    counts: bool
    most_wan: float | None = None
    tied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot: its packages, the lead (a candidate itself), how many members beside it at most, and the gate in percent.

    The lead and the `required` members do some of it, however little.
    """

    packages: tuple[Package, ...]
    lead: Candidate
    most: int = 3
    gate_pct: float = 30.0
    required: frozenset[str] = frozenset()

    @property
    def total_wan(self) -> float:
        """The whole amount."""
        return sum(package.amount_wan for package in self.packages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one firm does of one package."""

    firm: str
    package: str
    amount_wan: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Consortium:
    """Who does what. `fit` is the mean over the amount, `free_fit` the best there is without the gate, `share_pct` what counts.

    `loss` is what passing the gate costs in fit, proven least.
    """

    parts: tuple[Part, ...]
    share_pct: float
    fit: float
    free_fit: float
    members: tuple[str, ...] = field(default=())

    @property
    def loss(self) -> float:
        """What passing the gate costs in fit."""
        return max(0.0, self.free_fit - self.fit)


def form(lot: Lot, candidates: Sequence[Candidate]) -> Consortium | None:
    """Return the consortium that passes the gate with the best fit, None when none does; equal input, equal answer."""
    firms = (lot.lead, *(one for one in candidates if one.firm != lot.lead.firm))
    gated = _solved(lot, firms, lot.gate_pct)
    if gated is None:
        return None
    free = _solved(lot, firms, 0.0)
    fit = _fit(lot, firms, gated)
    best = fit if free is None else _fit(lot, firms, free)
    counted = {one.firm for one in firms if one.counts}
    held = sum(part.amount_wan for part in gated if part.firm in counted)
    return Consortium(
        parts=gated,
        share_pct=100 * held / lot.total_wan,
        fit=fit,
        free_fit=max(best, fit),
        members=tuple(dict.fromkeys(part.firm for part in gated if part.firm != lot.lead.firm)),
    )


def _fit(lot: Lot, firms: Sequence[Candidate], parts: Sequence[Part]) -> float:
    fit = {one.firm: one.fit for one in firms}
    return sum(part.amount_wan * fit[part.firm][part.package] for part in parts) / lot.total_wan


def _solved(lot: Lot, firms: Sequence[Candidate], gate_pct: float) -> tuple[Part, ...] | None:
    """Return the parts of the best fit with at least `gate_pct` done by firms that count."""
    doing = [(n, p) for n, one in enumerate(firms) for p, each in enumerate(lot.packages) if each.name in one.fit]
    program = _program(lot, firms, doing, gate_pct)
    cost = np.zeros(len(doing) + len(firms))
    cost[: len(doing)] = [-firms[n].fit[lot.packages[p].name] * lot.packages[p].amount_wan for n, p in doing]
    whole = np.ones(len(cost), dtype=np.bool_)
    whole[: len(doing)] = [not lot.packages[p].divisible for _, p in doing]
    of_firm = np.array([*(n for n, _ in doing), *range(len(firms))], dtype=np.int64)
    choices = Choices(whole, slice(len(doing), len(cost)), of_firm)
    try:
        found = choices.best(program, cost)
    except ValueError:
        return None
    return tuple(
        Part(firm=firms[n].firm, package=lot.packages[p].name, amount_wan=lot.packages[p].amount_wan * float(share))
        for (n, p), share in zip(doing, found.columns, strict=False)
        if share > _TINY
    )


def _program(lot: Lot, firms: Sequence[Candidate], doing: Sequence[tuple[int, int]], gate_pct: float) -> Program:
    """Return the program: columns are the share of a package that a firm does, and then whether each firm takes part."""
    first = len(doing)
    rows: list[tuple[dict[int, float], float, float]] = []
    of_firm: dict[int, list[int]] = {}
    for column, (n, _) in enumerate(doing):
        of_firm.setdefault(n, []).append(column)
    amount = [lot.packages[p].amount_wan for _, p in doing]
    for p in range(len(lot.packages)):
        rows.append(({column: 1.0 for column, (_, q) in enumerate(doing) if q == p}, 1.0, 1.0))
    rows += [({column: 1.0, first + n: -1.0}, -np.inf, 0.0) for column, (n, _) in enumerate(doing)]
    rows.append(({first + n: 1.0 for n in range(1, len(firms))}, 0.0, float(lot.most)))
    if gate_pct > 0:
        counted = {column: amount[column] for column, (n, _) in enumerate(doing) if firms[n].counts}
        rows.append((counted, lot.total_wan * gate_pct / 100, np.inf))
    for n, columns in of_firm.items():
        if (most := firms[n].most_wan) is not None:
            rows.append(({column: amount[column] for column in columns}, 0.0, most))
        if n == 0 or firms[n].firm in lot.required:
            rows.append(({column: amount[column] for column in columns}, _TINY * lot.total_wan * 10, np.inf))
    rows += [({first + n: 1.0, first + m: 1.0}, 0.0, 1.0) for n, m in _tied(firms)]
    return _packed(rows, first + len(firms))


def _tied(firms: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Return the pairs of firms that may not bid together: one controls the other (〔2020〕46号 第九条)."""
    at = {one.firm: n for n, one in enumerate(firms)}
    pairs = {tuple(sorted((n, at[other]))) for n, one in enumerate(firms) for other in one.tied if other in at}
    return sorted((a, b) for a, b in pairs if a != b)


def _packed(rows: Sequence[tuple[dict[int, float], float, float]], width: int) -> Program:
    values = [value for row, _, _ in rows for value in row.values()]
    at = [n for n, (row, _, _) in enumerate(rows) for _ in row]
    columns = [column for row, _, _ in rows for column in row]
    matrix = sparse.csr_matrix((values, (at, columns)), shape=(len(rows), width))
    least, most = (np.array([row[end] for row in rows], dtype=np.float64) for end in (1, 2))
    return Program(matrix, least, most, np.zeros(width), np.ones(width))


def additions(lot: Lot, candidates: Sequence[Candidate], members: Sequence[str], k: int) -> tuple[Consortium, ...]:
    """Return the up to `k` best consortia of the present members and one more that counts, least loss first."""
    known = {one.firm: one for one in candidates}
    present = [known[firm] for firm in members if firm in known]
    others = [one for one in candidates if one.firm not in members and one.counts]
    found: list[Consortium] = []
    while others and len(found) < k:
        one_more = Lot(
            packages=lot.packages,
            lead=lot.lead,
            most=len(present) + 1,
            gate_pct=lot.gate_pct,
            required=frozenset(members),
        )
        made = form(one_more, [*present, *others])
        if made is None:
            break
        found.append(made)
        added = set(made.members) - set(members)
        if not added:
            break
        others = [one for one in others if one.firm not in added]
    return tuple(found)
