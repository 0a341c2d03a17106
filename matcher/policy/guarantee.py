"""The performance guarantee of a government contract: how much it may be, and which products could stand in for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.domain import Posting
from matcher.policy.rules import Rule, latest, load
from matcher.policy.ruling import Finding, Ruling, cite

_INSTRUMENTS = frozenset({"担保", "再担保"})
_PERFORMANCE = "履约"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuaranteeRule(Rule):
    """The most that may be asked, in percent of the contract."""

    most_pct: float


@dataclass(frozen=True, slots=True)
class Guarantor:
    """A product that could cover an amount; `open` lists what is 待核实 of it."""

    posting: Posting
    open: tuple[str, ...]


@lru_cache(maxsize=1)
def _rules() -> tuple[GuaranteeRule, ...]:
    return load("procurement", "guarantee", GuaranteeRule)


def guarantee_ruling(price_wan: float, as_of: date) -> Ruling:
    """Return the most that a performance guarantee of a contract of `price_wan` 万元 may be.

    :raises MatcherError: `no_rule_in_force`.
    """
    rule = latest(_rules(), as_of, subject="政府采购履约保证金的规定")
    most = price_wan * rule.most_pct / 100
    words = f"履约保证金不超过合同金额的 {rule.most_pct:g}%，即 {most:g} 万元，可以担保函代替。"
    return cite(rule, Finding.MET, words, facts={"most_wan": most, "most_pct": rule.most_pct}, possible=(Finding.MET,))


def guarantors(products: Iterable[Posting], amount_wan: float) -> tuple[Guarantor, ...]:
    """Return the guarantees that could cover an amount, those that say 履约 first; what they leave open is listed."""
    found = [Guarantor(one, tuple(_open(one))) for one in products if _covers(one, amount_wan)]
    return tuple(sorted(found, key=lambda one: (len(one.open), one.posting.id)))


def _covers(product: Posting, amount: float) -> bool:
    if product.attributes.get("instrument") not in _INSTRUMENTS:
        return False
    least, most = (product.attributes.get(name) for name in ("amount_min_wan", "amount_max_wan"))
    return not (isinstance(least, int | float) and amount < least) and not (
        isinstance(most, int | float) and amount > most
    )


def _open(product: Posting) -> Sequence[str]:
    said = f"{product.title}{product.detail or ''}"
    doubts = [] if _PERFORMANCE in said else ["是否承保履约"]
    return doubts + ([] if product.attributes.get("amount_max_wan") is not None else ["最高额度"])
