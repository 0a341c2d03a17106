"""A deal from 推荐 to 供应商目录: who may move it, what each side tells, and when it rests too long."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.deals import (
    STAGES,
    Amount,
    Deal,
    DealSide,
    DealStage,
    Ending,
    Report,
    alert,
    amount,
    answered,
    conflicts,
    reached,
    reported,
    state_label,
)
from matcher.errors import MatcherError

DAY = date(2026, 3, 1)
DEAL = Deal(id="d", requester_id="big", supplier_id="small", title="事", entered=DAY)
OPEN = replace(DEAL, stage=DealStage.ACCEPTED, agreed=(DealSide.REQUESTER, DealSide.SUPPLIER))


def told(by: DealSide = DealSide.PLATFORM, **what: object) -> Report:
    return Report(**({"by": by, "on": DAY} | what))  # type: ignore[arg-type]


def test_a_deal_is_accepted_once_both_sides_agree() -> None:
    one = answered(DEAL, DealSide.SUPPLIER, DAY)
    assert (one.stage, one.agreed) == (DealStage.RECOMMENDED, (DealSide.SUPPLIER,))
    both = answered(one, DealSide.REQUESTER, DAY + timedelta(days=2))
    assert (both.stage, both.entered) == (DealStage.ACCEPTED, date(2026, 3, 3))
    with pytest.raises(MatcherError) as refused:
        answered(both, DealSide.SUPPLIER, DAY)
    assert refused.value.code == "deal_closed"


def test_declined_says_why_and_ends() -> None:
    gone = answered(DEAL, DealSide.SUPPLIER, DAY, reason="产能已满")
    assert (gone.ending, gone.reason, state_label(gone)) == (Ending.DECLINED, "产能已满", "婉拒")
    for side in DealSide:
        with pytest.raises(MatcherError, match="婉拒"):
            answered(gone, side, DAY)


def test_a_later_stage_implies_the_earlier_and_agreement() -> None:
    signed = reported(DEAL, told(stage=DealStage.SIGNED, amounts={Amount.SIGNED: 80}, contract="HT-1"))
    assert signed.agreed == (DealSide.REQUESTER, DealSide.SUPPLIER)
    assert [one for one in STAGES if reached(signed, one)] == list(STAGES[:5])
    assert (amount(signed, Amount.SIGNED), signed.contract) == (80, "HT-1")
    assert amount(signed, Amount.PAID) is None


def test_only_the_platform_takes_a_deal_back_and_says_why() -> None:
    signed = replace(OPEN, stage=DealStage.SIGNED)
    assert reported(signed, told(DealSide.SUPPLIER, stage=DealStage.MET)).stage is DealStage.SIGNED
    assert reported(signed, told(stage=DealStage.MET, note="会面日期补记")) == signed
    for wrong in (told(stage=DealStage.MET, correct=True), told(DealSide.SUPPLIER, note="x", correct=True)):
        with pytest.raises(MatcherError, match="平台办理"):
            reported(signed, replace(wrong, stage=DealStage.MET))
    back = told(stage=DealStage.MET, note="合同作废", correct=True)
    assert reported(signed, back).stage is DealStage.MET
    failed = reported(OPEN, told(ending=Ending.FAILED, reason="预算取消"))
    for side in DealSide:
        with pytest.raises(MatcherError, match="平台重新打开"):
            reported(failed, told(side, stage=DealStage.MET))
    assert reported(failed, told(stage=DealStage.ACCEPTED)) == failed
    again = reported(failed, told(stage=DealStage.MET, note="恢复", correct=True))
    assert (again.stage, again.ending, again.reason) == (DealStage.MET, None, None)


def test_an_ending_needs_a_reason_and_comes_before_delivery() -> None:
    with pytest.raises(MatcherError, match="原因"):
        reported(OPEN, told(ending=Ending.FAILED))
    delivered = replace(OPEN, stage=DealStage.DELIVERED)
    with pytest.raises(MatcherError, match="已验收"):
        reported(delivered, told(ending=Ending.FAILED, reason="x"))
    failed = reported(OPEN, told(ending=Ending.FAILED, reason="x"))
    with pytest.raises(MatcherError, match="未成"):
        reported(failed, told(ending=Ending.DECLINED, reason="x"))


def test_two_reports_of_one_contract_are_one_sum() -> None:
    both = reported(OPEN, told(DealSide.REQUESTER, stage=DealStage.SIGNED, amounts={Amount.SIGNED: 80}))
    both = reported(
        both, told(DealSide.SUPPLIER, on=date(2026, 2, 27), stage=DealStage.SIGNED, amounts={Amount.SIGNED: 80})
    )
    assert (amount(both, Amount.SIGNED), conflicts(both), both.entered) == (80, (), date(2026, 2, 27))
    other = reported(both, told(DealSide.SUPPLIER, amounts={Amount.SIGNED: 95}))
    assert amount(other, Amount.SIGNED) == 80
    assert conflicts(other) == ("签约金额：需求方报 80 万元，供给方报 95 万元",)
    settled = reported(other, told(amounts={Amount.SIGNED: 88}))
    assert (amount(settled, Amount.SIGNED), conflicts(settled)) == (88, ())


@given(
    st.lists(
        st.tuples(st.sampled_from(DealSide), st.sampled_from(STAGES), st.sampled_from(Amount), st.integers(0, 99)),
        max_size=8,
    )
)
def test_telling_the_same_again_changes_nothing(
    steps: list[tuple[DealSide, DealStage, Amount, int]],
) -> None:
    deal = OPEN
    for by, stage, kind, sum_ in steps:
        report = told(by, stage=stage, amounts={kind: float(sum_)}, note="更正")
        deal = reported(deal, report)
        assert reported(deal, report) == deal
        assert min(deal.told[kind].values()) <= (amount(deal, kind) or 0) <= max(deal.told[kind].values())


@pytest.mark.parametrize(
    ("stage", "days"),
    [("recommended", 7), ("accepted", 30), ("met", 30), ("intended", 60), ("signed", 180), ("delivered", 60)],
)
def test_an_alert_comes_the_day_after_the_last(stage: str, days: int) -> None:
    deal = replace(OPEN, stage=DealStage(stage))
    last = DAY + timedelta(days=days)
    assert alert(deal, last - timedelta(days=1)) is None
    assert alert(deal, last) is None
    found = alert(deal, last + timedelta(days=1))
    assert found is not None
    assert (found.days, found.due) == (1, last)


def test_alerts_go_by_the_days_agreed_and_by_the_term_of_payment() -> None:
    asked = replace(DEAL, answer_by=date(2026, 3, 4))
    found = alert(asked, date(2026, 3, 5))
    assert found is not None
    assert found.waits_for is DealSide.SUPPLIER
    waits = alert(replace(asked, agreed=(DealSide.SUPPLIER,)), date(2026, 3, 5))
    assert waits is not None
    assert waits.waits_for is DealSide.REQUESTER
    signed = replace(OPEN, stage=DealStage.SIGNED, due=date(2026, 4, 1))
    assert alert(signed, date(2026, 4, 1)) is None
    assert alert(signed, date(2026, 4, 2)) is not None
    delivered = replace(OPEN, stage=DealStage.DELIVERED, told={Amount.SIGNED: {DealSide.PLATFORM: 80.0}})
    assert alert(delivered, date(2026, 4, 1), payment_days=30) is not None
    paid = reported(delivered, told(amounts={Amount.PAID: 80}))
    assert alert(paid, date(2026, 4, 1), payment_days=30) is None
    part = reported(delivered, told(amounts={Amount.PAID: 79}))
    assert alert(part, date(2026, 4, 1), payment_days=30) is not None


def test_what_has_ended_or_is_listed_waits_for_nobody() -> None:
    later = date(2030, 1, 1)
    assert alert(replace(OPEN, ending=Ending.FAILED), later) is None
    assert alert(replace(OPEN, stage=DealStage.LISTED), later) is None
