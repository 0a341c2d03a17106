"""The price deduction of a bid: who makes what, what share goes to small and micro firms, and who controls whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import isclose

from matcher.domain import SizeClass
from matcher.errors import MatcherError
from matcher.policy.procurement import Category
from matcher.policy.rules import Rule, in_force, load, no_rule
from matcher.policy.ruling import Finding, Ruling, cite

SMALL_MICRO = frozenset({SizeClass.SMALL, SizeClass.MICRO})
SME = SMALL_MICRO | {SizeClass.MEDIUM}
ALL_SIZES = frozenset({SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO})


class Form(StrEnum):
    """What a deduction is given for."""

    SMALL = "小微企业"
    CONSORTIUM = "联合体"
    SUBCONTRACT = "分包"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one firm does of a contract: `amount_wan` 万元 and, for goods, the possible classes of their `maker`.

    Empty `maker`: the firm makes them itself.
    """

    amount_wan: float
    maker: frozenset[SizeClass] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A firm of a bid: its possible size classes, its parts, and what ties it to a large firm or to other members.

    `of_large`: shares its head with a large firm, is controlled by one or is a branch of one; None: not known.
    """

    name: str
    sizes: frozenset[SizeClass] = ALL_SIZES
    of_large: bool | None = False
    parts: tuple[Part, ...] = ()
    controls: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A bid for one lot: the lead and the other members; `subcontract` when the others are subcontractors."""

    category: Category
    members: tuple[Member, ...]
    subcontract: bool = False
    reserved_lot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeductionRule(Rule):
    """A deduction of `low_pct`…`high_pct` percent of the price, for small and micro shares from `gate_pct` on."""

    form: Form
    categories: tuple[Category, ...]
    low_pct: float
    high_pct: float
    gate_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a bid earns: the rule, the possible findings, the least and greatest small and micro share in percent."""

    rule: DeductionRule
    possible: tuple[Finding, ...]
    share_pct: tuple[float, float]
    reason: str


@lru_cache(maxsize=1)
def deduction_rules() -> tuple[DeductionRule, ...]:
    """Return every deduction rule, past and present."""
    return load("procurement", "deduction", DeductionRule)


def rule_of(form: Form, category: Category, as_of: date) -> DeductionRule | None:
    """Return the rule in force for a form and category, None when the regime of the day knows no such deduction.

    :raises MatcherError: `no_rule_in_force`.
    """
    rules = in_force(deduction_rules(), as_of)
    if not rules:
        raise no_rule("政府采购价格扣除的规定", as_of, deduction_rules())
    return next((rule for rule in rules if rule.form is form and category in rule.categories), None)


def share_of(bid: Bid) -> tuple[float, float]:
    """Return the least and the greatest share, in percent of the contract, that small and micro firms have.

    Goods count by the size of their maker (〔2020〕46号 第四条); a member tied to a large firm counts as large.
    :raises MatcherError: `bad_bid` when the parts add up to nothing.
    """
    total = sum(part.amount_wan for member in bid.members for part in member.parts)
    if not total > 0:
        raise MatcherError("bad_bid", "各成员的合同金额合计须大于 0：请填写每个成员承担的金额")
    low = high = 0.0
    for member in bid.members:
        for part in member.parts:
            classes = _classes(bid, member, part)
            low += part.amount_wan if classes <= SMALL_MICRO else 0.0
            high += part.amount_wan if classes & SMALL_MICRO else 0.0
    return 100 * low / total, 100 * high / total


def _classes(bid: Bid, member: Member, part: Part) -> frozenset[SizeClass]:
    if part.maker and bid.category is Category.GOODS:
        return part.maker
    if member.of_large is True:
        return frozenset({SizeClass.LARGE})
    return member.sizes | {SizeClass.LARGE} if member.of_large is None else member.sizes


def deduce(bid: Bid, as_of: date) -> Deduction | str:
    """Return the deduction a bid may earn, or in words why the day's regime has none for it.

    :raises MatcherError: `bad_bid`, `no_rule_in_force`.
    """
    if not bid.members:
        raise MatcherError("bad_bid", "投标须至少有一个成员")
    share = share_of(bid)
    form = _form(bid, share[0])
    rule = rule_of(form, bid.category, as_of)
    if rule is None:
        return f"{as_of} 施行的规定对{bid.category}的{form}没有价格扣除"
    possible, reason = _possible(bid, rule, share)
    return Deduction(rule, possible, share, reason)


def _form(bid: Bid, least: float) -> Form:
    """Return what the bid asks for: a consortium of small and micro firms alone counts as one (〔2020〕46号 第九条)."""
    if len(bid.members) == 1 or isclose(least, 100):
        return Form.SMALL
    return Form.SUBCONTRACT if bid.subcontract else Form.CONSORTIUM


def _possible(bid: Bid, rule: DeductionRule, share: tuple[float, float]) -> tuple[tuple[Finding, ...], str]:
    if bid.reserved_lot:
        return (Finding.UNMET,), "专门面向中小企业的采购项目或采购包不再给予价格扣除"
    if tied := _ties(bid.members):
        return (Finding.UNMET,), f"{tied}之间存在直接控股、管理关系，不享受价格扣除"
    gate = 100.0 if rule.gate_pct is None else rule.gate_pct
    passes = [_reaches(bound, gate) for bound in share]
    what = f"小微企业份额 {_range(share)}%"
    if rule.gate_pct is None:
        what += "，须全部由小微企业承担（货物看制造商）"
    if all(passes):
        return (Finding.MET,), f"{what}，达到 {gate:g}%"
    if not any(passes):
        return (Finding.UNMET,), f"{what}，未达 {gate:g}%；门槛不按比例递减，差一点也不扣除"
    return (Finding.MET, Finding.UNMET), f"{what}，取决于待核实的规模或控股关系；门槛 {gate:g}%"


def _reaches(share: float, gate: float) -> bool:
    return share > gate or isclose(share, gate, rel_tol=0, abs_tol=1e-9)


def _range(share: tuple[float, float]) -> str:
    return f"{share[0]:.4g}" if isclose(*share) else f"{share[0]:.4g}–{share[1]:.4g}"


def _ties(members: Sequence[Member]) -> str:
    names = {member.name for member in members}
    pairs = (f"{member.name}与{other}" for member in members for other in sorted(member.controls & names))
    return "、".join(pairs)


def deduction_ruling(bid: Bid, as_of: date, *, public: bool | None, price_wan: float | None = None) -> Ruling:
    """Return what is deducted from a bid's price, as a ruling; `price_wan` is the price bid, in 万元.

    :raises MatcherError: `bad_bid`, `no_rule_in_force`.
    """
    found = deduce(bid, as_of)
    if isinstance(found, str):
        rule = max(in_force(deduction_rules(), as_of), key=lambda one: one.effective)
        return cite(rule, Finding.UNMET, found, facts={"form": None}, possible=(Finding.UNMET,))
    if public is False:
        return cite(found.rule, Finding.NOT_APPLICABLE, "采购人不在政府采购范围内，不适用价格扣除", facts={})
    possible = found.possible if public else (*found.possible, Finding.NOT_APPLICABLE)
    outcome = possible[0] if len(possible) == 1 else Finding.UNKNOWN
    words = found.reason + _effect(found, price_wan) + ("" if public else "；采购人是否属于政府采购范围待核实")
    return cite(found.rule, outcome, words + "。", facts=_facts(found, price_wan), possible=possible)


def _facts(found: Deduction, price_wan: float | None) -> dict[str, object]:
    rule, granted = found.rule, Finding.MET in found.possible
    facts: dict[str, object] = {
        "form": str(rule.form),
        "small_micro_pct": list(found.share_pct),
        "gate_pct": rule.gate_pct,
        "deduction_pct": [rule.low_pct, rule.high_pct] if granted else None,
    }
    if price_wan is not None:
        facts |= {"price_wan": price_wan, "evaluated_wan": evaluated(rule, price_wan) if granted else [price_wan] * 2}
    return facts


def _effect(found: Deduction, price_wan: float | None) -> str:
    if Finding.MET not in found.possible:
        return ""
    words = f"，可扣除 {found.rule.low_pct:g}%–{found.rule.high_pct:g}%"
    if price_wan is None:
        return words
    after = "–".join(f"{bound:g}" for bound in evaluated(found.rule, price_wan))
    return f"{words}；报价 {price_wan:g} 万元，评审价 {after} 万元"


def evaluated(rule: DeductionRule, price_wan: float) -> list[float]:
    """Return the least and the greatest price after the deduction, in 万元."""
    return [round(price_wan * (1 - pct / 100), 6) for pct in (rule.high_pct, rule.low_pct)]
