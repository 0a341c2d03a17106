"""Finance: instruments by what is held, every bound of a product at -1, 0 and +1, papers, and credit that is never silent."""

from datetime import date

import pytest

from matcher.domain import Party, Posting, PostingKind, Verdict
from matcher.finance import credit_flags, fit, instruments, missing_papers, options
from matcher.registers import Entry, Register
from matcher.taxonomy import kinds

TODAY = date(2026, 11, 23)
MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN


def need(**attributes: object) -> Posting:
    return Posting(id="n", enterprise_id="e", kind=PostingKind.FINANCE_NEED, title="融资", attributes=attributes)


def product(instrument: str = "信用贷款", **attributes: object) -> Posting:
    held = {"instrument": instrument} | attributes
    return Posting(id="p", enterprise_id="b", kind=PostingKind.FINANCE, title="产品", attributes=held)


def verdict(wanted: Posting, offered: Posting, name: str, party: Party = Party.ENTERPRISE) -> Verdict:
    return next(check.verdict for check in fit(wanted, offered, party, ()).checks if check.name == name)


def test_every_instrument_is_one_that_needs_and_products_name() -> None:
    for kind in (PostingKind.FINANCE, PostingKind.FINANCE_NEED):
        field = next(field for field in kinds()[kind].fields if field.name == "instrument")
        assert set(instruments()) == set(field.options) - {"其他"}


@pytest.mark.parametrize(
    ("held", "instrument", "outcome"),
    [
        ({}, "应收账款", UNMET),
        ({"receivable_wan": 300}, "应收账款", UNKNOWN),
        ({"receivable_wan": 300, "core_firm": "甲", "receivable_days": 90, "confirmed": True}, "应收账款", MET),
        ({"receivable_wan": 300, "core_firm": "甲", "receivable_days": 90, "confirmed": False}, "应收账款", UNKNOWN),
        ({"order_wan": 80, "core_firm": "甲"}, "订单", MET),
        ({}, "订单", UNMET),
        ({"collateral": ["电子仓单"]}, "仓储", MET),
        ({"collateral": ["厂房"]}, "仓储", UNMET),
        ({}, "仓储", UNKNOWN),
        ({"collateral": ["发明专利三项"]}, "知识产权质押", MET),
        ({"round": "A"}, "股权", MET),
        ({}, "股权", UNKNOWN),
        ({"use_of_funds": "扩产"}, "债权", MET),
        ({}, "担保", MET),
        ({}, "再担保", UNMET),
        ({}, "基金补助", MET),
        ({}, "信用贷款", MET),
    ],
)
def test_what_is_held_decides_the_instrument(held: dict[str, object], instrument: str, outcome: Verdict) -> None:
    assert options(held, Party.ENTERPRISE)[instrument].verdict is outcome


def test_only_guarantors_are_guaranteed_again() -> None:
    assert options({}, Party.FINANCE)["再担保"].verdict is MET


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_the_bounds_of_a_product(step: int) -> None:
    amount = need(amount_wan=100 + step, tenor_months=12 + step, rate_max_pct=5 + step)
    assert verdict(amount, product(amount_min_wan=100), "额度下限") is (MET if step >= 0 else UNMET)
    assert verdict(amount, product(amount_max_wan=100), "额度上限") is (MET if step <= 0 else UNMET)
    assert verdict(amount, product(tenor_max_months=12), "期限") is (MET if step <= 0 else UNMET)
    assert verdict(amount, product(rate_pct=5), "利率") is (MET if step >= 0 else UNMET)


@pytest.mark.parametrize(("wanted", "outcome"), [(299, MET), (300, MET), (301, UNMET)])
@pytest.mark.parametrize(("instrument", "key"), [("应收账款", "receivable_wan"), ("订单", "order_wan")])
def test_no_more_is_lent_than_stands_behind_it(wanted: int, outcome: Verdict, instrument: str, key: str) -> None:
    assert verdict(need(amount_wan=wanted, **{key: 300}), product(instrument), "对应资产") is outcome


@pytest.mark.parametrize(("confirmed", "outcome"), [(True, MET), (False, UNMET), (None, UNKNOWN)])
def test_a_product_that_asks_for_confirmation(confirmed: bool | None, outcome: Verdict) -> None:
    assert verdict(need(confirmed=confirmed), product("应收账款", needs_confirmation=True), "确权") is outcome


def test_the_stage_of_an_investment() -> None:
    fund = product("股权", stages=["天使", "Pre-A"])
    assert verdict(need(round="天使"), fund, "投资阶段") is MET
    assert verdict(need(round="B"), fund, "投资阶段") is UNMET
    assert verdict(need(), fund, "投资阶段") is UNKNOWN


def test_another_instrument_than_wanted() -> None:
    assert verdict(need(instrument="股权"), product("信用贷款"), "融资方式") is UNMET
    assert verdict(need(), product("其他"), "融资方式") is UNKNOWN


def test_an_amount_that_is_not_said() -> None:
    assert verdict(need(), product(amount_max_wan=100), "额度上限") is UNKNOWN


def test_papers_still_missing() -> None:
    offered = product("订单", documents=["近三年审计报告"])
    assert missing_papers({}, offered.attributes) == ("近三年审计报告", "订单或中标通知书", "采购合同", "履约计划")
    held = {"documents": ["中标通知书", "采购合同（盖章）"]}
    assert missing_papers(held, offered.attributes) == ("近三年审计报告", "履约计划")


def record(kind: str, since: str, until: str | None = None) -> Entry:
    values = {"record": kind, "since": since} | ({"until": until} if until else {})
    return Entry(id=kind + since, register=Register.CREDIT, subject="e", values=values)


def test_a_veto_shuts_and_a_warning_asks() -> None:
    flags = credit_flags([record("经营异常", "2026-01-01"), record("失信被执行人", "2026-02-01")], TODAY)
    assert [(flag.record, flag.veto) for flag in flags] == [("失信被执行人", True), ("经营异常", False)]
    assert fit(need(), product(), Party.ENTERPRISE, flags).outcome is UNMET
    warned = fit(need(), product(), Party.ENTERPRISE, flags[1:])
    assert warned.outcome is UNKNOWN
    assert warned.checks[-1].text == "经营异常（2026-01-01 列入）"


@pytest.mark.parametrize(
    ("since", "until", "in_force"),
    [
        ("2026-11-22", None, True),
        ("2026-11-23", None, True),
        ("2026-11-24", None, False),
        ("2026-01-01", "2026-11-22", False),
        ("2026-01-01", "2026-11-23", False),
        ("2026-01-01", "2026-11-24", True),
    ],
)
def test_the_days_on_which_a_record_is_in_force(since: str, until: str | None, in_force: bool) -> None:
    assert bool(credit_flags([record("欠税", since, until)], TODAY)) is in_force


def test_a_grade_is_no_flag() -> None:
    assert credit_flags([record("信用等级", "2026-01-01")], TODAY) == ()
