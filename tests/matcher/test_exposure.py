"""How uneven lists are, and how far room is made: known answers, bounds, and caps that hold."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import SizeClass
from matcher.exposure import adjustments, gini, limits, small_share, spread

counts = st.lists(st.integers(0, 1000), min_size=1, max_size=30)
NEWCOMER = limits().newcomer


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0.0),
        ([0, 0], 0.0),
        ([7], 0.0),
        ([2, 2, 2], 0.0),
        ([1, 3], 0.25),
        ([0, 0, 1], 2 / 3),
        ([1, 2, 3, 4], 0.25),
        ([0] * 99 + [5], 0.99),
    ],
)
def test_gini_known_answers(values: list[int], expected: float) -> None:
    assert gini(values) == pytest.approx(expected)


@given(counts, st.integers(1, 9))
def test_gini_is_bounded_and_blind_to_scale_and_order(values: list[int], factor: int) -> None:
    found = gini(values)
    assert 0 <= found < 1
    assert gini([value * factor for value in reversed(values)]) == pytest.approx(found)
    assert gini(values * 2) == pytest.approx(found)


@given(counts)
def test_gini_is_half_the_mean_difference(values: list[int]) -> None:
    total = sum(values)
    differences = sum(abs(a - b) for a in values for b in values)
    assert gini(values) == pytest.approx(differences / (2 * len(values) * total) if total else 0.0)


def test_small_share_counts_places() -> None:
    sizes = {"a": SizeClass.LARGE, "b": SizeClass.SMALL, "c": SizeClass.MICRO, "d": SizeClass.MEDIUM}
    assert small_share({"a": 4, "b": 1, "c": 2, "gone": 1}, sizes) == 3 / 8
    assert small_share({"a": 4}, sizes) == 0
    assert small_share({}, sizes) is None


def test_the_often_shown_fall_and_small_newcomers_rise() -> None:
    sizes = {"often": SizeClass.LARGE, "mean": SizeClass.LARGE, "new": SizeClass.SMALL, "big": SizeClass.LARGE}
    moved = adjustments(sizes, {"often": 15, "mean": 5}, limits())
    assert moved["often"] == {"exposure": -0.1733}
    assert moved["mean"] == {}
    assert moved["big"] == {"exposure": 0.1733}
    assert moved["new"] == {"exposure": 0.1733, "newcomer": NEWCOMER}


def test_before_anybody_was_shown_only_small_newcomers_move() -> None:
    sizes = {"s": SizeClass.SMALL, "m": SizeClass.MICRO, "l": SizeClass.LARGE, "u": SizeClass.UNKNOWN}
    assert adjustments(sizes, {}, limits()) == {
        "s": {"newcomer": NEWCOMER},
        "m": {"newcomer": NEWCOMER},
        "l": {},
        "u": {},
    }
    assert adjustments({}, {"s": 1}, limits()) == {}


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.sampled_from(SizeClass), st.integers(0, 10**6)), max_size=9))
def test_adjustments_are_bounded_and_fall_with_places(firms: dict[str, tuple[SizeClass, int]]) -> None:
    shown = {firm: places for firm, (_, places) in firms.items()}
    moved = adjustments({firm: size for firm, (size, _) in firms.items()}, shown, limits())
    assert moved.keys() == firms.keys()
    for own in moved.values():
        assert abs(own.get("exposure", 0.0)) <= limits().limit
        assert own.get("newcomer", NEWCOMER) == NEWCOMER
    by_places = [moved[firm].get("exposure", 0.0) for firm in sorted(firms, key=lambda firm: shown[firm])]
    assert by_places == sorted(by_places, reverse=True)
    assert not any("newcomer" in moved[firm] for firm in firms if shown[firm])


def test_spread_gives_the_weightiest_first_and_counts_what_it_withheld() -> None:
    offers = [("a", "x", 3.0), ("b", "x", 2.0), ("b", "y", 1.0), ("a", "y", 0.5), ("a", "x", 0.1)]
    found = spread(offers, {"a": 2, "b": 2}, 1)
    assert found.lists == {"a": (0,), "b": (2,)}
    assert found.withheld == {"a": 1, "b": 1}
    assert spread(offers, {"a": 2, "b": 1}, 2).lists == {"a": (0, 3), "b": (1,)}


def test_spread_breaks_ties_by_id() -> None:
    offers = [("b", "x", 1.0), ("a", "y", 1.0), ("a", "x", 1.0)]
    assert spread(offers, {"a": 1, "b": 1}, 1).lists == {"b": (), "a": (2,)}


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz"), st.integers(0, 5)), max_size=40),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_spread_keeps_its_caps_and_leaves_no_room(offers: list[tuple[str, str, int]], k: int, most: int) -> None:
    given_ = [(asker, firm, float(weight)) for asker, firm, weight in offers]
    lists = spread(given_, dict.fromkeys("abcd", k), most).lists
    pairs = [(asker, given_[place][1]) for asker, places in lists.items() for place in places]
    used = Counter(firm for _, firm in pairs)
    assert len(set(pairs)) == len(pairs)
    assert all(len(places) <= k for places in lists.values())
    assert all(count <= most for count in used.values())
    for asker, firm, _ in given_:
        assert (asker, firm) in pairs or len(lists[asker]) == k or used[firm] == most
