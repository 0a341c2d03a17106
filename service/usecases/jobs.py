"""Background work: a thread that takes jobs from the store, does them and reports; a dead worker's jobs are taken up."""

import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from uuid import uuid4

from matcher.errors import MatcherError
from service.auth import SYSTEM
from service.deps import Parts
from service.store import Job, Store, Unavailable

log = logging.getLogger(__name__)

GoOn: TypeAlias = Callable[[], None]
Doer: TypeAlias = Callable[[Parts, Job, GoOn], dict[str, Any]]
"""Does a job and returns its report; calls `GoOn` between steps that may be left there and done again."""

_POLL_SECONDS = 0.2
_STALE = timedelta(seconds=30)
_BEAT_SECONDS = 10
_FILE_AWAITED = timedelta(days=1)
_LOOK_AGAIN_SECONDS = 600
_NAME_BYTES = 200
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]+")


class Stopped(Exception):
    """The worker was told to stop in the middle of a job."""


def file_name(sent: str) -> str:
    """Return the name under which an upload is kept: its last part without control characters, its end kept."""
    plain = _UNFIT.sub("/", sent).rstrip("/").rsplit("/", 1)[-1]
    short = plain.encode("utf-8", "replace")[-_NAME_BYTES:].decode("utf-8", "ignore")
    return short if short.strip(".") else "upload"


@contextmanager
def uploaded(parts: Parts, file: BinaryIO, name: str) -> Iterator[Path]:
    """Yield the path of an upload safely on disk; it is gone again if the job that needs it is not queued."""
    folder = parts.settings.uploads / f"new-{uuid4().hex}"
    folder.mkdir(parents=True)
    path = folder / file_name(name)
    try:
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
            os.fsync(target.fileno())
        yield path
    except BaseException:
        shutil.rmtree(folder)
        raise


def place_of(parts: Parts, path: Path) -> str:
    """Return how a job names its upload: within the folder of uploads, which may lie elsewhere for another process."""
    return path.relative_to(parts.settings.uploads).as_posix()


def upload_of(parts: Parts, job: Job) -> Path:
    """Return the path of a job's upload."""
    return parts.settings.uploads / str(job.payload["path"])


class Worker:
    """One thread that does jobs until told to stop; a job it leaves undone is done by the next worker."""

    def __init__(self, parts: Parts, doers: Mapping[str, Doer]) -> None:
        self._parts = parts
        self._doers = doers
        self._unseen: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-worker", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Take no more jobs."""
        self._stop.set()

    def stop(self, within: float | None = None) -> None:
        """Take no more jobs and wait for the one in hand to reach a commit, or leave it after so many seconds."""
        self.ask_to_stop()
        self._thread.join(within)

    def _run(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            try:
                before = datetime.now(UTC) - _STALE
                late = time.monotonic() - _LOOK_AGAIN_SECONDS
                self._unseen = {job_id: since for job_id, since in self._unseen.items() if since > late}
                job = self._parts.store.jobs.claim(SYSTEM, list(self._doers), before, but=self._unseen)
                if job is not None and self._sees(job):
                    self._do(job)
            except Exception:
                # The worker must outlive one bad job or a passing failure of the database.
                log.exception("后台任务出错，稍后重试")
                self._stop.wait(_POLL_SECONDS * 10)

    def _do(self, job: Job) -> None:
        jobs = self._parts.store.jobs
        try:
            report = self._doers[job.kind](self._parts, job, self._go_on)
        except Stopped:
            self._until_kept(partial(jobs.release, job.actor, job.id, attempt=job.attempts))
            return
        except Unavailable:
            # Not the job's fault: it waits, as one not begun, until the database serves again.
            self._until_kept(partial(jobs.release, job.actor, job.id, attempt=job.attempts))
            raise
        except MatcherError as error:
            self._until_kept(partial(jobs.fail, job.actor, job.id, error.message, attempt=job.attempts))
        else:
            self._until_kept(partial(jobs.finish, job.actor, job.id, report, attempt=job.attempts))
        if job.payload.get("path"):
            upload_of(self._parts, job).unlink(missing_ok=True)

    def _until_kept(self, tell: Callable[[], None]) -> None:
        """Tell the store what came of a job until it takes it or the worker is to stop: an outage costs no attempt."""
        while True:
            try:
                tell()
                return
            except Unavailable:
                if self._stop.wait(_POLL_SECONDS):
                    raise

    def _sees(self, job: Job) -> bool:
        """Return whether the job's file is within reach; a job whose file is not is left to the process that has it."""
        if not job.payload.get("path") or upload_of(self._parts, job).is_file():
            return True
        jobs = self._parts.store.jobs
        if datetime.now(UTC) - job.created_at > _FILE_AWAITED:
            jobs.fail(job.actor, job.id, "上传的文件已找不到：请重新上传", attempt=job.attempts)
        else:
            log.warning("任务 %s 的文件不在本进程可见之处，留给其他进程", job.id)
            jobs.release(job.actor, job.id, attempt=job.attempts)
            self._unseen[job.id] = time.monotonic()
        return False

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Stopped


@contextmanager
def beating(store: Store, job: Job, step: str | None = None) -> Iterator[None]:
    """Keep a job from looking abandoned during a long step.

    `step` says in Chinese what is being done; without it the job tells by itself how far it is.
    """
    done = threading.Event()
    told = None if step is None else {"step": step}

    def beat() -> None:
        while not done.wait(_BEAT_SECONDS):
            try:
                store.jobs.heartbeat(job.actor, job.id, told, attempt=job.attempts)
            except Exception:
                # A beat that is missed is made up by the next; the job itself reports what matters.
                log.exception("任务 %s 的心跳失败", job.id)

    store.jobs.heartbeat(job.actor, job.id, told, attempt=job.attempts)
    thread = threading.Thread(target=beat, name="job-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
