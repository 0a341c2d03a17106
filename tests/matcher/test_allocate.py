"""The split of an order: equal to trying every split of small ones, and never against a rule on larger ones."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.allocate import Machine, Objective, Offer, Order, Slot
from matcher.allocate_check import verify
from matcher.allocate_solve import allocate
from matcher.capacity import Commitment, Days, Doubt, Supply
from matcher.domain import Window

START = date(2026, 12, 1)
WEEKS = tuple(Days(START + timedelta(days=7 * n), START + timedelta(days=7 * n + 6)) for n in range(3))


def supply(n: int, amount: float, price: float | None = 1.0, least: float = 0.0, days: Days | None = None) -> Supply:
    week = days or WEEKS[n - 1]
    window = Window(from_date=week.first, until_date=week.last, amount=amount, unit="件", min_order=least, price=price)
    return Supply(window=window, number=n, amount=amount, min_order=least, price=price, unit="件")


def offer(name: str, *supplies: Supply, **more: object) -> Offer:
    return Offer(id=name, firm=f"f{name}", supplies=supplies, **({"score": 0.5} | more))  # type: ignore[arg-type]


def order(*amounts: float, most: int = 3, **more: object) -> Order:
    slots = tuple(Slot(days=WEEKS[n], amount=amount) for n, amount in enumerate(amounts))
    return Order(slots=slots, unit="件", most=most, **more)  # type: ignore[arg-type]


def ways(one: Offer, weeks: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every way to use an offer: what it makes each week, and what that costs."""
    rooms = [int(each.amount or 0) for each in one.supplies]
    for made in product(*(range(room + 1) for room in rooms)):
        total = sum(made)
        if any(0 < m < each.min_order for m, each in zip(made, one.supplies, strict=True)):
            continue
        if total and (total < one.least or (one.largest is not None and total > one.largest)):
            continue
        by_week = [0] * weeks
        for m, each in zip(made, one.supplies, strict=True):
            if each.number <= weeks:
                by_week[each.number - 1] += m
        if sum(by_week) == total:
            cost = sum(m * (each.price or 0.0) for m, each in zip(made, one.supplies, strict=True))
            yield tuple(by_week), cost


def brute(it: Order, offers: list[Offer]) -> tuple[float, float]:
    """Return the least that stays short and then the least cost (or minus the best fit), by trying everything."""
    wanted = [int(slot.amount) for slot in it.slots]
    states: dict[tuple[tuple[int, ...], frozenset[str]], float] = {((0,) * len(wanted), frozenset()): 0.0}
    for one in offers:
        after: dict[tuple[tuple[int, ...], frozenset[str]], float] = {}
        for (made, firms), cost in states.items():
            for more, price in ways(one, len(wanted)):
                total = tuple(a + b for a, b in zip(made, more, strict=True))
                used = firms | {one.firm} if sum(more) else firms
                if len(used) > it.most or any(a > b for a, b in zip(total, wanted, strict=True)):
                    continue
                value = cost + (price if it.objective is Objective.COST else -one.score * sum(more))
                after[total, used] = min(value, after.get((total, used), np.inf))
        states = after
    return min((sum(wanted) - sum(made), cost) for (made, _), cost in states.items())


SUPPLIES = st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(0, 3))
OFFERS = st.tuples(
    st.tuples(SUPPLIES, SUPPLIES),
    st.integers(0, 4),
    st.none() | st.integers(1, 6),
    st.integers(0, 2),
    st.integers(0, 10),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(OFFERS, min_size=1, max_size=4),
    st.tuples(st.integers(0, 6), st.integers(0, 6)),
    st.integers(1, 3),
    st.sampled_from(Objective),
)
def test_equal_to_trying_every_split(
    rows: list[tuple[tuple[tuple[int, int, int], ...], int, int | None, int, int]],
    amounts: tuple[int, int],
    most: int,
    objective: Objective,
) -> None:
    offers = [
        Offer(
            id=f"o{n}",
            firm=f"f{firm}",
            score=score / 10,
            supplies=tuple(supply(w, room, price, least) for w, (room, price, least) in enumerate(windows, start=1)),
            least=least,
            largest=largest,
        )
        for n, (windows, least, largest, firm, score) in enumerate(rows)
    ]
    it = order(*amounts, most=most, objective=objective)
    short, value = brute(it, offers)
    found = allocate(it, offers)
    assert verify(it, offers, (), found) == ()
    assert found.short == pytest.approx(short, abs=1e-6)
    assert (found.cost if objective is Objective.COST else -found.fit) == pytest.approx(value, abs=1e-5)
    assert found.bound == pytest.approx(value if objective is Objective.COST else -value, abs=1e-5)
    assert {one.offer for one in found.left_out} == {one.id for one in offers} - {share.offer for share in found.shares}
    assert all(one.reason for one in found.left_out)


def test_the_cheapest_that_may_be_used() -> None:
    offers = [
        offer("a", supply(1, 50, 3)),
        offer("b", supply(1, 50, 2)),
        offer("c", supply(1, 50, 1), barred="没有证书"),
    ]
    found = allocate(order(60), offers)
    assert [(share.offer, share.amount) for share in found.shares] == [("a", 10), ("b", 50)]
    assert (found.cost, found.short, found.proven) == (130, 0, True)
    assert [(one.offer, one.code, one.reason) for one in found.left_out] == [("c", "condition", "没有证书")]
    assert [(use.offer, use.before, use.after) for use in found.uses] == [("a", 0, 0.2), ("b", 0, 1)]


