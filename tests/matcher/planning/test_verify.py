"""Every rule of a plan, broken once."""

from dataclasses import replace

import pytest

from matcher.planning.model import (
    Delegate,
    Lock,
    Meeting,
    Plan,
    Programme,
    Rules,
    Stage,
    Stance,
    Unmet,
    Wish,
)
from matcher.planning.verify import verify
from tests.matcher.planning.small import ALL, SOUND, meeting, plan, programme


def rules(found: Programme, made: Plan) -> set[str]:
    return {violation.rule for violation in verify(found, made)}


def changed(name: str, **facts: object) -> Programme:
    """Return the small event with one participant changed."""
    whole = programme()
    people = tuple(
        replace(one, **facts) if one.id == name else one  # type: ignore[arg-type]
        for one in whole.participants
    )
    return replace(whole, participants=people)


def test_a_sound_plan_breaks_nothing() -> None:
    assert verify(programme(), plan(*SOUND)) == ()


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("veto", {"wishes": (Wish(of="g1", about="h1", stance=Stance.NO),)}),
        ("forbidden", {"forbidden": frozenset({("g1", "h1")})}),
        ("met_before", {"met": frozenset({("g1", "h1")})}),
        ("must_meet", {"wishes": (Wish(of="g2", about="h2", stance=Stance.MUST),)}),
        ("lock", {"locks": (Lock(pair=("g1", "h1"), slot=2),)}),
        ("lock", {"locks": (Lock(pair=("g1", "h1"), table=2),)}),
    ],
)
def test_pairs(rule: str, facts: dict[str, object]) -> None:
    assert rule in rules(programme(**facts), plan(*SOUND))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "name", "facts"),
    [
        ("same_group", "h1", {"group": "集团"}),
        ("rivals", "g1", {"rivals": frozenset({"h1"})}),
        ("types", "h1", {"type": "金融"}),
        ("unavailable", "g1", {"delegates": (Delegate(id="g1.1", available=frozenset({1})),)}),
        ("unknown_delegate", "g1", {"delegates": (Delegate(id="other", available=ALL),)}),
        ("maximum", "g1", {"maximum": 1}),
        ("wrong_unmet", "g1", {"minimum": 3}),
        ("same_side", "g1", {"side": "大企业"}),
    ],
)
def test_participants(rule: str, name: str, facts: dict[str, object]) -> None:
    found = changed(name, **facts)
    people = tuple(replace(one, group="集团") if name == "h1" and one.id == "g1" and "group" in facts else one
                   for one in found.participants)  # fmt: skip
    event = replace(found.event, rules=Rules(meet=(("链主", "配套"),))) if rule == "types" else found.event
    assert rule in rules(replace(found, participants=people, event=event), plan(*SOUND))


@pytest.mark.parametrize(
    ("rule", "extra"),
    [
        ("repeated", meeting("h1", "g1", 2, 1)),
        ("repeated", meeting("h1", "h1", 2, 1)),
        ("unknown_participant", meeting("h1", "who", 2, 1)),
        ("unknown_slot", meeting("h2", "g2", 4, 1, score=0)),
        ("unknown_table", meeting("h2", "g2", 3, 3)),
        ("unknown_table", meeting("h2", "g2", 3, 0)),
        ("table_clash", meeting("h2", "g2", 0, 1)),
        ("delegate_clash", meeting("h2", "g2", 0, 1)),
        ("floor", meeting("h2", "g2", 3, 1)),
        ("wrong_score", meeting("h2", "g2", 3, 1, score=10)),
    ],
)
def test_meetings(rule: str, extra: Meeting) -> None:
    assert rule in rules(programme(), plan(*SOUND, extra))


@pytest.mark.parametrize(("guests", "sound"), [(1, False), (2, True), (3, True)])
def test_a_group_is_as_large_as_allowed(guests: int, sound: bool) -> None:
    together = (meeting("h1", "g1", 0, 1), meeting("h1", "g2", 0, 1))
    assert ("table_clash" not in rules(programme(Rules(guests=guests)), plan(*together))) is sound


@pytest.mark.parametrize(("streak", "sound"), [(1, False), (2, True), (3, True)])
def test_a_streak_ends_at_a_break(streak: int, sound: bool) -> None:
    run = (meeting("h2", "g1", 1, 2), meeting("h1", "g1", 2, 1), meeting("h2", "g3", 3, 2))
    assert ("streak" not in rules(programme(Rules(streak=streak)), plan(*run))) is sound
    across = (meeting("h1", "g1", 2, 1), meeting("h2", "g1", 3, 2))
    assert "streak" not in rules(programme(Rules(streak=1)), plan(*across)), "a break rests"


@pytest.mark.parametrize(("floor", "sound"), [(399, True), (400, True), (401, False)])
def test_the_floor_itself_is_good_enough(floor: int, sound: bool) -> None:
    assert ("floor" not in rules(programme(Rules(floor=floor)), plan(*SOUND))) is sound
    asked = programme(Rules(floor=floor), wishes=(Wish(of="g3", about="h2", stance=Stance.WANT),))
    assert "floor" not in rules(asked, plan(*SOUND)), "who is asked for may be met"


def test_what_is_short_is_said_and_nothing_else() -> None:
    found = programme(Rules(minimum=2))
    short = tuple(Unmet(participant=name, wanted=2, got=1, reason="") for name in ("g2", "g3"))
    assert rules(found, plan(*SOUND, unmet=short)) == set()
    assert rules(found, plan(*SOUND, unmet=short[:1])) == {"wrong_unmet"}
    assert rules(programme(), plan(*SOUND, unmet=short)) == {"wrong_unmet"}


def test_figures_and_proofs_are_recomputed() -> None:
    stage = Stage(name="shortfall", value=1, bound=1, proven=True, seconds=0)
    assert rules(programme(), plan(*SOUND, stages=(stage,))) == {"wrong_figure"}
    claimed = Stage(name="total", value=2500, bound=2600, proven=True, seconds=0)
    assert "wrong_proof" in rules(programme(), plan(*SOUND, stages=(claimed,)))
    assert rules(programme(), plan(*SOUND, alternates={"g1": ("h1",)})) == {"alternate"}
