"""What would make everything fit: known answers, and every relaxation told against all timetables."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from matcher.planning.candidates import candidates
from matcher.planning.model import Delegate, Event, Lock, PairScore, Participant, Programme
from matcher.planning.timetable import Timetable, timetable
from scripts.bench.fair import firm, slots
from tests.matcher.planning import brute
from tests.matcher.planning.halls import GUEST, HOST, halls, round_robin, timetables, with_tables

ONCE = "（缺一不可）"


def made(programme: Programme) -> Timetable:
    """Return the timetable of all pairs that may meet."""
    found = candidates(programme)
    return timetable(found, programme.event, range(len(found.first)), programme.locks)


def all_fit(programme: Programme) -> bool:
    found = candidates(programme)
    return any(-1 not in each for each in timetables(programme, found))


def with_people(programme: Programme, name: str, *delegates: frozenset[int]) -> Programme:
    """Return the programme in which the participant of that name has other delegates' times, and more delegates."""
    fresh = tuple(Delegate(id=f"{name}+{n}", available=times) for n, times in enumerate(delegates))
    people = tuple(replace(who, delegates=fresh) if who.name == name else who for who in programme.participants)
    return replace(programme, participants=people)


def named(programme: Programme, name: str) -> Participant:
    return next(who for who in programme.participants if who.name == name)


def with_more(programme: Programme, words: str, *, less: str = "") -> Programme:
    """Return the programme in which what the words ask for is done; `less` is a part of which one less is given.

    Pairs that only could meet thanks to it are none of the meetings that had to fit.
    """
    found = candidates(programme)
    pairs = {found.key(pair) for pair in range(len(found.first))}
    wide = replace(programme, scores=tuple(one for one in programme.scores if one.pair in pairs))
    for part in words.removesuffix(ONCE).split("；"):
        minus = int(part == less)
        if tables := re.fullmatch(r"把桌数由 (\d+) 增至 (\d+)", part):
            wide = with_tables(wide, int(tables[2]) - int(tables[1]) - minus)
        elif person := re.fullmatch(r"“(.+)”增加 (\d+) 名代表", part):
            own = [one.available for one in named(wide, person[1]).delegates]
            more = [frozenset[int]().union(*own)] * (int(person[2]) - minus)
            wide = with_people(wide, person[1], *own, *more)
        elif comes := re.fullmatch(r"“(.+)”在第 (\d+) 时段也到场", part):
            first, *others = [one.available for one in named(wide, comes[1]).delegates]
            wide = with_people(wide, comes[1], first | {int(comes[2]) - 1}, *others)
        else:
            longer = re.fullmatch(r"末场之后增加 (\d+) 个时段", part)
            assert longer is not None, part
            wide = with_slots(wide, int(longer[1]) - minus)
    return wide


def with_slots(programme: Programme, count: int) -> Programme:
    """Return the programme with slots after the last, and those who are there in the last staying."""
    last = programme.event.slots[-1]
    fresh = tuple(replace(last, number=last.number + n) for n in range(1, count + 1))
    wide = replace(programme, event=replace(programme.event, slots=(*programme.event.slots, *fresh)))
    for who in programme.participants:
        times = [one.available for one in who.delegates]
        more = {one.number for one in fresh}
        wide = with_people(wide, who.name, *(own | more if last.number in own else own for own in times))
    return wide


@settings(max_examples=150, deadline=None)
@given(halls(most_pairs=4))
def test_what_is_told_is_enough_and_one_less_is_not(programme: Programme) -> None:
    told = made(programme).relaxations
    for words in (words for words in told if "至少场数" not in words and "时段的桌数" not in words):
        assert all_fit(with_more(programme, words)), words
        for part in words.removesuffix(ONCE).split("；") if words.endswith(ONCE) else ():
            assert not all_fit(with_more(programme, words, less=part)), words


