"""The worst-off participant's share of its own best: as high as whole meetings allow, found by bisection."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matcher.planning.candidates import Ints
from matcher.planning.pairing_mend import mended
from matcher.planning.pairing_rows import Floats, Form
from matcher.planning.pairing_solve import EXACT, Found, Pool, Relaxed, Watch, first_found, nearly, relax

WORK = 200_000
"""Pairs times searches that a bisection may take, so that its length depends on the event alone."""
_FINE = 1e-4
_SURE = 3
_CLOSE = 0.005
_ROUNDS = 8
_FEW_ROUNDS = 3


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
    close = 0 if form.pairs <= EXACT else _CLOSE
    trials, failed = max(4, min(60, WORK // form.pairs)), 0
    while trials > 0 and (1 + close) * float(low) < bound and not watch.over():
        last = top - float(low) < _FINE or (failed >= _SURE and form.pairs <= EXACT)
        asked = float(low) if last else (float(low) + top) / 2
        found = _try(form, _above(form, low) if last else _least(form, asked), unserved, pool, watch)
        trials -= not (found.proven and found.columns is None)
        if found.columns is not None:
            columns, failed = found.columns, 0
            low = worst_share(form, _chosen(form, columns))
            continue
        bound, top = min(bound, asked) if found.proven else bound, asked
        failed += 1
        if last:
            break
    return Fair(low, max(bound, float(low)), columns, _exactly(form, low))


def _try(form: Form, least: Ints, unserved: int, pool: Pool, watch: Watch) -> Found:
    """Return any plan in which all who are served get what is asked; one of infinite bound proves that none is."""
    asked, relaxed = sharpened(form, least, unserved, pool)
    if relaxed is None:
        return Found(None, np.inf, np.inf)
    columns = mended(asked, relaxed.columns, least)
    if columns is None:
        return first_found(asked, form.cost(), relaxed, watch=watch)
    return Found(columns, float(form.cost() @ columns), relaxed.bound)


def sharpened(form: Form, least: Ints, unserved: int, pool: Pool) -> tuple[Form, Relaxed | None]:
    """Return the form that asks for shares, with rows that hold for whole meetings only, and its linear plan.

    The plan is None when no more than `unserved` can only be kept by giving someone less.
    """
    asked = form.at_most(1, unserved).with_shares(least, pool.recipes)
    for _ in range(_ROUNDS if form.pairs <= EXACT else _FEW_ROUNDS):
        close = nearly(asked, form.cost(), pool)
        if close is None:
            return asked, relax(asked, form.cost(), pool, np.ones_like(pool.active))
        found = form.sharpest(least, close)
        pool.sharpen(found)
        if len(found) <= form.people // 200:
            break
        asked = asked.plus([form.share(n, int(least[n]), one) for n, recipes in found.items() for one in recipes])
    return asked, relax(asked, form.cost(), pool)


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
