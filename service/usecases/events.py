"""Events on record: planned, changed by hand, mended, issued; every change is a version, checked before it is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from matcher.errors import MatcherError
from matcher.planning.change import delayed, participant_named, without, without_table
from matcher.planning.diff import Difference, in_total
from matcher.planning.document import Document, document, dumped, loaded
from matcher.planning.draft import Setup
from matcher.planning.edit import forbidden, locked, moved, removed, unlocked
from matcher.planning.model import Plan, Programme, Violation, pair_key
from matcher.planning.preferences import merged_wishes, read_tick_list
from matcher.planning.verify import verify
from matcher.tabular.attendees import Attendance
from matcher.tabular.model import Problem
from service.auth import Actor, Scope
from service.deps import Parts
from service.store.events import EventRecord
from service.store.rights import require
from service.usecases.event_plan import Planned, known_firms, mend, mend_sheet, plan_sheet, scoring

_KEPT_PROBLEMS = 500
_CHANGES = TypeAdapter(tuple[Difference, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An event as it is on record: its plan, what was read of its sheet, what the last change altered, what came back."""

    record: EventRecord
    document: Document
    sheet: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Difference, ...] = ()
    feedback: Sequence[Mapping[str, Any]] = ()

    @property
    def summary(self) -> str:
        """How much the last change altered, in words."""
        return in_total(self.changes)


class Action(StrEnum):
    """What a hand does to one pair."""

    MOVE = "move"
    REMOVE = "remove"
    LOCK = "lock"
    UNLOCK = "unlock"
    FORBID = "forbid"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change by hand: `a` and `b` by name or id, `slot` and `table` counted from 1 (for a move)."""

    action: Action
    a: str
    b: str
    slot: int | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened after the plan was announced; any of them together."""

    drop: tuple[str, ...] = ()
    lose_tables: tuple[int, ...] = ()
    delay: int = 0

    def __str__(self) -> str:
        told = [f"不来：{'、'.join(self.drop)}"] if self.drop else []
        told += [f"停用 {table} 号桌" for table in self.lose_tables]
        told += [f"整体{'推迟' if self.delay > 0 else '提前'} {abs(self.delay)} 分钟"] if self.delay else []
        return "；".join(told)


def create_event(parts: Parts, actor: Actor, path: Path, setup: Setup, *, id: str | None = None) -> Opened:
    """Plan an event from its sheet and keep it as version 1.

    :raises MatcherError: as `plan_sheet` and `Events.create`.
    """
    require(actor, Scope.ORGANISE)
    made = plan_sheet(path, setup, scoring(parts, actor), known=known_firms(parts, actor))
    name = made.document.programme.event.name
    text = _text(made.document, sheet=_sheet(made.attendance), changes=(), feedback=())
    record = parts.store.events.create(actor, name=name, document=text, id=id, action="排会面")
    return open_event(parts, actor, record.id)


def open_event(parts: Parts, actor: Actor, id: str, version: int | None = None) -> Opened:
    """Return an event at a version, the latest by default.

    :raises MatcherError: `forbidden`, `not_found`.
    """
    record = parts.store.events.get(actor, id)
    held = json.loads(parts.store.events.version(actor, id, version).document)
    plan, changes = loaded(json.dumps(held.pop("plan"))), _CHANGES.validate_python(held.pop("changes"))
    return Opened(record=replace(record, version=version or record.version), document=plan, changes=changes, **held)


def edit_event(
    parts: Parts, actor: Actor, id: str, edit: Edit, *, since: int, note: str | None = None, force: bool = False
) -> tuple[Opened, tuple[Violation, ...]]:
    """Change one pair by hand and keep the next version; with the rules it would break nothing is kept unless `force`.

    :raises MatcherError: `not_found`, `version_conflict`, and as the functions of `matcher.planning.edit`.
    """
    found = open_event(parts, actor, id)
    check_version(found, since)
    programme, plan, broken = _edited(found.document.programme, found.document.plan, edit)
    if broken and not force:
        return found, broken
    changed = document(programme, plan, found.document.manifest.versions)
    action = f"{_ACTIONS[edit.action]}：{edit.a} 与 {edit.b}"
    return _keep(parts, actor, found, Planned(document=changed), action=action, note=note), broken


def change_event(
    parts: Parts,
    actor: Actor,
    id: str,
    change: Change,
    *,
    since: int,
    path: Path | None = None,
    more: bool = False,
    note: str | None = None,
) -> Opened:
    """Mend an event after drop-outs, lost tables, a delay, or a later version of its sheet, and keep the next version.

    With `more` the sheet at `path` holds only who comes in addition.

    :raises MatcherError: `not_found`, `version_conflict`, `bad_change`, and as `mend` and `mend_sheet`.
    """
    found = open_event(parts, actor, id)
    check_version(found, since)
    if not (path or str(change)):
        raise MatcherError("bad_change", "请说明变动：不来的单位、停用的桌号、推迟的分钟数，或上传新一版名单")
    programme = changed(found.document.programme, change)
    if path is None:
        made = mend(found.document, programme)
    else:
        known = known_firms(parts, actor)
        made = mend_sheet(found.document, path, scoring(parts, actor), programme=programme, known=known, more=more)
    action = "；".join(filter(None, (("增加名单" if more else "更新名单") if path else "", str(change))))
    return _keep(parts, actor, found, made, action=action, note=note)


