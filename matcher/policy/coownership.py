"""Whether a holder may pass on what it owns with others: 《专利法》第十四条."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.policy.rules import Rule, latest, load
from matcher.policy.ruling import Finding, Ruling, cite


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What is to be passed on: `shared` and `agreed` are None where not known; `terms` is how income is shared."""

    mode: str
    shared: bool | None
    exclusive: bool = False
    agreed: bool | None = None
    terms: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoownershipRule(Rule):
    """Modes that a co-owner may use alone unless they are exclusive."""

    free_modes: tuple[str, ...]


@lru_cache(maxsize=1)
def _rules() -> tuple[CoownershipRule, ...]:
    return load("ip", "coownership", CoownershipRule)


def transfer_ruling(transfer: Transfer, as_of: date) -> Ruling:
    """Return whether a right may be passed on so on a day: met, unmet or unknown with what is to be settled.

    :raises MatcherError: `no_rule_in_force`.
    """
    rule = latest(_rules(), as_of, subject="共有专利行使的规定")
    outcome, words = _judged(rule, transfer, as_of)
    if outcome is not Finding.UNMET and transfer.shared and not transfer.terms:
        words += "；收取的费用应在共有人之间分配，分配办法待核实"
    possible = (Finding.MET, Finding.UNMET) if outcome is Finding.UNKNOWN else (outcome,)
    facts = {"mode": transfer.mode, "shared": transfer.shared, "terms": transfer.terms}
    return cite(rule, outcome, words + "。", facts=facts, possible=possible)


def _judged(rule: CoownershipRule, transfer: Transfer, as_of: date) -> tuple[Finding, str]:
    if transfer.expires is not None and transfer.expires < as_of:
        return Finding.UNMET, f"已于 {transfer.expires} 到期"
    if transfer.shared is False:
        return Finding.MET, "独有，可自行处分"
    free = transfer.mode in rule.free_modes and not transfer.exclusive
    if free:
        return Finding.MET, "普通许可，共有人可单独进行（另有约定的从约定）"
    if transfer.agreed is True:
        return Finding.MET, "全体共有人已同意"
    if transfer.shared is None:
        return Finding.UNKNOWN, "权属待核实；若为共有，须全体共有人同意"
    what = f"{'独占' if transfer.exclusive else ''}{transfer.mode}须全体共有人同意"
    return (
        (Finding.UNMET, f"{what}，共有人未同意") if transfer.agreed is False else (Finding.UNKNOWN, f"{what}，待核实")
    )
