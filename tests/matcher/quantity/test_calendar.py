from datetime import date
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.quantity.calendar import base_year, shifted, stretches
from matcher.quantity.numbers import fold


def day(text: str) -> float:
    return float(date.fromisoformat(text).toordinal())


def days(text: str) -> list[tuple[float, float]]:
    return [(each.low, each.high) for each in stretches(fold(text))]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026年3月至5月", "2026-03-01", "2026-05-31"),
        ("2026年7-8月", "2026-07-01", "2026-08-31"),
        ("2026年3月10日到20日", "2026-03-10", "2026-03-20"),
        ("2026年4月1日至5月10日", "2026-04-01", "2026-05-10"),
        ("2026年12月20日—2027年1月10日", "2026-12-20", "2027-01-10"),
        ("2026年12月至次年2月", "2026-12-01", "2027-02-28"),
        ("2026年第二季度", "2026-04-01", "2026-06-30"),
        ("2026年Q3", "2026-07-01", "2026-09-30"),
        ("2026年上半年", "2026-01-01", "2026-06-30"),
        ("2026年全年", "2026-01-01", "2026-12-31"),
        ("2026年3月上旬", "2026-03-01", "2026-03-10"),
        ("2026年8月底", "2026-08-27", "2026-08-31"),
        ("2026年国庆假期", "2026-10-01", "2026-10-07"),
        ("2026年春节", "2026-02-15", "2026-02-23"),
        ("2026-03-01至2026-05-31", "2026-03-01", "2026-05-31"),
        ("2026.3-2026.5", "2026-03-01", "2026-05-31"),
        ("6月10日~6月25日（2026年）", "2026-06-10", "2026-06-25"),
        ("２０２６年３月", "2026-03-01", "2026-03-31"),
    ],
)
def test_stretches_of_days(text: str, first: str, last: str) -> None:
    assert days(text)[0] == (day(first), day(last))


def test_listed_months_take_the_year_said_before() -> None:
    assert days("2026年全年开放，其中3、4、5月未签约")[1] == (day("2026-03-01"), day("2026-05-31"))


def test_before_a_day_includes_it_and_before_a_month_does_not() -> None:
    assert days("2026年10月31日前") == [(-inf, day("2026-10-31"))]
    assert days("2026年10月前") == [(-inf, day("2026-09-30"))]
    assert days("2026年10月底前") == [(-inf, day("2026-10-31"))]


def test_since_a_day_includes_it_and_after_a_feast_does_not() -> None:
    assert days("2026年9月1日起") == [(day("2026-09-01"), inf)]
    assert days("2026年国庆后") == [(day("2026-10-08"), inf)]


def test_a_date_without_a_year_lies_in_the_base_year() -> None:
    (found,) = stretches("每年7月至8月停机")
    assert not found.dated
    assert date.fromordinal(int(found.low)).year == base_year()


@pytest.mark.parametrize(
    "text",
    [
        "1.5万件",
        "2月30日",
        "13月",
        "近三月内",
        "M2.5×8",
        "8.8至12.9级",
        "一千五一款",
        "提前一月预警",
        "每月一次",
        "Q355钢",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert days(text) == []


@given(st.dates(date(2024, 1, 1), date(2032, 12, 31)))
def test_every_day_is_read_back(when: date) -> None:
    assert days(f"于{when.year}年{when.month}月{when.day}日使用") == [(when.toordinal(), when.toordinal())]


@given(st.dates(date(2004, 1, 1), date(2032, 12, 31)), st.integers(-4, 4))
def test_shifting_moves_the_year_only(when: date, years: int) -> None:
    moved = date.fromordinal(int(shifted(float(when.toordinal()), years)))
    assert moved.year == when.year + years
    assert (moved.month, moved.day) == (when.month, when.day) or (when.month, when.day) == (2, 29)


def test_shifting_an_open_end_keeps_it_open() -> None:
    assert shifted(inf, 3) == inf
