"""Dates read from cells."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from matcher.tabular.dates import Edge, read_date

AS_OF = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (45000, date(2023, 3, 15)),
        ("45000.0", date(2023, 3, 15)),
        ("2026.3.5", date(2026, 3, 5)),
        ("20260305", date(2026, 3, 5)),
        (20260305, date(2026, 3, 5)),
        ("２０２６年３月５日", date(2026, 3, 5)),
        ("2026/3/5 12:30:00", date(2026, 3, 5)),
        ("2026-03-05T00:00:00Z", date(2026, 3, 5)),
        ("2026年3月5日前", date(2026, 3, 5)),
        (datetime(2026, 3, 5, 8), date(2026, 3, 5)),
        ("2026年3月底", date(2026, 3, 31)),
        ("2026年3月中旬", date(2026, 3, 20)),
        ("2026-3", date(2026, 3, 31)),
        ("2026年一季度", date(2026, 3, 31)),
        ("2026Q2", date(2026, 6, 30)),
        ("2026年上半年", date(2026, 6, 30)),
        ("2026年", date(2026, 12, 31)),
        ("年底", date(2026, 12, 31)),
        ("月底", date(2026, 11, 30)),
        ("明年3月", date(2027, 3, 31)),
        ("3月底", date(2027, 3, 31)),
        ("12月底", date(2026, 12, 31)),
        ("即日起", AS_OF),
    ],
)
def test_end_of_what_a_cell_says(cell: object, day: date) -> None:
    assert read_date(cell, as_of=AS_OF, edge=Edge.END) == day


def test_start_of_a_stretch_is_its_first_day() -> None:
    assert read_date("2026年3月", as_of=AS_OF, edge=Edge.START) == date(2026, 3, 1)
    assert read_date("2026年下半年", as_of=AS_OF, edge=Edge.START) == date(2026, 7, 1)


@pytest.mark.parametrize("cell", ["长期", "长期有效", "不限"])
def test_open_ended_is_none(cell: str) -> None:
    assert read_date(cell, as_of=AS_OF, edge=Edge.END) is None


@pytest.mark.parametrize("cell", ["abc", "2026-02-30", "13月", "13", "5", 12, True, ""])
def test_what_is_no_date_is_refused(cell: object) -> None:
    with pytest.raises(MatcherError) as caught:
        read_date(cell, as_of=AS_OF, edge=Edge.END)
    assert caught.value.code == "date_unreadable"


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)))
def test_every_way_to_write_a_day_means_that_day(day: date) -> None:
    for text in (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y.%m.%d}"):
        assert read_date(text, as_of=AS_OF, edge=Edge.START) == day


@given(st.integers(1, 12))
def test_a_month_without_year_is_the_next_one(month: int) -> None:
    day = read_date(f"{month}月底", as_of=AS_OF, edge=Edge.END)
    assert day is not None
    assert day >= AS_OF
    assert (day - AS_OF).days < 366
