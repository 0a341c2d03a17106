"""How one demanded interval stands against one stated: outputs, rents, sizes, areas, working days, orders."""

import re
from math import ceil, inf
from typing import TypeAlias

from matcher.domain import Verdict
from matcher.quantity.base import Statement
from matcher.quantity.measure_table import day_hours, month_days, work_days

_Interval: TypeAlias = tuple[float, float]
_SLACK = 1e-9
_HOURS = 24.0
_FINISHED = re.compile(r"控制|成品|产品")
_PIECES = frozenset({"piece", "set", "pair", "bottle", "box", "roll", "barrel", "bag", "sample", "dose"})
_PACKED = ("piece", "bottle", "box", "pallet", "truck", "container")


def meets(requirement: Statement, said: _Interval, *, choice: bool) -> Verdict:
    """Return MET when all (of a choice: any) of `said` lies in the demanded interval, UNMET when none does."""
    low, high = requirement.low - _slack(requirement.low), requirement.high + _slack(requirement.high)
    if said[1] < low or said[0] > high:
        return Verdict.UNMET
    inside = low <= said[0] and said[1] <= high
    return Verdict.MET if inside or choice else Verdict.UNKNOWN


def _slack(value: float) -> float:
    return abs(value) * _SLACK if abs(value) < inf else 0.0


def tagged(statement: Statement, prefix: str) -> frozenset[str]:
    """Return what follows `prefix` in the tokens of a statement."""
    return frozenset(value[len(prefix) :] for value in statement.values if value.startswith(prefix))


def tag(statement: Statement, prefix: str) -> str:
    """Return what follows `prefix` in the one token that has it, empty when none has."""
    return next(iter(tagged(statement, prefix)), "")


def throughput(requirement: Statement, stated: Statement) -> Verdict | None:
    """Compare outputs of one unit; another period is converted with the running days that the offer states."""
    if tag(requirement, "unit=") != tag(stated, "unit="):
        return None
    wanted, said = tag(requirement, "per="), tag(stated, "per=")
    if wanted == said:
        return meets(requirement, (stated.low, stated.high), choice=False)
    ratio = _ratio(said, wanted, stated)
    if ratio is None:
        return Verdict.UNKNOWN
    low, high = sorted(ratio)
    return meets(requirement, (stated.low * low, stated.high * high), choice=False)


def _ratio(source: str, target: str, stated: Statement) -> _Interval | None:
    """Return how much of an output per `source` is put out per `target`, at least and at most."""
    if {source, target} == {"year", "month"}:
        return (1 / 12, 1 / 12) if source == "year" else (12.0, 12.0)
    ratios = [_days(source, stated), _days(target, stated)]
    if ratios[0] is None or ratios[1] is None:
        return None
    (low, high), (least, most) = ratios[0], ratios[1]
    return least / high, most / low


def _days(period: str, stated: Statement) -> _Interval | None:
    """Return how many running days a period has."""
    said = {tag.rpartition("/")[2]: float(tag.partition("/")[0]) for tag in tagged(stated, "days=")}
    if period in said:
        return said[period], said[period]
    if period == "month" and "year" in said:
        return said["year"] / 12, said["year"] / 12
    if period == "year" and "month" in said:
        return said["month"] * 12, said["month"] * 12
    if period in ("month", "year", "week"):
        return work_days(period)
    short, long = day_hours()
    shorter: dict[str, _Interval] = {
        "day": (1.0, 1.0),
        "shift": (1 / 3, 1.0),
        "hour": (1 / long, 1 / short),
        "minute": (1 / long / 60, 1 / short / 60),
    }
    return shorter.get(period)


def rates(requirement: Statement, stated: Statement) -> Verdict | None:
    """Compare money per day, month and year; a piece dearer than the whole budget is too dear, else units must agree."""
    wanted, said = set(tagged(requirement, "per=")), set(tagged(stated, "per="))
    if requirement.topic == "price" and len(said) == 1 and said <= _PIECES and not wanted:
        outcome = meets(requirement, (stated.low, stated.high), choice=False)
        return outcome if outcome is Verdict.UNMET or "single" in requirement.values else Verdict.UNKNOWN
    periods = {"day", "month", "year"}
    if wanted - periods != said - periods or len(wanted & periods) != 1 or len(said & periods) != 1:
        return None
    days = {"day": (1.0, 1.0), "month": month_days(), "year": (365.0, 366.0)}
    source, target = (said & periods).pop(), (wanted & periods).pop()
    low, high = days[target][0] / days[source][1], days[target][1] / days[source][0]
    if {source, target} == {"month", "year"}:
        low = high = 12.0 if target == "year" else 1 / 12
    return meets(requirement, (stated.low * low, stated.high * high), choice=False)


