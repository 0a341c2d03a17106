"""Terms of payment to small and medium firms: 《保障中小企业款项支付条例》 by the day the contract was signed."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from matcher.domain import Party, SizeClass
from matcher.policy.bid import SME
from matcher.policy.rules import Rule, in_force, load, no_rule
from matcher.policy.ruling import Finding, Ruling, cite


class Payer(StrEnum):
    """Who must pay in time."""

    PUBLIC = "机关、事业单位"
    LARGE = "大型企业"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed: days count from `starts`, the delivery or, where agreed, the acceptance.

    `agreed_days` None: the contract names no term. `back_to_back`: payment waits for a third party's. `seller_sizes`
    are the possible size classes of the seller on the day of signing, `declared` whether it told the buyer.
    """

    payer: Payer | None
    signed: date
    starts: date | None = None
    agreed_days: int | None = None
    back_to_back: bool = False
    seller_sizes: frozenset[SizeClass]
    declared: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TermRule(Rule):
    """How many days a payer has; see data/policy/payment.toml."""

    payer: Payer
    default_days: int | None = None
    longest_days: int | None = None
    ask_above_days: int | None = None
    back_to_back_void: bool = False


@lru_cache(maxsize=1)
def term_rules() -> tuple[TermRule, ...]:
    """Return every rule on terms of payment."""
    return load("payment", "term", TermRule)


def payer_of(party: Party, size: SizeClass) -> Payer | None:
    """Return what a buyer is under the regulation, None for one it does not bind or whose size is not known."""
    if party in (Party.GOVERNMENT, Party.INSTITUTE, Party.UNIVERSITY):
        return Payer.PUBLIC
    return Payer.LARGE if size is SizeClass.LARGE else None


def term_rule(payer: Payer, signed: date) -> TermRule:
    """Return the rule for a payer on the day a contract was signed.

    :raises MatcherError: `no_rule_in_force`.
    """
    mine = [rule for rule in term_rules() if rule.payer is payer]
    found = in_force(mine, signed)
    if not found:
        raise no_rule(f"{payer}支付中小企业款项的期限", signed, mine)
    return max(found, key=lambda rule: rule.effective)


def term_days(rule: TermRule, agreed: int | None) -> int | None:
    """Return the days that count: the agreed ones within the bound, else the rule's own; None when neither says."""
    if agreed is None:
        return rule.default_days
    return agreed if rule.longest_days is None else min(agreed, rule.longest_days)


def payment_ruling(contract: Contract, as_of: date) -> Ruling:
    """Return whether a contract's term stands: met, unmet (void in part or overdue), unknown or not applicable.

    The facts give the days that count, the day due and the days overdue on `as_of`.
    :raises MatcherError: `no_rule_in_force`.
    """
    if contract.payer is None:
        rule = term_rule(Payer.LARGE, contract.signed)
        return cite(rule, Finding.NOT_APPLICABLE, "付款方不是机关、事业单位或大型企业，或规模待核实", facts={})
    rule = term_rule(contract.payer, contract.signed)
    if not contract.seller_sizes & SME:
        return cite(rule, Finding.NOT_APPLICABLE, "收款方订立合同时不是中小企业，不适用", facts={})
    days = term_days(rule, contract.agreed_days)
    due = None if days is None or contract.starts is None else contract.starts + timedelta(days=days)
    overdue = max(0, (as_of - due).days) if due else 0
    faults, doubts = _faults(rule, contract, overdue), _doubts(rule, contract)
    outcome = Finding.UNMET if faults else Finding.UNKNOWN if doubts or days is None else Finding.MET
    said = [_basis(rule, contract, days, due), *faults, *doubts]
    facts = {
        "payer": str(contract.payer),
        "days": days,
        "due": due,
        "overdue_days": overdue,
        "warnings": faults + doubts,
    }
    return cite(rule, outcome, "；".join(said) + "。", facts=facts, possible=(outcome,))


def _basis(rule: TermRule, contract: Contract, days: int | None, due: date | None) -> str:
    if days is None:
        return f"{rule.payer}：该版本没有规定天数，从合同约定"
    when = f"，应于 {due} 前付清" if due else ""
    return f"{rule.payer}：自交付（或约定的验收合格）之日起 {days} 日内付款{when}"


def _faults(rule: TermRule, contract: Contract, overdue: int) -> list[str]:
    agreed, longest = contract.agreed_days, rule.longest_days
    found = []
    if agreed is not None and longest is not None and agreed > longest:
        found.append(f"约定的 {agreed} 日超过最长 {longest} 日，按 {longest} 日计")
    if contract.back_to_back and rule.back_to_back_void:
        found.append("以收到第三方付款为条件的约定（背靠背）不得采用")
    if overdue:
        found.append(f"已逾期 {overdue} 日")
    return found


def _doubts(rule: TermRule, contract: Contract) -> list[str]:
    agreed, above = contract.agreed_days, rule.ask_above_days
    found = []
    if agreed is not None and above is not None and agreed > above:
        found.append(f"约定的 {agreed} 日超过 {above} 日，须符合行业规范、交易习惯，待核实")
    if not contract.seller_sizes <= SME:
        found.append("收款方订立合同时的规模待核实")
    if not contract.declared:
        found.append("订立合同时应主动告知对方自己是中小企业" + ("，待核实" if contract.declared is None else ""))
    return found
