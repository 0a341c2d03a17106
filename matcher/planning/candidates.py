"""From a programme to the pairs that may meet, as arrays: the only view the solvers have of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError
from matcher.planning.model import MILLI, Bar, EventSide, PairKey, PairScore, Participant, Programme, Stance, pair_key

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WANTED = 250
"""How many thousandths one side's 想见 adds to what a plan maximises; the score shown stays the matcher's."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs that may meet, in the order of (first, second); participants are numbered as in the programme.

    Of a pair, `first` is the host where there are sides. `score` and `weight` (score and wishes) are in thousandths,
    shape (pairs,); `must` marks must-meets and locked pairs. `places` counts delegates free, shape (participants,
    slots). `maximum` is at most what a participant's delegates have time for; `minimum` may be more than that, and is
    then missed. `missing` are the must-meets that no plan can hold. `notes` tell of rules that contradict each other and what was done.
    """

    participants: tuple[Participant, ...]
    first: Ints
    second: Ints
    score: Ints
    weight: Ints
    must: Bools
    places: Ints
    minimum: Ints
    maximum: Ints
    missing: tuple[PairKey, ...]
    notes: tuple[str, ...]

    def key(self, pair: int) -> PairKey:
        """Return the ids of a pair, the smaller first."""
        return pair_key(self.participants[self.first[pair]].id, self.participants[self.second[pair]].id)

    def rows(self) -> dict[PairKey, int]:
        """Return the number of each pair, by its ids."""
        return {self.key(pair): pair for pair in range(len(self.first))}

    def musts(self) -> set[PairKey]:
        """Return every pair that is to meet, whether it may or not."""
        return {self.key(int(pair)) for pair in np.flatnonzero(self.must)} | set(self.missing)

    def common(self) -> Bools:
        """Return when both of a pair have a delegate free, shape (pairs, slots)."""
        free: Bools = self.places > 0
        return free[self.first] & free[self.second]


@dataclass(frozen=True, slots=True)
class Cut:
    """Of these pairs (row numbers of `Candidates`) at most `most` can meet: no timetable holds more."""

    pairs: tuple[int, ...]
    most: int


def candidates(programme: Programme) -> Candidates:
    """Return the pairs that may meet. A pair without a score is none, unless a side asked for it or it is locked.

    :raises MatcherError: `no_slots`, `no_tables`, `bad_rules`, `duplicate_participant`, `unknown_participant`.
    """
    _check(programme)
    people = programme.participants
    number = {participant.id: n for n, participant in enumerate(people)}
    stances, scores = _stances(programme), {scored.pair: scored for scored in programme.scores}
    asked = _asked(programme)
    notes: list[str] = []
    missing: list[PairKey] = []
    bars = Bars(programme)
    rows: list[tuple[int, int, int, int, bool]] = []
    for pair in {**scores, **dict.fromkeys(asked)}:
        must = asked.get(pair, False)
        if (bar := bars.of(pair)) is not None:
            if must:
                missing.append(pair)
                notes.append(f"{names(programme, pair)}要求必见，但{bar.value}，未安排")
            continue
        one, other = _host_first(people, number[pair[0]], number[pair[1]])
        score = scores[pair].score if pair in scores else 0
        rows.append((one, other, score, score + WANTED * _wanted(stances, pair), must))
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 5)
    places = _places(programme)
    minimum, maximum = _bounds(programme, places, notes)
    return Candidates(
        participants=people,
        first=table[:, 0],
        second=table[:, 1],
        score=table[:, 2],
        weight=table[:, 3],
        must=table[:, 4] > 0,
        places=places,
        minimum=minimum,
        maximum=maximum,
        missing=tuple(sorted(missing)),
        notes=tuple(notes),
    )


class Bars:
    """Tells why two participants may not meet."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._people = {participant.id: participant for participant in programme.participants}
        self._stances = _stances(programme)
        self._scores: Mapping[PairKey, PairScore] = {scored.pair: scored for scored in programme.scores}
        self._asked = _asked(programme)
        self._types = {frozenset(types) for types in programme.event.rules.meet}
        self._free = {
            participant.id: frozenset[int]().union(*(delegate.available for delegate in participant.delegates))
            for participant in programme.participants
        }

    def of(self, pair: PairKey) -> Bar | None:
        """Return the first reason that keeps two participants apart, or None when they may meet."""
        return next((bar for bar, holds in self._tests(pair) if holds), None)

    def _tests(self, pair: PairKey) -> Iterator[tuple[Bar, bool]]:
        one, other = self._people[pair[0]], self._people[pair[1]]
        yield Bar.SIDE, one.side is not None and one.side is other.side
        yield Bar.FORBIDDEN, pair in self._programme.forbidden
        yield Bar.VETO, Stance.NO in (self._stances.get(pair), self._stances.get(pair[::-1]))
        yield Bar.GROUP, one.group is not None and one.group == other.group
        yield Bar.RIVAL, _rivals(one, other) or _rivals(other, one)
        yield Bar.TYPE, bool(self._types) and frozenset((one.type, other.type)) not in self._types
        yield Bar.MET, pair in self._programme.met
        yield Bar.TIME, not self._free[one.id] & self._free[other.id]
        scored = self._scores.get(pair)
        floor = self._programme.event.rules.floor
        yield Bar.FLOOR, pair not in self._asked and (scored is None or scored.score < floor)


