"""From pairs to a timetable: slots, tables and delegates without a clash; what does not fit, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from matcher.planning.candidates import Candidates, Cut, Ints
from matcher.planning.model import Event, Lock, Meeting, Stage
from matcher.planning.timetable_fit import EXACT, Fit, Fits, Worth, fit, fits
from matcher.planning.timetable_greedy import construct
from matcher.planning.timetable_grid import Grid, grid, open_tables, waits
from matcher.planning.timetable_proof import Bottleneck, bottlenecks, forced
from matcher.planning.timetable_relax import relaxations
from matcher.planning.timetable_seats import meeting_of, seat

EFFORT = 4.0
"""Deterministic seconds of CP-SAT for a stage; a run of the same input stops at the same point on any machine."""
TOLD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When and where pairs meet, in the order of slot and table; `dropped` are pairs (row numbers) that did not fit.

    `stages`: "unplaced", meetings without a slot; "waiting", free slots between a guest's first and last meeting of a
    session. `cuts` hold for every timetable; the pairing is made again with them. `relaxations` and `notes` in words.
    """

    meetings: tuple[Meeting, ...]
    dropped: tuple[int, ...] = ()
    stages: tuple[Stage, ...] = ()
    relaxations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()


def timetable(
    candidates: Candidates, event: Event, chosen: Sequence[int], locks: Sequence[Lock] = (), *, effort: float = EFFORT
) -> Timetable:
    """Return when and where the chosen pairs (row numbers of `candidates`) meet; the same input gives the same.

    No participant has more meetings in a slot than delegates free (a host up to `guests` at one table), no more tables
    are used than are open, no delegate meets more than `streak` times in a row, and locks hold. What does not fit is
    left out: least shortfall first, then fewest meetings, then least weight.
    """
    started = perf_counter()
    pairs = np.array(sorted(set(chosen)), dtype=np.int64)
    hall = grid(candidates, event, pairs.tolist(), locks)
    worth = Worth(candidates.minimum, candidates.must[pairs], candidates.weight[pairs])
    slots = construct(hall)
    spots = bottlenecks(hall) if (slots < 0).any() else []
    found = fit(hall, worth, effort, slots=slots, forced=forced(spots))
    dropped = np.flatnonzero(found.slots < 0)
    return Timetable(
        meetings=seated(candidates, event, hall, found.slots, pairs, locks),
        dropped=tuple(pairs[dropped].tolist()),
        stages=_stages(hall, found, perf_counter() - started),
        relaxations=relaxations(hall, worth, found.slots, spots, effort) if len(dropped) else (),
        notes=tuple(_notes(hall, found, spots)) if len(dropped) else (),
        cuts=tuple(_cuts(hall, found, spots, pairs, effort)) if len(dropped) else (),
    )


def seated(
    candidates: Candidates,
    event: Event,
    hall: Grid,
    slots: Ints,
    pairs: Ints,
    locks: Sequence[Lock],
    announced: Mapping[int, Meeting] | None = None,
) -> tuple[Meeting, ...]:
    """Return meetings with their tables and delegates; those in `announced` (by row of the grid) stay where they are."""
    locked = {lock.pair for lock in locks}
    meetings = [
        meeting_of(hall, unit, n, int(candidates.score[pairs[n]]), candidates.key(int(pairs[n])) in locked)
        for unit in seat(hall, slots, open_tables(event), announced or {})
        for n in unit.meetings
    ]
    return tuple(sorted(meetings, key=lambda meeting: (meeting.slot, meeting.table, meeting.a, meeting.b)))


def _stages(hall: Grid, found: Fit, seconds: float) -> tuple[Stage, ...]:
    left, waiting = int((found.slots < 0).sum()), int(waits(hall, found.slots).sum())
    rows = (("unplaced", left, found.unplaced_bound), ("waiting", waiting, found.waiting_bound))
    return tuple(
        Stage(name=name, value=value, bound=bound, proven=value == bound, seconds=seconds if name == "unplaced" else 0)
        for name, value, bound in rows
    )


def _cuts(hall: Grid, found: Fit, spots: Sequence[Bottleneck], pairs: Ints, effort: float) -> list[Cut]:
    """Return what no timetable can hold: where counting fails, or a part of the meetings proven not to fit."""
    if spots:
        return [Cut(tuple(pairs[list(spot.meetings)].tolist()), spot.most) for spot in spots]
    if found.fits is not Fits.NO or hall.allowed.sum() > EXACT:
        return []
    left = found.slots < 0
    people = np.union1d(hall.first[left], hall.second[left])
    near = np.flatnonzero(np.isin(hall.first, people) | np.isin(hall.second, people))
    core = near if fits(hall.part(near), effort) is Fits.NO else np.arange(len(pairs))
    return [Cut(tuple(pairs[core].tolist()), len(core) - 1)]


def _notes(hall: Grid, found: Fit, spots: Sequence[Bottleneck]) -> list[str]:
    count = int((found.slots < 0).sum())
    notes = [
        f"有 {count} 场排不进时间表" + ("（已证明不可能全部排进）" if found.fits is Fits.NO else "（未证明不可能）")
    ]
    for spot in spots[:TOLD]:
        who = "全场" if spot.participant is None else f"“{hall.participants[spot.participant].name}”"
        what = f"{len(spot.meetings)} 场只能排在 {_named(spot.slots, len(hall.session))}"
        limit = "洽谈桌" if spot.participant is None else "代表"
        notes.append(f"{who}有 {what}，{limit}只够 {spot.most} 场")
    return notes


def _named(slots: Sequence[int], count: int) -> str:
    if not slots:
        return "不存在的时段"
    return "全部时段" if len(slots) == count else f"第 {'、'.join(str(slot + 1) for slot in slots)} 时段"
