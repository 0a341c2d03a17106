"""Chains: what König's theorem promises, and no rule broken on the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.planning.candidates import candidates
from matcher.planning.model import Lock, Programme, Rules
from matcher.planning.timetable_chains import chained
from matcher.planning.timetable_grid import Grid, grid
from tests.matcher.planning.halls import halls, holds, round_robin


def hall(programme: Programme) -> Grid:
    found = candidates(programme)
    return grid(found, programme.event, range(len(found.first)), programme.locks)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_as_many_slots_as_the_busiest_has_meetings_are_enough(pairs: set[tuple[int, int]]) -> None:
    degrees = [sum(pair[side] == n for pair in pairs) for side in (0, 1) for n in range(6)]
    whole = round_robin(6, 6, max(degrees), 6)
    kept = {(f"g{guest}", f"h{host}") for host, guest in pairs}
    programme = replace(whole, scores=tuple(scored for scored in whole.scores if scored.pair in kept))
    slots = chained(hall(programme), np.full(len(pairs), -1, dtype=np.int64))
    assert (slots >= 0).all()
    assert holds(programme, candidates(programme), tuple(slots.tolist()))


@settings(max_examples=150, deadline=None)
@given(halls(most_pairs=6), st.randoms(use_true_random=False))
def test_what_is_placed_stays_and_no_rule_is_broken(programme: Programme, random: object) -> None:
    programme = replace(programme, event=replace(programme.event, rules=Rules()))
    found, whole = candidates(programme), hall(programme)
    before = np.full(len(found.first), -1, dtype=np.int64)
    for meeting in np.flatnonzero(whole.allowed.any(axis=1)).tolist():
        tried = before.copy()
        tried[meeting] = random.choice(np.flatnonzero(whole.allowed[meeting]).tolist())  # type: ignore[attr-defined]
        if holds(programme, found, tuple(tried.tolist())):
            before = tried
    after = chained(whole, before)
    assert holds(programme, found, tuple(after.tolist()))
    assert ((after >= 0) >= (before >= 0)).all()
    assert (after[whole.tied & (before >= 0)] == before[whole.tied & (before >= 0)]).all()


@pytest.mark.parametrize("rules", [Rules(streak=2), Rules(guests=2)])
def test_groups_and_pauses_are_left_alone(rules: Rules) -> None:
    whole = hall(replace(round_robin(2, 2, 2, 2), event=replace(round_robin(2, 2, 2, 2).event, rules=rules)))
    nothing = np.full(4, -1, dtype=np.int64)
    assert (chained(whole, nothing) == nothing).all()


def test_a_table_that_is_locked_keeps_its_meeting() -> None:
    programme = replace(round_robin(2, 2, 2, 2), locks=(Lock(pair=("g0", "h0"), table=1),))
    start = np.array([0, -1, -1, -1])
    assert chained(hall(programme), start)[0] == 0
