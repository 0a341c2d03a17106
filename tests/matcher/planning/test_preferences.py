"""Whom to suggest to whom, and what a cell says of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.planning.candidates import Bars
from matcher.planning.model import Bar, Programme, Rules, Stance, Wish, pair_key
from matcher.planning.preferences import merged_wishes, stance_of, suggestions
from tests.matcher.planning.generate import programmes
from tests.matcher.planning.small import programme


def partners(found: Programme, one: str, count: int = 9) -> list[str]:
    scored = suggestions(found, count).get(one, ())
    return [scored.pair[1] if scored.pair[0] == one else scored.pair[0] for scored in scored]


def test_the_best_partners_lead() -> None:
    assert partners(programme(), "h1") == ["g1", "g2"]
    assert partners(programme(), "g1") == ["h1", "h2"]
    assert partners(programme(), "g1", 1) == ["h1"]
    assert partners(programme(), "g1", 0) == []


def test_those_asked_for_lead_even_below_the_floor_or_without_a_score() -> None:
    wishes = (
        Wish(of="h1", about="g2", stance=Stance.FINE),
        Wish(of="h1", about="g3", stance=Stance.WANT),
        Wish(of="g3", about="h2", stance=Stance.WANT),
    )
    asked = programme(Rules(floor=500), wishes=wishes)
    assert partners(asked, "h1") == ["g2", "g3", "g1"]
    assert partners(asked, "g3") == ["h2", "h1"]


@pytest.mark.parametrize(("of", "about"), [("h1", "g1"), ("g1", "h1")])
def test_a_veto_of_either_side_takes_the_pair_out_for_both(of: str, about: str) -> None:
    wishes = (Wish(of=of, about=about, stance=Stance.NO), Wish(of=about, about=of, stance=Stance.MUST))
    vetoed = programme(wishes=wishes)
    assert Bars(vetoed).of(pair_key(of, about)) is Bar.VETO
    assert partners(vetoed, "h1") == ["g2"]
    assert partners(vetoed, "g1") == ["h2"]


@given(programmes(), st.integers(0, 4))
def test_what_is_suggested_may_meet_and_is_asked_for_or_ordered_by_score(found: Programme, count: int) -> None:
    bars = Bars(found)
    for one, suggested in suggestions(found, count).items():
        own = {pair_key(one, w.about) for w in found.wishes if w.of == one and w.stance is not Stance.NO}
        keys = [(scored.pair not in own, -scored.score) for scored in suggested]
        assert len(suggested) == len({scored.pair for scored in suggested}) <= count
        assert keys == sorted(keys)
        assert all(one in scored.pair and bars.of(scored.pair) in (None, Bar.TIME) for scored in suggested)


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("想见", Stance.WANT),
        ("√", Stance.WANT),
        (" Ｙes。", Stance.WANT),
        ("可见", Stance.FINE),
        ("都可", Stance.FINE),
        ("不见", Stance.NO),
        ("×", Stance.NO),
        ("必见", Stance.MUST),
        ("", None),
        ("再说", None),
        ("想见不见", None),
    ],
)
def test_what_a_cell_says(text: str, stance: Stance | None) -> None:
    assert stance_of(text) is stance


def test_the_later_word_about_a_partner_counts() -> None:
    before = (
        Wish(of="a", about="b", stance=Stance.WANT),
        Wish(of="a", about="b", stance=Stance.MUST),
        Wish(of="b", about="a", stance=Stance.FINE),
    )
    ticked = (Wish(of="a", about="b", stance=Stance.NO),)
    assert merged_wishes(before, ticked) == (before[2], *ticked)
    assert merged_wishes(before, ()) == before
    assert merged_wishes((), ticked) == ticked


@given(programmes())
def test_a_ticked_veto_bars_the_pair_whatever_was_said(found: Programme) -> None:
    scores = {scored.pair for scored in found.scores}
    vetoes = tuple(Wish(of=pair[1], about=pair[0], stance=Stance.NO) for pair in sorted(scores))
    bars = Bars(replace(found, wishes=merged_wishes(found.wishes, vetoes)))
    assert all(bars.of(pair) in (Bar.VETO, Bar.SIDE) for pair in scores)
