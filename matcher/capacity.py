"""Idle capacity as quantities over time: what a posting's windows hold on which days, in the unit asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from matcher.domain import Posting, Window
from matcher.errors import MatcherError
from matcher.quantity.units import convert, per_at
from matcher.recurrence import is_regular, occurrences
from matcher.text import normalise

_PER_DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12, "year": 365.0}
_PRICE = re.compile(r"(\d+(?:\.\d+)?)\s*(万)?元\s*/\s*(\w+)")
_HOURS = "小时"


class Doubt(StrEnum):
    """Why a window's amount on given days is 待核实."""

    NO_WINDOW = "未写空闲时段"
    NO_AMOUNT = "未写数量"
    APPOINTMENT = "需预约，时段未定"
    NO_PERIOD = "未写起止，数量摊不到天"
    UNIT = "单位不同"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """An amount of a posting promised to someone, to be made on the days `first`…`last`."""

    first: date
    last: date
    amount: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One window of an offer in the unit asked for: `amount` in all, `min_order`, `price` in 元 per unit.

    `doubt` says why the amount is not known; then there is nothing to allocate until it is.
    """

    window: Window
    number: int
    amount: float | None = None
    min_order: float = 0.0
    price: float | None = None
    doubt: Doubt | None = None
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of days, both ends included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def common(self, other: "Days") -> int:
        """Return how many days two stretches share."""
        return max(0, (min(self.last, other.last) - max(self.first, other.first)).days + 1)


def unit_factor(unit: str | None, wanted: str | None, *, hours_per_unit: float | None = None) -> float | None:
    """Return how many `wanted` one `unit` is; None when they do not compare. A unit that is not written is taken as meant.

    With `hours_per_unit`, hours of a machine make pieces.
    """
    if not unit or not wanted or normalise(unit) == normalise(wanted):
        return 1.0
    for target, hours in ((wanted, None), (_HOURS, hours_per_unit)):
        if target is not wanted and not hours:
            continue
        try:
            return convert(1.0, unit, target) / (hours or 1.0)
        except MatcherError:
            continue
    return None


def rate_of(posting: Posting) -> tuple[float, str, float] | None:
    """Return the amount, its unit and the days it is per, from 闲置产能数量 and 产能单位 (件/月); None without them."""
    amount, unit = posting.attributes.get("idle_amount"), str(posting.attributes.get("capacity_unit") or "")
    if not isinstance(amount, int | float) or isinstance(amount, bool) or "/" not in unit:
        return None
    base = unit.partition("/")[0]
    per = next(iter(per_at(unit, len(base))[0]), "")
    return (float(amount), base, _PER_DAYS[per]) if per in _PER_DAYS else None


def supplies(posting: Posting, unit: str | None, *, hours_per_unit: float | None = None) -> tuple[Supply, ...]:
    """Return the windows of an offer in `unit`; one without a window is a single doubt, so that it is asked about."""
    if not posting.windows:
        return (Supply(window=Window(), number=0, doubt=Doubt.NO_WINDOW),)
    return tuple(
        _supply(posting, window, number, unit, hours_per_unit) for number, window in enumerate(posting.windows, start=1)
    )


def _supply(posting: Posting, window: Window, number: int, unit: str | None, hours_per_unit: float | None) -> Supply:
    own = window.unit or _amount_unit(posting)
    factor = unit_factor(own, unit, hours_per_unit=hours_per_unit)
    if factor is None:
        return Supply(window=window, number=number, doubt=Doubt.UNIT)
    price = window.price if window.price is not None else _price(posting, own)
    amount = window.amount
    if amount is None and not window.recurs and window.from_date and window.until_date:
        amount = _by_rate(posting, Days(window.from_date, window.until_date))
    return Supply(
        window=window,
        number=number,
        amount=None if amount is None else amount * factor,
        min_order=(window.min_order or 0.0) * factor,
        price=None if price is None else price / factor,
        doubt=_doubt(window, amount),
        factor=factor,
    )


def _doubt(window: Window, amount: float | None) -> Doubt | None:
    if amount is None:
        return Doubt.NO_AMOUNT
    if window.recurs:
        return None if is_regular(window.recurs) else Doubt.APPOINTMENT
    return None if window.from_date and window.until_date else Doubt.NO_PERIOD


def _by_rate(posting: Posting, days: Days) -> float | None:
    rate = rate_of(posting)
    return None if rate is None else rate[0] * days.count / rate[2]


def _amount_unit(posting: Posting) -> str | None:
    rate = rate_of(posting)
    return rate[1] if rate else str(posting.attributes.get("capacity_unit") or "").partition("/")[0] or None


def _price(posting: Posting, unit: str | None) -> float | None:
    """Return the price a text states per the very unit of the amount: 8600元/班; a range or other unit is not one."""
    found = _PRICE.findall(str(posting.attributes.get("price") or ""))
    if len(found) != 1 or not unit or normalise(found[0][2]) != normalise(unit):
        return None
    number, wan, _ = found[0]
    return float(number) * (1e4 if wan else 1.0)


def within(supply: Supply, days: Days) -> float:
    """Return how much of a window falls on some days: evenly over its days, or by its occurrences; doubts hold nothing.

    A recurring window has its amount each time.
    """
    window = supply.window
    if supply.doubt is not None or supply.amount is None:
        return 0.0
    if not window.recurs:
        whole = Days(window.from_date or date.min, window.until_date or date.max)
        return supply.amount * whole.common(days) / whole.count
    bounds = Days(max(days.first, window.from_date or days.first), min(days.last, window.until_date or days.last))
    if bounds.count <= 0:
        return 0.0
    found = occurrences(window.recurs, bounds.first, bounds.last) or ()
    shares = (Days(*stretch).common(bounds) / Days(*stretch).count for stretch in found)
    return supply.amount * sum(shares)


def committed(commitments: Sequence[Commitment], unit: str | None, days: Days, factor: float = 1.0) -> float:
    """Return how much of some commitments falls on some days, evenly over theirs; in the window's unit times `factor`."""
    total = 0.0
    for one in commitments:
        whole = Days(one.first, one.last)
        scale = unit_factor(one.unit, unit) or 0.0
        total += one.amount * scale * factor * whole.common(days) / whole.count
    return total


def cut(stretches: Sequence[Days]) -> tuple[Days, ...]:
    """Return the shortest stretches whose ends are ends of the given ones, those that lie within one of them."""
    starts = sorted({one.first for one in stretches} | {one.last + timedelta(days=1) for one in stretches})
    pieces = (Days(a, b - timedelta(days=1)) for a, b in pairwise(starts))
    return tuple(piece for piece in pieces if any(one.common(piece) for one in stretches))


def horizon(window: Window) -> Days | None:
    """Return the days of a dated or bounded window, None when either end is open."""
    return Days(window.from_date, window.until_date) if window.from_date and window.until_date else None
