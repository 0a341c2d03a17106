"""Independence of large firms, 〔2020〕46号 第二条: every tie alone breaks it, and what is not known stays open."""

from datetime import date

import pytest

from matcher.domain import SizeClass
from matcher.policy import Finding
from matcher.policy.independence import Ties, independence

TODAY = date(2026, 11, 23)
FREE = {"controllers": (), "same_head_as_large": False, "is_branch": False}


@pytest.mark.parametrize(
    ("ties", "outcome"),
    [
        (FREE, Finding.MET),
        (FREE | {"controllers": (SizeClass.MEDIUM,)}, Finding.MET),
        (FREE | {"controllers": (SizeClass.MEDIUM, SizeClass.LARGE)}, Finding.UNMET),
        (FREE | {"controllers": (SizeClass.UNKNOWN,)}, Finding.UNKNOWN),
        (FREE | {"controllers": None}, Finding.UNKNOWN),
        (FREE | {"same_head_as_large": True}, Finding.UNMET),
        (FREE | {"same_head_as_large": None}, Finding.UNKNOWN),
        (FREE | {"is_branch": True}, Finding.UNMET),
        ({"controllers": (SizeClass.LARGE,)}, Finding.UNMET),
        ({}, Finding.UNKNOWN),
    ],
)
def test_ties(ties: dict[str, object], outcome: Finding) -> None:
    known = Ties(**ties)  # type: ignore[arg-type]
    ruling = independence(known, TODAY)
    assert ruling.outcome == outcome
    assert known.of_large is {Finding.MET: False, Finding.UNMET: True, Finding.UNKNOWN: None}[outcome]
    assert "财库〔2020〕46号" in ruling.clause
    assert ruling.verified


def test_the_seeds_years_rest_on_memory() -> None:
    ruling = independence(Ties(**FREE), date(2019, 6, 1))  # type: ignore[arg-type]
    assert not ruling.verified
    assert "待核对原文" in ruling.explanation
