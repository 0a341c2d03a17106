"""Small firms in government procurement: reserved shares and price deductions, by the rules of the day asked about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import isclose

from matcher.domain import Party
from matcher.policy.rules import Rule, in_force, load, no_rule
from matcher.policy.ruling import Finding, Ruling, cite


class Category(StrEnum):
    """What is bought; thresholds and deductions differ."""

    GOODS = "货物"
    SERVICES = "服务"
    WORKS = "工程"


class Reserved(StrEnum):
    """For whom an item is reserved."""

    NONE = "不预留"
    SME = "中小企业"
    SMALL_MICRO = "小微企业"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a buyer's plan: `budget_wan` 万元, of which `share_pct` is reserved as `reserved` says.

    `exempt_reason` takes an item that small and medium firms cannot supply out of the count; it must say why.
    """

    name: str
    category: Category
    budget_wan: float
    reserved: Reserved = Reserved.NONE
    share_pct: float = 100.0
    exempt_reason: str | None = None

    @property
    def reserved_wan(self) -> float:
        """Budget reserved for small and medium firms, small and micro ones included."""
        return 0.0 if self.reserved is Reserved.NONE else self.budget_wan * self.share_pct / 100

    @property
    def small_micro_wan(self) -> float:
        """Budget reserved for small and micro firms."""
        return self.reserved_wan if self.reserved is Reserved.SMALL_MICRO else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReserveRule(Rule):
    """How much of the budget of some categories is to be reserved."""

    categories: tuple[Category, ...]
    share_pct: float
    small_micro_pct: float
    whole_below: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A required share of an amount and what there is of it, in 万元."""

    of: float
    pct: float
    held: float

    @property
    def needed(self) -> float:
        """What the share asks for."""
        return self.of * self.pct / 100

    @property
    def kept(self) -> bool:
        """Whether there is enough; the bound itself is."""
        return self.held > self.needed or isclose(self.held, self.needed, rel_tol=1e-9, abs_tol=1e-9)

    @property
    def gap(self) -> float:
        """What is missing."""
        return 0.0 if self.kept else self.needed - self.held

    @property
    def held_pct(self) -> float | None:
        """What there is, in percent of the amount; None of nothing."""
        return 100 * self.held / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Where a plan stands under one rule: whole items not reserved, the share for SMEs, and of it for small and micro."""

    rule: ReserveRule
    counted: tuple[Item, ...]
    exempt: tuple[Item, ...]
    whole: tuple[Item, ...]
    share: Share
    small_micro: Share

    @property
    def missed(self) -> tuple[Item, ...]:
        """Items at or below the threshold that are not reserved whole."""
        return tuple(item for item in self.whole if item.reserved_wan < item.budget_wan)

    @property
    def kept(self) -> bool:
        """Whether all of the rule is."""
        return not self.missed and self.share.kept and self.small_micro.kept


@lru_cache(maxsize=1)
def reserve_rules() -> tuple[ReserveRule, ...]:
    """Return every reserve rule, past and present."""
    return load("procurement", "reserve", ReserveRule)


def is_public_buyer(party: Party) -> bool | None:
    """Return whether such a body buys under the procurement law: government does, firms do not, others may.

    《政府采购法》第二条: 国家机关、事业单位和团体组织使用财政性资金.
    """
    if party is Party.GOVERNMENT:
        return True
    return None if party in (Party.INSTITUTE, Party.UNIVERSITY, Party.PARK) else False


def reserves(items: Sequence[Item], as_of: date) -> tuple[Reserve, ...]:
    """Return where a plan stands under each rule in force that any of its items falls under.

    :raises MatcherError: `no_rule_in_force`.
    """
    rules = in_force(reserve_rules(), as_of)
    if not rules:
        raise no_rule("政府采购预留份额的规定", as_of, reserve_rules())
    pairs = ((rule, tuple(item for item in items if item.category in rule.categories)) for rule in rules)
    return tuple(_reserve(rule, mine) for rule, mine in pairs if mine)


def _reserve(rule: ReserveRule, items: Sequence[Item]) -> Reserve:
    """Return the standing: an exempt item with its reason leaves the count, one without a reason stays in it."""
    exempt = tuple(item for item in items if item.exempt_reason)
    counted = tuple(item for item in items if not item.exempt_reason)
    limit = rule.whole_below
    whole = tuple(item for item in counted if limit is not None and item.budget_wan <= limit)
    shared = tuple(item for item in counted if item not in whole)
    share = Share(_total(shared), rule.share_pct, sum(item.reserved_wan for item in shared))
    # The 60 % is of what is reserved; below the required share it is of the required share, or nothing would pass.
    small = Share(max(share.needed, share.held), rule.small_micro_pct, sum(item.small_micro_wan for item in shared))
    return Reserve(rule=rule, counted=counted, exempt=exempt, whole=whole, share=share, small_micro=small)


def _total(items: Iterable[Item]) -> float:
    return sum(item.budget_wan for item in items)


def reserve_ruling(reserve: Reserve, *, public: bool | None) -> Ruling:
    """Return a plan's standing as a ruling; a buyer outside government procurement is under none of it."""
    rule = reserve.rule
    if public is False:
        return cite(rule, Finding.NOT_APPLICABLE, "采购人不在政府采购范围内，不适用预留份额的规定", facts={})
    kept = Finding.MET if reserve.kept else Finding.UNMET
    outcome = Finding.UNKNOWN if public is None else kept
    doubt = (
        "采购人是否属于政府采购范围（使用财政性资金的机关、事业单位、团体组织）待核实；若属于："
        if public is None
        else ""
    )
    return cite(
        rule,
        outcome,
        doubt + "；".join(_said(reserve)) + "。",
        facts={
            "categories": [str(category) for category in rule.categories],
            "counted_wan": _total(reserve.counted),
            "exempt": [{"name": item.name, "reason": item.exempt_reason} for item in reserve.exempt],
            "whole_below_wan": rule.whole_below,
            "whole_missed": [item.name for item in reserve.missed],
            "share": _figures(reserve.share),
            "small_micro": _figures(reserve.small_micro),
        },
        possible=(kept, Finding.NOT_APPLICABLE) if public is None else (kept,),
    )


def _figures(share: Share) -> dict[str, object]:
    return {
        "of_wan": share.of,
        "required_pct": share.pct,
        "held_wan": share.held,
        "held_pct": None if share.held_pct is None else round(share.held_pct, 4),
        "gap_wan": share.gap,
        "kept": share.kept,
    }


def _said(reserve: Reserve) -> Iterable[str]:
    rule = reserve.rule
    names = "、".join(rule.categories)
    if reserve.whole:
        limit = f"{names} {rule.whole_below:g} 万元及以下的 {len(reserve.whole)} 项原则上全部预留"
        missed = "、".join(item.name for item in reserve.missed)
        yield f"{limit}，未预留：{missed}" if missed else f"{limit}，已全部预留"
    part = f"{names}{'' if rule.whole_below is None else f'超过 {rule.whole_below:g} 万元的部分'}"
    yield _compared(f"{part}预留", reserve.share) if reserve.share.of else f"{part}没有项目"
    if reserve.share.of:
        yield _compared("其中小微企业", reserve.small_micro)
    if reserve.exempt:
        yield f"{len(reserve.exempt)} 项中小企业无法提供，已从基数中除去"


def _compared(what: str, share: Share) -> str:
    stand = "已达" if share.kept else f"还差 {share.gap:g} 万元，未达"
    return f"{what} {share.held:g} 万元，占 {share.of:g} 万元的 {share.held_pct or 0:.4g}%，{stand} {share.pct:g}%"
