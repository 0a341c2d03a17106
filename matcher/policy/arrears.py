"""What a buyer owes, how old it is and whether it is disputed: the warning before a small firm accepts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.errors import MatcherError
from matcher.policy.payment import Payer, term_days, term_rule
from matcher.policy.ruling import UNSETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrear:
    """A sum owed to a small or medium firm, in 万元; `signed` None: taken as the day of delivery."""

    amount_wan: float
    delivered: date
    signed: date | None = None
    agreed_days: int | None = None
    disputed: bool | None = None
    settled_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A sum with the day on which it was due and the days it is late; None where no rule and no contract says."""

    arrear: Arrear
    due: date | None
    days_late: int | None
    clause: str | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """What is known of a buyer's payments: sums in 万元, `oldest_days` the greatest delay of what is not disputed.

    `warning` is None when nothing speaks against the buyer; `unknown` sums have no day on which they are due.
    """

    late: int
    late_wan: float
    disputed: int
    disputed_wan: float
    unknown: int
    pending: int
    settled: int
    settled_late: int
    oldest_days: int
    mean_days_to_pay: float | None
    warning: str | None
    clause: str | None


def aged(arrear: Arrear, payer: Payer | None, as_of: date) -> Aged:
    """Return when a sum was due under the rule of the day of signing, else by the contract, and how late it is.

    A settled sum is late by its day of settlement.
    """
    clause, verified, days = None, True, arrear.agreed_days
    if payer is not None:
        try:
            rule = term_rule(payer, arrear.signed or arrear.delivered)
        except MatcherError:
            rule = None
        if rule is not None:
            clause, verified, days = rule.document + rule.clause, rule.verified, term_days(rule, arrear.agreed_days)
    due = None if days is None else arrear.delivered + timedelta(days=days)
    until = arrear.settled_on or as_of
    late = None if due is None else max(0, (until - due).days)
    return Aged(arrear=arrear, due=due, days_late=late, clause=clause, verified=verified)


def payment_record(arrears: Iterable[Arrear], payer: Payer | None, as_of: date) -> PaymentRecord:
    """Return what a buyer's arrears come to on a day, in numbers and as a warning in words."""
    found = [aged(arrear, payer, as_of) for arrear in arrears]
    settled = [one for one in found if one.arrear.settled_on is not None and one.arrear.settled_on <= as_of]
    open_ = [one for one in found if one not in settled]
    late = [one for one in open_ if one.days_late and not one.arrear.disputed]
    disputed = [one for one in open_ if one.arrear.disputed]
    unknown = [one for one in open_ if one.days_late is None and not one.arrear.disputed]
    took = [(one.arrear.settled_on - one.arrear.delivered).days for one in settled if one.arrear.settled_on]
    return PaymentRecord(
        late=len(late),
        late_wan=_sum(late),
        disputed=len(disputed),
        disputed_wan=_sum(disputed),
        unknown=len(unknown),
        pending=len(open_) - len(late) - len(disputed) - len(unknown),
        settled=len(settled),
        settled_late=sum(bool(one.days_late) for one in settled),
        oldest_days=max((one.days_late or 0 for one in late), default=0),
        mean_days_to_pay=sum(took) / len(took) if took else None,
        warning=_warning(late, disputed, unknown),
        clause=next((one.clause for one in late if one.clause), None),
    )


def _sum(found: Iterable[Aged]) -> float:
    return round(sum(one.arrear.amount_wan for one in found), 6)


def _warning(late: list[Aged], disputed: list[Aged], unknown: list[Aged]) -> str | None:
    said = []
    if late:
        oldest = max(late, key=lambda one: one.days_late or 0)
        doubt = "" if all(one.verified for one in late) else f"（期限{UNSETTLED}）"
        said.append(
            f"有 {len(late)} 笔无争议的逾期欠款，合计 {_sum(late):g} 万元，最久逾期 {oldest.days_late} 日"
            f"（{oldest.clause or '按合同约定'}）{doubt}"
        )
    if disputed:
        said.append(f"另有 {len(disputed)} 笔有争议的欠款，合计 {_sum(disputed):g} 万元")
    if unknown:
        said.append(f"{len(unknown)} 笔的付款期限待核实")
    return "；".join(said) + "。" if said else None
