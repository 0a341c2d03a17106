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
_NIGHTS = frozenset("晚夜")
_PRICE = re.compile(r"(?<![\d至到\-—–~.])(\d+(?:\.\d+)?)\s*(万)?元\s*/\s*([^\d\s，。；,;（(起]+)(起)?")
_HOURS = "小时"
_SPELT = {"机时": _HOURS, "h": _HOURS}


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
    """One window of an offer in the unit asked for: `amount` in all (or per `per_days`), `min_order`, `price` in 元.

    A recurring window without a rate has its amount each time. `unit` is its own, of which one makes `factor`. `doubt`
    says why the amount is not known; then there is nothing to allocate until it is.
    """

    window: Window
    number: int
    amount: float | None = None
    min_order: float = 0.0
    price: float | None = None
    doubt: Doubt | None = None
    unit: str | None = None
    factor: float = 1.0
    per_days: float | None = None


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
    if not unit or not wanted:
        return 1.0
    unit, wanted = _SPELT.get(unit, unit), _SPELT.get(wanted, wanted)
    if normalise(unit) == normalise(wanted):
        return 1.0
    for target, hours in ((wanted, None), (_HOURS, hours_per_unit)):
        if target is not wanted and not hours:
            continue
        try:
            return convert(1.0, unit, target) / (hours or 1.0)
        except MatcherError:
            continue
    return None


def split_rate(unit: str | None) -> tuple[str | None, float | None]:
    """Return the unit of an amount and the days it is per: 件/月 → 件, 30.4; a night is a day, another 班 is none."""
    base, slash, tail = (unit or "").partition("/")
    if not slash:
        return base or None, None
    per = "day" if tail in _NIGHTS else next(iter(per_at(f"x/{tail}", 1)[0]), "")
    return base, _PER_DAYS.get(per)


def rate_of(posting: Posting) -> tuple[float, str | None, float] | None:
    """Return the amount, its unit and the days it is per, from 闲置产能数量 and 产能单位 (件/月); None without them."""
    amount = posting.attributes.get("idle_amount")
    base, days = split_rate(str(posting.attributes.get("capacity_unit") or ""))
    if days is None or not isinstance(amount, int | float) or isinstance(amount, bool):
        return None
    return float(amount), base, days


def supplies(posting: Posting, unit: str | None, *, hours_per_unit: float | None = None) -> tuple[Supply, ...]:
    """Return the windows of an offer in `unit`; one without a window is a single doubt, so that it is asked about."""
    if not posting.windows:
        return (Supply(window=Window(), number=0, doubt=Doubt.NO_WINDOW),)
    return tuple(
        _supply(posting, window, number, unit, hours_per_unit) for number, window in enumerate(posting.windows, start=1)
    )


def _supply(posting: Posting, window: Window, number: int, unit: str | None, hours_per_unit: float | None) -> Supply:
    amount, own, days = _amount(posting, window)
    factor = unit_factor(own, unit, hours_per_unit=hours_per_unit)
    if factor is None:
        return Supply(window=window, number=number, doubt=Doubt.UNIT, unit=own)
    price = window.price if window.price is not None else _price(posting, own)
    return Supply(
        window=window,
        number=number,
        amount=None if amount is None else amount * factor,
        min_order=(window.min_order or 0.0) * factor,
        price=None if price is None else price / factor,
        doubt=_doubt(window, amount, days),
        unit=own,
        factor=factor,
        per_days=days,
    )


def _amount(posting: Posting, window: Window) -> tuple[float | None, str | None, float | None]:
    """Return a window's amount, its unit and the days it is per.

    The posting's stated rate stands where the window gives no amount, or the same number without saying per what.
    """
    rate = rate_of(posting)
    base, days = split_rate(window.unit)
    if rate and (window.amount is None or (days is None and window.amount == rate[0])):
        return rate[0], base or rate[1], rate[2]
    return window.amount, base or split_rate(str(posting.attributes.get("capacity_unit") or ""))[0], days


def _doubt(window: Window, amount: float | None, per_days: float | None) -> Doubt | None:
    if amount is None:
        return Doubt.NO_AMOUNT
    if window.recurs and not is_regular(window.recurs):
        return Doubt.APPOINTMENT
    spread = per_days is not None or window.recurs or (window.from_date and window.until_date)
    return None if spread else Doubt.NO_PERIOD


def _price(posting: Posting, unit: str | None) -> float | None:
    """Return the one price a text states per a unit that compares (8600元/班, 11元/kg); a range or 起 is none."""
    found = _PRICE.findall(str(posting.attributes.get("price") or ""))
    if len(found) != 1 or not unit or found[0][3]:
        return None
    number, wan, per, _ = found[0]
    factor = unit_factor(unit, per)
    return None if factor is None else float(number) * (1e4 if wan else 1.0) * factor


def within(supply: Supply, days: Days) -> float:
    """Return how much of a window falls on some days: by its rate, by its occurrences, or evenly over its days.

    What is in doubt holds nothing.
    """
    window = supply.window
    bounds = Days(max(days.first, window.from_date or days.first), min(days.last, window.until_date or days.last))
    if supply.doubt is not None or supply.amount is None or bounds.count <= 0:
        return 0.0
    if supply.per_days is not None:
        return supply.amount * bounds.count / supply.per_days
    if not window.recurs:
        whole = Days(window.from_date or date.min, window.until_date or date.max)
        return supply.amount * bounds.count / whole.count
    found = occurrences(window.recurs, bounds.first, bounds.last) or ()
    return supply.amount * sum(Days(*stretch).common(bounds) / Days(*stretch).count for stretch in found)


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


def overdrawn(posting: Posting, promises: Sequence[Commitment]) -> str | None:
    """Return in words where promises exceed what a posting has, by the shortest stretch of days; None when they fit."""
    held = supplies(posting, None)
    known = [supply for supply in held if supply.doubt is None]
    if promises and not known:
        return f"空闲产能待核实（{held[0].doubt}），请先补全时段与数量"
    for days in cut([Days(one.first, one.last) for one in promises]):
        room = sum(within(supply, days) for supply in known)
        taken = committed(promises, known[0].unit, days)
        if taken > room * (1 + 1e-9) + 1e-9:
            unit = known[0].unit or ""
            return f"{days.first} 至 {days.last} 只有 {room:.6g}{unit}，承诺合计 {taken:.6g}{unit}"
    return None
