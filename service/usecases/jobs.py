"""Background work: a thread that takes jobs from the store, does them and reports; a dead worker's jobs are taken up."""

import logging
import os
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from matcher.errors import MatcherError
from matcher.tabular import Columns, Limits
from matcher.taxonomy import kind_of
from service.auth import SYSTEM, Actor, Scope
from service.deps import Parts
from service.store import Job
from service.store.rights import require
from service.usecases.import_report import Progress
from service.usecases.imports import ImportOptions, run_import

log = logging.getLogger(__name__)

IMPORT = "import"
_POLL_SECONDS = 0.2
_STALE = timedelta(seconds=30)
_NAME_BYTES = 200
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]+")


def rejects_path(uploaded: Path) -> Path:
    """Return where the rejected rows of an uploaded file are written."""
    return uploaded.with_name(f"{uploaded.name}.rejects.xlsx")


def file_name(sent: str) -> str:
    """Return the name under which an upload is kept: its last part without control characters, its end kept."""
    plain = _UNFIT.sub("/", sent).rstrip("/").rsplit("/", 1)[-1]
    short = plain.encode("utf-8", "replace")[-_NAME_BYTES:].decode("utf-8", "ignore")
    return short if short.strip(".") else "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """How an uploaded file is to be read, as `ImportOptions` has it."""

    kind: str | None = None
    mapping: Mapping[str, str] | None = None
    source: str | None = None
    full: bool = False


def enqueue_import(parts: Parts, who: Actor, file: BinaryIO, name: str, wanted: ImportRequest) -> str:
    """Return the id of an import job, its file safely on disk before the job exists.

    :raises MatcherError: `forbidden`; `unknown_kind`; `unknown_column` for a mapping to no field.
    """
    require(who, Scope.WRITE)
    if wanted.kind:
        kind_of(wanted.kind)
    Columns.load(wanted.mapping)
    folder = parts.settings.data_dir / "uploads" / f"new-{uuid4().hex}"
    folder.mkdir(parents=True)
    path = folder / file_name(name)
    try:
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
            os.fsync(target.fileno())
        return parts.store.jobs.enqueue(who, IMPORT, {"path": str(path), **asdict(wanted)})
    except BaseException:
        shutil.rmtree(folder)
        raise


class Worker:
    """One thread that does jobs until told to stop; a job it leaves undone is done by the next worker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-worker", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs and wait for the one in hand to reach a commit."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            try:
                job = self._parts.store.jobs.claim(SYSTEM, [IMPORT], datetime.now(UTC) - _STALE)
                if job is not None:
                    self._do(job)
            except Exception:
                # The worker must outlive one bad job or a passing failure of the database.
                log.exception("后台任务出错，稍后重试")
                self._stop.wait(_POLL_SECONDS * 10)

    def _do(self, job: Job) -> None:
        jobs = self._parts.store.jobs
        try:
            report = self._import(job)
        except Stopped:
            jobs.release(job.actor, job.id, attempt=job.attempts)
            return
        except MatcherError as error:
            jobs.fail(job.actor, job.id, error.message, attempt=job.attempts)
        else:
            jobs.finish(job.actor, job.id, report, attempt=job.attempts)
        Path(str(job.payload["path"])).unlink(missing_ok=True)

    def _import(self, job: Job) -> dict[str, Any]:
        payload = job.payload
        path = Path(str(payload["path"]))
        options = ImportOptions(
            as_of=self._parts.today(),
            kind=kind_of(str(payload["kind"])) if payload.get("kind") else None,
            mapping=payload.get("mapping") or None,
            source=payload.get("source") or path.name,
            full=bool(payload.get("full")),
            rejects=rejects_path(path),
            job_id=job.id,
            attempt=job.attempts,
            limits=Limits(file_bytes=self._parts.settings.max_upload),
        )
        return run_import(self._parts.store, job.actor, [path], options, progress=self._go_on).to_dict()

    def _go_on(self, _: Progress) -> None:
        if self._stop.is_set():
            raise Stopped


class Stopped(Exception):
    """The worker was told to stop in the middle of a job."""
