"""Numbers read from cells."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.tabular.numbers import Amount, is_unknown, read_amount


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        ("约1.2亿", "万元", 12000),
        ("３００ 人", "人", 300),
        ("280万元", "万元", 280),
        ("4347312元", "万元", 434.7312),
        ("96.86021万元", "万元", 96.86021),
        ("500万元人民币", "万元", 500),
        ("500万", "万元", 500),
        ("50万元（含税）", "万元", 50),
        ("1,200", "人", 1200),
        ("±0.01mm", "mm", 0.01),
        ("10μm", "mm", 0.01),
        ("12m", "mm", 12000),
        ("1200×800×600mm", "mm", 1200),
        ("1.2m×0.8m", "mm", 1200),
        ("500平方米", "㎡", 500),
        ("3亩", "㎡", 2000),
        ("2吨/平米", "kg/㎡", 2000),
        ("3元/平米/天", "元/㎡/天", 3),
        ("15个工作日", "天", 15),
        ("2周", "天", 14),
        ("2年", "月", 24),
        ("0.8‰", "%", 0.08),
        ("1000人以上", "人", 1000),
        ("-5", "mm", -5),
        ("5万件", None, 50000),
    ],
)
def test_reads_a_number_in_the_unit_of_the_field(cell: str, unit: str | None, value: float) -> None:
    assert read_amount(cell, unit).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("cell", "unit", "header_unit", "value"),
    [
        ("3.2", "万元", "亿元", 32000),
        (1.5, "万元", "亿元", 15000),
        ("500万", "万元", "万元", 500),
        ("3000万元", "万元", "亿元", 3000),
        (5, None, "万件/月", 50000),
        ("5000件", None, "万件/月", 5000),
    ],
)
def test_unit_of_the_header_serves_a_cell_without_one(
    cell: object, unit: str | None, header_unit: str, value: float
) -> None:
    assert read_amount(cell, unit, header_unit=header_unit).value == value


def test_range_gives_both_ends() -> None:
    assert read_amount("7-10天", "天") == Amount(7, 10)
    assert read_amount("3万-5万件", None) == Amount(30000, 50000, "件")
    assert read_amount("3~5万元", "万元") == Amount(3, 5)


def test_words_beside_the_number_are_told() -> None:
    assert read_amount("30天左右", "天").qualified
    assert not read_amount("30天", "天").qualified


@pytest.mark.parametrize(
    ("cell", "unit", "code"),
    [
        ("若干", "人", "number_unreadable"),
        ("2026-03-05", "mm", "number_unreadable"),
        ("149267.89407499.83元", "万元", "number_unreadable"),
        (True, "人", "number_unreadable"),
        (float("inf"), "人", "number_unreadable"),
        ("100万美元", "万元", "unit_unknown"),
        ("5公斤", "mm", "unit_unknown"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(cell: object, unit: str, code: str) -> None:
    with pytest.raises(MatcherError) as caught:
        read_amount(cell, unit)
    assert caught.value.code == code
    assert caught.value.details["remedy"]


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "面议", "公告未明确列示", "N/A", "——", float("nan")])
def test_unknown_is_told_from_a_value(cell: object) -> None:
    assert is_unknown(cell)
    assert not is_unknown("0")


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False))
def test_any_plain_number_reads_as_itself(number: float) -> None:
    assert read_amount(number, "人").value == pytest.approx(number, rel=1e-11, abs=1e-11)
    assert read_amount(f"{number:.6f}", "人").value == pytest.approx(number, rel=1e-9, abs=1e-6)


@given(st.text(max_size=30))
def test_any_text_reads_or_is_refused(text: str) -> None:
    with suppress(MatcherError):
        assert isinstance(read_amount(text, "万元"), Amount)