def covers(requirement: Statement, stated: Statement) -> Verdict | None:
    """Return whether the offer takes the size asked for; a bound demanded of a product is met as any other."""
    wanted, box = _sides(requirement), _sides(stated)
    if box:
        return _fits(requirement, wanted, box)
    if wanted:
        return (
            Verdict.UNMET
            if stated.low == -inf and stated.high < wanted[-1 if stated.topic != "length" else 0]
            else None
        )
    low, high = requirement.low, requirement.high
    if low == -inf and "work" in requirement.values and not _FINISHED.search(requirement.span.text):
        low = high
    holds = stated.low == -inf or stated.topic == "load" or ("work" in requirement.values and stated.low == stated.high)
    if holds and low != -inf:
        return Verdict.MET if (high if high < inf else low) <= stated.high * (1 + _SLACK) else Verdict.UNMET
    if low == -inf or high == inf:
        return meets(requirement, (stated.low, stated.high), choice=True)
    if stated.low <= low and high <= stated.high:
        return Verdict.MET
    return Verdict.UNMET if low > stated.high or (stated.low < stated.high and high < stated.low) else Verdict.UNKNOWN


def _sides(statement: Statement) -> tuple[float, ...]:
    box = tag(statement, "box=")
    return tuple(float(side) for side in box.split("×")) if box else ()


def _fits(requirement: Statement, wanted: tuple[float, ...], box: tuple[float, ...]) -> Verdict | None:
    if wanted:
        return Verdict.MET if all(w <= b for w, b in zip(wanted, box, strict=False)) else Verdict.UNMET
    if requirement.low == -inf:
        return None
    size = requirement.low
    if size > box[0] * (1 + _SLACK):
        return Verdict.UNMET
    across = requirement.topic in ("diameter", "width")
    return Verdict.MET if size <= (box[1] if across else box[0]) else Verdict.UNKNOWN


def area(requirement: Statement, stated: Statement) -> Verdict | None:
    """Compare areas of the same part; a total below what one part must have cannot hold it."""
    wanted, said = tag(requirement, "of="), tag(stated, "of=")
    outcome = meets(requirement, (stated.low, stated.high), choice="about" not in stated.values)
    if wanted == said or (not wanted and said not in ("per_floor", "roof", "total")):
        return outcome
    if said == "total":
        unsaid = None if wanted else Verdict.UNKNOWN
        return outcome if stated.high < requirement.low else unsaid
    if not said and wanted not in ("per_floor", "roof"):
        return outcome
    if said == "per_floor" and not wanted:
        return Verdict.MET if stated.low >= requirement.low and stated.high <= requirement.high else Verdict.UNKNOWN
    return None


def workdays(requirement: Statement, stated: Statement) -> Verdict | None:
    """Compare spans of time; working days are at least as many calendar days, at most with every weekend between."""
    if ("workday" in requirement.values) == ("workday" in stated.values):
        return meets(requirement, (stated.low, stated.high), choice=False)
    if "workday" in stated.values:
        return meets(requirement, _calendar(stated), choice=False)
    limit = requirement.high
    if stated.high <= limit * _HOURS:
        return Verdict.MET
    return Verdict.UNMET if stated.low > (limit + _weekends(limit)) * _HOURS else Verdict.UNKNOWN


def _calendar(stated: Statement) -> _Interval:
    """Return the fewest and most hours that working days span, weekends counted, holidays not."""
    low, high = stated.low, stated.high
    least = low + _weekends(low) - 2 if low > 0 else low
    return least * _HOURS, (high + _weekends(high)) * _HOURS


def _weekends(days: float) -> float:
    """Return the most weekend days between so many working days."""
    return 2.0 * ceil(days / 5) if 0 < days < inf else max(0.0, days)


def order(requirement: Statement, stated: Statement) -> Verdict | None:
    """Compare what is to be ordered with the least the offer takes, in one unit; a whole container is more than a box."""
    if stated.denied:
        return Verdict.UNMET if "small" in requirement.values else None
    wanted, said = tag(requirement, "unit="), tag(stated, "unit=")
    if (
        not said
        or wanted == said
        or ("bare" in (wanted, said) and not {wanted, said} & {"mass", "length", "area", "volume"})
    ):
        return meets(requirement, (stated.low, stated.high), choice=False)
    if wanted in _PACKED and said in _PACKED and requirement.high <= 1 and _PACKED.index(said) > _PACKED.index(wanted):
        return Verdict.UNMET
    return None
