"""Recurring times in words: which days they mean, and which words fix none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.recurrence import is_regular, occurrences

FIRST, LAST = date(2026, 11, 23), date(2026, 12, 31)  # from a Monday to a Thursday


@pytest.mark.parametrize(
    ("words", "count", "first"),
    [
        ("每天", 39, (date(2026, 11, 23), date(2026, 11, 23))),
        ("每周一至周五", 29, (date(2026, 11, 23), date(2026, 11, 23))),
        ("工作日夜班", 29, (date(2026, 11, 23), date(2026, 11, 23))),
        ("周末", 5, (date(2026, 11, 28), date(2026, 11, 29))),
        ("每月第一、三周", 2, (date(2026, 12, 1), date(2026, 12, 7))),
        ("每晚", 39, (date(2026, 11, 23), date(2026, 11, 23))),
        ("每月1—10日", 1, (date(2026, 12, 1), date(2026, 12, 10))),
        ("周六日", 10, (date(2026, 11, 28), date(2026, 11, 28))),
        ("每周二、四", 12, (date(2026, 11, 24), date(2026, 11, 24))),
        ("星期五到星期一", 21, (date(2026, 11, 23), date(2026, 11, 23))),
        ("每周", 6, (date(2026, 11, 23), date(2026, 11, 29))),
        ("每月", 2, (date(2026, 11, 1), date(2026, 11, 30))),
        ("每月5日至10日", 1, (date(2026, 12, 5), date(2026, 12, 10))),
        ("每月31日", 2, (date(2026, 11, 30), date(2026, 11, 30))),
        ("每月下旬", 2, (date(2026, 11, 21), date(2026, 11, 30))),
        ("每月最后一周", 2, (date(2026, 11, 24), date(2026, 11, 30))),
        ("周末及每月末周", 5, (date(2026, 11, 24), date(2026, 11, 30))),
        ("每季度", 1, (date(2026, 10, 1), date(2026, 12, 31))),
        ("每年11至12月", 1, (date(2026, 11, 1), date(2026, 12, 31))),
        ("夜班", 39, (date(2026, 11, 23), date(2026, 11, 23))),
    ],
)
def test_words(words: str, count: int, first: tuple[date, date]) -> None:
    found = occurrences(words, FIRST, LAST)
    assert found is not None
    assert found[0] == first
    assert len(found) == count


@pytest.mark.parametrize("words", ["需提前预约", "节假日", "面议", "看情况"])
def test_words_that_fix_no_time(words: str) -> None:
    assert occurrences(words, FIRST, LAST) is None
    assert not is_regular(words)


@given(
    st.sampled_from(["每天", "每周一至周五", "周末", "每周", "每月", "每月5日至10日", "每季度", "周末及每月末周"]),
    st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    st.integers(0, 400),
)
def test_occurrences_touch_the_days_asked_for_and_stand_in_order(words: str, first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    found = occurrences(words, first, last)
    assert found is not None
    assert list(found) == sorted(set(found))
    assert all(low <= high and low <= last and high >= first for low, high in found)
