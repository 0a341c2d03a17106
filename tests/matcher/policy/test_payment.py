"""Terms of payment: 国务院令第802号 第九条 and its forerunner, each bound at -1, 0 and +1."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matcher.domain import Party, SizeClass
from matcher.errors import MatcherError
from matcher.policy import Finding
from matcher.policy.payment import Contract, Payer, payer_of, payment_ruling, term_days, term_rule

SIGNED, START = date(2026, 1, 5), date(2026, 2, 1)
LARGE = Contract(
    payer=Payer.LARGE, signed=SIGNED, starts=START, seller_sizes=frozenset({SizeClass.SMALL}), declared=True
)
PUBLIC = replace(LARGE, payer=Payer.PUBLIC)


# 第九条: 60 days from delivery for a large firm, 30 for a public body, when the contract names no term.
@pytest.mark.parametrize(("contract", "days"), [(LARGE, 60), (PUBLIC, 30)])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_overdue_from_the_day_after(contract: Contract, days: int, step: int) -> None:
    ruling = payment_ruling(contract, START + timedelta(days=days + step))
    assert ruling.facts["due"] == START + timedelta(days=days)
    assert ruling.facts["overdue_days"] == max(0, step)
    assert ruling.outcome == (Finding.UNMET if step > 0 else Finding.MET)
    assert ruling.clause.startswith("国务院令第802号《保障中小企业款项支付条例》第九条")
    assert ruling.verified


# 第九条第一款: an agreed term of a public body is at most 60 days.
@pytest.mark.parametrize(("agreed", "days"), [(59, 59), (60, 60), (61, 60)])
def test_the_longest_term_of_a_public_body(agreed: int, days: int) -> None:
    ruling = payment_ruling(replace(PUBLIC, agreed_days=agreed), START)
    assert ruling.facts["days"] == days
    assert ruling.outcome == (Finding.UNMET if agreed > 60 else Finding.MET)
    assert ("超过最长 60 日" in ruling.explanation) is (agreed > 60)


# 第九条第二款: a longer agreed term of a large firm stands only where trade practice bears it out.
@pytest.mark.parametrize(("agreed", "outcome"), [(59, Finding.MET), (60, Finding.MET), (61, Finding.UNKNOWN)])
def test_a_longer_term_of_a_large_firm_is_asked_about(agreed: int, outcome: Finding) -> None:
    ruling = payment_ruling(replace(LARGE, agreed_days=agreed), START)
    assert ruling.outcome == outcome
    assert ruling.facts["days"] == agreed
    assert ("交易习惯" in ruling.explanation) is (agreed > 60)


@pytest.mark.parametrize("contract", [LARGE, PUBLIC])
def test_back_to_back_terms_are_void(contract: Contract) -> None:
    ruling = payment_ruling(replace(contract, back_to_back=True), START)
    assert ruling.outcome == Finding.UNMET
    assert "背靠背" in ruling.explanation


@pytest.mark.parametrize(
    ("signed", "days"), [(date(2025, 5, 31), None), (date(2025, 6, 1), 60), (date(2025, 6, 2), 60)]
)
def test_the_day_of_signing_decides_which_version_holds(signed: date, days: int | None) -> None:
    ruling = payment_ruling(replace(LARGE, signed=signed), date(2026, 11, 23))
    assert ruling.facts["days"] == days
    assert ruling.verified is (days is not None)
    assert ("待核对原文" in ruling.explanation) is (days is None)


def test_before_any_version() -> None:
    assert term_rule(Payer.PUBLIC, date(2020, 9, 1)).default_days == 30
    with pytest.raises(MatcherError) as caught:
        term_rule(Payer.PUBLIC, date(2020, 8, 31))
    assert caught.value.code == "no_rule_in_force"


def test_whom_it_protects_and_binds() -> None:
    large = payment_ruling(replace(LARGE, seller_sizes=frozenset({SizeClass.LARGE})), START)
    assert large.outcome == Finding.NOT_APPLICABLE
    either = payment_ruling(replace(LARGE, seller_sizes=frozenset({SizeClass.LARGE, SizeClass.MEDIUM})), START)
    assert either.outcome == Finding.UNKNOWN
    assert payment_ruling(replace(LARGE, payer=None), START).outcome == Finding.NOT_APPLICABLE
    assert payer_of(Party.GOVERNMENT, SizeClass.UNKNOWN) is Payer.PUBLIC
    assert payer_of(Party.ENTERPRISE, SizeClass.LARGE) is Payer.LARGE
    assert payer_of(Party.ENTERPRISE, SizeClass.UNKNOWN) is None


@pytest.mark.parametrize(("declared", "words"), [(False, "应主动告知"), (None, "待核实")])
def test_a_firm_must_have_said_that_it_is_small(declared: bool | None, words: str) -> None:
    ruling = payment_ruling(replace(LARGE, declared=declared), START)
    assert ruling.outcome == Finding.UNKNOWN
    assert words in ruling.explanation


def test_without_a_delivery_there_is_no_day_due() -> None:
    ruling = payment_ruling(replace(LARGE, starts=None), START)
    assert (ruling.facts["due"], ruling.facts["days"], ruling.outcome) == (None, 60, Finding.MET)
    assert term_days(term_rule(Payer.LARGE, SIGNED), 90) == 90
