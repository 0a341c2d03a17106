"""Windows as quantities: even over their days, by occurrences, in another unit, less what is promised."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.capacity import Commitment, Days, Doubt, committed, cut, rate_of, supplies, unit_factor, within
from matcher.domain import Posting, PostingKind, Window

START = date(2026, 12, 1)
MONTH = Days(START, date(2026, 12, 31))


def posting(*windows: Window, **attributes: object) -> Posting:
    return Posting(
        id="p",
        enterprise_id="e",
        kind=PostingKind.IDLE_CAPACITY,
        title="夜班产能",
        windows=windows,
        attributes=attributes,
    )


def held(window: Window, days: Days = MONTH, unit: str = "件", **attributes: object) -> float:
    (supply,) = supplies(posting(window, **attributes), unit)
    return within(supply, days)


def test_a_dated_window_is_even_over_its_days() -> None:
    window = Window(from_date=START, until_date=date(2026, 12, 30), amount=300, unit="件")
    assert held(window) == 300
    assert held(window, Days(START, START)) == 10
    assert held(window, Days(date(2026, 12, 29), date(2027, 1, 31))) == 20
    assert held(window, Days(date(2026, 12, 31), date(2027, 1, 31))) == 0


def test_a_recurring_window_has_its_amount_each_time() -> None:
    window = Window(from_date=START, recurs="每周一至周五", amount=8, unit="小时")
    assert held(window, unit="小时") == 8 * 23
    assert held(window, Days(date(2026, 12, 5), date(2026, 12, 6)), unit="小时") == 0
    monthly = Window(from_date=START, until_date=date(2026, 12, 15), recurs="每月", amount=310, unit="件")
    assert held(monthly) == 150


@pytest.mark.parametrize(
    ("window", "doubt"),
    [
        (Window(recurs="需预约", amount=3), Doubt.APPOINTMENT),
        (Window(from_date=START, until_date=START), Doubt.NO_AMOUNT),
        (Window(amount=3), Doubt.NO_PERIOD),
        (Window(from_date=START, amount=3, unit="千克"), Doubt.UNIT),
    ],
)
def test_what_is_not_said_is_to_be_asked(window: Window, doubt: Doubt) -> None:
    (supply,) = supplies(posting(window), "件")
    assert supply.doubt is doubt
    assert within(supply, MONTH) == 0


def test_no_window_is_to_be_asked() -> None:
    assert [one.doubt for one in supplies(posting(), "件")] == [Doubt.NO_WINDOW]


def test_a_window_without_an_amount_goes_by_the_stated_rate() -> None:
    window = Window(from_date=START, until_date=date(2026, 12, 31))
    assert held(window, idle_amount=365, capacity_unit="件/月") == pytest.approx(365 * 31 / (365 / 12))
    assert held(window, idle_amount=70, capacity_unit="件/周") == pytest.approx(310)
    assert rate_of(posting(idle_amount=850, capacity_unit="件")) is None


def test_a_rate_is_spread_over_time_whatever_the_days() -> None:
    window = Window(from_date=START, until_date=date(2026, 12, 31), recurs="每周六、周日", amount=96, unit="小时/月")
    assert held(window, unit="小时") == pytest.approx(96 * 31 / (365 / 12))
    nights = Window(from_date=START, recurs="每晚", amount=900, unit="点/晚")
    assert held(nights, Days(START, date(2026, 12, 10)), unit="点") == 9000
    same = Window(from_date=START, recurs="每周一至周六", amount=420, unit="支")
    assert held(same, unit="支", idle_amount=420, capacity_unit="支/月") == pytest.approx(420 * 31 / (365 / 12))


def test_a_price_by_weight_is_converted() -> None:
    window = Window(from_date=START, until_date=MONTH.last, amount=2, unit="吨")
    assert supplies(posting(window, price="11元/kg"), "吨")[0].price == 11000


def test_units_are_converted_with_price_and_least_order() -> None:
    window = Window(from_date=START, until_date=MONTH.last, amount=2, unit="吨", min_order=0.5, price=3000)
    (supply,) = supplies(posting(window), "千克")
    assert (supply.amount, supply.min_order, supply.price) == (2000, 500, 3)


def test_machine_hours_make_pieces() -> None:
    window = Window(from_date=START, until_date=MONTH.last, amount=100, unit="小时", price=50)
    (supply,) = supplies(posting(window), "件", hours_per_unit=0.5)
    assert (supply.amount, supply.price) == (200, 25)
    assert unit_factor("小时", "件") is None
    assert unit_factor(None, "件") == 1


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("8600元/班", 8600),
        ("1.2万元/班", 12000),
        ("8600元/天", None),
        ("面议", None),
        ("5元/班，夜班8元/班", None),
        ("5至8元/班", None),
        ("5元/班起", None),
    ],
)
def test_a_price_in_words(text: str, price: float | None) -> None:
    window = Window(from_date=START, until_date=MONTH.last, amount=10, unit="班")
    assert supplies(posting(window, price=text), "班")[0].price == price


def test_promises_are_even_over_their_days() -> None:
    promised = [Commitment(first=START, last=date(2026, 12, 10), amount=100, unit="件")]
    assert committed(promised, "件", Days(START, date(2026, 12, 5))) == 50
    assert committed(promised, "千克", MONTH) == 0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), min_size=1, max_size=5))
def test_pieces_cover_the_stretches_and_do_not_overlap(spans: list[tuple[int, int]]) -> None:
    stretches = [Days(START + timedelta(days=a), START + timedelta(days=a + n)) for a, n in spans]
    pieces = cut(stretches)
    days = {START + timedelta(days=a + i) for a, n in spans for i in range(n + 1)}
    listed = [piece.first + timedelta(days=i) for piece in pieces for i in range(piece.count)]
    assert len(listed) == len(set(listed))
    assert set(listed) == days
    assert all(one.common(piece) in (0, piece.count) for one in stretches for piece in pieces)


@given(st.integers(1, 60), st.floats(0, 1000), st.integers(0, 59))
def test_the_parts_of_a_window_add_up(days: int, amount: float, at: int) -> None:
    last = START + timedelta(days=days - 1)
    (supply,) = supplies(posting(Window(from_date=START, until_date=last, amount=amount, unit="件")), "件")
    middle = START + timedelta(days=at)
    parts = within(supply, Days(START, middle)) + within(
        supply, Days(middle + timedelta(days=1), last + timedelta(days=60))
    )
    assert parts == pytest.approx(amount)
