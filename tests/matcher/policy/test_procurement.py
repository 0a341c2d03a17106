"""Reserved shares: the seed's 30 % and 60 %, 财库〔2020〕46号 and 〔2022〕19号, each bound at -1, 0 and +1."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Party
from matcher.errors import MatcherError
from matcher.policy import Finding, Ruling
from matcher.policy.procurement import Category, Item, Reserved, is_public_buyer, reserve_ruling, reserves

SEED, IN_2021, IN_2022, TODAY = date(2019, 6, 1), date(2021, 6, 1), date(2022, 9, 1), date(2026, 11, 23)
GOODS, SERVICES, WORKS = Category.GOODS, Category.SERVICES, Category.WORKS


def item(budget: float, reserved: Reserved = Reserved.NONE, *, name: str = "项", category: Category = GOODS) -> Item:
    return Item(name=name, category=category, budget_wan=budget, reserved=reserved)


def plan(total: float, sme: float, small: float, category: Category = GOODS) -> list[Item]:
    """Items that add up to `total`, of which `sme` is reserved, `small` of it for small and micro firms."""
    parts = [(small, Reserved.SMALL_MICRO), (sme - small, Reserved.SME), (total - sme, Reserved.NONE)]
    return [item(budget, reserved, category=category, name=reserved) for budget, reserved in parts if budget > 0]


def ruled(items: list[Item], as_of: date, *, public: bool | None = True) -> Ruling:
    (reserve,) = reserves(items, as_of)
    return reserve_ruling(reserve, public=public)


# The seed, 二（四）: 30 % of the department's annual budget, at least 60 % of it for small and micro firms.
@pytest.mark.parametrize(("sme", "outcome"), [(2999, Finding.UNMET), (3000, Finding.MET), (3001, Finding.MET)])
def test_the_seeds_thirty_percent(sme: float, outcome: Finding) -> None:
    ruling = ruled(plan(10000, sme, sme), SEED)
    assert ruling.outcome == outcome
    assert "行动计划》（财库〔2011〕181号）二（四）" in ruling.clause
    assert ruling.verified
    assert ruling.facts["share"]["gap_wan"] == pytest.approx(max(0, 3000 - sme))  # type: ignore[index]


@pytest.mark.parametrize(("small", "outcome"), [(1799, Finding.UNMET), (1800, Finding.MET), (1801, Finding.MET)])
def test_the_seeds_sixty_percent_of_it(small: float, outcome: Finding) -> None:
    assert ruled(plan(10000, 3000, small), SEED).outcome == outcome


def test_the_seed_counts_small_items_too_and_every_category_in_one() -> None:
    items = [item(10, name="a"), item(90, Reserved.SMALL_MICRO, name="b", category=WORKS)]
    ruling = ruled(items, SEED)
    assert ruling.facts["share"]["of_wan"] == 100  # type: ignore[index]
    assert ruling.facts["whole_missed"] == []


# 财库〔2020〕46号 第七条: 200 万元 and less is reserved whole, works 400 万元.
@pytest.mark.parametrize(
    ("budget", "category", "whole"),
    [
        *((budget, category, budget <= 200) for budget in (199, 200, 201) for category in (GOODS, SERVICES)),
        *((budget, WORKS, budget <= 400) for budget in (399, 400, 401)),
    ],
)
@pytest.mark.parametrize("as_of", [IN_2021, IN_2022, TODAY])
def test_small_items_are_reserved_whole(budget: float, category: Category, whole: bool, as_of: date) -> None:
    (found,) = reserves([item(budget, category=category)], as_of)
    assert bool(found.whole) is whole
    assert reserve_ruling(found, public=True).outcome == Finding.UNMET
    (kept,) = reserves([item(budget, Reserved.SMALL_MICRO, category=category)], as_of)
    assert reserve_ruling(kept, public=True).outcome == Finding.MET


# 财库〔2020〕46号 第八条: at least 30 % of what exceeds the threshold, 60 % of it for small and micro firms.
@pytest.mark.parametrize(("sme", "outcome"), [(2999, Finding.UNMET), (3000, Finding.MET), (3001, Finding.MET)])
@pytest.mark.parametrize("as_of", [IN_2021, TODAY])
def test_thirty_percent_above_the_threshold(sme: float, outcome: Finding, as_of: date) -> None:
    ruling = ruled([*plan(10000, sme, sme), item(150, Reserved.SME, name="小")], as_of)
    assert ruling.outcome == outcome
    assert ruling.facts["share"]["of_wan"] == 10000  # type: ignore[index]
    assert "财库〔2020〕46号" in ruling.clause


@pytest.mark.parametrize(("small", "outcome"), [(1799, Finding.UNMET), (1800, Finding.MET), (1801, Finding.MET)])
def test_sixty_percent_above_the_threshold(small: float, outcome: Finding) -> None:
    assert ruled(plan(10000, 3000, small), IN_2021).outcome == outcome


# 财库〔2022〕19号 三: 40 % of works above 400 万元 in the second half of 2022; whether it went on is not verified.
@pytest.mark.parametrize(("sme", "outcome"), [(3999, Finding.UNMET), (4000, Finding.MET), (4001, Finding.MET)])
@pytest.mark.parametrize("as_of", [date(2022, 7, 1), date(2022, 12, 31), date(2023, 1, 1), TODAY])
def test_forty_percent_of_works(sme: float, outcome: Finding, as_of: date) -> None:
    ruling = ruled(plan(10000, sme, sme, WORKS), as_of)
    assert ruling.outcome == outcome
    assert "财库〔2022〕19号" in ruling.clause
    assert ruling.verified is (as_of.year == 2022)
    assert ("待核对原文" in ruling.explanation) is (as_of.year != 2022)


def test_works_before_the_second_half_of_2022() -> None:
    assert ruled(plan(10000, 3000, 3000, WORKS), date(2022, 6, 30)).outcome == Finding.MET
    assert ruled(plan(10000, 2999, 2999, WORKS), date(2022, 6, 30)).outcome == Finding.UNMET


@pytest.mark.parametrize(
    ("day", "clause"), [(date(2020, 12, 31), "行动计划"), (date(2021, 1, 1), "46号"), (date(2021, 1, 2), "46号")]
)
def test_the_day_on_which_the_rules_changed(day: date, clause: str) -> None:
    assert clause in ruled([item(500)], day).clause


def test_days_without_a_rule_are_named() -> None:
    assert reserves([item(1)], date(2019, 1, 1))
    with pytest.raises(MatcherError) as caught:
        reserves([item(1)], date(2019, 1, 1) - timedelta(days=1))
    assert caught.value.code == "no_rule_in_force"
    assert "2019-01-01至2020-12-31" in caught.value.message


def test_goods_and_works_are_counted_apart_since_2021() -> None:
    found = reserves([item(500), item(500, category=WORKS)], TODAY)
    assert [reserve.rule.categories for reserve in found] == [(GOODS, SERVICES), (WORKS,)]


def test_exempt_items_leave_the_count_only_with_a_reason() -> None:
    large = Item(name="专用系统", category=GOODS, budget_wan=9000, exempt_reason="不可替代的专利，只有一家供应商")
    ruling = ruled([large, *plan(10000, 3000, 1800)], TODAY)
    assert ruling.outcome == Finding.MET
    assert ruling.facts["exempt"] == [{"name": "专用系统", "reason": "不可替代的专利，只有一家供应商"}]
    silent = Item(name="专用系统", category=GOODS, budget_wan=9000, exempt_reason="")
    assert ruled([silent, *plan(10000, 3000, 1800)], TODAY).outcome == Finding.UNMET


def test_a_part_of_an_item_may_be_reserved() -> None:
    shared = Item(name="a", category=GOODS, budget_wan=1000, reserved=Reserved.SMALL_MICRO, share_pct=30)
    assert ruled([shared], TODAY).outcome == Finding.MET


def test_buyers_outside_government_procurement() -> None:
    assert ruled([item(500)], TODAY, public=False).outcome == Finding.NOT_APPLICABLE
    unknown = ruled([item(500)], TODAY, public=None)
    assert unknown.outcome == Finding.UNKNOWN
    assert unknown.possible == (Finding.UNMET, Finding.NOT_APPLICABLE)
    assert "待核实" in unknown.explanation
    assert [is_public_buyer(party) for party in (Party.GOVERNMENT, Party.ENTERPRISE, Party.UNIVERSITY)] == [
        True,
        False,
        None,
    ]


@given(st.integers(1000, 100000), st.floats(0, 1), st.floats(0, 1))
def test_the_gaps_close_the_plan(total: int, sme_share: float, small_share: float) -> None:
    sme = total * sme_share
    (found,) = reserves(plan(total, sme, sme * small_share), SEED)
    need, small = found.share.gap, found.small_micro.gap
    more = max(need, small)
    (mended,) = reserves(plan(total, max(sme, min(total, sme + need)), min(total, sme * small_share + more)), SEED)
    assert mended.share.kept
    assert found.kept == (need == 0 and small == 0)