@settings(max_examples=100, deadline=None)
@given(halls(most_pairs=4))
def test_lower_minimums_leave_nobody_short(programme: Programme) -> None:
    found = candidates(programme)
    result = timetable(found, programme.event, range(len(found.first)), programme.locks)
    lower = {
        part[1]: (int(part[2]), int(part[3]))
        for words in result.relaxations
        for part in re.finditer(r"“(.+?)”的至少场数由 (\d+) 降为 (\d+)", words)
    }
    if not lower:
        return
    pairs = range(len(found.first))
    least = min(brute.shortfall(found, pairs, each) for each in timetables(programme, found))
    before = {who.name: int(minimum) for who, minimum in zip(programme.participants, found.minimum, strict=True)}
    assert all(before[name] == was > now for name, (was, now) in lower.items())
    people = tuple(
        replace(who, minimum=lower[who.name][1]) if who.name in lower else who for who in programme.participants
    )
    eased = candidates(replace(programme, participants=people))
    assert sum(was - now for was, now in lower.values()) <= least
    left = min(brute.shortfall(eased, pairs, each) for each in timetables(programme, found))
    assert left == brute.shortfall(eased, pairs, [0] * len(pairs)), "only what no timetable could mend is left"


@pytest.mark.parametrize(
    ("tables", "told"), [(3, None), (2, "把桌数由 2 增至 3（缺一不可）"), (1, "把桌数由 1 增至 3（缺一不可）")]
)
def test_how_many_tables(tables: int, told: str | None) -> None:
    found = made(round_robin(3, 3, 3, tables)).relaxations
    assert (told in found) if told else found == ()


@pytest.mark.parametrize(("times", "told"), [(4, None), (3, 1), (2, 2), (1, 3)])
def test_how_many_slots(times: int, told: int | None) -> None:
    found = made(round_robin(4, 4, times, 9)).relaxations
    assert (f"末场之后增加 {told} 个时段（缺一不可）" in found) if told else found == ()


@pytest.mark.parametrize("group", [2, 3])
def test_a_table_more_for_groups(group: int) -> None:
    found = made(round_robin(2, group * 2, 2, 1, guests=group)).relaxations
    assert "把桌数由 1 增至 2（缺一不可）" in found


def test_which_slot_and_which_minimum() -> None:
    times = frozenset({0, 1})
    people = (firm("h0", times, side=HOST, least=1), firm("h1", times, side=HOST, least=1),
              firm("g", frozenset({0}), side=GUEST, least=2))  # fmt: skip
    scores = (PairScore(pair=("g", "h0"), score=500), PairScore(pair=("g", "h1"), score=400))
    programme = Programme(event=Event(name="会", slots=slots(2), tables=2), participants=people, scores=scores)
    found = made(programme)
    assert found.relaxations[0] == "“g”在第 2 时段也到场"
    assert "“g”增加 1 名代表（缺一不可）" in found.relaxations
    assert found.relaxations[-1] == "“h1”的至少场数由 1 降为 0；“g”的至少场数由 2 降为 1"
    assert "“g”有 2 场只能排在 第 1 时段，代表只够 1 场" in found.notes
    assert "有 1 场排不进时间表（已证明不可能全部排进）" in found.notes


def test_tables_are_added_where_they_lack() -> None:
    early = frozenset({0})
    people = (firm("h0", early, side=HOST), firm("h1", early, side=HOST),
              firm("g0", early, side=GUEST), firm("g1", early, side=GUEST))  # fmt: skip
    scores = (PairScore(pair=("g0", "h0"), score=500), PairScore(pair=("g1", "h1"), score=400))
    programme = Programme(event=Event(name="会", slots=slots(2), tables=1), participants=people, scores=scores)
    assert "把第 1 时段的桌数由 1 增至 2（缺一不可）" in made(programme).relaxations


def test_a_lock_is_not_relaxed() -> None:
    locks = tuple(Lock(pair=(f"g{n}", "h0"), slot=0) for n in range(2))
    told = made(replace(round_robin(1, 2, 2, 2), locks=locks)).relaxations
    assert told == ("“h0”增加 1 名代表（缺一不可）",)


def test_many_minimums_are_summed() -> None:
    programme = round_robin(1, 8, 1, 1)
    people = tuple(replace(who, minimum=1) for who in programme.participants)
    words = made(replace(programme, participants=people)).relaxations[-1]
    assert words.endswith("另有 2 方的至少场数共降低 2 场")
    assert words.count("由 1 降为 0") == 5
