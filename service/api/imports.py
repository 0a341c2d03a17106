"""Imports over HTTP: upload, watch, read the report, fetch the rejected rows."""

import hashlib
import json
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import FileResponse
from pydantic import JsonValue

from matcher.errors import MatcherError
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Model
from service.deps import ActorDep, OnceDep, PartsDep
from service.store import Job, JobState
from service.usecases.import_job import IMPORT, ImportRequest, enqueue_import, rejects_path
from service.usecases.jobs import upload_of

router = APIRouter(prefix="/v1/imports", tags=["导入"])

_PIECE = 1024 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportOut(Model):
    """一次导入：状态、进度与报告"""

    id: str
    state: JobState
    progress: dict[str, JsonValue]
    report: dict[str, JsonValue] | None = None
    error: str | None = None


class ProblemOut(Model):
    """一处问题：位置、内容、原因与改法"""

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    code: str
    severity: str
    message: str
    remedy: str | None


@router.post("", summary="上传表格，后台导入", status_code=202)
def post(
    found: PartsDep,
    who: ActorDep,
    once: OnceDep,
    file: Annotated[UploadFile, File(description="CSV、XLSX、XLS 或 JSONL")],
    kind: Annotated[str | None, Form(description="各行的类型；表中有“类型”列则不必")] = None,
    mapping: Annotated[str | None, Form(description='列名对应，JSON，如 {"厂名": "企业名称"}')] = None,
    source: Annotated[str | None, Form(max_length=200, description="来源名，默认文件名；全量导入按来源比对")] = None,
    full: Annotated[bool, Form(description="全量：同一来源中文件已没有的条目将关闭")] = False,
) -> ImportOut:
    """Queue an import and return its job."""
    wanted = ImportRequest(kind=kind or None, mapping=_mapping(mapping), source=source or None, full=full)

    def action() -> dict[str, Any]:
        return {"id": enqueue_import(found, who, file.file, file.filename or "upload", wanted)}

    described = json.dumps([file.filename, _digest(file.file), kind, mapping, source, full])
    return _out(found.store.jobs.get(who, once.run(described, action)["id"]))


@router.get("", summary="最近的导入")
def listed(found: PartsDep, who: ActorDep, limit: Limit = 100) -> list[ImportOut]:
    """Return the latest imports."""
    return [_out(job) for job in found.store.jobs.list(who, kind=IMPORT, limit=limit)]


@router.get("/{id}", summary="导入的状态与报告")
def get(id: str, found: PartsDep, who: ActorDep) -> ImportOut:
    """Return an import."""
    return _out(found.store.jobs.get(who, id))


@router.get("/{id}/problems", summary="逐行问题")
def problems(id: str, found: PartsDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 100) -> PageOut[ProblemOut]:
    """Return the row-level report, piece by piece."""
    page = found.store.jobs.problems(who, id, cursor, limit)
    return page_of([ProblemOut.model_validate(problem) for problem in page.items], page.next)


@router.get("/{id}/rejects", summary="被拒绝的行（改好可再导入）", response_class=FileResponse)
def rejects(id: str, found: PartsDep, who: ActorDep) -> FileResponse:
    """Return the rejected rows as a workbook."""
    job = found.store.jobs.get(who, id)
    path = rejects_path(upload_of(found, job))
    if not path.is_file():
        raise MatcherError("not_found", "这次导入没有被拒绝的行")
    return FileResponse(path, media_type=_XLSX, filename=f"rejects-{id}.xlsx")


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


def _mapping(text: str | None) -> dict[str, str] | None:
    if not text:
        return None
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise MatcherError("bad_mapping", 'mapping 不是合法的 JSON，应如 {"厂名": "企业名称"}') from error
    if not isinstance(parsed, dict) or not all(isinstance(value, str) for value in parsed.values()):
        raise MatcherError("bad_mapping", 'mapping 应为对象，如 {"厂名": "企业名称"}')
    return parsed


def _out(job: Job) -> ImportOut:
    report = job.result if isinstance(job.result, dict) else None
    return ImportOut(id=job.id, state=job.state, progress=dict(job.progress), report=report, error=job.error)
