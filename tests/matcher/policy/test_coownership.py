"""Rights held in common, 《专利法》第十四条: who must agree, to what, and until when."""

from dataclasses import replace
from datetime import date

import pytest

from matcher.policy import Finding
from matcher.policy.coownership import Transfer, transfer_ruling

TODAY = date(2026, 11, 23)
SHARED = Transfer(mode="转让", shared=True, terms="各半")


@pytest.mark.parametrize(
    ("transfer", "outcome"),
    [
        (replace(SHARED, shared=False), Finding.MET),
        (replace(SHARED, mode="许可"), Finding.MET),
        (replace(SHARED, mode="许可", exclusive=True), Finding.UNKNOWN),
        (replace(SHARED, agreed=True), Finding.MET),
        (replace(SHARED, agreed=False), Finding.UNMET),
        (SHARED, Finding.UNKNOWN),
        (replace(SHARED, shared=None), Finding.UNKNOWN),
        (replace(SHARED, mode="质押", agreed=False), Finding.UNMET),
    ],
)
def test_who_must_agree(transfer: Transfer, outcome: Finding) -> None:
    ruling = transfer_ruling(transfer, TODAY)
    assert ruling.outcome == outcome
    assert "第十四条" in ruling.clause
    assert "待核对原文" in ruling.explanation


@pytest.mark.parametrize(("expires", "over"), [(date(2026, 11, 22), True), (TODAY, False), (date(2026, 11, 24), False)])
def test_until_the_day_it_expires(expires: date, over: bool) -> None:
    ruling = transfer_ruling(replace(SHARED, shared=False, expires=expires), TODAY)
    assert (ruling.outcome == Finding.UNMET) is over


def test_how_the_income_is_shared_is_asked() -> None:
    assert "分配办法待核实" in transfer_ruling(replace(SHARED, mode="许可", terms=None), TODAY).explanation
    assert "分配办法" not in transfer_ruling(replace(SHARED, mode="许可"), TODAY).explanation
