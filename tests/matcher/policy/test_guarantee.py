"""The performance guarantee: 10 % of the contract at most, and products at the ends of their range."""

from datetime import date

import pytest

from matcher.domain import Posting, PostingKind
from matcher.policy.guarantee import guarantee_ruling, guarantors

TODAY = date(2026, 11, 23)


def product(name: str, least: float | None = None, most: float | None = None, **more: object) -> Posting:
    attributes = {"instrument": "担保", "amount_min_wan": least, "amount_max_wan": most} | more
    title = str(more.pop("title", "履约保函"))
    return Posting(id=name, enterprise_id="e", kind=PostingKind.FINANCE, title=title, attributes=attributes)


def test_ten_percent_and_not_settled() -> None:
    ruling = guarantee_ruling(520, TODAY)
    assert ruling.facts["most_wan"] == 52
    assert not ruling.verified
    assert "待核对原文" in ruling.explanation
    assert "第四十八条" in ruling.clause


@pytest.mark.parametrize(
    ("amount", "covers"), [(9, False), (10, True), (11, True), (99, True), (100, True), (101, False)]
)
def test_the_ends_of_a_products_range(amount: float, covers: bool) -> None:
    assert bool(guarantors([product("a", 10, 100)], amount)) is covers


def test_what_is_open_stands_behind() -> None:
    found = guarantors([product("b", title="融资担保"), product("a", 1, 100), product("c", instrument="股权")], 50)
    assert [(one.posting.id, one.open) for one in found] == [("a", ()), ("b", ("是否承保履约", "最高额度"))]
