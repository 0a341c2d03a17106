"""Size class: every bound of 工信部联企业〔2011〕300号 at -1, 0 and +1, missing indicators, industries outside."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import SizeClass
from matcher.errors import MatcherError
from matcher.policy import Ruling, size_class

TODAY = date(2026, 11, 22)
CLASSES = (SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM, SizeClass.LARGE)
X, Y, Z = "employees", "revenue_wan", "assets_wan"

# Written from the text of the regulation, independently of data/policy/size_class.toml: small, medium, large.
ROWS: dict[str, tuple[str, dict[str, tuple[int, int, int]]]] = {
    "农、林、牧、渔业": ("A0111", {Y: (50, 500, 20000)}),
    "工业": ("C3421", {X: (20, 300, 1000), Y: (300, 2000, 40000)}),
    "建筑业": ("E4710", {Y: (300, 6000, 80000), Z: (300, 5000, 80000)}),
    "批发业": ("F5111", {X: (5, 20, 200), Y: (1000, 5000, 40000)}),
    "零售业": ("F5292", {X: (10, 50, 300), Y: (100, 500, 20000)}),
    "交通运输业": ("G5431", {X: (20, 300, 1000), Y: (200, 3000, 30000)}),
    "仓储业": ("G5920", {X: (20, 100, 200), Y: (100, 1000, 30000)}),
    "邮政业": ("G6020", {X: (20, 300, 1000), Y: (100, 2000, 30000)}),
    "住宿业": ("H6110", {X: (10, 100, 300), Y: (100, 2000, 10000)}),
    "餐饮业": ("H6210", {X: (10, 100, 300), Y: (100, 2000, 10000)}),
    "信息传输业": ("I6410", {X: (10, 100, 2000), Y: (100, 1000, 100000)}),
    "软件和信息技术服务业": ("I6513", {X: (10, 100, 300), Y: (50, 1000, 10000)}),
    "房地产开发经营": ("K7010", {Y: (100, 1000, 200000), Z: (2000, 5000, 10000)}),
    "物业管理": ("K7020", {X: (100, 300, 1000), Y: (500, 1000, 5000)}),
    "租赁和商务服务业": ("L7211", {X: (10, 100, 300), Z: (100, 8000, 120000)}),
    "其他未列明行业": ("M7320", {X: (10, 100, 300)}),
}
BOUNDS = [(name, x, level) for name, (_, bounds) in ROWS.items() for x in bounds for level in (1, 2, 3)]


def rule(industry: str | None, **facts: float | None) -> Ruling:
    given_facts: dict[str, float | None] = {X: None, Y: None, Z: None, **facts}
    return size_class(
        industry,
        employees=given_facts[X],  # type: ignore[arg-type]
        revenue_wan=given_facts[Y],
        assets_wan=given_facts[Z],
        as_of=TODAY,
    )


@pytest.mark.parametrize(("row", "indicator", "level"), BOUNDS)
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_every_bound(row: str, indicator: str, level: int, step: int) -> None:
    code, bounds = ROWS[row]
    facts = {name: values[2] for name, values in bounds.items()}
    facts[indicator] = bounds[indicator][level - 1] + step
    expected = CLASSES[level if step >= 0 else level - 1]
    ruling = rule(code, **facts)
    assert ruling.outcome == expected
    assert ruling.possible == (expected,)
    assert ruling.facts["rows"] == (row,)


@given(st.sampled_from(sorted(ROWS)), st.data())
def test_lowest_indicator_decides(row: str, data: st.DataObject) -> None:
    code, bounds = ROWS[row]
    facts = {name: data.draw(st.integers(0, 250000)) for name in bounds}
    levels = [sum(facts[name] >= bound for bound in bounds[name]) for name in bounds]
    assert rule(code, **facts).outcome == CLASSES[min(levels)]


@given(st.sampled_from(sorted(ROWS)), st.data())
def test_possible_classes_are_exactly_those_some_value_gives(row: str, data: st.DataObject) -> None:
    code, bounds = ROWS[row]
    known = {name: data.draw(st.none() | st.integers(0, 250000)) for name in bounds}
    choices = [[value] if value is not None else [0, *bounds[name]] for name, value in known.items()]
    reachable = {rule(code, **dict(zip(bounds, values, strict=True))).outcome for values in product(*choices)}
    ruling = rule(code, **known)
    assert set(ruling.possible) == reachable
    assert ruling.outcome == (ruling.possible[0] if len(reachable) == 1 else SizeClass.UNKNOWN)


def test_missing_indicator_leaves_a_set_and_names_what_is_missing() -> None:
    ruling = rule("3421", employees=300)
    assert ruling.outcome == SizeClass.UNKNOWN
    assert ruling.possible == (SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO)
    assert "请补充营业收入" in ruling.explanation


def test_one_indicator_below_the_small_bound_is_micro_whatever_the_other() -> None:
    assert rule("3421", employees=19).outcome == SizeClass.MICRO
    assert rule("3421", revenue_wan=299.99).outcome == SizeClass.MICRO


def test_indicators_a_row_does_not_use_are_ignored() -> None:
    assert rule("7320", employees=300, revenue_wan=0, assets_wan=0).outcome == SizeClass.LARGE


@pytest.mark.parametrize(
    ("industry", "row"),
    [
        ("B0610", "工业"),
        ("D4411", "工业"),
        ("G5910", "交通运输业"),
        ("G5990", "仓储业"),
        ("I63", "信息传输业"),
        ("K7030", "其他未列明行业"),
        ("K7090", "其他未列明行业"),
        ("Q8511", "其他未列明行业"),
        ("N7721", "其他未列明行业"),
        ("R8810", "其他未列明行业"),
        ("O8010", "其他未列明行业"),
        ("C", "工业"),
    ],
)
def test_industries_fall_under_their_row(industry: str, row: str) -> None:
    assert rule(industry).facts["rows"] == (row,)


@pytest.mark.parametrize(
    "industry", ["G53", "J66", "K7040", "P83", "Q84", "Q8411", "S92", "T97", "新材料", "Q", "K", None]
)
def test_industries_outside_the_rows_are_unknown(industry: str | None) -> None:
    ruling = rule(industry, employees=1, revenue_wan=1, assets_wan=1)
    assert ruling.outcome == SizeClass.UNKNOWN
    assert ruling.possible == ()
    assert "无法划型" in ruling.explanation


def test_coarse_code_over_several_rows_gives_what_they_leave_open() -> None:
    assert rule("F", employees=300, revenue_wan=40000).outcome == SizeClass.LARGE
    ruling = rule("59", employees=200, revenue_wan=30000)
    assert ruling.outcome == SizeClass.UNKNOWN
    assert ruling.possible == (SizeClass.LARGE, SizeClass.SMALL)
    assert "更细的行业代码" in ruling.explanation


def test_ruling_cites_its_source() -> None:
    ruling = rule("C3421", employees=300, revenue_wan=1999)
    assert ruling.outcome == SizeClass.SMALL
    assert ruling.clause == "工信部联企业〔2011〕300号《中小企业划型标准规定》第四条（二）"
    assert ruling.effective == date(2011, 6, 18)
    assert ruling.verified
    assert ruling.facts["industry"] == "C3421"
    assert "从业人员 300 人，达到中型下限 300 人" in ruling.explanation
    assert "营业收入 1999 万元，达到小型下限 300 万元" in ruling.explanation
    assert "故为小型" in ruling.explanation


def test_first_day_in_force() -> None:
    first = date(2011, 6, 18)
    ruling = size_class("3421", employees=19, revenue_wan=None, assets_wan=None, as_of=first)
    assert ruling.outcome == SizeClass.MICRO
    with pytest.raises(MatcherError) as caught:
        size_class("3421", employees=19, revenue_wan=None, assets_wan=None, as_of=first - timedelta(days=1))
    assert caught.value.code == "no_rule_in_force"


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_impossible_numbers_are_refused(value: float) -> None:
    with pytest.raises(MatcherError) as caught:
        rule("3421", revenue_wan=value)
    assert caught.value.code == "invalid_number"
    assert "营业收入" in caught.value.message


def test_unknown_industry_is_refused() -> None:
    with pytest.raises(MatcherError) as caught:
        rule("9999", employees=1)
    assert caught.value.code == "unknown_industry"


@pytest.mark.parametrize(("industry", "verified"), [("G5910", False), ("G591", False), ("G59", False), ("G5920", True)])
def test_what_rests_on_memory_is_not_shown_as_settled(industry: str, verified: bool) -> None:
    ruling = rule(industry, employees=300, revenue_wan=3000)
    assert ruling.verified is verified
    assert ("待核对原文" in ruling.explanation) is not verified


def test_banks_are_pointed_to_their_own_standard() -> None:
    assert "银发〔2015〕309号，待核对原文" in rule("J6621", employees=1).explanation
