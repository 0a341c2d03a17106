"""From a programme to a plan: who meets whom, then when and where, then what is left to say about it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from matcher.planning.candidates import Candidates, Cut, Ints, candidates
from matcher.planning.model import Meeting, PairKey, Plan, Programme, Stage, pair_key
from matcher.planning.pairing import Pairing, alternates, pair
from matcher.planning.pairing_rows import form
from matcher.planning.pairing_shares import worst_share
from matcher.planning.preferences import SUGGESTED, suggestions
from matcher.planning.repair import repair
from matcher.planning.shortfall import shortfalls
from matcher.planning.timetable import Timetable, timetable

Explain: TypeAlias = Callable[[Iterable[PairKey]], Mapping[PairKey, tuple[str, ...]]]

_ROUNDS = 4


def plan(programme: Programme) -> Plan:
    """Return the plan of a programme: the pairing stage by stage, and its timetable.

    A pairing that no timetable can hold is made again without what did not fit; what still does not fit after four
    rounds is left out and said. The same programme gives the same plan.
    :raises MatcherError: as `candidates`.
    """
    arrays = candidates(programme)
    paired, seated = _planned(programme, arrays)
    stages = (*_as_seated(programme, arrays, paired.stages, seated), *seated.stages)
    return _complete(programme, arrays, seated.meetings, stages, seated)


def repaired(programme: Programme, announced: Sequence[Meeting]) -> Plan:
    """Return the plan of a changed programme that moves as few announced (pair, slot) as possible.

    Nobody is worse served than by a plan made anew: its shortfall is no larger. Announced meetings of participants who
    no longer come are left out.
    :raises MatcherError: as `candidates`.
    """
    arrays = candidates(programme)
    _, seated = _planned(programme, arrays)
    mended = repair(arrays, programme.event, announced, replan=seated.meetings, locks=programme.locks)
    reasons = {pair_key(one.a, one.b): one.reasons for one in announced}
    meetings = tuple(replace(one, reasons=reasons.get(pair_key(one.a, one.b), ())) for one in mended.meetings)
    return _complete(programme, arrays, meetings, mended.stages, seated)


def explained(programme: Programme, made: Plan, explain: Explain) -> tuple[Programme, Plan]:
    """Return programme and plan with the reasons of every pair that meets, is an alternate or may be suggested."""
    wanted = {pair_key(meeting.a, meeting.b) for meeting in made.meetings}
    wanted |= {pair_key(one, other) for one, others in made.alternates.items() for other in others}
    suggested = suggestions(programme, SUGGESTED)
    wanted |= {scored.pair for found in suggested.values() for scored in found}
    told = explain(sorted(wanted))
    scores = tuple(
        replace(scored, reasons=told[scored.pair]) if scored.pair in told else scored for scored in programme.scores
    )
    meetings = tuple(
        replace(meeting, reasons=told.get(pair_key(meeting.a, meeting.b), meeting.reasons)) for meeting in made.meetings
    )
    return replace(programme, scores=scores), replace(made, meetings=meetings)


def _planned(programme: Programme, arrays: Candidates) -> tuple[Pairing, Timetable]:
    cuts: list[Cut] = []
    for _ in range(_ROUNDS):
        paired = pair(arrays, programme.event, cuts=cuts)
        seated = timetable(arrays, programme.event, paired.chosen.tolist(), programme.locks)
        if not seated.cuts:
            break
        cuts += seated.cuts
    return paired, seated


def _complete(
    programme: Programme,
    arrays: Candidates,
    meetings: tuple[Meeting, ...],
    stages: tuple[Stage, ...],
    seated: Timetable,
) -> Plan:
    return Plan(
        meetings=meetings,
        unmet=shortfalls(programme, arrays, meetings),
        alternates=alternates(arrays, _rows(arrays, meetings)),
        stages=stages,
        relaxations=seated.relaxations,
        notes=(*arrays.notes, *seated.notes),
    )


def _as_seated(
    programme: Programme, arrays: Candidates, stages: tuple[Stage, ...], seated: Timetable
) -> tuple[Stage, ...]:
    """Return the pairing's stages as the timetable leaves them: where less is reached, it is proven no more."""
    if not seated.dropped:
        return stages
    chosen = _rows(arrays, seated.meetings)
    ends = np.concatenate([arrays.first[chosen], arrays.second[chosen]])
    degrees = np.bincount(ends, minlength=len(arrays.participants))
    values = {
        "shortfall": float(np.maximum(arrays.minimum - degrees, 0).sum()),
        "worst_share": float(worst_share(form(arrays, programme.event, ()), chosen)),
        "total": float(arrays.weight[chosen].sum()),
    }
    return tuple(_lowered(stage, values[stage.name]) for stage in stages)


def _lowered(stage: Stage, value: float) -> Stage:
    return replace(stage, value=value, proven=stage.proven and value == stage.bound)


def _rows(arrays: Candidates, meetings: Iterable[Meeting]) -> Ints:
    row = arrays.rows()
    return np.array(sorted(row[pair_key(meeting.a, meeting.b)] for meeting in meetings), dtype=np.int64)
