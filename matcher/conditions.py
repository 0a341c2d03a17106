"""Whether a candidate satisfies a stated condition: 满足, 不满足, or 待核实 with the question to ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import TypeAlias

from matcher.domain import Condition, ConditionResult, Enterprise, Operator, Posting, Span, Verdict
from matcher.errors import MatcherError
from matcher.taxonomy import industry_code, industry_covers, kinds, region_covers
from matcher.text import normalise

_Covers: TypeAlias = Callable[[str, str], bool]
_COVERING: Mapping[str, _Covers] = {"region": region_covers, "industry": industry_covers}
CERTIFICATES = "certificates"
ADMITTED = "admitted_industries"
_RECORD_LABELS: Mapping[str, str] = {"region": "地区", "industry": "行业"}
_BOUNDS: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.LE: lambda value, bound: value <= bound,
    Operator.GE: lambda value, bound: value >= bound,
}


@lru_cache(maxsize=1)
def _names() -> dict[str, dict[str, str | None]]:
    """Return the unit of each attribute meant, by every name, label and alias a condition may use."""
    found: dict[str, dict[str, str | None]] = {}
    for name, label in _RECORD_LABELS.items():
        found[name] = found[label] = {name: None}
    for kind in kinds().values():
        for field in kind.fields:
            for name in (field.name, field.label, *field.aliases):
                found.setdefault(name, {})[field.name] = field.unit
    return found


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    fields = [field for kind in kinds().values() for field in kind.fields]
    return {**{field.name: field.label for field in reversed(fields)}, **_RECORD_LABELS}


def attribute_names(condition: Condition) -> tuple[str, ...]:
    """Return the attributes a condition may speak of, given by English name, Chinese label or an alias.

    A label that several kinds share (面积, 价格) means each kind's own attribute.
    """
    return tuple(_names().get(condition.name, {condition.name: None}))


def verdict(condition: Condition, value: object, name: str) -> Verdict:
    """Return how `value` of attribute `name` stands against the condition; missing or incomparable is 待核实."""
    if value is None or value in ("", [], ()):
        return Verdict.UNKNOWN
    unit = _names().get(condition.name, {}).get(name)
    if condition.unit and unit and normalise(condition.unit) != normalise(unit):
        return Verdict.UNKNOWN
    if name == ADMITTED and condition.op is Operator.IN:
        return _admitted(_texts(condition.value), _texts(value))
    covers = _COVERING.get(name, _same)
    outcome = _bounded(condition, value) if condition.op in _BOUNDS else _listed(condition, value, covers)
    return Verdict.UNKNOWN if outcome is None else Verdict.MET if outcome else Verdict.UNMET


def _admitted(own: Sequence[str], listed: Sequence[str]) -> Verdict:
    """Return whether a place takes an industry: by code or name; a listed name that is no industry leaves it open."""
    codes = [_industry(text) for text in listed]
    if any(industry_covers(code, mine) for code in codes if code for mine in own):
        return Verdict.MET
    return Verdict.UNMET if all(codes) else Verdict.UNKNOWN


def _industry(text: str) -> str | None:
    try:
        return industry_code(text)
    except MatcherError:
        return None


def certified(condition: Condition, listed: object, held: Sequence[str]) -> Verdict:
    """Return how what a posting lists and what its firm holds stand together; a firm's own list proves, never rules out."""
    stated = [] if listed in (None, "", [], ()) else _texts(listed)
    outcome = verdict(condition, [*stated, *held], CERTIFICATES)
    return Verdict.UNKNOWN if outcome is Verdict.UNMET and not stated else outcome


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _bounded(condition: Condition, value: object) -> bool | None:
    number, bound = _number(value), _number(condition.value)
    if number is not None and bound is not None:
        return _BOUNDS[condition.op](number, bound)
    text, limit = str(value), str(condition.value)
    is_date = len(text) == len(limit) == 10 and text[4] == limit[4] == "-"
    return (text <= limit if condition.op is Operator.LE else text >= limit) if is_date else None


def _same(wanted: str, held: str) -> bool:
    numbers = _number(wanted), _number(held)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return normalise(wanted) == normalise(held)


def _texts(value: object) -> list[str]:
    items: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
    return [("是" if item else "否") if isinstance(item, bool) else str(item) for item in items]


def _listed(condition: Condition, value: object, covers: _Covers) -> bool:
    wanted, held = _texts(condition.value), _texts(value)
    if condition.op is Operator.CONTAINS:
        joined = [normalise(item).replace(" ", "") for item in held]
        return all(any(normalise(w).replace(" ", "") in item for item in joined) for w in wanted)
    hit = any(covers(w, h) for w in wanted for h in held)
    return hit if condition.op in (Operator.EQ, Operator.IN) else not hit


def _stated_value(names: tuple[str, ...], posting: Posting, enterprise: Enterprise) -> tuple[str, object]:
    """Return the first attribute that has a value, and that value; the first attribute and None when none has."""
    for name in names:
        if name in _COVERING:
            return name, getattr(posting, name) or getattr(enterprise, name)
        if (value := posting.attributes.get(name)) is not None:
            return name, value
    return names[0], None


def judge(condition: Condition, posting: Posting, enterprise: Enterprise, *, as_of: date) -> ConditionResult:
    """Return the condition's outcome for one candidate, with the spans on both sides and the open question.

    A firm's qualification counts up to and including the day it expires.
    """
    name, value = _stated_value(attribute_names(condition), posting, enterprise)
    field = name if name in _COVERING else f"attributes.{name}"
    outcome = verdict(condition, value, name)
    if outcome is not Verdict.MET and name == CERTIFICATES:
        held = [q.name for q in enterprise.qualifications if q.expires is None or q.expires >= as_of]
        outcome = certified(condition, value, held)
        if outcome is Verdict.MET:
            field, value = "qualifications", held
    words = condition_text(condition)
    said = "、".join(_texts(value)) if outcome is not Verdict.UNKNOWN else ""
    return ConditionResult(
        name=condition.name,
        hard=condition.hard,
        outcome=outcome,
        request_span=Span(field="conditions", start=0, end=len(words), text=words),
        offer_span=Span(field=field, start=0, end=len(said), text=said) if said else None,
        question=f"请对方确认：是否满足“{words}”？" if outcome is Verdict.UNKNOWN else None,
    )


def condition_label(condition: Condition) -> str:
    """Return the Chinese name of what the condition is about."""
    return _labels().get(condition.name, condition.name)


def condition_text(condition: Condition) -> str:
    """Return the condition in words, e.g. 加工精度 ≤ 0.01 mm."""
    signs = {"<=": "≤", ">=": "≥", "=": "=", "!=": "≠", "in": "属于", "not_in": "不属于", "contains": "包含"}
    label = condition_label(condition)
    unit = f" {condition.unit}" if condition.unit else ""
    return f"{label} {signs[condition.op]} {'、'.join(_texts(condition.value))}{unit}"
