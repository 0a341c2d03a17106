"""Price deductions: the 30 % gate at 29.9, 30 and 30.1, the regimes by date, makers, ties and unknown sizes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import SizeClass
from matcher.errors import MatcherError
from matcher.policy import Finding
from matcher.policy.bid import Bid, Member, Part, deduction_ruling, share_of
from matcher.policy.procurement import Category

SEED, IN_2021, TODAY = date(2019, 6, 1), date(2021, 6, 1), date(2026, 11, 23)
LARGE, MEDIUM, SMALL, MICRO = SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO
GOODS, SERVICES, WORKS = Category.GOODS, Category.SERVICES, Category.WORKS


def firm(name: str, size: SizeClass, amount: float, **more: object) -> Member:
    return Member(name=name, sizes=frozenset({size}), parts=(Part(amount_wan=amount),), **more)  # type: ignore[arg-type]


def shared(pct: float, *, category: Category = SERVICES, **more: object) -> Bid:
    members = (firm("牵头", LARGE, 1000 - 10 * pct), firm("成员", SMALL, 10 * pct))
    return Bid(category=category, members=members, **more)  # type: ignore[arg-type]


# The seed 二（四）; 〔2020〕46号 第九条; 〔2022〕19号 三: from 30 % on, nothing below: a gate, not a taper.
@pytest.mark.parametrize("pct", [29.0, 29.9, 30.0, 30.1, 31.0])
@pytest.mark.parametrize(
    ("as_of", "category", "deduction"),
    [
        (SEED, SERVICES, [2, 3]),
        (date(2020, 12, 31), SERVICES, [2, 3]),
        (date(2021, 1, 1), SERVICES, [2, 3]),
        (IN_2021, WORKS, [1, 2]),
        (date(2022, 6, 30), GOODS, [2, 3]),
        (date(2022, 7, 1), GOODS, [4, 6]),
        (TODAY, SERVICES, [4, 6]),
        (TODAY, WORKS, [1, 2]),
    ],
)
def test_the_gate(pct: float, as_of: date, category: Category, deduction: list[int]) -> None:
    ruling = deduction_ruling(shared(pct, category=category), as_of, public=True, price_wan=1000)
    assert ruling.outcome == (Finding.MET if pct >= 30 else Finding.UNMET)
    assert ruling.facts["deduction_pct"] == (deduction if pct >= 30 else None)
    low, high = (10 * (100 - step) for step in reversed(deduction))
    assert ruling.facts["evaluated_wan"] == pytest.approx([low, high] if pct >= 30 else [1000, 1000])
    assert ruling.verified


# 〔2020〕46号 第九条: a bid that is small or micro as a whole.
@pytest.mark.parametrize(
    ("as_of", "category", "deduction", "verified"),
    [
        (SEED, GOODS, [6, 10], False),
        (IN_2021, GOODS, [6, 10], True),
        (IN_2021, WORKS, [3, 5], True),
        (date(2022, 6, 30), SERVICES, [6, 10], True),
        (date(2022, 7, 1), SERVICES, [10, 20], True),
        (TODAY, WORKS, [3, 5], True),
    ],
)
def test_small_firms_alone(as_of: date, category: Category, deduction: list[int], verified: bool) -> None:
    ruling = deduction_ruling(Bid(category=category, members=(firm("小", SMALL, 10),)), as_of, public=True)
    assert (ruling.outcome, ruling.facts["deduction_pct"]) == (Finding.MET, deduction)
    assert ruling.verified is verified
    assert ("待核对原文" in ruling.explanation) is not verified


@pytest.mark.parametrize(("size", "outcome"), [(LARGE, Finding.UNMET), (MEDIUM, Finding.UNMET), (MICRO, Finding.MET)])
def test_only_small_and_micro_firms_earn_it(size: SizeClass, outcome: Finding) -> None:
    ruling = deduction_ruling(Bid(category=SERVICES, members=(firm("甲", size, 10),)), TODAY, public=True)
    assert ruling.outcome == outcome


def test_goods_count_by_their_maker_whoever_sells_them() -> None:
    made = Member(
        name="经销商",
        sizes=frozenset({LARGE}),
        parts=(Part(amount_wan=6, maker=frozenset({SMALL})), Part(amount_wan=4, maker=frozenset({MICRO}))),
    )
    assert deduction_ruling(Bid(category=GOODS, members=(made,)), TODAY, public=True).outcome == Finding.MET
    mixed = Member(
        name="经销商",
        sizes=frozenset({SMALL}),
        parts=(Part(amount_wan=9, maker=frozenset({SMALL})), Part(amount_wan=1, maker=frozenset({MEDIUM}))),
    )
    assert deduction_ruling(Bid(category=GOODS, members=(mixed,)), TODAY, public=True).outcome == Finding.UNMET
    assert deduction_ruling(Bid(category=SERVICES, members=(mixed,)), TODAY, public=True).outcome == Finding.MET


def test_a_consortium_of_small_firms_counts_as_small() -> None:
    both = Bid(category=SERVICES, members=(firm("甲", SMALL, 5), firm("乙", MICRO, 5)))
    assert deduction_ruling(both, TODAY, public=True).facts["form"] == "小微企业"
    with_medium = Bid(category=SERVICES, members=(firm("甲", SMALL, 5), firm("乙", MEDIUM, 5)))
    assert deduction_ruling(with_medium, TODAY, public=True).facts["form"] == "联合体"


def test_subcontracting_counts_since_2021_only() -> None:
    assert deduction_ruling(shared(40, subcontract=True), IN_2021, public=True).facts["deduction_pct"] == [2, 3]
    before = deduction_ruling(shared(40, subcontract=True), SEED, public=True)
    assert before.outcome == Finding.UNMET
    assert "没有价格扣除" in before.explanation


def test_members_that_control_each_other_earn_nothing() -> None:
    members = (firm("牵头", LARGE, 60, controls=frozenset({"成员"})), firm("成员", SMALL, 40))
    ruling = deduction_ruling(Bid(category=SERVICES, members=members), TODAY, public=True)
    assert ruling.outcome == Finding.UNMET
    assert "牵头与成员之间存在直接控股" in ruling.explanation


def test_a_member_of_a_large_group_is_not_small() -> None:
    tied = Bid(category=SERVICES, members=(firm("牵头", LARGE, 60), firm("子公司", SMALL, 40, of_large=True)))
    assert deduction_ruling(tied, TODAY, public=True).outcome == Finding.UNMET
    open_ = Bid(category=SERVICES, members=(firm("牵头", LARGE, 60), firm("成员", SMALL, 40, of_large=None)))
    ruling = deduction_ruling(open_, TODAY, public=True)
    assert ruling.outcome == Finding.UNKNOWN
    assert ruling.possible == (Finding.MET, Finding.UNMET)


def test_an_unknown_size_leaves_it_open() -> None:
    members = (firm("牵头", LARGE, 60), firm("小", SMALL, 25), Member(name="不明", parts=(Part(amount_wan=15),)))
    ruling = deduction_ruling(Bid(category=SERVICES, members=members), TODAY, public=True)
    assert ruling.outcome == Finding.UNKNOWN
    assert ruling.facts["small_micro_pct"] == [25.0, 40.0]
    assert "25–40%" in ruling.explanation


def test_reserved_lots_and_private_buyers_get_none() -> None:
    assert deduction_ruling(shared(40, reserved_lot=True), TODAY, public=True).outcome == Finding.UNMET
    assert deduction_ruling(shared(40), TODAY, public=False).outcome == Finding.NOT_APPLICABLE
    assert deduction_ruling(shared(40), TODAY, public=None).outcome == Finding.UNKNOWN


def test_bids_that_cannot_be_judged() -> None:
    for members in ((), (Member(name="甲", parts=(Part(amount_wan=0),)),)):
        with pytest.raises(MatcherError) as caught:
            deduction_ruling(Bid(category=SERVICES, members=members), TODAY, public=True)
        assert caught.value.code == "bad_bid"
    with pytest.raises(MatcherError) as caught:
        deduction_ruling(shared(40), date(2018, 12, 31), public=True)
    assert caught.value.code == "no_rule_in_force"


SIZES = st.frozensets(st.sampled_from([LARGE, MEDIUM, SMALL, MICRO]), min_size=1)


@given(st.lists(st.tuples(SIZES, st.integers(1, 100), st.sampled_from([True, False, None])), min_size=2, max_size=4))
def test_the_bounds_hold_whatever_the_sizes_turn_out_to_be(rows: list[tuple[frozenset[SizeClass], int, bool]]) -> None:
    members = [
        Member(name=str(n), sizes=sizes, of_large=tied, parts=(Part(amount_wan=amount),))
        for n, (sizes, amount, tied) in enumerate(rows)
    ]
    low, high = share_of(Bid(category=SERVICES, members=tuple(members)))
    assert 0 <= low <= high <= 100
    settled = [
        Member(name=one.name, sizes=frozenset({min(one.sizes)}), of_large=bool(one.of_large), parts=one.parts)
        for one in members
    ]
    exact = share_of(Bid(category=SERVICES, members=tuple(settled)))
    assert exact[0] == exact[1]
    assert low - 1e-9 <= exact[0] <= high + 1e-9
