"""The worst-off participant's share of its own best: as high as whole meetings allow, found by bisection."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matcher.planning.candidates import Ints
from matcher.planning.pairing_rows import Floats, Form
from matcher.planning.pairing_solve import Found, Pool, Relaxed, Watch, first_found, relax

WORK = 60_000
"""Pairs times searches that a bisection may take, so that its length depends on the event alone."""
_FINE = 1e-4
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Fair:
    """The share reached, the share that none can exceed, a plan, and what each has to get, in thousandths."""

    share: Fraction
    bound: float
    columns: Floats
    least: Ints


def worst_share(form: Form, chosen: Ints) -> Fraction:
    """Return the least share, in [0, 1], of those who get anything; 0 when none do."""
    shares = form.shares(chosen)
    served = np.flatnonzero((shares > 0) & (form.best > 0))
    return min((Fraction(int(shares[n]), int(form.best[n])) for n in served), default=Fraction(0))


def fairest(form: Form, columns: Floats, unserved: int, pool: Pool, *, watch: Watch) -> Fair:
    """Return the highest share found for the worst-off, at no more than `unserved` who get nothing.

    `columns` is a plan to begin with. Where the bound is the share, no plan does better.
    """
    if unserved == (form.best > 0).sum():
        return Fair(Fraction(0), 0.0, columns, np.zeros_like(form.best))
    low, top, bound = worst_share(form, _chosen(form, columns)), 1.0, 1.0
    pool.take(_chosen(form, columns))
    trials = max(2, min(60, WORK // form.pairs))
    while trials > 0 and float(low) < bound and not watch.over():
        last = top - float(low) < _FINE
        asked = float(low) if last else (float(low) + top) / 2
        least = _above(form, low) if last else _least(form, asked)
        found = _try(form, least, unserved, pool, watch)
        if found.columns is not None:
            columns = found.columns
            low = worst_share(form, _chosen(form, columns))
            trials -= 1
            continue
        bound, top = min(bound, asked) if found.proven else bound, asked
        trials -= not found.proven
        if last:
            break
    return Fair(low, max(bound, float(low)), columns, _exactly(form, low))


def _try(form: Form, least: Ints, unserved: int, pool: Pool, watch: Watch) -> Found:
    """Return any plan in which all who are served get what is asked; one of infinite bound proves that none is."""
    asked, relaxed = sharpened(form, least, unserved, pool)
    if relaxed is None:
        return Found(None, np.inf, np.inf)
    return first_found(asked, form.cost(), relaxed, watch=watch)


def sharpened(form: Form, least: Ints, unserved: int, pool: Pool) -> tuple[Form, Relaxed | None]:
    """Return the form that asks for shares, with rows that hold for whole meetings only, and its linear plan.

    The plan is None when no more than `unserved` can only be kept by giving someone less.
    """
    asked = form.at_most(1, unserved).with_shares(least, pool.divisors)
    for _ in range(_ROUNDS):
        relaxed = relax(asked, form.cost(), pool)
        if relaxed is None:
            return asked, None
        found = form.sharpest(least, relaxed.columns)
        pool.sharpen(found)
        asked = asked.plus([form.share(n, int(least[n]), divisor) for n, divisor in found.items()])
        if len(found) <= form.people // 200:
            break
    return asked, relaxed


def _chosen(form: Form, columns: Floats) -> Ints:
    return np.flatnonzero(columns[: form.pairs] > 0.5)


def _least(form: Form, share: float) -> Ints:
    least: Ints = np.ceil(share * form.best - 1e-9).astype(np.int64).clip(0)
    return least


def _exactly(form: Form, share: Fraction) -> Ints:
    least: Ints = -(-share.numerator * form.best // share.denominator)
    return least


def _above(form: Form, share: Fraction) -> Ints:
    above: Ints = np.where(form.best > 0, share.numerator * form.best // share.denominator + 1, 0)
    return above