def names(programme: Programme, pair: PairKey) -> str:
    """Return a pair in words: “甲”与“乙”."""
    found = {participant.id: participant.name for participant in programme.participants if participant.id in pair}
    return f"“{found[pair[0]]}”与“{found[pair[1]]}”"


def _rivals(one: Participant, other: Participant) -> bool:
    return other.id in one.rivals or (other.group is not None and other.group in one.rivals)


def _stances(programme: Programme) -> dict[PairKey, Stance]:
    """Return what `of` says about `about`, keyed in that order; of two, a veto counts, then the stronger."""
    rank = {Stance.NO: 3, Stance.MUST: 2, Stance.WANT: 1, Stance.FINE: 0}
    found: dict[PairKey, Stance] = {}
    for wish in programme.wishes:
        key = (wish.of, wish.about)
        found[key] = max(found.get(key, wish.stance), wish.stance, key=rank.__getitem__)
    return found


def _asked(programme: Programme) -> dict[PairKey, bool]:
    """Return the pairs that a side or the organiser asked for, and whether they must meet."""
    asked: dict[PairKey, bool] = {}
    for wish in programme.wishes:
        if wish.stance in (Stance.MUST, Stance.WANT):
            pair = pair_key(wish.of, wish.about)
            asked[pair] = asked.get(pair, False) or wish.stance is Stance.MUST
    return asked | {lock.pair: True for lock in programme.locks}


def _wanted(stances: Mapping[PairKey, Stance], pair: PairKey) -> int:
    """Return how many of the two want to meet the other."""
    return sum(stances.get(key) in (Stance.WANT, Stance.MUST) for key in (pair, pair[::-1]))


def _host_first(people: tuple[Participant, ...], one: int, other: int) -> tuple[int, int]:
    swapped = people[other].side is EventSide.HOST or (people[one].side is not EventSide.HOST and other < one)
    return (other, one) if swapped else (one, other)


def _places(programme: Programme) -> Ints:
    places = np.zeros((len(programme.participants), len(programme.event.slots)), dtype=np.int64)
    for n, participant in enumerate(programme.participants):
        for delegate in participant.delegates:
            places[n, list(delegate.available)] += 1
    return places


def _bounds(programme: Programme, places: Ints, notes: list[str]) -> tuple[Ints, Ints]:
    """Return each participant's least and greatest number of meetings; a least above the greatest gives way."""
    rules, bounds = programme.event.rules, []
    for participant, free in zip(programme.participants, places.sum(axis=1), strict=True):
        host = participant.side is EventSide.HOST
        capacity = int(free) * (rules.guests if host else 1)
        least = rules.minimum if participant.minimum is None else participant.minimum
        most = rules.maximum if participant.maximum is None else participant.maximum
        if most is not None and least > most:
            notes.append(f"“{participant.name}”至少 {least} 场多于至多 {most} 场，按至多 {most} 场安排")
            least = most
        if least > capacity:
            notes.append(f"“{participant.name}”至少 {least} 场，但空闲时段只够 {capacity} 场")
        bounds.append((least, capacity if most is None else min(most, capacity)))
    table = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _check(programme: Programme) -> None:
    event, rules = programme.event, programme.event.rules
    if not event.slots:
        raise MatcherError("no_slots", "活动没有可用的会面时段，请填写场次的起止时间和每场时长")
    if event.tables - len(event.closed_tables) < 1:
        raise MatcherError("no_tables", "活动没有可用的洽谈桌，请填写桌数")
    if rules.guests < 1 or not 0 <= rules.floor <= MILLI or (rules.streak is not None and rules.streak < 1):
        raise MatcherError("bad_rules", "规则不成立：每桌人数和连续场数至少为 1，相关度下限在 0 到 1000 之间")
    known = [participant.id for participant in programme.participants]
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise MatcherError("duplicate_participant", f"参会方编号“{twice}”出现了不止一次")
    named = {name for scored in programme.scores for name in scored.pair}
    named |= {name for wish in programme.wishes for name in (wish.of, wish.about)}
    named |= {name for lock in programme.locks for name in lock.pair}
    if strange := sorted(named - set(known)):
        raise MatcherError("unknown_participant", f"没有编号为“{strange[0]}”的参会方", participants=strange)
