from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity.windows import ask, demands, judge, states
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    (requirement,) = demands(Source(request, "detail"))
    said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
    return judge(requirement, said).outcome


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("2026年3月至5月使用", "2026年全年开放", Verdict.MET),
        ("2026年4月使用", "2026年4月1日至5月10日停机检修，其余时间可用", Verdict.UNMET),
        ("2026年6月使用", "2026年4月1日至5月10日停机检修，其余时间可用", Verdict.MET),
        ("2026年5月使用", "2026年8月至10月可用，其余月份均已排满", Verdict.UNMET),
        ("2026年5月使用", "5月档期紧张，请来电确认", Verdict.UNKNOWN),
        ("2026年5月使用", "现货可租，短租长租均可", Verdict.UNKNOWN),
        ("2026年第二季度使用", "9月1日起可用，现租约到期为2026年8月底", Verdict.UNMET),
        ("2026年7月使用", "每年7月停机检修", Verdict.UNMET),
        ("2026年7月使用", "6月至8月空闲", Verdict.MET),
        ("国庆假期（10月1日-7日）不能停产", "全年无休，春节、国庆均正常生产", Verdict.MET),
        ("春节期间不能停产", "工厂春节放假15天", Verdict.UNMET),
        ("2026年8月使用", "2026年8月1日起可入住", Verdict.MET),
        ("2026年3月至5月间任选三天使用", "2026年5月起可用", Verdict.MET),
        ("2026年10月31日前到货", "预计年内可交付", Verdict.UNKNOWN),
        ("2026年6月底前交付", "订单已排至2026年9月", Verdict.UNMET),
        ("2026年6月底前交付", "最早2026年8月交付", Verdict.UNMET),
        ("2026年6月底前交付", "计划2026年5月交付", Verdict.UNKNOWN),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize(
    "text", ["我司2026年3月搬迁，求物流", "公司2025年9月注册成立", "2026年采购计划", "报名截止2026年5月1日", "1.5万件"]
)
def test_what_binds_nobody_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


@given(st.dates(date(2026, 1, 2), date(2027, 12, 30)), st.integers(-1, 1))
def test_a_deadline_includes_its_day(last: date, step: int) -> None:
    done = last + timedelta(days=step)
    request = f"须{last.year}年{last.month}月{last.day}日前交付"
    offer = f"{done.year}年{done.month}月{done.day}日交付"
    assert verdict(request, offer) is (Verdict.MET if done <= last else Verdict.UNMET)


@given(st.dates(date(2026, 1, 10), date(2027, 11, 30)), st.integers(-3, 3), st.integers(-3, 3))
def test_the_free_days_must_take_in_all_that_are_wanted(first: date, start: int, end: int) -> None:
    last = first + timedelta(days=10)
    free = first + timedelta(days=start), last + timedelta(days=end)

    def text(low: date, high: date) -> str:
        return f"{low.year}年{low.month}月{low.day}日至{high.year}年{high.month}月{high.day}日"

    whole = start <= 0 and end >= 0
    assert verdict(f"{text(first, last)}使用", f"{text(*free)}空闲") is (Verdict.MET if whole else Verdict.UNMET)


def test_the_question_quotes_the_days() -> None:
    (requirement,) = demands(Source("2026年10月31日前到货", "detail"))
    assert ask(requirement) == "“2026年10月31日前”能否完成"
