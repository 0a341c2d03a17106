"""From a programme to a plan: who meets whom, then when and where, then what is left to say about it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from matcher.planning.candidates import Candidates, Cut, candidates
from matcher.planning.model import Meeting, PairKey, Plan, Programme, Stage, pair_key
from matcher.planning.pairing import Pairing, alternates, pair
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
    stages = (*_as_seated(arrays, paired.stages, seated), *seated.stages)
    found = _complete(programme, arrays, seated.meetings, stages)
    return replace(found, relaxations=seated.relaxations, notes=(*found.notes, *seated.notes))


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
    found = _complete(programme, arrays, meetings, mended.stages)
    return replace(found, relaxations=seated.relaxations, notes=(*found.notes, *seated.notes))


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
    programme: Programme, arrays: Candidates, meetings: tuple[Meeting, ...], stages: tuple[Stage, ...]
) -> Plan:
    row = {arrays.key(n): n for n in range(len(arrays.first))}
    chosen = np.array([row[pair_key(meeting.a, meeting.b)] for meeting in meetings], dtype=np.int64)
    return Plan(
        meetings=meetings,
        unmet=shortfalls(programme, arrays, meetings),
        alternates=alternates(arrays, chosen),
        stages=stages,
        notes=arrays.notes,
    )


def _as_seated(arrays: Candidates, stages: Iterable[Stage], seated: Timetable) -> Iterable[Stage]:
    """Return the pairing's stages as the timetable leaves them: what was dropped is proven no more."""
    if not seated.dropped:
        return stages
    total = sum(int(arrays.weight[n]) for n in seated.dropped)
    return [_lowered(arrays, stage, seated, total) for stage in stages]


def _lowered(arrays: Candidates, stage: Stage, seated: Timetable, total: int) -> Stage:
    if stage.name == "total":
        return replace(stage, value=stage.value - total, proven=False)
    if stage.name == "shortfall":
        met = {pair_key(one.a, one.b) for one in seated.meetings}
        degrees = {who.id: sum(who.id in pair for pair in met) for who in arrays.participants}
        short = sum(
            max(0, int(least) - degrees[who.id]) for who, least in zip(arrays.participants, arrays.minimum, strict=True)
        )
        return replace(stage, value=short, proven=short == stage.bound)
    return replace(stage, proven=False)
