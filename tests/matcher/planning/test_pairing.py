"""Pairing: known answers, impossible input, and each stage against all subsets of the pairs."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.planning.candidates import Candidates, Cut, Ints, candidates
from matcher.planning.model import Event, EventSide, Programme
from matcher.planning.pairing import ALTERNATES, Pairing, alternates, pair
from scripts.bench.fair import Fair, fair
from tests.matcher.planning.generate import programmes

NO_CUTS: tuple[Cut, ...] = ()


def planned(programme: Programme, cuts: tuple[Cut, ...] = NO_CUTS) -> Pairing:
    return pair(candidates(programme), programme.event, cuts=cuts)


def fits(found: Candidates, held: Event, chosen: Ints, cuts: tuple[Cut, ...] = NO_CUTS) -> bool:
    """Tell whether pairs keep to caps, places, tables and cuts, by counting."""
    common, opened = found.common(), held.tables - len(held.closed_tables)
    group = held.rules.guests
    hosts = [one.side is EventSide.HOST for one in found.participants]
    tables = 0
    for n, host in enumerate(hosts):
        mine = [k for k in chosen if n in (found.first[k], found.second[k])]
        if len(mine) > found.maximum[n]:
            return False
        every = [k for k in range(len(found.first)) if n in (found.first[k], found.second[k])]
        for times in common[every]:
            inside = [k for k in mine if not (common[k] & ~times).any()]
            if len(inside) > found.places[n, times].sum() * (group if host else 1):
                return False
        led = [k for k in mine if found.first[k] == n]
        tables += -(-len(led) // group) if host else len(led)
    for times in common:
        inside = [k for k in chosen if not (common[k] & ~times).any()]
        if sum(1 if hosts[found.first[k]] else group for k in inside) > times.sum() * opened * group:
            return False
    return tables <= len(held.slots) * opened and all(len(set(chosen) & set(cut.pairs)) <= cut.most for cut in cuts)


def figures(found: Candidates, chosen: Ints) -> tuple[int, int, int, Fraction, int]:
    """Return must-meets, shortfall and the unserved counted down, then the worst share and the total: more is better."""
    short = unserved = 0
    shares = []
    for n in range(len(found.participants)):
        mine = np.flatnonzero((found.first == n) | (found.second == n))
        best = int(np.sort(found.weight[mine])[::-1][: found.maximum[n]].sum())
        got = np.intersect1d(mine, chosen)
        short += max(0, int(found.minimum[n]) - len(got))
        total = int(found.weight[got].sum())
        unserved += best > 0 and total == 0
        shares += [Fraction(total, best)] if best > 0 and total > 0 else []
    weight = int(found.weight[chosen].sum())
    return int(found.must[chosen].sum()), -short, -unserved, min(shares, default=Fraction(0)), weight


def subsets(count: int) -> Iterator[Ints]:
    for bits in product((0, 1), repeat=count):
        yield np.flatnonzero(bits)


@settings(max_examples=150, deadline=None)
@given(programmes(), st.data())
def test_each_stage_is_as_good_as_the_best_of_all_subsets(programme: Programme, data: st.DataObject) -> None:
    found = candidates(programme)
    count = len(found.first)
    cut = data.draw(st.none() | st.tuples(st.frozensets(st.integers(0, max(0, count - 1))), st.integers(0, 2)))
    cuts: tuple[Cut, ...] = ()
    if cut is not None and count and cut[0]:
        cuts = (Cut(tuple(sorted(cut[0])), cut[1]),)
    result = pair(found, programme.event, cuts=cuts)
    best = max(figures(found, some) for some in subsets(count) if fits(found, programme.event, some, cuts))
    assert fits(found, programme.event, result.chosen, cuts)
    assert figures(found, result.chosen) == best
    assert [stage.name for stage in result.stages] == ["shortfall", "worst_share", "total"]
    assert [stage.value for stage in result.stages] == [-best[1], float(best[3]), best[4]]
    assert all(stage.proven and stage.value == stage.bound for stage in result.stages)
    assert len(result.unserved) == -best[2]
    assert {*result.missing, *result.chosen} >= set(np.flatnonzero(found.must))
    assert not {*result.missing} & {*result.chosen.tolist()}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([1, 3]))
def test_a_fair_is_planned_within_its_caps_and_bounds(seed: int, sides: bool, group: int) -> None:
    size = Fair(hosts=4, guests=12, slots=4, tables=5, group=group if sides else 1, sides=sides, half_days=0.4)
    programme = fair(size, seed)
    found = candidates(programme)
    result = pair(found, programme.event)
    assert fits(found, programme.event, result.chosen)
    short, worst, total = result.stages
    assert short.value >= short.bound
    assert worst.value <= worst.bound
    assert total.value <= total.bound
    assert -figures(found, result.chosen)[1] == short.value


def test_one_input_gives_one_result() -> None:
    programme = fair(Fair(hosts=6, guests=30, slots=5, tables=6), 3)
    one, other = planned(programme), planned(programme)
    assert one.chosen.tolist() == other.chosen.tolist()
    assert [stage.bound for stage in one.stages] == [stage.bound for stage in other.stages]


def test_alternates_are_the_heaviest_pairs_not_chosen() -> None:
    programme = fair(Fair(hosts=6, guests=30, slots=5, tables=6), 3)
    found = candidates(programme)
    chosen = planned(programme).chosen
    met = {found.key(int(n)) for n in chosen}
    weights = {found.key(n): int(found.weight[n]) for n in range(len(found.first))}
    for one, others in alternates(found, chosen).items():
        rest = sorted((-weight, pair) for pair, weight in weights.items() if one in pair and pair not in met)
        assert len(others) == min(ALTERNATES, len(rest))
        told = [weights[tuple(sorted((one, other)))] for other in others]  # type: ignore[index]
        assert told == [-weight for weight, _ in rest[: len(others)]]


def test_a_larger_fair_says_what_it_has_proven() -> None:
    programme = fair(Fair(hosts=20, guests=60, slots=10, tables=25), 1)
    short, worst, total = planned(programme).stages
    assert short.proven
    assert total.bound * 1.0 >= total.value >= 0.99 * total.bound
    assert 0 <= worst.value <= worst.bound <= 1
