"""Imports in the background: a file safely on disk, then a job that reads it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from matcher.tabular import Columns, Limits
from matcher.taxonomy import kind_of
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Job
from service.store.rights import require
from service.usecases.imports import ImportOptions, run_import
from service.usecases.jobs import GoOn, beating, place_of, upload_of, uploaded

IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """How an uploaded file is to be read, as `ImportOptions` has it."""

    kind: str | None = None
    mapping: Mapping[str, str] | None = None
    source: str | None = None
    full: bool = False


def rejects_path(uploaded: Path) -> Path:
    """Return where the rejected rows of an uploaded file are written."""
    return uploaded.with_name(f"{uploaded.name}.rejects.xlsx")


def enqueue_import(parts: Parts, who: Actor, file: BinaryIO, name: str, wanted: ImportRequest) -> str:
    """Return the id of an import job, its file safely on disk before the job exists.

    :raises MatcherError: `forbidden`; `unknown_kind`; `unknown_column` for a mapping to no field.
    """
    require(who, Scope.WRITE)
    if wanted.kind:
        kind_of(wanted.kind)
    Columns.load(wanted.mapping)
    with uploaded(parts, file, name) as path:
        return parts.store.jobs.enqueue(who, IMPORT, {"path": place_of(parts, path), **asdict(wanted)})


def do_import(parts: Parts, job: Job, go_on: GoOn) -> dict[str, Any]:
    """Return the report of an import that was queued.

    :raises MatcherError: as `run_import`.
    """
    payload = job.payload
    path = upload_of(parts, job)
    options = ImportOptions(
        as_of=parts.today(),
        kind=kind_of(str(payload["kind"])) if payload.get("kind") else None,
        mapping=payload.get("mapping") or None,
        source=payload.get("source") or path.name,
        full=bool(payload.get("full")),
        rejects=rejects_path(path),
        job_id=job.id,
        attempt=job.attempts,
        limits=Limits(file_bytes=parts.settings.max_upload),
    )
    with beating(parts.store, job):
        return run_import(parts.store, job.actor, [path], options, progress=lambda _: go_on()).to_dict()