def take_ticks(parts: Parts, actor: Actor, id: str, path: Path, *, since: int) -> tuple[Opened, tuple[Problem, ...]]:
    """Mend an event to the wishes of a tick-list that came back; what was not understood is returned.

    :raises MatcherError: `not_found`, `version_conflict`, and as `read_tick_list` and `mend`.
    """
    found = open_event(parts, actor, id)
    check_version(found, since)
    programme = found.document.programme
    ticked = read_tick_list(path, programme)
    wished = replace(programme, wishes=merged_wishes(programme.wishes, ticked.wishes))
    made = mend(found.document, wished)
    action = f"收回意愿表：{len(ticked.wishes)} 条意愿"
    return _keep(parts, actor, found, made, action=action, note=None), ticked.problems


def keep_feedback(
    parts: Parts, actor: Actor, found: Opened, feedback: Sequence[Mapping[str, Any]], count: int
) -> Opened:
    """Keep the next version of an event with what was told of its meetings.

    :raises MatcherError: `forbidden`, `version_conflict`.
    """
    text = _text(found.document, sheet=found.sheet, changes=(), feedback=feedback)
    since, action = found.record.version, f"收到 {count} 条反馈"
    parts.store.events.change(actor, found.record.id, since=since, document=text, action=action)
    return open_event(parts, actor, found.record.id)


def changed(programme: Programme, change: Change) -> Programme:
    """Return the programme after a change.

    :raises MatcherError: as `participant_named`, `without` and `without_table`.
    """
    programme = without(programme, [participant_named(programme, name) for name in change.drop])
    for table in change.lose_tables:
        programme = without_table(programme, table)
    return delayed(programme, change.delay) if change.delay else programme


_ACTIONS: Mapping[Action, str] = {
    Action.MOVE: "移动会面",
    Action.REMOVE: "取消会面",
    Action.LOCK: "锁定",
    Action.UNLOCK: "解除锁定",
    Action.FORBID: "禁止会面",
    Action.ALLOW: "允许会面",
}


def _edited(programme: Programme, plan: Plan, edit: Edit) -> tuple[Programme, Plan, tuple[Violation, ...]]:
    pair = pair_key(participant_named(programme, edit.a), participant_named(programme, edit.b))
    match edit.action:
        case Action.MOVE:
            if edit.slot is None or edit.table is None:
                raise MatcherError("bad_change", "移动会面须给出 slot（第几个时段）和 table（桌号）")
            return (programme, *moved(programme, plan, pair, slot=edit.slot - 1, table=edit.table))
        case Action.REMOVE:
            return (programme, *removed(programme, plan, pair))
        case Action.LOCK:
            return (*locked(programme, plan, pair), ())
        case Action.UNLOCK:
            return (*unlocked(programme, plan, pair), ())
        case Action.ALLOW:
            return replace(programme, forbidden=programme.forbidden - {pair}), plan, ()
    banned = forbidden(programme, pair)
    if any(pair_key(meeting.a, meeting.b) == pair for meeting in plan.meetings):
        return (banned, *removed(banned, plan, pair))
    return banned, plan, ()


def check_version(found: Opened, since: int) -> None:
    """Check that an event is still at a version.

    :raises MatcherError: `version_conflict`.
    """
    if found.record.version != since:
        raise MatcherError("version_conflict", "活动已被他人修改：请重新打开后再改", id=found.record.id, since=since)


def _keep(parts: Parts, actor: Actor, found: Opened, made: Planned, *, action: str, note: str | None) -> Opened:
    sheet = _sheet(made.attendance) or found.sheet
    text = _text(made.document, sheet=sheet, changes=made.changes, feedback=found.feedback)
    since = found.record.version
    parts.store.events.change(actor, found.record.id, since=since, document=text, action=action, note=note)
    return open_event(parts, actor, found.record.id)


def _text(
    made: Document,
    *,
    sheet: Mapping[str, Any],
    changes: Sequence[Difference],
    feedback: Sequence[Mapping[str, Any]],
) -> str:
    """Return what is kept of an event; the plan in it was verified, and says so."""
    told = [asdict(change) for change in changes]
    held = {"plan": dumped(made), "sheet": sheet, "changes": told, "feedback": list(feedback)}
    return json.dumps(held, ensure_ascii=False, default=str)


def _sheet(read: Attendance | None) -> dict[str, Any]:
    if read is None:
        return {}
    problems = [asdict(problem) for problem in read.problems[:_KEPT_PROBLEMS]]
    return {"rows": read.rows, "left_out": read.left_out, "counts": dict(read.counts), "problems": problems}


def violations(found: Opened) -> tuple[Violation, ...]:
    """Return the rules that an event's plan breaks."""
    return verify(found.document.programme, found.document.plan)
