"""Numerals: known answers for every way of writing them, and properties of folding and of Chinese numerals."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.quantity.numbers import chinese_number, fold, numbers

_DIGITS = "零一二三四五六七八九"


def _spelt(value: int) -> str:
    """Write 1…99,999,999 in Chinese, as an oracle independent of the reader."""
    if value >= 10_000:
        rest = value % 10_000
        zero = "零" if 0 < rest < 1000 else ""
        return _spelt(value // 10_000) + "万" + (zero + _spelt(rest) if rest else "")
    words, pending = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // place % 10
        if digit:
            words += ("零" if pending and words else "") + _DIGITS[digit] + name
        pending = bool(words) and not digit
    return words


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5", 5, 5),
        ("８万", 80_000, 80_000),
        ("1.5万", 15_000, 15_000),
        ("13,400", 13_400, 13_400),
        ("1,234,567.5", 1_234_567.5, 1_234_567.5),
        ("5×10⁻³", 0.005, 0.005),
        ("三千五百", 3500, 3500),
        ("五十万", 500_000, 500_000),
        ("十二", 12, 12),
        ("两万", 20_000, 20_000),
        ("一亿二千万", 120_000_000, 120_000_000),
        ("1.2亿", 120_000_000, 120_000_000),
        ("一点五", 1.5, 1.5),
        ("十余", 10, 20),
        ("300余", 300, 400),
        ("1500多", 1500, 1600),
        ("3000余万", 30_000_000, 40_000_000),
        ("二十来", 18, 22),
        ("两三", 2, 3),
        ("百分之五", 5, 5),
        ("千分之三", 0.3, 0.3),
    ],
)
def test_a_numeral_has_its_value(text: str, low: float, high: float) -> None:
    (number,) = numbers(fold(text))
    assert [number.low, number.high] == pytest.approx([low, high])
    assert (number.start, number.end) == (0, len(text))


@pytest.mark.parametrize(("text", "value"), [("半年", 0.5), ("单件起做", 1), ("整柜起订", 1)])
def test_half_single_and_whole_are_numerals_before_what_they_count(text: str, value: float) -> None:
    assert numbers(text)[0].low == value


@pytest.mark.parametrize("text", ["半导体", "单位", "整体", "长度"])
def test_the_same_characters_elsewhere_are_words(text: str) -> None:
    assert numbers(text) == []


def test_a_run_of_digits_too_long_to_be_an_amount_is_none() -> None:
    assert numbers("1" * 400) == []


@given(st.integers(min_value=1, max_value=99_999_999))
def test_a_spelt_number_reads_back(value: int) -> None:
    assert chinese_number(_spelt(value)) == value


@given(st.text(max_size=200))
def test_folding_keeps_every_position(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(st.text(alphabet="0123456789一二十百千万亿点余多半.,~至 ×⁻³百分之", max_size=60))
def test_numerals_come_in_order_and_do_not_overlap(text: str) -> None:
    found = numbers(fold(text))
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(number.low <= number.high for number in found)
