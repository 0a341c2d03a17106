"""Units: conversion, ambiguous names, denominators, and the table itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.quantity.units import convert, counted, per_at, unit_at

_LENGTHS = ["mm", "毫米", "cm", "m", "米", "μm", "丝", "nm", "km"]
_MASSES = ["kg", "公斤", "g", "t", "吨", "斤", "kN"]


@pytest.mark.parametrize(
    ("value", "unit", "target", "expected"),
    [
        (1, "丝", "mm", 0.01),
        (1, "吨", "kg", 1000),
        (30, "亩", "㎡", 20_000),
        (200, "ppm", "%", 0.02),
        (3, "‰", "%", 0.3),
        (1, "bar", "MPa", 0.1),
        (5000, "kN", "吨", 500),
        (6000, "W", "kW", 6),
        (1, "周", "天", 7),
        (2, "个月", "天", 60),
        (1.5, "GW", "MW", 1500),
        (1, "英寸", "mm", 25.4),
    ],
)
def test_a_unit_converts(value: float, unit: str, target: str, expected: float) -> None:
    assert convert(value, unit, target) == pytest.approx(expected)


@pytest.mark.parametrize("names", [_LENGTHS, _MASSES])
@given(value=st.floats(min_value=1e-6, max_value=1e9), data=st.data())
def test_conversion_goes_there_and_back(names: list[str], value: float, data: st.DataObject) -> None:
    unit, target = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    assert convert(convert(value, unit, target), target, unit) == pytest.approx(value)


def test_units_of_two_dimensions_do_not_convert() -> None:
    with pytest.raises(MatcherError) as raised:
        convert(1, "吨", "米")
    assert raised.value.code == "unit_mismatch"


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(MatcherError, match="斗") as raised:
        convert(1, "斗", "米")
    assert raised.value.code == "unit_unknown"


@pytest.mark.parametrize(
    ("text", "dimensions", "end"),
    [
        ("mm厚", ["length"], 2),
        ("m³/h", ["volume"], 2),
        ("平方米", ["area"], 3),
        ("方", ["area", "volume"], 1),
        ("个工作日", ["workday"], 4),
        ("个月", ["time"], 2),
        ("件", ["piece"], 1),
        ("MPa", ["pressure"], 3),
        ("TB", ["storage"], 2),
        ("TPU颗粒", [], 0),
        ("A2", [], 0),
        ("", [], 0),
    ],
)
def test_the_longest_unit_that_stands_alone_is_read(text: str, dimensions: list[str], end: int) -> None:
    readings, stop = unit_at(text, 0)
    assert ([unit.dimension for unit in readings], stop) == (dimensions, end)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("/月", ("month",)),
        ("/a", ("year",)),
        ("每天", ("day",)),
        ("/㎡·月", ("area", "month")),
        ("/㎡/天", ("area", "day")),
        ("/个", ("piece",)),
        ("/吨", ("mass",)),
        ("·月", ()),
        ("以上", ()),
    ],
)
def test_a_denominator_says_what_a_rate_is_per(text: str, kinds: tuple[str, ...]) -> None:
    assert per_at(text, 0)[0] == kinds


def test_what_is_counted_is_kept_apart_from_what_is_measured() -> None:
    assert {"piece", "set", "people"} <= counted()
    assert not {"mass", "length", "time"} & counted()
