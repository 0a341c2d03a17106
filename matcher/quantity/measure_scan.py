"""Quantities of a text: numerals joined with their units, denominators, ranges, boxes and the words that bound them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

from matcher.quantity.measure_join import Raw, raws
from matcher.quantity.units import Readings, per_at


class Bound(StrEnum):
    """What the words around a quantity make of it; `MOST` is 最多 and 封顶, `MAX` and `MIN` are 最大, 可达, 最快, 起."""

    NONE = "none"
    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"
    BETTER = "better"
    ABOUT = "about"
    NEAR = "near"
    MOST = "most"
    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity at [start, end) of the text: `low`..`high` in its own unit, any of whose `readings` may be meant.

    `before` and `after` are the rest of its clause up to the next quantity; `clause`, `sentence` are the offsets where
    those begin, at most 200 characters off, and `clause_end` where the clause ends. `shape` holds the sides of a box in the same unit, in order, and
    `sides` their labels. `signed` says it was written with ±, `starts` that a bare 起 follows it.
    """

    readings: Readings
    low: float
    high: float
    start: int
    end: int
    before: str
    after: str
    clause: int
    clause_end: int
    sentence: int
    per: tuple[str, ...] = ()
    bound: Bound = Bound.NONE
    signed: bool = False
    shape: tuple[float, ...] = ()
    sides: str = ""
    starts: bool = False


_PAUSE = re.compile(r"[，,。；;！!？?、\n（）()【】]")
_REACH = 200
_STOP = frozenset("。；;！!？?\n")
_PER = re.compile(r"每个?(?=([^\W\d]{1,3}))|单(?=(样品|样|台|件))")

_NOT = "不(?:得|能|可|应|宜|许|会|要|必|需|允许)?"
_PREFIX = re.compile(
    rf"""
    (?P<ge>{_NOT}(?:低|少|小|短|薄|弱|窄|早)于|不下于?|大于(?:或)?等于|至少|最少|起码|≥|>=|=>|须满|需满|满\Z|保底)
    | (?P<le>{_NOT}(?:高|大|多|长|厚|重|宽|晚|迟|慢)于|{_NOT}(?:超过|超出|超)|小于(?:或)?等于|≤|<=|=<|控制在)
    | (?P<gt>超过|超出|大于|高于|多于|长于|重于|突破|逾|[>＞]|超\Z)
    | (?P<lt>小于|低于|少于|短于|不到|不足|未满|不满|[<＜])
    | (?P<better>优于|好于)
    | (?P<most>最多|至多|封顶)
    | (?P<about>(?<![履合签预特节契])约|大概|左右|大致)
    | (?P<near>近\Z|接近\Z|将近\Z)
    | (?P<max>最大|最高|最长|最重|最厚|最宽|最好|可达|高达|极限|上至|上限)
    | (?P<min>最小|最低|最短|最快|最薄|低至|最优|下限)
    """,
    re.VERBOSE,
)
_SUFFIX = re.compile(
    r"""
    \ ?(?:[（(]?含[)）]?|及其?|或|和|\(及\))?\ ?
    (?:
      (?P<ge>以上|之上|往上|起步|[+]|起(?![重订订吊升做批售染印购发租分接定送]))
      | (?P<le>以内|之内|以下|之下|为限|封顶|内(?![径部饰控衬置孔墙含外容存胆陆]))
      | (?P<about>左右|上下|前后|以?来)
    )
    """,
    re.VERBOSE,
)
_STRONG = (Bound.GE, Bound.LE, Bound.GT, Bound.LT, Bound.BETTER, Bound.MOST)


@lru_cache(maxsize=16)
def scan(folded: str) -> tuple[Quantity, ...]:
    """Return every number with a unit of a folded text, in order; dates, model numbers and bare numbers are left out."""
    parts = raws(folded)
    if not parts:
        return ()
    pauses = [m.start() for m in _PAUSE.finditer(folded) if not _inside(m.start(), parts)]
    stops = [p for p in pauses if folded[p] in _STOP]
    found: list[Quantity] = []
    for raw, following in zip_longest(parts, parts[1:]):
        nearest, farthest = raw.start - _REACH, raw.end + _REACH
        clause = max(_after(pauses, raw.start), nearest)
        clause_end = min(_next(pauses, raw.end, len(folded)), farthest)
        before = folded[max(clause, found[-1].end if found else 0) : raw.start]
        after = folded[raw.end : min(clause_end, following.start if following else clause_end)]
        sentence = max(_after(stops, raw.start), nearest)
        found.append(_quantity(raw, before, after, (clause, clause_end, sentence)))
    return tuple(found)


def unbounded(words: str) -> str:
    """Return `words` without those that bound a number (不低于, 至少, ≥)."""
    return _PREFIX.sub("", words)


def _inside(position: int, raws: Sequence[Raw]) -> bool:
    at = bisect_right(raws, position, key=lambda raw: raw.start) - 1
    return at >= 0 and position < raws[at].end


def _after(positions: Sequence[int], position: int) -> int:
    at = bisect_left(positions, position)
    return positions[at - 1] + 1 if at else 0


def _next(positions: Sequence[int], position: int, default: int) -> int:
    at = bisect_left(positions, position)
    return positions[at] if at < len(positions) else default


def _quantity(raw: Raw, before: str, after: str, limits: tuple[int, int, int]) -> Quantity:
    clause, clause_end, sentence = limits
    suffix = _SUFFIX.match(after)
    bound = _bound(before, suffix)
    end = raw.end + (suffix.end() if suffix else 0)
    return Quantity(
        readings=raw.readings,
        low=raw.low,
        high=raw.high,
        start=raw.start,
        end=end,
        before=before,
        after=after[suffix.end() :] if suffix else after,
        clause=clause,
        clause_end=max(clause_end, end),
        sentence=sentence,
        per=raw.per or _per_before(before),
        bound=bound,
        signed=before.rstrip(" ").endswith(("±", "正负", "+/-", "+-")),
        shape=raw.values,
        sides=raw.sides,
        starts=bool(suffix and suffix[0].endswith("起")),
    )


def _bound(before: str, suffix: re.Match[str] | None) -> Bound:
    words = [Bound(str(match.lastgroup)) for match in _PREFIX.finditer(before)] if before else []
    if strong := [word for word in words if word in _STRONG]:
        return strong[-1]
    if suffix:
        return Bound(str(suffix.lastgroup))
    return words[-1] if words else Bound.NONE


def _per_before(before: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _PER.finditer(before) if "每" in before or "单" in before else ():
        kinds, _ = per_at("/" + (match[1] or match[2]), 0)
        found.extend(kinds)
    return tuple(found)
