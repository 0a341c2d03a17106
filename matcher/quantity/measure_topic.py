"""What each quantity of a text is about: its topic, the reading of its unit, and the words that narrow it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

from matcher.quantity.measure_narrow import (
    GROUP,
    STAFF,
    head_of,
    last_of,
    of_samples,
    part_of,
    parts_of,
    person_of,
    role_of,
)
from matcher.quantity.measure_scan import Bound, Quantity, scan, unbounded
from matcher.quantity.measure_table import Topic, cues, topic
from matcher.quantity.units import Unit

_SIZES = frozenset({"length", "width", "height", "diameter", "bore", "wire", "thickness", "depth", "size", "storey"})
ORDERS = frozenset({"moq", "batch"})
_BUILT = re.compile(r"一期|现有|实际|目前|已|现")
_PERIODS = {
    "年": "year",
    "月": "month",
    "日": "day",
    "天": "day",
    "班": "shift",
    "时": "hour",
    "小时": "hour",
    "周": "week",
}
_TIMES = frozenset({"year", "month", "week", "day", "shift", "hour", "minute", "second"})
_UNPRODUCED = frozenset(
    {"money", "ratio", "time", "workday", "people", "temperature", "voltage", "current", "bare", "other", "times"}
)
_OUTPUT = re.compile(
    r"(?<![一二三四五六七八九十\d全去今明])(年|月|日|天|班|小时|时|周)(?:均|度|总|平均|最大|设计|稳定|可|实际|额定|满负荷|生产){0,6}"
    r"(?=产|供|加工|处理|出货|交付|发货|生产|检测|可测|吞吐|屠宰|处置|分拣|出|[^\d，,。；;]{1,4}(?:能力|产能|产量|量|面积))"
)
_WANTED = re.compile(r"需求|用量|采购量|消耗|用水|用电|需用|订单")
_SERVICE = re.compile(
    r"\ ?(?:[×x]7|不间断|热线|服务|值守|值班|受理|营业|开放|在线|客服|待命|可?出入|加工|运转|生产|连续|供应热|供电|监控|电话|无人)"
)
_AFTER = 10
_BEHIND = 16
_LINK = 6
_TOUCH = 2
_AHEAD = re.compile(r"提前|预约|提早")
_RENTED = re.compile(r"租|价|元|配备|设备|宽|长|高|深|径")


class Place(IntEnum):
    """Where the word that names a quantity's topic stands: after or before it, in the words just before, or nowhere."""

    AFTER = 0
    BEFORE = 1
    NEAR = 2
    NOWHERE = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity with its topic: `unit` the reading meant, `head` the words that say of what, `period` of an output.

    `place` says where the cue word stood; one before the number ended `cue_end` characters into the words before it.
    """

    quantity: Quantity
    topic: Topic
    unit: Unit
    head: str = ""
    period: str = ""
    place: Place = Place.BEFORE
    cue_end: int = -1


@lru_cache(maxsize=16)
def measures(folded: str) -> tuple[Measure, ...]:
    """Return the quantities of a folded text that speak of a topic, in order; read once for both sides."""
    found: list[Measure] = []
    for quantity in scan(folded):
        measure = _output(quantity) or _cued(quantity) or _inherited(quantity, found) or _distant(folded, quantity)
        if measure := measure or _default(quantity):
            found.append(_narrowed(folded, measure, found))
    return tuple(found)


def _output(quantity: Quantity) -> Measure | None:
    """Return the quantity as an output per period (5万件/月, 月产5万件, 每天可测300件), if it is one."""
    unit = next((u for u in quantity.readings if u.dimension not in _UNPRODUCED), None)
    if unit is None or _WANTED.search(quantity.before.rpartition(":")[2]):
        return None
    periods = [kind for kind in quantity.per if kind in _TIMES]
    if match := last_of(_OUTPUT, quantity.before):
        periods.append(_PERIODS[match[1]])
    if not periods or _is_flow(quantity):
        return None
    if unit.dimension == "area" and len(quantity.readings) > 1:
        unit = quantity.readings[1]
    return Measure(quantity, topic("throughput"), unit, period=periods[0])


def _is_flow(quantity: Quantity) -> bool:
    return any(word in quantity.before for word in topic("flow").words)


def _cued(quantity: Quantity) -> Measure | None:
    if _started(quantity):
        return Measure(quantity, topic("moq"), quantity.readings[0], place=Place.AFTER)
    best: tuple[tuple[int, int, int], Measure] | None = None
    for unit in quantity.readings:
        table = cues(unit.dimension)
        places = [
            (match, 1, len(quantity.before) - match.end())
            for match in table.pattern.finditer(quantity.before)
            if _near(quantity.before, match, unit)
        ]
        if after := table.after.search(quantity.after[:_AFTER]):
            places.append((after, 0, after.start()))
        for match, before, distance in places:
            named = table.topics[match[0]]
            key = (named.rank, before, -distance)
            if named.name == "price" and "area" in quantity.per and _TIMES & set(quantity.per):
                named = topic("rent")
            if _possible(named, quantity, unit) and (best is None or key > best[0]):
                best = key, Measure(quantity, named, unit, place=Place(before), cue_end=match.end() if before else -1)
    return _signed(best[1]) if best else None


def _near(before: str, cue: re.Match[str], unit: Unit) -> bool:
    """Return whether a cue of one character (长, 重) stands right at its length or weight, not in a word (重型厂房)."""
    if len(cue[0]) > 1 or unit.dimension not in ("length", "mass"):
        return True
    return len(unbounded(before[cue.end() :]).strip()) <= _TOUCH


def _started(quantity: Quantity) -> bool:
    """Return whether a number of goods is where orders start (500件起)."""
    return quantity.starts and orderable(quantity.readings[0]) and not _RENTED.search(quantity.before)


def _possible(named: Topic, quantity: Quantity, unit: Unit) -> bool:
    """Return whether the topic may be given so: nobody orders by the millimetre, 近一年 is no delivery time."""
    if named.name in ORDERS:
        return unit.dimension in ("area", "volume") or orderable(unit)
    if unit.dimension not in ("time", "workday"):
        return True
    ahead = _AHEAD.search(quantity.before)
    return not ahead and (quantity.bound is not Bound.NEAR or named.name.endswith("_years"))


def orderable(unit: Unit) -> bool:
    """Return whether goods may be ordered by the unit."""
    sold = topic("batch").dims - {"area", "volume", "times"}
    return unit.dimension in sold and (unit.dimension != "length" or unit.factor >= 1000)


def _signed(measure: Measure) -> Measure:
    """Return a length with ± as a precision, whichever dimension of the part it is said of."""
    if measure.topic.name in _SIZES and _is_tolerance(measure.quantity):
        return replace(measure, topic=topic("precision"))
    if measure.topic.name in _SIZES and measure.quantity.shape:
        return replace(measure, topic=topic("size"))
    return measure


def _is_tolerance(quantity: Quantity) -> bool:
    unit = quantity.readings[0]
    return unit.dimension == "length" and (quantity.signed or unit.factor == 0.01)


def _inherited(quantity: Quantity, found: Sequence[Measure]) -> Measure | None:
    """Return a quantity that goes on with the topic of the one before it (280T、450T; 双面48小时，四层72小时)."""
    if not found or found[-1].quantity.sentence != quantity.sentence or _aloof(quantity):
        return None
    last = found[-1]
    for unit in quantity.readings:
        same = unit.dimension == last.unit.dimension or {unit.dimension, last.unit.dimension} == {"time", "workday"}
        grown = last.topic.name != "throughput" or _BUILT.search(quantity.before)
        if same and not last.topic.head and grown:
            return replace(last, quantity=quantity, unit=unit)
        if same and last.topic.name == "precision" and _is_tolerance(quantity):
            head = parts_of(quantity.before) if quantity.before.strip("±为 ") else last.head
            return replace(last, quantity=quantity, unit=unit, head=head)
    return None


def _aloof(quantity: Quantity) -> bool:
    """Return whether a number says something of its own (24小时热线, 公司业务开展已有16年), not more of the same."""
    if quantity.bound is Bound.NEAR or quantity.before.endswith(
        ("连续", "过去", "最近", "每期", "每次", "首期", "首批")
    ):
        return True
    return bool(_SERVICE.match(quantity.after)) or len(quantity.before.strip()) > _LINK


def _distant(folded: str, quantity: Quantity) -> Measure | None:
    """Return the quantity with a cue from just before its clause (样品：, 面积要求，…)."""
    if _aloof(quantity):
        return None
    behind = folded[max(quantity.sentence, quantity.clause - _BEHIND) : quantity.clause]
    for unit in quantity.readings:
        table = cues(unit.dimension)
        match = last_of(table.pattern, behind)
        if match and len(match[0]) > 1:
            named = table.topics[match[0]]
            bracketed = behind.endswith(("(", "（"))
            if named.name == "throughput" or (named.head and not bracketed) or not _possible(named, quantity, unit):
                continue
            head = head_of(behind[: match.end()]) if named.head else ""
            return _signed(Measure(quantity, named, unit, place=Place.NEAR, head=head))
    return None


def _default(quantity: Quantity) -> Measure | None:
    if _is_tolerance(quantity):
        return Measure(quantity, topic("precision"), quantity.readings[0])
    unit = quantity.readings[0]
    if quantity.shape:
        return Measure(quantity, topic("size"), unit, place=Place.NOWHERE)
    if unit.dimension == "money" and not quantity.per:
        return Measure(quantity, topic("price"), unit, place=Place.NOWHERE)
    if unit.dimension == "money":
        named = "rent" if "area" in quantity.per and len(quantity.per) > 1 else "price"
        return Measure(quantity, topic(named), unit, place=Place.NEAR)
    for unit in quantity.readings:
        if default := cues(unit.dimension).default:
            return Measure(quantity, default, unit, place=Place.NOWHERE)
    return None


def _narrowed(folded: str, measure: Measure, found: Sequence[Measure]) -> Measure:
    """Return the measure with the words that say of what it is."""
    quantity, name = measure.quantity, measure.topic.name
    match name:
        case "area":
            return replace(measure, head=part_of(folded, quantity))
        case "experience_years":
            return replace(measure, head=person_of(folded, quantity))
        case "headcount":
            return replace(measure, head=_group(quantity, found))
        case "delivery_time" if of_samples(folded, quantity):
            return replace(measure, topic=topic("sample_time"))
    return replace(measure, head=_said_of(measure)) if measure.topic.head and not measure.head else measure


def _group(quantity: Quantity, found: Sequence[Measure]) -> str:
    """Return whose number it is; 其中持证12名 after 焊工20名 counts welders."""
    own = role_of(quantity)
    last = found[-1] if found and "其中" in quantity.before and GROUP.fullmatch(own) else None
    return own + (last.head if last and last.topic.name == "headcount" and last.head != "员工" else "")


def _said_of(measure: Measure) -> str:
    """Return what a rate, tolerance or power is of: the words before its cue, of a share those before the number."""
    before = measure.quantity.before
    words = before if measure.cue_end < 0 or measure.topic.name in ("share", "rate") else before[: measure.cue_end]
    if measure.topic.head == "part":
        return parts_of(words)
    return STAFF.sub("", head_of(words)) if measure.topic.name == "share" else head_of(words)
