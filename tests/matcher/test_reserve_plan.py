"""Which items to reserve: the gap closed at the least loss, equal to trying every choice."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.policy.procurement import Category, Item, Reserved, reserves
from matcher.reserve_plan import suggest

SEED, TODAY = date(2019, 6, 1), date(2026, 11, 23)


def item(name: str, budget: float, reserved: Reserved = Reserved.NONE, **more: object) -> Item:
    return Item(name=name, category=Category.GOODS, budget_wan=budget, reserved=reserved, **more)  # type: ignore[arg-type]


def test_items_below_the_threshold_come_first() -> None:
    found = suggest([item("小", 200), item("大", 300, Reserved.SMALL_MICRO)], {"小": 0.5, "大": 0.5}, TODAY)
    assert (found.items, found.kept) == (("小",), True)


def test_the_better_served_item_is_reserved() -> None:
    items = [item("难", 500), item("易", 500), item("余", 500)]
    found = suggest(items, {"难": 0.2, "易": 0.9, "余": 0.5}, TODAY)
    assert (found.items, found.kept) == (("易",), True)


def test_an_item_nobody_can_serve_is_not_suggested() -> None:
    found = suggest([item("无", 900), item("小", 210)], {"小": 0.6}, TODAY)
    assert (found.items, found.kept) == (("小",), False)


def test_a_plan_that_is_kept_needs_nothing() -> None:
    assert suggest([item("a", 1000, Reserved.SMALL_MICRO)], {"a": 0.5}, TODAY).items == ()


ROWS = st.tuples(st.integers(1, 30), st.sampled_from(Reserved), st.none() | st.integers(0, 10))


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=6))
def test_equal_to_trying_every_choice(rows: list[tuple[int, Reserved, int | None]]) -> None:
    items = [item(f"i{n}", budget, reserved) for n, (budget, reserved, _) in enumerate(rows)]
    fit = {f"i{n}": value / 10 for n, (_, _, value) in enumerate(rows) if value is not None}

    def kept(chosen: tuple[str, ...]) -> bool:
        planned = [
            item(one.name, one.budget_wan, Reserved.SMALL_MICRO if one.name in chosen else one.reserved)
            for one in items
        ]
        return all(reserve.kept for reserve in reserves(planned, SEED))

    def loss(chosen: tuple[str, ...]) -> float:
        return sum(one.budget_wan * (1 - fit[one.name] + 1e-6) for one in items if one.name in chosen)

    open_ = [one.name for one in items if one.name in fit and one.reserved is not Reserved.SMALL_MICRO]
    choices = [chosen for size in range(len(open_) + 1) for chosen in combinations(open_, size) if kept(chosen)]
    found = suggest(items, fit, SEED)
    assert found.kept == bool(choices)
    if choices:
        assert loss(found.items) == pytest.approx(min(map(loss, choices)))
