"""Arrears: late from the day after the term of the rule, disputed sums apart, settled ones counted."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matcher.policy.arrears import Arrear, aged, payment_record
from matcher.policy.payment import Payer

DELIVERED = date(2026, 1, 1)
SUM = Arrear(amount_wan=10, delivered=DELIVERED)


# 国务院令第802号 第九条: 60 days for a large firm, 30 for a public body.
@pytest.mark.parametrize(("payer", "days"), [(Payer.LARGE, 60), (Payer.PUBLIC, 30)])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_the_day_from_which_a_sum_is_late(payer: Payer, days: int, step: int) -> None:
    record = payment_record([SUM], payer, DELIVERED + timedelta(days=days + step))
    assert (record.late, record.pending) == ((1, 0) if step > 0 else (0, 1))
    assert record.oldest_days == max(0, step)
    assert (record.warning is not None) is (step > 0)


def test_the_warning_cites_the_clause_and_names_no_creditor() -> None:
    record = payment_record([SUM, replace(SUM, amount_wan=2.5)], Payer.LARGE, date(2026, 6, 1))
    assert record.late_wan == 12.5
    assert record.warning is not None
    assert "2 笔无争议的逾期欠款，合计 12.5 万元，最久逾期 91 日" in record.warning
    assert "第九条第二款" in record.warning


def test_disputed_sums_stand_apart() -> None:
    record = payment_record([replace(SUM, disputed=True)], Payer.LARGE, date(2026, 6, 1))
    assert (record.late, record.disputed, record.disputed_wan) == (0, 1, 10)
    assert record.warning == "另有 1 笔有争议的欠款，合计 10 万元。"


@pytest.mark.parametrize(("settled", "late"), [(59, 0), (60, 0), (61, 1)])
def test_settled_sums_say_how_long_it_took(settled: int, late: int) -> None:
    paid = replace(SUM, settled_on=DELIVERED + timedelta(days=settled))
    record = payment_record([paid], Payer.LARGE, date(2026, 11, 1))
    assert (record.settled, record.settled_late, record.mean_days_to_pay) == (1, late, settled)
    assert record.warning is None


def test_a_buyer_whom_no_rule_binds_is_held_to_the_contract() -> None:
    assert aged(SUM, None, date(2026, 6, 1)).due is None
    assert "付款期限待核实" in (payment_record([SUM], None, date(2026, 6, 1)).warning or "")
    by_contract = aged(replace(SUM, agreed_days=90), None, date(2026, 6, 1))
    assert by_contract.due == DELIVERED + timedelta(days=90)


def test_a_term_that_rests_on_memory_is_not_shown_as_settled() -> None:
    old = replace(SUM, delivered=date(2024, 1, 1))
    assert "待核对原文" in (payment_record([old], Payer.PUBLIC, date(2026, 1, 1)).warning or "")


def test_nothing_on_record() -> None:
    record = payment_record([], Payer.LARGE, DELIVERED)
    assert (record.warning, record.mean_days_to_pay, record.late) == (None, None, 0)
