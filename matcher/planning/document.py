"""A plan as a file: what a program reads (names, times, reasons), and all that is needed to repair and to reprint it."""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from matcher.errors import MatcherError
from matcher.planning.model import MILLI, Meeting, Plan, Programme, Unmet
from matcher.planning.statistics import statistics
from matcher.planning.verify import verify

FORMAT = "rongtong-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a plan was made from: the hash of its whole input, and the versions of the models that scored it."""

    input_sha256: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A plan with its input and manifest."""

    programme: Programme
    plan: Plan
    manifest: Manifest


def document(programme: Programme, plan: Plan, versions: Mapping[str, str]) -> Document:
    """Return a plan as a document; the hash is of the programme's canonical JSON."""
    canonical = json.dumps(_plain(programme), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return Document(
        programme=programme, plan=plan, manifest=Manifest(input_sha256=digest, versions=dict(sorted(versions.items())))
    )


def dumped(found: Document) -> dict[str, object]:
    """Return a document as JSON: participants by name, slots and tables counted from 1, scores in [0, 1].

    `state` holds the programme and the plan whole, as `loaded` reads them; it carries the delegates' contacts.
    """
    violations = verify(found.programme, found.plan)
    names = _names(found.programme)
    return {
        "format": FORMAT,
        "event": found.programme.event.name,
        "meetings": [_meeting(found.programme, names, meeting) for meeting in found.plan.meetings],
        "alternates": {
            names[one]: [names[other] for other in others] for one, others in sorted(found.plan.alternates.items())
        },
        "unmet": [_unmet(names, unmet) for unmet in found.plan.unmet],
        "stats": asdict(statistics(found.programme, found.plan)),
        "stages": [asdict(stage) for stage in found.plan.stages],
        "relaxations": list(found.plan.relaxations),
        "notes": list(found.plan.notes),
        "verify": {"ok": not violations, "violations": [asdict(violation) for violation in violations]},
        "manifest": asdict(found.manifest),
        "state": {"programme": _plain(found.programme), "plan": _plain(found.plan)},
    }


def loaded(data: bytes | str) -> Document:
    """Return the document that `dumped` made.

    :raises MatcherError: `bad_plan` for anything else.
    """
    try:
        content = json.loads(data)
        if content["format"] != FORMAT:
            raise MatcherError("bad_plan", f"对接计划的格式是“{content['format']}”，应为“{FORMAT}”")
        return Document(
            programme=_programmes().validate_python(content["state"]["programme"]),
            plan=_plans().validate_python(content["state"]["plan"]),
            manifest=Manifest(**content["manifest"]),
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise MatcherError("bad_plan", "不是由本系统导出的对接计划（JSON），请选用 event plan 写出的文件") from error


def _meeting(programme: Programme, names: Mapping[str, str], meeting: Meeting) -> dict[str, object]:
    slot = programme.event.slots[meeting.slot]
    return {
        "a": names[meeting.a],
        "b": names[meeting.b],
        "slot": meeting.slot + 1,
        "table": meeting.table,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "score": meeting.score / MILLI,
        "reasons": list(meeting.reasons),
        "locked": meeting.locked,
        "a_id": meeting.a,
        "b_id": meeting.b,
    }


def _unmet(names: Mapping[str, str], unmet: Unmet) -> dict[str, object]:
    return {
        "participant": names[unmet.participant],
        "wanted": unmet.wanted,
        "got": unmet.got,
        "reason": unmet.reason,
        "partner": names[unmet.partner] if unmet.partner else None,
    }


def _plain(value: object) -> object:
    """Return a value of the vocabulary as JSON would hold it, sets sorted, so that equal values are equal text."""
    match value:
        case Programme() | Plan():
            return _plain(asdict(value))
        case Mapping():
            return {str(key): _plain(held) for key, held in value.items()}
        case Set():
            return sorted((_plain(held) for held in value), key=json.dumps)
        case list() | tuple():
            return [_plain(held) for held in value]
        case datetime():
            return value.isoformat()
    return value


def _names(programme: Programme) -> Mapping[str, str]:
    return {participant.id: participant.name for participant in programme.participants}


@lru_cache(maxsize=1)
def _programmes() -> TypeAdapter[Programme]:
    return TypeAdapter(Programme)


@lru_cache(maxsize=1)
def _plans() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)
