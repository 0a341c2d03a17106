"""Small random halls with pauses, locks, closed tables and several delegates, and every timetable of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise, product

from hypothesis import strategies as st

from matcher.planning.candidates import Candidates
from matcher.planning.model import MILLI, Event, EventSide, Lock, PairScore, Participant, Programme, Rules, pair_key
from scripts.bench.fair import firm, slots

HOST, GUEST = EventSide.HOST, EventSide.GUEST
Slots = tuple[int, ...]


@st.composite
def halls(draw: st.DrawFn, *, most_pairs: int = 5) -> Programme:
    """Draw a small event in which every rule of the hall may bind, with locks that may contradict one another."""
    times = draw(st.integers(1, 4))
    sided = draw(st.booleans())
    free = st.frozensets(st.integers(0, times - 1), min_size=1, max_size=times) | st.just(frozenset(range(times)))
    firms = []
    for n in range(draw(st.integers(2, 5))):
        side = (HOST if n < 2 else GUEST) if sided else None
        own = [draw(free) for _ in range(draw(st.sampled_from([1, 1, 2])))]
        firms.append(firm(f"p{n}", *own, side=side, least=draw(st.integers(0, 2))))
    every = [(a.id, b.id) for k, a in enumerate(firms) for b in firms[k + 1 :] if a.side is None or a.side != b.side]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=most_pairs)) if every else []
    scores = tuple(PairScore(pair=pair, score=draw(st.integers(0, MILLI))) for pair in chosen)
    tables = draw(st.integers(1, 3))
    closed = draw(st.frozensets(st.integers(1, tables), max_size=tables - 1))
    fixed = draw(st.lists(st.sampled_from(chosen), unique=True, max_size=2)) if chosen else []
    where = [(draw(st.none() | st.integers(0, times - 1)), draw(st.none() | st.integers(1, tables))) for _ in fixed]
    locks = tuple(Lock(pair=pair, slot=slot, table=table) for pair, (slot, table) in zip(fixed, where, strict=True))
    rules = Rules(guests=draw(st.integers(1, 3)) if sided else 1, streak=draw(st.sampled_from([None, None, 1, 2])))
    event = Event(name="会", slots=slots(times), tables=tables, rules=rules, closed_tables=closed)
    return Programme(event=event, participants=tuple(firms), scores=scores, locks=locks)


def timetables(programme: Programme, found: Candidates) -> Iterator[Slots]:
    """Yield every way to give all pairs that may meet a slot, or none (-1), that the hall can hold."""
    choices = [[-1, *range(len(programme.event.slots))] for _ in found.first]
    locks = {lock.pair: lock for lock in programme.locks}
    for n in range(len(choices)):
        lock = locks.get(found.key(n))
        if lock and lock.slot is not None:
            choices[n] = [-1, lock.slot]
    return (each for each in product(*choices) if holds(programme, found, each))


def holds(programme: Programme, found: Candidates, slots_: Slots) -> bool:
    """Tell whether pairs can meet in these slots: delegates with their pauses, tables and what is locked to them."""
    event, units = programme.event, Counter[tuple[int, int]]()
    opened = set(range(1, event.tables + 1)) - event.closed_tables
    locked = {lock.pair: lock.table for lock in programme.locks}
    for slot in set(slots_) - {-1}:
        led: dict[int, list[int]] = {}
        for n in (n for n, at in enumerate(slots_) if at == slot):
            led.setdefault(int(found.first[n]), []).append(locked.get(found.key(n)) or 0)
            units[int(found.second[n]), slot] += 1
        tables = [table for each in led.values() for table in set(each) - {0}]
        used = {host: _tables(found.participants[host], sat, event.rules.guests) for host, sat in led.items()}
        twice = len(set(tables)) < len(tables) or bool(set(tables) - opened)
        if twice or None in used.values() or sum(count or 0 for count in used.values()) > len(opened):
            return False
        units.update({(host, slot): count or 0 for host, count in used.items()})
    return all(_worked(who, {s: units[n, s] for s in range(len(event.slots))}, programme.event)
               for n, who in enumerate(found.participants))  # fmt: skip


def _tables(who: Participant, sat: list[int], guests: int) -> int | None:
    """Return the fewest tables for those who sit with one participant, by the table each is locked to (0: none)."""
    most = guests if who.side is HOST else 1
    fixed = Counter(table for table in sat if table)
    if any(count > most for count in fixed.values()):
        return None
    rest = sat.count(0) - sum(most - count for count in fixed.values())
    return len(fixed) + max(0, -(-rest // most))


def _worked(who: Participant, needed: dict[int, int], event: Event) -> bool:
    """Tell whether a participant's delegates can do so much in each slot, with a pause after a streak."""
    choices = []
    for slot, count in needed.items():
        there = [n for n, one in enumerate(who.delegates) if slot in one.available]
        choices.append(list(combinations(there, count)))
    return any(
        all(_rests([s for s, at in enumerate(each) if n in at], event) for n in range(len(who.delegates)))
        for each in product(*choices)
    )


def _rests(busy: list[int], event: Event) -> bool:
    run = 1
    for one, other in pairwise(busy):
        beside = other == one + 1 and event.slots[one].session == event.slots[other].session
        run = run + 1 if beside else 1
        if run > (event.rules.streak or len(event.slots)):
            return False
    return True


def with_tables(programme: Programme, more: int) -> Programme:
    """Return the programme with more tables, or fewer."""
    return replace(programme, event=replace(programme.event, tables=programme.event.tables + more))


def round_robin(hosts: int, firms: int, times: int, tables: int, **rules: object) -> Programme:
    """Return an event at which every guest is to meet every host."""
    free = frozenset(range(times))
    people = [firm(f"h{n}", free, side=HOST) for n in range(hosts)]
    people += [firm(f"g{n}", free, side=GUEST) for n in range(firms)]
    scores = tuple(PairScore(pair=pair_key(f"g{g}", f"h{h}"), score=500) for h in range(hosts) for g in range(firms))
    event = Event(name="会", slots=slots(times), tables=tables, rules=Rules(**rules))  # type: ignore[arg-type]
    return Programme(event=event, participants=tuple(people), scores=scores)
