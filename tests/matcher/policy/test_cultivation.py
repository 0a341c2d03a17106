"""Levels of cultivation: every bound of every version at -1, 0 and +1, the versions by date, and titles held."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from matcher.domain import Enterprise, Qualification, SizeClass, Verdict
from matcher.errors import MatcherError
from matcher.policy import Finding
from matcher.policy.criteria import Criterion, facts_of, indicators, judge
from matcher.policy.cultivation import Level, criteria_of, cultivate, level_held, standard_of, standards, titles

IN_2023, TODAY = date(2023, 6, 1), date(2026, 11, 23)
TRACK = {"size": "small", "abnormal": False}

# Written from field notes 3.4, independently of data/policy/cultivation.toml: a firm just within every bound.
SPECIALISED_2022 = {**TRACK, "niche_years": 2, "rd_wan": 100, "rd_pct": 3, "revenue_wan": 1000, "evaluation_score": 60}
SPECIALISED_2026 = {
    **TRACK, "niche_years": 3, "revenue_wan": 1500, "main_business_pct": 80, "debt_pct": 80, "rd_wan": 100,
    "rd_previous_wan": 100, "rd_pct": 3, "rd_previous_pct": 3, "class1_ip": 1, "leading_provincial": True,
    "evaluation_score": 50,
}  # fmt: skip
GIANT_2022 = {
    **TRACK, "niche_years": 3, "main_business_pct": 70, "main_growth_pct": 5, "debt_pct": 70, "market_share_pct": 10,
    "class1_ip": 2, "revenue_wan": 10000, "rd_pct": 3, "rd_previous_pct": 3,
}  # fmt: skip
GIANT_2022_TIER = GIANT_2022 | {"revenue_wan": 5000, "rd_pct": 6, "rd_previous_pct": 6}
GIANT_2022_YOUNG = GIANT_2022 | {
    "revenue_wan": 4999, "equity_raised_wan": 8000, "rd_two_year_wan": 3000, "rd_staff_pct": 50,
}  # fmt: skip
GIANT_2026 = {
    **TRACK, "revenue_wan": 5000, "main_business_pct": 90, "main_cagr_pct": 5, "debt_pct": 75, "rd_two_year_wan": 1200,
    "rd_pct": 3, "rd_previous_pct": 3, "class1_ip": 4, "market_share_pct": 10, "key_link": True, "evaluation_score": 60,
}  # fmt: skip
CHAMPION_2019 = {"industry": "C3484", "single_product_years": 10, "single_product_pct": 70, "global_rank": 3}
CHAMPION_2023 = {"industry": "C3484", "single_product_years": 10, "main_average_wan": 40000, "global_rank": 3}
INNOVATIVE = {
    **TRACK, "evaluation_score": 60, "innovation_score": 20, "growth_score": 15, "specialisation_score": 15,
}  # fmt: skip
AT_MOST = {"debt_pct", "national_rank", "global_rank"}


@dataclass(frozen=True)
class Case:
    """A firm just within the bounds of a level on a day; `bounds` are the indicators that decide."""

    level: Level
    as_of: date
    facts: dict[str, object]
    bounds: tuple[str, ...]


def numbers(facts: dict[str, object], *but: str) -> tuple[str, ...]:
    kept = (name for name, value in facts.items() if isinstance(value, int) and not isinstance(value, bool))
    return tuple(name for name in kept if name not in but)


CASES = [
    Case(Level.INNOVATIVE, IN_2023, INNOVATIVE, numbers(INNOVATIVE)),
    Case(Level.INNOVATIVE, TODAY, INNOVATIVE, numbers(INNOVATIVE)),
    Case(Level.INNOVATIVE, IN_2023, TRACK | {"equity_raised_three_year_wan": 500}, ("equity_raised_three_year_wan",)),
    Case(Level.SPECIALISED, IN_2023, SPECIALISED_2022, numbers(SPECIALISED_2022)),
    Case(Level.SPECIALISED, IN_2023, SPECIALISED_2022 | {"revenue_wan": 0, "equity_raised_wan": 2000}, ("equity_raised_wan",)),
    Case(Level.SPECIALISED, IN_2023, SPECIALISED_2022 | {"evaluation_score": 0, "equity_raised_wan": 6000}, ("equity_raised_wan",)),
    Case(Level.SPECIALISED, IN_2023, SPECIALISED_2022 | {"evaluation_score": 0, "rd_average_wan": 1000}, ("rd_average_wan",)),
    Case(Level.SPECIALISED, TODAY, SPECIALISED_2026, numbers(SPECIALISED_2026)),
    Case(Level.SPECIALISED, TODAY, SPECIALISED_2026 | {"revenue_wan": 0, "equity_raised_wan": 2000}, ("equity_raised_wan",)),
    Case(Level.LITTLE_GIANT, IN_2023, GIANT_2022, numbers(GIANT_2022, "revenue_wan")),
    Case(Level.LITTLE_GIANT, IN_2023, GIANT_2022_TIER, ("rd_pct", "rd_previous_pct")),
    Case(Level.LITTLE_GIANT, IN_2023, GIANT_2022_YOUNG, ("equity_raised_wan", "rd_two_year_wan", "rd_staff_pct")),
    Case(Level.LITTLE_GIANT, TODAY, GIANT_2026, numbers(GIANT_2026)),
    Case(Level.LITTLE_GIANT, TODAY, GIANT_2026 | {"market_share_pct": 0, "national_rank": 3}, ("national_rank",)),
    Case(Level.CHAMPION, date(2020, 1, 1), CHAMPION_2019, numbers(CHAMPION_2019)),
    Case(Level.CHAMPION, date(2020, 1, 1), CHAMPION_2019 | {"new_product": True, "single_product_years": 3}, ("single_product_years",)),
    Case(Level.CHAMPION, TODAY, CHAMPION_2023, numbers(CHAMPION_2023)),
    Case(Level.CHAMPION, TODAY, CHAMPION_2023 | {"new_product": True, "single_product_years": 5}, ("single_product_years",)),
    Case(Level.CHAMPION, TODAY, CHAMPION_2023 | {"specialised_title": True, "main_average_wan": 20000}, ("main_average_wan",)),
]  # fmt: skip
STEPS = [(case, name, step) for case in CASES for name in case.bounds for step in (-1, 0, 1)]


def complete(facts: dict[str, object]) -> dict[str, object]:
    """Say no to, and put nought for, what a firm is not credited with."""
    none: dict[str, object] = {name: False if field.type == "bool" else 0 for name, field in indicators().items()}
    return none | {"national_rank": 99, "global_rank": 99} | facts


@pytest.mark.parametrize(("case", "name", "step"), STEPS)
def test_every_bound(case: Case, name: str, step: int) -> None:
    value = case.facts[name]
    assert isinstance(value, int)
    ruling = cultivate(case.level, complete(case.facts | {name: value + step}), case.as_of)
    within = step <= 0 if name in AT_MOST else step >= 0
    assert ruling.outcome == (Finding.MET if within else Finding.UNMET), ruling.explanation
    assert ruling.clause == standard_of(case.level, case.as_of).document + standard_of(case.level, case.as_of).clause


@pytest.mark.parametrize("revenue", [4999, 5000, 9999, 10000])
def test_the_tiers_of_the_2022_standard(revenue: int) -> None:
    """Below 5,000 万元 another route holds, from 5,000 on R&D of 6 %, from 10,000 on of 3 %."""
    facts = complete(GIANT_2022 | {"revenue_wan": revenue})
    assert cultivate(Level.LITTLE_GIANT, facts, IN_2023).outcome == (Finding.MET if revenue >= 10000 else Finding.UNMET)
    six = cultivate(Level.LITTLE_GIANT, facts | {"rd_pct": 6, "rd_previous_pct": 6}, IN_2023)
    assert six.outcome == (Finding.MET if revenue >= 5000 else Finding.UNMET)


@pytest.mark.parametrize(
    ("day", "version"),
    [(date(2026, 3, 31), "2022暂行办法"), (date(2026, 4, 1), "2026办法"), (date(2026, 4, 2), "2026办法")],
)
def test_the_day_on_which_the_standard_changed(day: date, version: str) -> None:
    assert standard_of(Level.SPECIALISED, day).version == version
    assert standard_of(Level.LITTLE_GIANT, day).version == version


@pytest.mark.parametrize(
    ("day", "version"),
    [(date(2026, 12, 30), "2022暂行办法"), (date(2026, 12, 31), "2022暂行办法"), (date(2027, 1, 1), "2026办法")],
)
def test_reviews_of_2026_go_by_the_old_standard(day: date, version: str) -> None:
    assert standard_of(Level.LITTLE_GIANT, day, review=True).version == version
    assert standard_of(Level.SPECIALISED, day, review=True).version == "2026办法"


def test_a_standard_that_is_not_yet_there() -> None:
    assert standard_of(Level.SPECIALISED, date(2022, 6, 1))
    with pytest.raises(MatcherError) as caught:
        standard_of(Level.SPECIALISED, date(2022, 5, 31))
    assert caught.value.code == "no_rule_in_force"


def test_what_is_missing_and_what_is_open() -> None:
    facts = {key: value for key, value in SPECIALISED_2026.items() if key != "debt_pct"} | {"revenue_wan": 1200}
    ruling = cultivate(Level.SPECIALISED, facts | {"equity_raised_wan": 0}, TODAY)
    assert ruling.outcome == Finding.UNMET
    assert ruling.facts["lacking"] == ["上年度营业收入 ≥ 1500 万元；或近两年新增股权融资 ≥ 2000 万元"]
    assert ruling.facts["open"] == ["资产负债率 ≤ 80 %"]
    open_ = cultivate(Level.SPECIALISED, facts | {"revenue_wan": 1500}, TODAY)
    assert open_.outcome == Finding.UNKNOWN
    assert open_.possible == (Finding.MET, Finding.UNMET)


def test_no_standard_is_shown_as_settled() -> None:
    for standard in standards():
        ruling = cultivate(standard.level, {}, standard.effective)
        assert not ruling.verified
        assert "待核对原文" in ruling.explanation
        assert criteria_of(standard).all


def test_large_firms_reach_no_level_of_small_ones() -> None:
    ruling = cultivate(Level.SPECIALISED, complete(SPECIALISED_2026 | {"size": "large"}), TODAY)
    assert ruling.facts["lacking"] == ["规模为中型、小型、微型（现为 large）"]
    assert cultivate(Level.CHAMPION, complete(CHAMPION_2023 | {"industry": "I6513"}), TODAY).outcome == Finding.UNMET


def test_facts_come_from_the_record_by_any_of_their_names() -> None:
    attributes = {"研发费用占比": 4.5, "class1_ip": 2, "市场占有率": ""}
    firm = Enterprise(id="e", name="甲", industry="C3484", revenue_wan=3000, attributes=attributes)
    facts = facts_of(firm, SizeClass.SMALL)
    assert (facts["rd_pct"], facts["class1_ip"], facts["revenue_wan"]) == (4.5, 2, 3000)
    assert (facts["size"], facts["industry"], facts["market_share_pct"]) == ("small", "C3484", None)
    assert facts_of(firm, SizeClass.UNKNOWN)["size"] is None


@pytest.mark.parametrize("value", ["约5", True, None, ""])
def test_what_is_no_number_is_not_guessed(value: object) -> None:
    assert judge(Criterion(indicator="rd_pct", at_least=3), {"rd_pct": value}).verdict is Verdict.UNKNOWN


def test_titles_last_three_years_from_their_issue() -> None:
    held = [Qualification(name="专精特新“小巨人”企业", issued=date(2023, 7, 14), batch="第五批")]
    last = date(2026, 7, 13)
    for day, verdict in (
        (last - timedelta(days=1), Verdict.MET),
        (last, Verdict.MET),
        (date(2026, 7, 14), Verdict.UNMET),
    ):
        (title,) = titles(held, day)
        assert (title.level, title.held, title.expires) == (Level.LITTLE_GIANT, verdict, last)
    assert (title.batch, title.rule_version) == ("第五批", "2022暂行办法")
    assert level_held(held, last) is Level.LITTLE_GIANT
    assert level_held(held, date(2026, 7, 14)) is None


def test_titles_of_platforms_are_recorded_likewise() -> None:
    held = [
        Qualification(name="北京市小型微型企业创业创新示范基地", issued=date(2025, 1, 10)),
        Qualification(name="中小企业公共服务示范平台", expires=date(2026, 12, 31)),
        Qualification(name="制造业“双创”平台试点示范项目"),
        Qualification(name="ISO 9001"),
    ]
    found = titles(held, TODAY)
    assert [title.held for title in found] == [Verdict.MET, Verdict.MET, Verdict.UNKNOWN]
    assert found[0].expires == date(2028, 1, 9)
    assert level_held(held, TODAY) is None


def test_the_highest_title_counts_and_one_without_dates_is_believed_but_open() -> None:
    held = [Qualification(name="北京市专精特新中小企业"), Qualification(name="创新型中小企业", expires=TODAY)]
    assert level_held(held, TODAY) is Level.SPECIALISED
    assert titles(held, TODAY)[0].held is Verdict.UNKNOWN
    assert titles([Qualification(name="专精特新中小企业", issued=date(2020, 1, 1))], TODAY)[0].rule_version is None
