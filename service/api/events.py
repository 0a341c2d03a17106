"""Events over HTTP: plan from a sheet, change, mend, export, issue."""

import hashlib
import io
import json
import zipfile
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Body, File, Form, Query, Response, UploadFile
from pydantic import ValidationError

from matcher.errors import MatcherError
from service.api.event_schemas import (
    ChangeBody,
    EditBody,
    EditOut,
    EventChangeOut,
    EventJobOut,
    EventOut,
    IssueBody,
    IssuedOut,
    SetupBody,
    ToldBody,
    ViolationOut,
    event_json,
)
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Identifier
from service.auth import Actor
from service.conditional import TAGGED, TagDep
from service.deps import ActorDep, OnceDep, Parts, PartsDep
from service.errors import problems
from service.store import version_of
from service.usecases.event_export import Edition, exported
from service.usecases.event_feedback import event_results
from service.usecases.event_issue import issue_event
from service.usecases.event_job import (
    EVENT,
    SheetKind,
    enqueue_change,
    enqueue_feedback,
    enqueue_form,
    enqueue_plan,
    enqueue_sheet,
)
from service.usecases.events import edit_event, open_event

router = APIRouter(prefix="/v1/events", tags=["对接会"])
jobs = APIRouter(prefix="/v1/event-jobs", tags=["对接会"])
lists = APIRouter(prefix="/v1/lists", tags=["对接会"])

Sheet = Annotated[UploadFile, File(description="参会名单，XLSX、XLS、CSV 或 JSONL（每行一人的 JSON 对象，键为列名）")]
SinceForm = Annotated[int, Form(ge=1, description="从哪一版改起")]
NoteForm = Annotated[str | None, Form(max_length=500, description="为什么改")]
_PIECE = 1024 * 1024
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ics": "text/calendar; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


@router.post("", summary="上传参会名单，后台排会面", status_code=202)
def post(
    found: PartsDep,
    who: ActorDep,
    once: OnceDep,
    file: Sheet,
    setup: Annotated[str | None, Form(description='JSON，如 {"slots": 10, "tables": 20}；见 SetupBody')] = None,
    id: Annotated[str | None, Form(max_length=128, pattern=r"^\S+$", description="自己的编号，可不给")] = None,
) -> EventJobOut:
    """Queue the planning of an event and return its job."""
    wanted = _setup(setup).to_setup()

    def action() -> dict[str, Any]:
        return {"id": enqueue_plan(found, who, file.file, file.filename or "upload", wanted, id=id)}

    described = json.dumps([file.filename, _digest(file.file), setup, id])
    return EventJobOut.of(found.store.jobs.get(who, once.run(described, action)["id"]))


@router.get("", summary="活动列表")
def listed(found: PartsDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 100) -> PageOut[EventOut]:
    """Return events by id."""
    page = found.store.events.list(who, after=cursor, limit=limit)
    return page_of([EventOut.of(record) for record in page.items], page.next)


@router.get("/{id}", summary="活动与计划；version 可指定旧版", responses=TAGGED)
def get(
    id: Identifier, found: PartsDep, who: ActorDep, tag: TagDep, version: Annotated[int | None, Query(ge=1)] = None
) -> dict[str, Any]:
    """Return an event with its plan."""
    shown = event_json(open_event(found, who, id, version))
    tag(version_of(shown))
    return shown


@router.get("/{id}/history", summary="每一版：做了什么、为什么、谁、何时")
def history(id: Identifier, found: PartsDep, who: ActorDep) -> list[EventChangeOut]:
    """Return what was done to an event."""
    return [EventChangeOut.of(made) for made in found.store.events.history(who, id)]


@router.post("/{id}/edits", summary="手动改一对；违反规则时说明冲突，不保存")
def edit(id: Identifier, body: EditBody, found: PartsDep, who: ActorDep) -> EditOut:
    """Change one pair by hand."""
    made, broken = edit_event(found, who, id, body.to_edit(), since=body.since, note=body.note, force=body.force)
    told = [ViolationOut.model_validate(violation) for violation in broken]
    return EditOut(saved=made.record.version > body.since, version=made.record.version, violations=told)


@router.post("/{id}/changes", summary="有人不来、少了桌子、整体推迟：后台改好计划", status_code=202)
def change(id: Identifier, body: ChangeBody, found: PartsDep, who: ActorDep, once: OnceDep) -> EventJobOut:
    """Queue the mending of an event."""

    def action() -> dict[str, Any]:
        return {"id": enqueue_change(found, who, id, body.to_change(), since=body.since, note=body.note)}

    return EventJobOut.of(found.store.jobs.get(who, once.run(body.model_dump_json(), action)["id"]))


@router.put("/{id}/participants", summary="上传新一版参会名单：后台改好计划", status_code=202)
def participants(
    id: Identifier, found: PartsDep, who: ActorDep, file: Sheet, since: SinceForm, note: NoteForm = None
) -> EventJobOut:
    """Queue the mending of an event to a later version of its sheet."""
    return _sheet(found, who, id, file, since, SheetKind.WHOLE, note)


