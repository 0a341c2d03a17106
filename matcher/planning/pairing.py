"""Who meets whom: stage by stage, each as good as the ones before it allow, and proven where it says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.planning.candidates import Candidates, Cut, Ints
from matcher.planning.model import Event, Stage
from matcher.planning.pairing_mend import mended
from matcher.planning.pairing_rows import Floats, Form, form
from matcher.planning.pairing_shares import Fair, fairest, sharpened
from matcher.planning.pairing_solve import EXACT, Found, Pool, Watch, lowest, within

ALTERNATES = 5
"""How many further partners are named for each participant."""
_CLOSE = 0.005


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs chosen, by index and in order, and how good they are: `shortfall`, `worst_share`, `total`.

    `missing` are must-meets left out, as few as possible. `unserved` are participants, by number, that could have got
    something and get nothing: as few as the least shortfall allows; the worst share is that of the others.
    """

    chosen: Ints
    stages: tuple[Stage, ...]
    missing: tuple[int, ...] = ()
    unserved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Base:
    """What the first stages settle: the form that keeps it, a plan, and the fewest unserved."""

    form: Form
    columns: Floats
    stage: Stage
    unserved: int
    served_proven: bool


def pair(candidates: Candidates, event: Event, *, limit: float | None = None, cuts: Sequence[Cut] = ()) -> Pairing:
    """Return whom to seat together: no cap or bar is broken, and the plan can get a timetable but for what cuts add.

    In this order: as many must-meets as fit; the least total shortfall below the minimums; the fewest participants
    who get nothing at all; the highest share, for the worst-off of the others, of its own best achievable total; the
    highest total weight. One input gives one result, unless `limit`, in seconds, ends the search before it is done.

    :raises MatcherError: none; an event that fits nobody gives no pairs.
    """
    watch = Watch(limit)
    whole = form(candidates, event, cuts)
    if not whole.pairs:
        return _nobody(candidates)
    pool = Pool(whole)
    base = _base(_musts(whole, candidates, pool, watch), pool, watch)
    started = watch.passed()
    fair = fairest(base.form, base.columns, base.unserved, pool, watch=watch)
    share = float(fair.share)
    worst = Stage(
        name="worst_share",
        value=share,
        bound=fair.bound,
        proven=base.served_proven and base.stage.proven and fair.bound <= share,
        seconds=watch.passed() - started,
    )
    started = watch.passed()
    found = _heaviest(base, fair, pool, watch)
    best = fair.columns if found.columns is None else found.columns
    chosen = np.flatnonzero(best[: whole.pairs] > 0.5)
    total = float(candidates.weight[chosen].sum())
    seconds = watch.passed() - started
    bound = max(total, -found.bound)
    heaviest = Stage(name="total", value=total, bound=bound, proven=total >= bound, seconds=seconds)
    return Pairing(
        chosen=chosen,
        stages=(base.stage, worst, heaviest),
        missing=tuple(np.setdiff1d(np.flatnonzero(candidates.must), chosen).tolist()),
        unserved=tuple(np.flatnonzero((whole.shares(chosen) == 0) & (whole.best > 0)).tolist()),
    )


def alternates(candidates: Candidates, chosen: Ints) -> Mapping[str, tuple[str, ...]]:
    """Return for each participant by id up to `ALTERNATES` more partners that it may meet, the heaviest first."""
    ids = [participant.id for participant in candidates.participants]
    left = np.setdiff1d(np.arange(len(candidates.first)), chosen)
    left = left[np.argsort(-candidates.weight[left], kind="stable")]
    found: dict[str, list[str]] = {name: [] for name in ids}
    for one, other in zip(candidates.first[left], candidates.second[left], strict=True):
        for name, partner in ((ids[one], ids[other]), (ids[other], ids[one])):
            if len(found[name]) < ALTERNATES:
                found[name].append(partner)
    return {name: tuple(partners) for name, partners in found.items()}


def _musts(whole: Form, candidates: Candidates, pool: Pool, watch: Watch) -> Form:
    """Return the form that keeps as many must-meets as fit."""
    must = np.flatnonzero(candidates.must)
    if not len(must):
        return whole
    pool.take(must)
    cost = whole.cost()
    cost[must] -= whole.dear()
    found = lowest(whole, cost, pool, watch=watch)
    kept = 0 if found.columns is None else round(float(found.columns[must].sum()))
    if kept == len(must):
        low = whole.low.copy()
        low[must] = 1
        return replace(whole, low=low)
    return whole.plus([(must, -np.ones_like(must), -kept)])


def _base(whole: Form, pool: Pool, watch: Watch) -> _Base:
    """Return the least shortfall and, at that, the fewest participants who get nothing."""
    started, dear = watch.passed(), whole.dear()
    found = lowest(whole, whole.cost(short=dear), pool, watch=watch)
    columns = _plan(whole, found)
    value, bound = round(float(columns[whole.columns(0)].sum())), int(np.ceil(found.bound / dear))
    seconds = watch.passed() - started
    stage = Stage(name="shortfall", value=value, bound=min(value, bound), proven=value <= bound, seconds=seconds)
    least = whole.at_most(0, value)
    if not columns[whole.columns(1)].any():
        return _Base(least, columns, stage, 0, True)
    found = lowest(least, whole.cost(unserved=dear), pool, watch=watch, known=columns)
    columns = _plan(whole, found)
    fewest = round(float(columns[whole.columns(1)].sum()))
    return _Base(least, columns, stage, fewest, fewest <= np.ceil(found.bound / dear))


def _plan(whole: Form, found: Found) -> Floats:
    """Return the plan found, or that of nobody meeting when the search ended without one."""
    return whole.told(np.zeros(0, dtype=np.int64)) if found.columns is None else found.columns


def _heaviest(base: _Base, fair: Fair, pool: Pool, watch: Watch) -> Found:
    gap, cost = 0.0 if base.form.pairs <= EXACT else _CLOSE, base.form.cost()
    asked, relaxed = sharpened(base.form, fair.least, base.unserved, pool)
    known = [fair.columns]
    if relaxed is None:
        return Found(fair.columns, float(cost @ fair.columns), -np.inf)
    if (plan := mended(asked, relaxed.columns, fair.least)) is not None:
        known.append(plan)
    best = min(known, key=lambda columns: float(cost @ columns))
    return within(asked, cost, relaxed, watch=watch, gap=gap, known=best)


def _nobody(candidates: Candidates) -> Pairing:
    short = int(candidates.minimum.sum())
    figures = (("shortfall", short), ("worst_share", 0), ("total", 0))
    stages = tuple(Stage(name=name, value=value, bound=value, proven=True, seconds=0) for name, value in figures)
    return Pairing(chosen=np.zeros(0, dtype=np.int64), stages=stages)
