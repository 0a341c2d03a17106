"""Changes by hand, and what is said of them."""

import pytest

from matcher.errors import MatcherError
from matcher.planning.edit import forbidden, locked, moved, removed, unlocked
from matcher.planning.model import Lock, Rules
from matcher.planning.verify import verify
from tests.matcher.planning.small import SOUND, meeting, plan, programme


def test_a_move_to_a_free_place_breaks_nothing() -> None:
    changed, broken = moved(programme(), plan(*SOUND), ("g1", "h1"), slot=3, table=1)
    assert broken == ()
    assert next(one for one in changed.meetings if (one.a, one.b) == ("h1", "g1")).slot == 3
    assert verify(programme(), changed) == ()


def test_a_clash_is_told_at_once() -> None:
    _, broken = moved(programme(), plan(*SOUND), ("g1", "h1"), slot=1, table=2)
    assert {violation.rule for violation in broken} == {"table_clash", "delegate_clash"}
    assert any("G1" in violation.message for violation in broken)


def test_what_was_wrong_before_is_not_told_again() -> None:
    bad = plan(*SOUND, meeting("h2", "g2", 0, 2))
    _, broken = moved(programme(), bad, ("g1", "h1"), slot=3, table=1)
    assert broken == ()


def test_a_new_meeting_below_the_floor_is_told() -> None:
    changed, broken = moved(programme(Rules(floor=300)), plan(*SOUND), ("g2", "h2"), slot=3, table=1)
    assert {violation.rule for violation in broken} == {"floor"}
    assert len(changed.meetings) == 5


def test_a_meeting_taken_out_leaves_somebody_short() -> None:
    found = programme(Rules(minimum=1))
    changed, broken = removed(found, plan(*SOUND), ("g3", "h2"))
    assert broken == ()
    assert [(one.participant, one.wanted, one.got) for one in changed.unmet] == [("g3", 1, 0)]
    with pytest.raises(MatcherError, match="没有这两方的会面"):
        removed(found, changed, ("g3", "h2"))


def test_a_locked_meeting_does_not_move_unsaid() -> None:
    fixed, marked = locked(programme(), plan(*SOUND), ("g1", "h1"))
    assert fixed.locks == (Lock(pair=("g1", "h1"), slot=0, table=1),)
    assert verify(fixed, marked) == ()
    _, broken = moved(fixed, marked, ("g1", "h1"), slot=3, table=1)
    assert {violation.rule for violation in broken} == {"lock"}
    freed, open_again = unlocked(fixed, marked, ("g1", "h1"))
    assert moved(freed, open_again, ("g1", "h1"), slot=3, table=1)[1] == ()


def test_a_forbidden_pair_is_locked_no_more() -> None:
    fixed, _ = locked(programme(), plan(*SOUND), ("g1", "h1"))
    without = forbidden(fixed, ("g1", "h1"))
    assert without.locks == ()
    assert "forbidden" in {violation.rule for violation in verify(without, plan(*SOUND))}


@pytest.mark.parametrize(("slot", "table", "code"), [(4, 1, "unknown_slot"), (-1, 1, "unknown_slot"),
                                                     (0, 0, "unknown_table"), (0, 3, "unknown_table")])  # fmt: skip
def test_places_that_are_none(slot: int, table: int, code: str) -> None:
    with pytest.raises(MatcherError) as caught:
        moved(programme(), plan(*SOUND), ("g1", "h1"), slot=slot, table=table)
    assert caught.value.code == code