@pytest.mark.parametrize(("least", "used"), [(9, ("a",)), (10, ("a",)), (11, ("b",))])
def test_the_least_order_at_its_bound(least: int, used: tuple[str, ...]) -> None:
    offers = [offer("a", supply(1, 50, 1), least=least), offer("b", supply(1, 50, 9))]
    found = allocate(order(10), offers)
    assert tuple(share.offer for share in found.shares) == used


@pytest.mark.parametrize(("most", "short"), [(1, 20), (2, 10), (3, 0), (4, 0)])
def test_no_more_firms_than_wanted(most: int, short: int) -> None:
    offers = [offer(name, supply(1, 10)) for name in "abcd"]
    found = allocate(order(30, most=most), offers)
    assert found.short == short
    assert len(found.firms) == min(most, 3)


def test_best_fit_instead_of_least_cost() -> None:
    offers = [offer("a", supply(1, 50, 1), score=0.2), offer("b", supply(1, 50, 9), score=0.9)]
    assert allocate(order(10, objective=Objective.FIT), offers).shares[0].offer == "b"
    assert allocate(order(10), offers).shares[0].offer == "a"


def test_what_is_promised_is_not_promised_twice() -> None:
    promised = Commitment(first=WEEKS[0].first, last=WEEKS[0].last, amount=45, unit="件")
    offers = [offer("a", supply(1, 50, 1), commitments=(promised,))]
    found = allocate(order(10), offers)
    assert (found.covered, found.short) == (5, 5)
    assert found.uses[0].before == pytest.approx(0.9)
    assert found.uses[0].after == pytest.approx(1.0)
    full = replace(offers[0], commitments=(promised, replace(promised, amount=5)))
    assert allocate(order(10), [full]).left_out[0].code == "taken"


def test_why_an_offer_is_left_out() -> None:
    offers = [
        offer("time", supply(3, 50)),
        offer("open", Supply(window=Window(), number=1, doubt=Doubt.NO_WINDOW)),
        offer("unit", Supply(window=Window(), number=1, doubt=Doubt.UNIT)),
        offer("large", supply(1, 500), least=100),
        offer("dear", supply(1, 50, 99)),
        offer("good", supply(1, 50, 1)),
    ]
    found = allocate(order(10), offers)
    codes = {one.offer: one.code for one in found.left_out}
    assert codes == {"time": "time", "open": "open", "unit": "unit", "large": "min_order", "dear": "worse"}
    worse = next(one for one in found.left_out if one.offer == "dear")
    assert worse.reason == "单价 99 元，高于入选的最高单价 1 元"


def test_a_price_that_is_not_stated_is_not_guessed() -> None:
    offers = [offer("a", supply(1, 5, 2)), offer("b", supply(1, 5, None))]
    found = allocate(order(8), offers)
    assert (found.cost, found.unpriced) == (10, 3)
    assert [share.price for share in found.shares] == [2, None]


def test_a_line_borrows_the_machine_it_lacks() -> None:
    lacking = offer("line", supply(1, 100, 1))
    dear = offer("dear", supply(1, 100, 9))
    hours = Window(from_date=WEEKS[0].first, until_date=WEEKS[0].last, amount=30, unit="小时", price=4)
    machine = Machine(
        id="press",
        firm="large",
        supplies=(Supply(window=hours, number=1, amount=30, price=4),),
        lines=frozenset({"line"}),
        per_unit=0.5,
    )
    it = order(80, most=3)
    found = allocate(it, [lacking, dear], [machine])
    assert verify(it, [lacking, dear], [machine], found) == ()
    assert [(s.offer, s.amount, s.machine, s.price) for s in found.shares] == [
        ("line", 60, "press", 3),
        ("dear", 20, None, 9),
    ]
    assert found.firms == ("fline", "large", "fdear")
    assert [(use.offer, use.idle, use.after) for use in found.uses][-1] == ("press", 30, 1)
    two = allocate(order(80, most=2), [lacking, dear], [machine])
    assert [share.offer for share in two.shares] == ["dear"]


def test_orders_whose_parts_overlap_in_time() -> None:
    both = Days(WEEKS[0].first, WEEKS[1].last)
    it = Order(slots=(Slot(days=WEEKS[0], amount=10), Slot(days=both, amount=10)), unit="件", most=2)
    offers = [offer("a", supply(1, 12, 1)), offer("b", supply(2, 20, 2))]
    found = allocate(it, offers)
    assert (found.short, found.cost) == (0, 12 + 16)
    assert verify(it, offers, (), found) == ()


def test_an_order_nobody_can_serve() -> None:
    found = allocate(order(10), [])
    assert (found.shares, found.short, found.covered) == ((), 10, 0)


def test_checks_find_what_is_broken() -> None:
    offers = [offer("a", supply(1, 50, 3), least=5), offer("b", supply(1, 50, 2), barred="否")]
    it = order(10, most=1)
    good = allocate(it, offers)
    (share,) = good.shares
    broken = [
        replace(good, covered=9.0),
        replace(good, shares=(replace(share, amount=60.0),), covered=60.0, short=-50.0, cost=180.0),
        replace(good, shares=(replace(share, amount=4.0),), covered=4.0, short=6.0, cost=12.0),
        replace(good, shares=(replace(share, offer="b", firm="fb"),)),
        replace(good, shares=(share, replace(share, offer="b", firm="fb"))),
        replace(good, shares=(replace(share, days=WEEKS[2]),)),
        replace(good, cost=1.0),
        replace(good, shares=(replace(share, machine="x"),)),
    ]
    assert all(verify(it, offers, (), one) for one in broken)
