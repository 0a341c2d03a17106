"""Events planned and mended in the background: a sheet safely on disk, then a job that reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import uuid4

from pydantic import TypeAdapter

from matcher.errors import MatcherError
from matcher.planning.draft import Setup
from matcher.planning.feedback import Told
from matcher.tabular.model import Problem
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Job
from service.store.rights import require
from service.store.rows import check_key
from service.usecases.event_feedback import read_form, resolved, take_feedback
from service.usecases.events import Change, Opened, change_event, check_version, create_event, open_event, take_ticks
from service.usecases.jobs import GoOn, beating, place_of, upload_of, uploaded

EVENT = "event"

_SETUPS, _CHANGES, _TOLD_LIST = TypeAdapter(Setup), TypeAdapter(Change), TypeAdapter(tuple[Told, ...])
_TOLD = 200


class SheetKind(StrEnum):
    """A later version of the attendees, only who comes in addition, or a tick-list that came back."""

    WHOLE = "sheet"
    MORE = "more"
    TICKS = "ticks"


def enqueue_plan(parts: Parts, who: Actor, file: BinaryIO, name: str, setup: Setup, *, id: str | None) -> str:
    """Return the id of a job that plans a new event from its sheet.

    :raises MatcherError: `forbidden`, `bad_record`, `event_exists`.
    """
    require(who, Scope.ORGANISE)
    event = check_key(id, "id") if id else f"event_{uuid4().hex[:16]}"
    if id and _exists(parts, who, event):
        raise MatcherError("event_exists", f"已有编号为 {event} 的活动，请换一个编号", id=event)
    with uploaded(parts, file, name) as path:
        asked = {
            "do": "plan",
            "path": place_of(parts, path),
            "event": event,
            "setup": _SETUPS.dump_python(setup, mode="json"),
        }
        return parts.store.jobs.enqueue(who, EVENT, asked)


def enqueue_change(parts: Parts, who: Actor, event: str, change: Change, *, since: int, note: str | None) -> str:
    """Return the id of a job that mends an event after a change.

    :raises MatcherError: `forbidden`, `not_found`, `version_conflict`.
    """
    _may_change(parts, who, event, since)
    asked = {"do": "change", "event": event, "since": since, "note": note, "change": asdict(change)}
    return parts.store.jobs.enqueue(who, EVENT, asked)


def enqueue_sheet(
    parts: Parts, who: Actor, event: str, file: BinaryIO, name: str, *, since: int, kind: SheetKind, note: str | None
) -> str:
    """Return the id of a job that mends an event to a sheet that came in.

    :raises MatcherError: `forbidden`, `not_found`, `version_conflict`.
    """
    _may_change(parts, who, event, since)
    with uploaded(parts, file, name) as path:
        asked = {"do": kind, "path": place_of(parts, path), "event": event, "since": since, "note": note}
        return parts.store.jobs.enqueue(who, EVENT, asked)


def enqueue_feedback(parts: Parts, who: Actor, event: str, told: Sequence[Told]) -> str:
    """Return the id of a job that takes what is told of an event's meetings, participants by name or id.

    :raises MatcherError: `forbidden`, `not_found`, and as `resolved`.
    """
    require(who, Scope.ORGANISE)
    known = resolved(open_event(parts, who, event), told)
    asked = {"do": "told", "event": event, "told": [asdict(one) for one in known]}
    return parts.store.jobs.enqueue(who, EVENT, asked)


def enqueue_form(parts: Parts, who: Actor, event: str, file: BinaryIO, name: str) -> str:
    """Return the id of a job that takes a filled feedback form.

    :raises MatcherError: `forbidden`, `not_found`.
    """
    require(who, Scope.ORGANISE)
    open_event(parts, who, event)
    with uploaded(parts, file, name) as path:
        return parts.store.jobs.enqueue(who, EVENT, {"do": "form", "path": place_of(parts, path), "event": event})


def do_event(parts: Parts, job: Job, go_on: GoOn) -> dict[str, Any]:
    """Return the report of a job on an event. Done again after a crash, it reports what was kept the first time.

    :raises MatcherError: as the use-cases of events.
    """
    go_on()
    with beating(parts.store, job, "正在排会面"):
        try:
            return _done(parts, job)
        except MatcherError as error:
            if job.attempts > 1 and error.code in ("event_exists", "version_conflict"):
                return _report(open_event(parts, job.actor, str(job.payload["event"])))
            raise


def _done(parts: Parts, job: Job) -> dict[str, Any]:
    asked, who = job.payload, job.actor
    event, since, note = str(asked["event"]), int(asked.get("since") or 0), asked.get("note")
    match asked["do"]:
        case "plan":
            setup = _SETUPS.validate_python(asked["setup"])
            return _report(create_event(parts, who, upload_of(parts, job), setup, id=event))
        case "change":
            change = _CHANGES.validate_python(asked["change"])
            return _report(change_event(parts, who, event, change, since=since, note=note))
        case "told":
            return _told(parts, who, event, _TOLD_LIST.validate_python(asked["told"]))
        case "form":
            read = read_form(parts, who, event, upload_of(parts, job))
            return _told(parts, who, event, read.told) | {"problems": _places(read.problems)}
        case SheetKind.WHOLE | SheetKind.MORE:
            path, more = upload_of(parts, job), asked["do"] == SheetKind.MORE
            made = change_event(parts, who, event, Change(), since=since, path=path, more=more, note=note)
            return _report(made)
    made, problems = take_ticks(parts, who, event, upload_of(parts, job), since=since)
    return _report(made) | {"problems": _places(problems)}


def _told(parts: Parts, who: Actor, event: str, told: Sequence[Told]) -> dict[str, Any]:
    made = take_feedback(parts, who, event, told)
    return {"event_id": event, "version": made.record.version, "told": len(told)}


def _places(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [_place(asdict(problem)) for problem in problems][:_TOLD]


def _report(made: Opened) -> dict[str, Any]:
    plan, sheet = made.document.plan, made.sheet
    return {
        "event_id": made.record.id,
        "version": made.record.version,
        "meetings": len(plan.meetings),
        "unmet": len(plan.unmet),
        "left_out": sheet.get("left_out", 0),
        "problems": [_place(problem) for problem in sheet.get("problems", ())][:_TOLD],
        "summary": made.summary,
        "changes": [change.text for change in made.changes][:_TOLD],
    }


def _place(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: problem.get(name) for name in ("sheet", "row", "column", "message", "remedy", "severity", "readings")}


def _may_change(parts: Parts, who: Actor, event: str, since: int) -> None:
    require(who, Scope.ORGANISE)
    check_version(open_event(parts, who, event), since)


def _exists(parts: Parts, who: Actor, event: str) -> bool:
    try:
        parts.store.events.get(who, event)
    except MatcherError as error:
        if error.code != "not_found":
            raise
        return False
    return True
