"""A plan after a change: as few announced meetings moved or dropped as can be, and nobody worse served than anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from matcher.planning.candidates import Candidates, Ints
from matcher.planning.model import Event, Lock, Meeting, Stage, pair_key
from matcher.planning.repair_bound import relaxation
from matcher.planning.repair_case import Asked, Case, case_of, degrees_of, near, with_room
from matcher.planning.repair_search import search, top_up
from matcher.planning.timetable import seated

WHOLE = 120_000
"""Up to how many (pair, slot) a repair looks at every one; above, at those near what changed."""


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
) -> Repaired:
    """Return meetings that change as few announced (pair, slot) as possible.

    `candidates`, `event` and `locks` are those after the change, `replan` a timetable made anew for them: the
    shortfall (meetings missing to minimums, and must-meets missing) is no more than its, and what it holds of the
    locked pairs is held. Among equal changes the fewest tables are moved, then the total weight is greatest. Up to
    `WHOLE` (pair, slot) the least is searched among all; above, among those near a change, and the bounds are those of
    a linear relaxation that looks at all.
    """
    started = perf_counter()
    asked = Asked(candidates, event, tuple(announced), tuple(replan), tuple(locks), shortfall(candidates, replan))
    whole = len(candidates.first) * len(event.slots) <= WHOLE
    case = case_of(asked, None if whole else near(asked), asked.replan)
    reached = search(case)
    found = _seated(asked, case, reached.slots)
    changes, moves, weight = reached.bounds
    changes += len(announced) - int(case.stays().sum())
    if not whole:
        relaxed = relaxation(candidates, event, announced, asked.most)
        changes, moves = len(announced) - relaxed.most_kept(), 0
        weight = -relaxed.heaviest(int(case.kept(reached.slots).sum()))
        found = _fuller(asked, found)
    return Repaired(meetings=found, stages=_stages(asked, found, (changes, moves, -weight), perf_counter() - started))


def shortfall(candidates: Candidates, meetings: Sequence[Meeting]) -> int:
    """Return the meetings missing to all minimums, and the must-meets among the candidates that are missing."""
    held = {pair_key(meeting.a, meeting.b) for meeting in meetings}
    unmet = sum(candidates.key(int(pair)) not in held for pair in np.flatnonzero(candidates.must))
    return int(np.maximum(candidates.minimum - degrees_of(candidates, meetings), 0).sum()) + unmet


def _seated(asked: Asked, case: Case, slots: Ints) -> tuple[Meeting, ...]:
    """Return meetings with tables and delegates; announced ones that keep their slot keep those where they can."""
    known = {pair_key(meeting.a, meeting.b): meeting for meeting in asked.announced}
    kept = np.flatnonzero(case.kept(slots)).tolist()
    stays = {n: known[asked.candidates.key(int(case.pairs[n]))] for n in kept}
    return seated(asked.candidates, asked.event, case.hall, slots, case.pairs, asked.locks, stays)


def _fuller(asked: Asked, meetings: tuple[Meeting, ...]) -> tuple[Meeting, ...]:
    """Return the same meetings with others added where there is room, unless that moves a table."""
    case = case_of(asked, None, meetings, chosen=with_room(asked, meetings))
    fuller = _seated(asked, case, top_up(case))
    return fuller if _values(asked, fuller)[:2] <= _values(asked, meetings)[:2] else meetings


def _values(asked: Asked, meetings: Sequence[Meeting]) -> tuple[int, int, int]:
    """Return the changes, the table moves and the total weight of a repair."""
    before = {pair_key(meeting.a, meeting.b): meeting for meeting in asked.announced}
    both = [(meeting, before.get(pair_key(meeting.a, meeting.b))) for meeting in meetings]
    same = [(now, then) for now, then in both if then is not None and now.slot == then.slot]
    held = {pair_key(meeting.a, meeting.b) for meeting in meetings}
    weights = enumerate(asked.candidates.weight.tolist())
    return (
        len(asked.announced) - len(same),
        sum(now.table != then.table for now, then in same),
        sum(weight for pair, weight in weights if asked.candidates.key(pair) in held),
    )


def _stages(
    asked: Asked, meetings: Sequence[Meeting], bounds: tuple[int, int, int], seconds: float
) -> tuple[Stage, ...]:
    """Return what the repair reached beside the bounds."""
    names = ("changes", "table_moves", "total")
    return tuple(
        Stage(name=name, value=value, bound=bound, proven=value == bound, seconds=seconds if name == "changes" else 0)
        for name, value, bound in zip(names, _values(asked, meetings), bounds, strict=True)
    )
