"""Texts made to be slow: they are read, and nothing is read out of what says nothing."""

from collections.abc import Callable

import pytest

from matcher.quantity import Statement, required, stated

Reader = Callable[[str, str], tuple[Statement, ...]]
SIZE = 20_000
both = pytest.mark.parametrize("read", [required, stated])


def long(piece: str) -> str:
    return piece * (SIZE // len(piece))


@both
@pytest.mark.parametrize(
    "piece",
    [
        *("1", "0", "一二三四", "十", "万", "亿", "零", "1,", "1-", "1.", "1、", "一", "半", "不", "（", "(", "每周"),
        *("2024年", "ISO ", " ", "≥", "±", "的", "与", "需要", "省内", "航空", "无", "正在"),
        *("1-2024年一二每周", "（1,不≥万 "),
    ],
)
def test_nothing_is_read_out_of_junk(read: Reader, piece: str) -> None:
    assert read(long(piece), "detail") == ()


@both
@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("须提前", "1", "天预约"),
        ("每月", "9", "次巡检"),
        ("不低于", "1", "件"),
        ("须一", "二三", "吨"),
        ("交期", "9", "天"),
    ],
)
def test_no_number_has_so_many_digits(read: Reader, before: str, piece: str, after: str) -> None:
    assert read(before + long(piece) + after, "detail") == ()


@both
@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("须有ISO 9001", "航空航天", "好"),
        ("须在上海", "省内", "好"),
        ("不", "需要", "好好好好甲醛"),
        ("不含", "与", "的的的的的的的的的的的的甲醛"),
        ("距上海", "仅需", "好公里"),
        ("须有", "自动", "激光切割好"),
    ],
)
def test_what_may_be_read_in_many_ways_is_read(read: Reader, before: str, piece: str, after: str) -> None:
    few, many = before + piece * 28 + after, before + long(piece) + after
    for text in (few, many):
        found = read(text, "detail")
        assert all(text[each.span.start : each.span.end] == each.span.text for each in found)
    assert {each.topic for each in read(few, "detail")} <= {
        "certificate",
        "standard",
        "site",
        "equipment",
        "term_formaldehyde",
    }


@both
@pytest.mark.parametrize("piece", ["8:00-", "24小时", "IT7", "3台", "苏州", "面积100㎡", "1×", "百分之"])
def test_what_repeats_is_read_in_order(read: Reader, piece: str) -> None:
    found = read(long(piece), "detail")
    starts = [each.span.start for each in found]
    assert starts == sorted(starts)
    assert all(each.span.text for each in found)
