"""A plan after a change: as few announced meetings moved or dropped as can be, and nobody worse served than anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter

import numpy as np

from matcher.planning.candidates import Bools, Candidates, Ints
from matcher.planning.model import Event, Lock, Meeting, PairKey, Stage, pair_key
from matcher.planning.repair_search import Case, search
from matcher.planning.timetable import seated
from matcher.planning.timetable_fit import Worth
from matcher.planning.timetable_grid import grid, open_tables

EFFORT = 2.0
WHOLE = 24_000
"""Up to how many (pair, slot) a repair looks at every one; above, at those near what changed."""
LOOKED_AT = 60_000
NEAR = 24
"""How many further partners, best first, each participant near a change may get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The meetings after a repair, in the order of slot and table.

    `stages`: "changes", announced (pair, slot) not kept, with the least possible where proven; "table_moves", kept ones
    at another table; "total", the weight of all meetings in thousandths.
    """

    meetings: tuple[Meeting, ...]
    stages: tuple[Stage, ...]


def repair(
    candidates: Candidates,
    event: Event,
    announced: Sequence[Meeting],
    *,
    replan: Sequence[Meeting],
    locks: Sequence[Lock] = (),
    effort: float = EFFORT,
) -> Repaired:
    """Return meetings that change as few announced (pair, slot) as possible.

    `candidates`, `event` and `locks` are those after the change, `replan` a timetable made anew for them: the
    shortfall (meetings missing to minimums, and must-meets missing) is no more than its, and what it holds of the
    locked pairs is held. Among equal changes the fewest tables are moved, then the total weight is greatest. Up to
    `WHOLE` (pair, slot) the least is searched among all; above, among those near a change, and the bound of "changes"
    is what any plan must change to be held at all.
    """
    started = perf_counter()
    whole = len(candidates.first) * len(event.slots) <= WHOLE
    for near, again in _reaches(candidates, announced, whole=whole):
        case = _case(candidates, event, announced, replan, locks, near, replan if again else ())
        reached = search(case, effort)
        if reached.found:
            break
    kept = case.kept(reached.slots)
    known = {pair_key(meeting.a, meeting.b): meeting for meeting in announced}
    stays = {n: known[candidates.key(int(case.pairs[n]))] for n in np.flatnonzero(kept).tolist()}
    meetings = seated(candidates, event, case.hall, reached.slots, case.pairs, locks, stays)
    gone = len(announced) - int(case.stays().sum())
    bounds = reached.bounds if whole else (reached.forced, 0, -_heaviest(candidates))
    return Repaired(
        meetings=meetings,
        stages=_stages(case, meetings, announced, (gone + bounds[0], bounds[1], -bounds[2]), perf_counter() - started),
    )


def shortfall(candidates: Candidates, meetings: Sequence[Meeting]) -> int:
    """Return the meetings missing to all minimums, and the must-meets among the candidates that are missing."""
    held = {pair_key(meeting.a, meeting.b) for meeting in meetings}
    degrees = {who.id: 0 for who in candidates.participants}
    for name in (name for pair in held for name in pair):
        degrees[name] += 1
    short = candidates.minimum - np.array([degrees[who.id] for who in candidates.participants], dtype=np.int64)
    unmet = sum(candidates.key(int(pair)) not in held for pair in np.flatnonzero(candidates.must))
    return int(np.maximum(short, 0).sum()) + unmet


def shifted(event: Event, minutes: int) -> Event:
    """Return the event with every slot `minutes` later (earlier when negative); who meets whom and where stays."""
    by = timedelta(minutes=minutes)
    return replace(event, slots=tuple(replace(slot, start=slot.start + by, end=slot.end + by) for slot in event.slots))


def _reaches(candidates: Candidates, announced: Sequence[Meeting], *, whole: bool) -> list[tuple[Bools | None, bool]]:
    """Return whose meetings to look at, from few to many, and whether those of the plan made anew are among them."""
    if whole:
        return [(None, True)]
    number = {who.id: n for n, who in enumerate(candidates.participants)}
    keys = {candidates.key(pair) for pair in range(len(candidates.first))}
    degrees = np.zeros(len(number), dtype=np.int64)
    near = np.zeros(len(number), dtype=bool)
    for meeting in announced:
        lost = pair_key(meeting.a, meeting.b) not in keys
        for n in (number[name] for name in (meeting.a, meeting.b) if name in number):
            free = 0 <= meeting.slot < candidates.places.shape[1] and candidates.places[n, meeting.slot] > 0
            near[n] |= lost or not free
            degrees[n] += not lost
    near |= degrees == 0
    short = near | (degrees < candidates.minimum)
    return [(near, False), (short, False), (short, True)]


def _case(
    candidates: Candidates,
    event: Event,
    announced: Sequence[Meeting],
    replan: Sequence[Meeting],
    locks: Sequence[Lock],
    near: Bools | None,
    again: Sequence[Meeting],
) -> Case:
    """Return the pairs and slots to choose from: all, or those of participants `near` a change and what was announced.

    Announced meetings of others keep their slot or are dropped; those of `again` may also take the slot they have there.
    """
    row = {candidates.key(pair): pair for pair in range(len(candidates.first))}
    chosen = np.ones(len(row), dtype=bool) if near is None else _best(candidates, near, announced) | candidates.must
    chosen[[row[key] for meeting in (*announced, *again) if (key := pair_key(meeting.a, meeting.b)) in row]] = True
    pairs = np.flatnonzero(chosen)
    at = {candidates.key(pair): n for n, pair in enumerate(pairs.tolist())}
    hall = grid(candidates, event, pairs.tolist(), locks)
    slot, table = np.full(len(pairs), -1, dtype=np.int64), np.zeros(len(pairs), dtype=np.int64)
    usual = np.zeros_like(hall.allowed)
    for meeting in announced:
        n = at.get(pair_key(meeting.a, meeting.b))
        if n is not None and 0 <= meeting.slot < len(event.slots):
            slot[n], table[n], usual[n, meeting.slot] = meeting.slot, meeting.table, True
    for meeting in again:
        usual[at[pair_key(meeting.a, meeting.b)], meeting.slot] = True
    if near is not None:
        still = ~near[hall.first] & ~near[hall.second] & ~candidates.must[pairs]
        hall = hall.within(hall.allowed & (usual | ~still[:, None]))
    locked = {lock.pair for lock in locks} & {pair_key(meeting.a, meeting.b) for meeting in replan}
    held = np.array([candidates.key(int(pair)) in locked for pair in pairs], dtype=bool)
    stray = (hall.table > 0) & (hall.table != table) | ~np.isin(table, open_tables(event))
    return Case(
        candidates=candidates,
        pairs=pairs,
        hall=hall,
        slot=slot,
        table=np.where(stray, 0, table),
        worth=Worth(candidates.minimum, candidates.must[pairs], candidates.weight[pairs]),
        held=held,
        most=shortfall(candidates, replan),
        start=_slots(at, again) if again else None,
    )


def _slots(at: Mapping[PairKey, int], replan: Sequence[Meeting]) -> Ints | None:
    """Return the slots of the plan made anew, or None where some of its pairs are not looked at."""
    found = np.full(len(at), -1, dtype=np.int64)
    for meeting in replan:
        n = at.get(pair_key(meeting.a, meeting.b))
        if n is None:
            return None
        found[n] = meeting.slot
    return found


def _best(candidates: Candidates, near: Bools, announced: Sequence[Meeting]) -> Bools:
    """Return the pairs that participants near a change may newly get: those both have room for first, then by weight."""
    held = {pair_key(meeting.a, meeting.b) for meeting in announced}
    degrees = np.zeros(len(near), dtype=np.int64)
    for pair in (pair for pair in range(len(candidates.first)) if candidates.key(pair) in held):
        degrees[[candidates.first[pair], candidates.second[pair]]] += 1
    room = degrees < candidates.maximum
    order = np.lexsort((-candidates.weight, ~(room[candidates.first] & room[candidates.second])))
    each = int(np.clip(LOOKED_AT // max(int(near.sum()) * candidates.places.shape[1], 1), 3, NEAR))
    got, chosen = np.zeros(len(near), dtype=np.int64), np.zeros(len(order), dtype=bool)
    for pair in order.tolist():
        ends = [n for n in (candidates.first[pair], candidates.second[pair]) if near[n] and got[n] < each]
        if ends:
            chosen[pair] = True
            got[ends] += 1
    return chosen


def _heaviest(candidates: Candidates) -> int:
    """Return a bound on the weight of any plan: half of what each participant's best partners weigh together."""
    left, total = candidates.maximum.copy(), 0
    both = zip(candidates.first.tolist(), candidates.second.tolist(), strict=True)
    ends = list(both)
    for pair in np.argsort(-candidates.weight, kind="stable").tolist():
        for n in ends[pair]:
            if left[n] > 0:
                left[n] -= 1
                total += int(candidates.weight[pair])
    return total // 2


def _stages(
    case: Case,
    meetings: Sequence[Meeting],
    announced: Sequence[Meeting],
    bounds: tuple[int, int, int],
    seconds: float,
) -> tuple[Stage, ...]:
    """Return what the repair reached beside the bounds."""
    before = {pair_key(meeting.a, meeting.b): meeting for meeting in announced}
    both = [(meeting, before.get(pair_key(meeting.a, meeting.b))) for meeting in meetings]
    same = [(now, then) for now, then in both if then is not None and now.slot == then.slot]
    weight = {case.candidates.key(int(pair)): int(case.candidates.weight[pair]) for pair in case.pairs}
    values = (
        len(announced) - len(same),
        sum(now.table != then.table for now, then in same),
        sum(weight[pair_key(meeting.a, meeting.b)] for meeting in meetings),
    )
    return tuple(
        Stage(name=name, value=value, bound=bound, proven=value == bound, seconds=seconds if name == "changes" else 0)
        for name, value, bound in zip(("changes", "table_moves", "total"), values, bounds, strict=True)
    )
