"""Units of Chinese industrial text: which dimension a unit measures, its factor to the canonical unit, and rates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from matcher.assets import asset
from matcher.errors import MatcherError

_JOINS = "/每·"


@dataclass(frozen=True, slots=True)
class Unit:
    """One reading of a unit: `factor` canonical units of `dimension` make one of it."""

    dimension: str
    factor: float


Readings: TypeAlias = tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    units: Mapping[str, Readings]
    per: Mapping[str, str]
    counts: frozenset[str]
    longest: int
    reach: Mapping[str, int]


@lru_cache(maxsize=1)
def _table() -> _Table:
    with asset("data", "conditions", "units.toml").open("rb") as file:
        raw = tomllib.load(file)
    per = {name: kind for kind, names in raw.pop("per").items() for name in names}
    found: dict[str, Readings] = {}
    counts = raw.pop("counts")
    for dimension, names in counts.items():
        for name in names:
            found[name] = (Unit(dimension, 1.0),)
    for dimension, factors in raw.items():
        for name, factor in factors.items():
            found[name] = (*found.get(name, ()), Unit(dimension, float(factor)))
    reach: dict[str, int] = {}
    for name in found:
        reach[name[0]] = max(reach.get(name[0], 0), len(name))
    return _Table(found, per, frozenset(counts), max(map(len, found)), reach)


def counted() -> frozenset[str]:
    """Return the dimensions that count things (piece, set, roll, …)."""
    return _table().counts


def is_counted(unit: str) -> bool:
    """Return whether a unit counts things (件, 套), so that only whole numbers of it make sense."""
    return any(reading.dimension in counted() for reading in _table().units.get(unit, ()))


def _fits(text: str, end: int) -> bool:
    """Return whether a name that ends at `end` is not the head of a longer Latin word (m of mm, A of A2)."""
    return end == len(text) or not (_latin(text[end - 1]) and text[end].isascii() and text[end].isalnum())


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def unit_at(folded: str, start: int) -> tuple[Readings, int]:
    """Return the readings of the longest unit at `start` of a folded text and where it ends; `((), start)` for none.

    A name may have several readings: 方 is ㎡ of a hall and m³ of concrete.
    """
    table = _table()
    reach = table.reach.get(folded[start : start + 1], 0)
    for end in range(min(len(folded), start + reach), start, -1):
        name = folded[start:end]
        if (found := table.units.get(name)) and _fits(folded, end):
            return found, end
    return (), start


def per_at(folded: str, start: int) -> tuple[tuple[str, ...], int]:
    """Return what a unit that ends at `start` is per, in order (元/㎡·月 → area, month), and where that ends.

    Times come back as year, month, week, day, shift, hour, minute or second, others as the dimension of the unit.
    """
    found: list[str] = []
    end = start
    while end < len(folded) and folded[end] in _JOINS and (found or folded[end] != "·"):
        kind, after = _denominator(folded, end + 1)
        if not kind:
            break
        found.append(kind)
        end = after
    return tuple(found), end


def _denominator(folded: str, start: int) -> tuple[str, int]:
    table = _table()
    for end in range(min(len(folded), start + table.longest), start, -1):
        name = folded[start:end]
        if not _fits(folded, end):
            continue
        if name in table.per:
            return table.per[name], end
        if readings := table.units.get(name):
            return readings[0].dimension, end
    return "", start


def convert(value: float, unit: str, target: str) -> float:
    """Return `value` of `unit` in `target`, both written as in text (kg, 吨).

    :raises MatcherError: `unit_unknown` for a name that is no unit, `unit_mismatch` when no dimension is shared.
    """
    table = _table()
    for name in (unit, target):
        if name not in table.units:
            raise MatcherError("unit_unknown", f"不认识单位“{name}”，请用 data/conditions/units.toml 中的写法")
    for source in table.units[unit]:
        for wanted in table.units[target]:
            if source.dimension == wanted.dimension:
                return value * source.factor / wanted.factor
    raise MatcherError("unit_mismatch", f"单位“{unit}”与“{target}”量纲不同，无法换算，请换用同类单位")
