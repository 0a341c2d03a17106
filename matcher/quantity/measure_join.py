"""Numerals joined with their units, denominators, ranges, boxes and tolerances: the raw quantities of a text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.quantity.numbers import Number, numbers
from matcher.quantity.units import Readings, Unit, per_at, unit_at

_RANGE = re.compile(r"\ ?(?:~|-|至|到)\ ?[±Φ+-]?\ ?")
_WITHIN = re.compile(r"\ ?±\ ?")
_TIMES = re.compile(r"\ ?[×xX]\ ?([长宽高深厚])?度?\ ?Φ?\ ?")
_LIST = re.compile(r"\ ?[/、或和]\ ?")
_NAME = re.compile(r"([A-Za-z]+)[-_]?\Z")
_SIGNS = frozenset({"ra", "rz", "moq", "ac", "dc", "d", "od"})
_UNCOUNTED = re.compile(r"[数几第上通]\Z")
_ROUGH = re.compile(r"(?:[Rr]a|粗糙度)[^\d，,。；;]{0,8}\Z")
_THREAD = re.compile(r"(?![工程序菜题关次])")
_HOURS_OF_DAY = 24
# More characters than any join of two numbers has, so that most numbers are seen at once to stand alone.
_APART = 10
_SIDES = 6
_EXACT = re.compile(
    r"(?:圆度|圆柱度|[平直]面度|平行度|垂直度|同轴度|位置度|直线度|对称度|轮廓度|跳动|公差|[寸工位]精度)[^\d，,。；;]{0,5}\Z"
)
_COARSEST = 5
_IMPLYING = re.compile(r"[度差动a起Q±负q]")
_ORDERED = re.compile(r"(?:起订|起批|MOQ|moq)[^\d，,。；;]{0,8}\Z")
_DAY_WORDS = re.compile(r"当[天日]|即日|同日|次日|翌日|隔[日天]|第二[天日]")
_SIDE = re.compile(r"([长宽高深厚])度?:?Φ?\Z")


@dataclass(frozen=True, slots=True)
class Raw:
    """A quantity at [start, end) before the words around it are read: see `measure_scan.Quantity`."""

    readings: Readings
    values: tuple[float, ...]
    low: float
    high: float
    start: int
    end: int
    per: tuple[str, ...] = ()
    sides: str = ""


def raws(folded: str) -> list[Raw]:
    """Return every number with a unit of a folded text, and every 当天 and 次日, in order."""
    return sorted([*_raws(folded), *_day_words(folded)], key=lambda raw: raw.start)


def _raws(folded: str) -> Iterator[Raw]:
    found = numbers(folded)
    units = [_unit(folded, number) for number in found]
    i = 0
    while i < len(found):
        if _skipped(folded, found[i]):
            i += 1
            continue
        raw, used = _joined(folded, found, units, i)
        if raw:
            yield raw
        i += used


def _unit(folded: str, number: Number) -> tuple[Readings, int]:
    """Return the unit after a number; 日 counts only as a span of days, 2026年 and 6月 are dates."""
    if number.percent:
        return (Unit("ratio", 1.0),), number.end
    start = number.end + (folded[number.end : number.end + 1] == " ")
    readings, end = unit_at(folded, start)
    if folded[start:end] == "个" and (measured := unit_at(folded, end))[0]:
        readings, end = measured
    name = folded[start:end]
    if name == "年" and (1900 <= number.low <= 2100 or folded[end : end + 1] in "度第"):
        return ((), number.end) if folded[end : end + 1] or number.low >= 1900 else (readings, end)
    if name == "道" and not (folded[number.start].isdigit() and _THREAD.match(folded, end)):
        return (), number.end
    if name == "点" and number.high <= _HOURS_OF_DAY:
        return (), number.end
    if name == "日" and not folded.startswith(("内", "之内", "以内"), end):
        return (), number.end
    return (readings, end) if readings else (_implied(folded, number), number.end)


def _implied(folded: str, number: Number) -> Readings:
    """Return the unit that a bare number is meant in: Ra0.2 is μm, 授信2000万 is 元, 起订不高于500 is pieces of any kind."""
    if not folded[number.start].isdigit():
        return (Unit("money", 1.0),) if folded[number.end - 1] in "万亿" else ()
    head = folded[max(0, number.start - 14) : number.start]
    if not _IMPLYING.search(head):
        return (Unit("money", 1.0),) if folded[number.end - 1] in "万亿" else ()
    if _ROUGH.search(head):
        return (Unit("length", 1e-3),)
    if head.rstrip(" ").endswith(("±", "正负")):
        return (Unit("length", 1.0),)
    if number.high < _COARSEST and _EXACT.search(head):
        return (Unit("length", 1.0),)
    if _ORDERED.search(head):
        return (Unit("bare", 1.0),)
    return (Unit("money", 1.0),) if folded[number.end - 1] in "万亿" else ()


def _skipped(folded: str, number: Number) -> bool:
    """Return whether a number belongs to a name (M8, Q355) or to no count at all (数十, 第二, 零件)."""
    head = folded[max(0, number.start - 8) : number.start]
    named = head[-1:].isascii() and _NAME.search(head)
    if named:
        return named[1].lower() not in _SIGNS
    spelt = not folded[number.start].isdigit()
    return spelt and bool(_UNCOUNTED.search(head) or number.high == 0)


def _joined(
    folded: str, found: Sequence[Number], units: Sequence[tuple[Readings, int]], i: int
) -> tuple[Raw | None, int]:
    """Return the quantity that begins with the i-th number and how many numbers it took."""
    readings, end = units[i]
    if i + 1 == len(found) or found[i + 1].start - end > _APART:
        return (_raw(folded, found[i], readings, end) if readings else None), 1
    chain, sides = [i], _side(folded, found[i].start)
    while len(chain) < _SIDES and chain[-1] + 1 < len(found):
        following = chain[-1] + 1
        times = _TIMES.match(folded, units[chain[-1]][1])
        if not times or times.end() != found[following].start:
            break
        chain.append(following)
        sides += times[1] or ""
    if len(chain) > 1:
        return _box(folded, found, units, chain, sides)
    if _meets(_WITHIN, folded, found[i].end, found[i + 1].start) and units[i + 1][0]:
        return _toleranced(folded, found, units, i)
    if _meets(_RANGE, folded, units[i][1], found[i + 1].start):
        return _range(folded, found, units, i), 2
    if not readings and _meets(_LIST, folded, end, found[i + 1].start):
        readings, end = units[i + 1][0], found[i].end
    return (_raw(folded, found[i], readings, end) if readings else None), 1


def _meets(join: re.Pattern[str], folded: str, start: int, end: int) -> bool:
    match = join.match(folded, start)
    return bool(match and match.end() == end)


def _side(folded: str, start: int) -> str:
    match = _SIDE.search(folded[max(0, start - 4) : start])
    return match[1] if match else ""


def _raw(folded: str, number: Number, readings: Readings, end: int) -> Raw:
    per, end = per_at(folded, end)
    low, high = _negative(folded, number, readings)
    return Raw(readings, (), low, high, number.start, end, per)


def _negative(folded: str, number: Number, readings: Readings) -> tuple[float, float]:
    below = folded[max(0, number.start - 1) : number.start] == "-" or folded.startswith(
        "零下", max(0, number.start - 2)
    )
    if below and readings[0].dimension == "temperature":
        return -number.high, -number.low
    return number.low, number.high


def _toleranced(
    folded: str, found: Sequence[Number], units: Sequence[tuple[Readings, int]], i: int
) -> tuple[Raw | None, int]:
    """Return 18±2℃ as a range; of 0.8±0.02mm the tolerance is what is asked."""
    middle, off = found[i], found[i + 1]
    readings, end = units[i + 1]
    if readings[0].dimension == "length":
        return None, 1
    return Raw(readings, (), middle.low - off.low, middle.low + off.low, middle.start, end), 2


def _range(folded: str, found: Sequence[Number], units: Sequence[tuple[Readings, int]], i: int) -> Raw | None:
    first, second = found[i], found[i + 1]
    readings, end = units[i + 1] if units[i + 1][0] else units[i]
    if not readings:
        return None
    end = max(end, second.end)
    low, high = _negative(folded, first, readings)[0], second.high
    if low < 0 and folded[second.start - 1] == "-":
        high = -second.low
    if first.scale == 1 and not units[i][0] and low < high / second.scale:
        low *= second.scale
    own, other = units[i][0], units[i + 1][0]
    if own and other and own[0].dimension == other[0].dimension:
        low *= own[0].factor / other[0].factor
    per, end = per_at(folded, end)
    return Raw(readings, (), min(low, high), max(low, high), first.start, end, per)


def _box(
    folded: str, found: Sequence[Number], units: Sequence[tuple[Readings, int]], chain: Sequence[int], sides: str
) -> tuple[Raw | None, int]:
    """Return the box of several sides; 120T×6 is 120 T six times, and gives just the first."""
    named = [j for j in chain if units[j][0]]
    last = named[-1] if named else chain[-1]
    readings = units[last][0]
    if named and last != chain[-1] and len(named) == 1:
        return _raw(folded, found[last], readings, units[last][1]), len(chain)
    readings = readings or (Unit("length", 1.0),)
    if readings[0].dimension != "length":
        return (_raw(folded, found[chain[0]], *units[chain[0]]) if units[chain[0]][0] else None), 1
    sizes = tuple(found[j].low * (units[j][0][0].factor / readings[0].factor if units[j][0] else 1.0) for j in chain)
    end = max(units[chain[-1]][1], found[chain[-1]].end)
    raw = Raw(readings, sizes, min(sizes), max(sizes), found[chain[0]].start, end)
    return replace(raw, sides=sides if len(sides) == len(sizes) else ""), len(chain)


def _day_words(folded: str) -> Iterator[Raw]:
    """Return 当天 and 次日 as spans of days from the moment that counts."""
    for match in _DAY_WORDS.finditer(folded):
        low, high = (0.0, 0.99) if match[0][0] in "当即同" else (1.01, 2.0)
        yield Raw((Unit("time", 24.0),), (), low, high, match.start(), match.end())
