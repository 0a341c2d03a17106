"""How the meetings of an event went: kept with the event, and told to the ranker as outcomes of what was shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from matcher.errors import MatcherError
from matcher.outcomes import DismissalReason, OutcomeStage
from matcher.planning.change import participant_named
from matcher.planning.feedback import Result, Returned, Told, read_feedback, results
from matcher.planning.model import pair_key
from service.auth import Actor
from service.deps import Parts
from service.store import NewOutcome
from service.usecases.event_issue import ShownPair, keep_shown
from service.usecases.events import Opened, keep_feedback, open_event
from service.usecases.outcomes import record_outcome

_TOLD = TypeAdapter(tuple[Told, ...])
_STAGES: Mapping[Result, OutcomeStage] = {
    Result.SIGNED: OutcomeStage.SIGNED,
    Result.CONTACT: OutcomeStage.CONTACTED,
    Result.UNFIT: OutcomeStage.DISMISSED,
}


def read_form(parts: Parts, actor: Actor, id: str, path: Path) -> Returned:
    """Return what a filled form tells of an event.

    :raises MatcherError: `not_found`, and as `read_feedback`.
    """
    held = open_event(parts, actor, id).document
    return read_feedback(path, held.programme, held.plan)


def resolved(found: Opened, told: Iterable[Told]) -> tuple[Told, ...]:
    """Return what is told with participants by id; they may be given by name.

    :raises MatcherError: `unknown_participant`, `ambiguous_participant`, `no_meeting`.
    """
    programme, plan = found.document.programme, found.document.plan
    met = {pair_key(meeting.a, meeting.b) for meeting in plan.meetings}
    known: list[Told] = []
    for one in told:
        pair = [participant_named(programme, name) for name in (one.of, one.about)]
        if pair_key(*pair) not in met:
            raise MatcherError("no_meeting", f"“{one.of}”与“{one.about}”没有安排会面")
        known.append(TypeAdapter(Told).validate_python(asdict(one) | {"of": pair[0], "about": pair[1]}))
    return tuple(known)


def take_feedback(parts: Parts, actor: Actor, id: str, told: Sequence[Told]) -> Opened:
    """Keep what is told beside what was told before, the later word of a side on a partner, and learn from it.

    A no-show says nothing of relevance, nor does a middling rating.
    :raises MatcherError: `forbidden`, `not_found`, `version_conflict`.
    """
    found = open_event(parts, actor, id)
    before = _TOLD.validate_python(found.feedback)
    merged = {(one.of, one.about): one for one in (*before, *told)}
    shown = keep_shown(parts, actor, found)
    for one in told:
        if (place := shown.get(one.pair)) is not None and one.liked is not None:
            record_outcome(parts.store, parts.shown, actor, _outcome(one, place))
    return keep_feedback(parts, actor, found, [asdict(one) for one in merged.values()], len(told))


def event_results(found: Opened) -> dict[str, Any]:
    """Return how the meetings went, in figures."""
    return dict(results(found.document.programme, found.document.plan, _TOLD.validate_python(found.feedback)))


def _outcome(told: Told, place: ShownPair) -> NewOutcome:
    liked = OutcomeStage.MET if told.liked else OutcomeStage.DISMISSED
    stage = _STAGES[told.result] if told.result is not None else liked
    return NewOutcome(
        list_id=place.list_id,
        posting_id=place.posting_id,
        stage=stage,
        reason=DismissalReason.IRRELEVANT if stage is OutcomeStage.DISMISSED else None,
    )
