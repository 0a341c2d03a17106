"""Criteria on a firm's indicators, nested by all and any, judged 满足, 不满足 or 待核实 from what is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from matcher.domain import Enterprise, SizeClass, Verdict
from matcher.policy.rules import table
from matcher.taxonomy import Field, industry_covers

Facts: TypeAlias = Mapping[str, object]

SIZE, INDUSTRY = "size", "industry"
_SIZES: Mapping[str, str] = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One comparison of an indicator, or a group of criteria of which `all` or `any` must hold; bounds inclusive."""

    indicator: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None
    holds: bool | None = None
    one_of: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    all: tuple["Criterion", ...] = ()
    any: tuple["Criterion", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How a criterion stands: `text` in words, `value` what is known of it; a group lists its parts."""

    text: str
    verdict: Verdict
    indicator: str | None = None
    value: object = None
    parts: tuple["Judged", ...] = ()
    alternative: bool = False


@lru_cache(maxsize=1)
def indicators() -> Mapping[str, Field]:
    """Return every indicator a firm can be asked about, by key."""
    rows = table("indicators", dict[str, Any])
    fields = TypeAdapter(tuple[Field, ...]).validate_python([{"name": name, **row} for name, row in rows.items()])
    return MappingProxyType({field.name: field for field in fields})


def facts_of(firm: Enterprise, size: SizeClass) -> dict[str, object]:
    """Return what a firm's record says of its indicators: own fields, then attributes by key, label or alias."""
    facts: dict[str, object] = {SIZE: None if size is SizeClass.UNKNOWN else str(size), INDUSTRY: firm.industry}
    for name, field in indicators().items():
        words = (name, field.label, *field.aliases)
        held = (firm.attributes[word] for word in words if firm.attributes.get(word) not in (None, ""))
        facts[name] = next(held, None)
    if firm.revenue_wan is not None:
        facts["revenue_wan"] = firm.revenue_wan
    return facts


def judge(criterion: Criterion, facts: Facts) -> Judged:
    """Return how a criterion stands on the facts; what is not known, or not a number, is 待核实."""
    if criterion.all or criterion.any:
        return _group(criterion, facts)
    name = criterion.indicator or ""
    value = facts.get(name)
    verdict = Verdict.UNKNOWN if value in (None, "") else _compare(criterion, name, value)
    return Judged(text=words_of(criterion), verdict=verdict, indicator=name, value=value)


def _group(criterion: Criterion, facts: Facts) -> Judged:
    parts = tuple(judge(part, facts) for part in criterion.all or criterion.any)
    decisive, other = (Verdict.UNMET, Verdict.MET) if criterion.all else (Verdict.MET, Verdict.UNMET)
    verdicts = {part.verdict for part in parts}
    verdict = decisive if decisive in verdicts else Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else other
    return Judged(text=words_of(criterion), verdict=verdict, parts=parts, alternative=bool(criterion.any))


def _compare(criterion: Criterion, name: str, value: object) -> Verdict:
    if criterion.prefix:
        within = any(industry_covers(prefix, str(value)) for prefix in criterion.prefix)
        return Verdict.MET if within else Verdict.UNMET
    if criterion.one_of:
        return Verdict.MET if str(value) in criterion.one_of else Verdict.UNMET
    if criterion.holds is not None:
        return Verdict.UNKNOWN if not isinstance(value, bool) else _verdict(value == criterion.holds)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Verdict.UNKNOWN
    return _verdict(all(within(value) for within in _bounds(criterion)))


def _bounds(criterion: Criterion) -> Iterator[Callable[[float], bool]]:
    if (least := criterion.at_least) is not None:
        yield lambda value: value >= least
    if (most := criterion.at_most) is not None:
        yield lambda value: value <= most
    if (below := criterion.below) is not None:
        yield lambda value: value < below


def _verdict(holds: bool) -> Verdict:
    return Verdict.MET if holds else Verdict.UNMET


def words_of(criterion: Criterion) -> str:
    """Return a criterion in Chinese: 主营业务收入占比 ≥ 80 %; groups joined by 且 and 或."""
    if criterion.all or criterion.any:
        mark = "，且" if criterion.all else "；或"
        return mark.join(words_of(part) for part in criterion.all or criterion.any)
    name = criterion.indicator or ""
    if criterion.prefix:
        return f"行业属于 {'、'.join(criterion.prefix)} 类"
    if criterion.one_of:
        return f"规模为{'、'.join(_SIZES.get(word, word) for word in criterion.one_of)}"
    field = indicators()[name]
    if criterion.holds is not None:
        return field.label if criterion.holds else f"未{field.label}"
    unit = {"money": "万元", "percent": "%"}.get(field.type, field.unit or "")
    signs = (("≥", criterion.at_least), ("≤", criterion.at_most), ("<", criterion.below))
    return field.label + "且".join(f" {sign} {bound:g} {unit}" for sign, bound in signs if bound is not None)


def leaves(judged: Judged, verdict: Verdict) -> Iterator[Judged]:
    """Yield the comparisons that came out so, of the groups that came out so: what stands in the way, or is open."""
    if judged.verdict is not verdict:
        return
    if not judged.parts or judged.alternative:
        yield judged
        return
    for part in judged.parts:
        yield from leaves(part, verdict)