@router.post("/{id}/participants", summary="补报名、现场报到：只上传新增的人，其余不变", status_code=202)
def late(
    id: Identifier, found: PartsDep, who: ActorDep, file: Sheet, since: SinceForm, note: NoteForm = None
) -> EventJobOut:
    """Queue the mending of an event to those who come in addition."""
    return _sheet(found, who, id, file, since, SheetKind.MORE, note)


@router.put("/{id}/wishes", summary="上传填好的意愿表：后台改好计划", status_code=202)
def wishes(
    id: Identifier, found: PartsDep, who: ActorDep, file: Sheet, since: SinceForm, note: NoteForm = None
) -> EventJobOut:
    """Queue the mending of an event to the wishes that came back."""
    return _sheet(found, who, id, file, since, SheetKind.TICKS, note)


@router.get("/{id}/files/{form}", summary="导出：工作簿、日历、逐人通知、意愿表、JSON 等；几个文件时为 ZIP")
def files(
    id: Identifier,
    form: str,
    found: PartsDep,
    who: ActorDep,
    version: Annotated[int | None, Query(ge=1)] = None,
    sent: Annotated[
        int | None, Query(ge=1, description="日历（ics）上次发出的是哪一版：其后取消的会面写成已取消")
    ] = None,
) -> Response:
    """Return a plan in a form to print or to pass on."""
    opened = open_event(found, who, id, version)
    before = open_event(found, who, id, sent).document if sent else None
    stamp, number = opened.record.updated_at, opened.record.version
    edition = Edition(version=number, stamp=stamp, before=before, changes=opened.changes)
    made = exported(opened.document, form, edition)
    if len(made) == 1:
        ((name, content),) = made.items()
        return _file(name, content, _TYPES[name.rsplit(".", 1)[-1]])
    return _file(f"{form}.zip", _zipped(made), "application/zip")


@router.post("/{id}/feedback", summary="会后反馈：到场、评价、结果；供统计，也供排序学习", status_code=202)
def feedback(
    id: Identifier,
    body: Annotated[list[ToldBody], Body(min_length=1, max_length=10_000)],
    found: PartsDep,
    who: ActorDep,
) -> EventJobOut:
    """Queue what is told of meetings."""
    job = enqueue_feedback(found, who, id, [one.to_told() for one in body])
    return EventJobOut.of(found.store.jobs.get(who, job))


@router.put("/{id}/feedback", summary="上传填好的会面反馈表", status_code=202)
def feedback_sheet(id: Identifier, found: PartsDep, who: ActorDep, file: Sheet) -> EventJobOut:
    """Queue the reading of a filled feedback form."""
    job = enqueue_form(found, who, id, file.file, file.filename or "upload")
    return EventJobOut.of(found.store.jobs.get(who, job))


@router.get("/{id}/results", summary="会后统计：总体与按类型、行业、地区")
def results(id: Identifier, found: PartsDep, who: ActorDep) -> dict[str, Any]:
    """Return how the meetings went, in figures."""
    return event_results(open_event(found, who, id))


@router.post("/{id}/issue", summary="签发：冻结谁被考虑、因何排除、谁为何调整")
def issue(id: Identifier, body: IssueBody, found: PartsDep, who: ActorDep) -> IssuedOut:
    """Freeze the plan of an event."""
    return IssuedOut.of(issue_event(found, who, id, since=body.since))


@jobs.get("/{id}", summary="排会面的状态与报告")
def job(id: str, found: PartsDep, who: ActorDep) -> EventJobOut:
    """Return a job on an event."""
    held = found.store.jobs.get(who, id)
    if held.kind != EVENT:
        raise MatcherError("job_not_found", f"没有编号为 {id} 的排会面任务", id=id)
    return EventJobOut.of(held)


@lists.get("", summary="签发的名单；event 给出时只列这一场的")
def all_issued(
    found: PartsDep,
    who: ActorDep,
    event: Annotated[str | None, Query(max_length=128, description="活动编号")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> PageOut[IssuedOut]:
    """Return issued lists by id, without their contents."""
    page = found.store.events.lists(who, subject=event, after=cursor, limit=limit)
    return page_of([IssuedOut.of(issued) for issued in page.items], page.next)


@lists.get("/{id}", summary="签发的名单，与签发时逐字相同")
def issued(id: Identifier, found: PartsDep, who: ActorDep) -> Response:
    """Return an issued list as it was issued."""
    held = found.store.events.issued(who, id)
    headers = {"x-content-sha256": held.sha256}
    return Response(held.content, media_type="application/json", headers=headers)


def _sheet(
    found: Parts, who: Actor, id: str, file: UploadFile, since: int, kind: SheetKind, note: str | None
) -> EventJobOut:
    job = enqueue_sheet(found, who, id, file.file, file.filename or "upload", since=since, kind=kind, note=note)
    return EventJobOut.of(found.store.jobs.get(who, job))


def _setup(text: str | None) -> SetupBody:
    try:
        return SetupBody.model_validate_json(text or "{}")
    except ValidationError as error:
        found = problems([{**one, "loc": ("setup", *one["loc"])} for one in error.errors()])
        first = f"{found[0]['field']}：{found[0]['message']}"
        raise MatcherError("bad_setup", f"setup 有误：{first}", problems=found) from error


def _file(name: str, content: bytes, media: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media, headers={"content-disposition": disposition})


def _zipped(made: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
