"""Uploads are safe on disk before they are queued, done by a worker, and taken up again when it is stopped."""

import io
import threading
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope, local_admin
from service.deps import Parts
from service.store import Job, JobState, Unavailable
from service.usecases import import_job
from service.usecases import jobs as module
from service.usecases.import_job import IMPORT, ImportRequest, do_import, enqueue_import, rejects_path
from service.usecases.import_report import Rejects
from service.usecases.imports import run_import
from service.usecases.jobs import Worker, upload_of
from tests.service.instance import PATIENCE, TENANT

DOERS = {IMPORT: do_import}
ADMIN = local_admin(TENANT)
ROWS = "编号,企业名称,类型,标题\n" + "".join(f"r{n},公司{n},能力,五轴加工{n}\n" for n in range(30))


def queued(parts: Parts, content: str = ROWS, **wanted: Any) -> str:
    """Queue an import; return its id."""
    return enqueue_import(parts, ADMIN, io.BytesIO(content.encode()), "表.csv", ImportRequest(**wanted))


def ended(parts: Parts, job: str) -> Job:
    """Return a job once it is done or has failed."""
    deadline = monotonic() + PATIENCE
    while (found := parts.store.jobs.get(ADMIN, job)).state not in (JobState.DONE, JobState.FAILED):
        assert monotonic() < deadline, found
        sleep(0.02)
    return found


@pytest.fixture
def worker(parts: Parts) -> Any:
    started = Worker(parts, DOERS)
    started.start()
    yield started
    started.stop()


def test_the_file_is_on_disk_when_the_job_exists(parts: Parts) -> None:
    job = parts.store.jobs.get(ADMIN, queued(parts, kind="能力"))
    path = upload_of(parts, job)
    assert path.read_text(encoding="utf-8") == ROWS
    assert path.name == "表.csv"
    assert path.is_relative_to(parts.settings.data_dir / "uploads")
    assert job.state is JobState.QUEUED


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"kind": "没有"}, "unknown_kind"), ({"mapping": {"厂名": "没有的字段"}}, "unknown_column")],
)
def test_nothing_is_left_of_a_refused_upload(wanted: dict[str, Any], code: str, parts: Parts) -> None:
    with pytest.raises(MatcherError) as caught:
        queued(parts, **wanted)
    assert caught.value.code == code
    stranger = local_admin("nobody")
    with pytest.raises(MatcherError):
        enqueue_import(parts, stranger, io.BytesIO(b"x"), "a.csv", ImportRequest())
    reader = Actor(TENANT, None, "u", frozenset({Role.ADMIN}), frozenset({Scope.READ}))
    with pytest.raises(MatcherError):
        enqueue_import(parts, reader, io.BytesIO(b"x"), "a.csv", ImportRequest())
    assert not list((parts.settings.data_dir / "uploads").glob("*"))


def test_a_job_is_done_and_its_file_goes(parts: Parts, worker: Worker) -> None:
    job = ended(parts, queued(parts, ROWS + "x,,不明,无主\n"))
    assert job.state is JobState.DONE
    assert (job.result["accepted"], job.result["rejected"]) == (30, 1)
    worker.stop()
    path = upload_of(parts, job)
    assert not path.exists()
    assert rejects_path(path).is_file()


def test_a_file_that_cannot_be_read_fails_the_job_with_its_message(parts: Parts, worker: Worker) -> None:
    job = ended(parts, queued(parts, ""))
    assert job.state is JobState.FAILED
    assert "表.csv" in str(job.error)


def test_the_worker_outlives_a_job_that_breaks(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = threading.Event()
    run = run_import

    def breaks(*arguments: Any, **options: Any) -> Any:
        if broken.is_set():
            return run(*arguments, **options)
        broken.set()
        raise RuntimeError("bug")

    monkeypatch.setattr(import_job, "run_import", breaks)
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    first = queued(parts)
    worker = Worker(parts, DOERS)
    worker.start()
    assert broken.wait(5)
    second = ended(parts, queued(parts))
    assert second.state is JobState.DONE
    assert "后台任务出错" in caplog.text
    monkeypatch.setattr(module, "_STALE", timedelta(seconds=-1))
    assert ended(parts, first).state is JobState.DONE
    worker.stop()


def test_a_stopped_worker_leaves_the_rest_to_the_next(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(parts, DOERS)
    reached = threading.Event()

    def pause(self: Worker) -> None:
        reached.set()
        self._stop.wait(5)
        raise module.Stopped

    monkeypatch.setattr(Worker, "_go_on", pause)
    job = queued(parts)
    worker.start()
    assert reached.wait(10)
    worker.stop()
    left = parts.store.jobs.get(ADMIN, job)
    assert (left.state, left.attempts, left.progress["accepted"]) == (JobState.QUEUED, 0, 30)
    assert upload_of(parts, left).is_file()
    monkeypatch.undo()
    second = Worker(parts, DOERS)
    second.start()
    again = ended(parts, job)
    second.stop()
    assert again.attempts == 1
    assert (again.result["accepted"], again.result["postings"]["unchanged"]) == (30, 30)


def test_an_import_that_writes_its_rejects_for_long_is_not_taken_for_dead(
    parts: Parts, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.02)
    begun, go = threading.Event(), threading.Event()

    def slow(*_: object) -> bool:
        begun.set()
        return not go.wait(PATIENCE)

    monkeypatch.setattr(Rejects, "save", slow)
    job = queued(parts)
    assert begun.wait(PATIENCE)
    first = parts.store.jobs.get(ADMIN, job)
    deadline = monotonic() + PATIENCE
    while (later := parts.store.jobs.get(ADMIN, job)).heartbeat_at == first.heartbeat_at:
        assert monotonic() < deadline
    assert later.progress == first.progress
    assert later.progress["accepted"] == 30
    go.set()
    assert ended(parts, job).state is JobState.DONE


@pytest.mark.parametrize("name", ["release", "finish", "fail"])
def test_an_outage_costs_no_attempt_however_long_it_lasts(
    name: str, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = Unavailable(MatcherError("database_unavailable", "数据库暂时无法使用"))
    tell, left = getattr(parts.store.jobs, name), [down] * 5

    def fails(*arguments: Any, **options: Any) -> None:
        if left:
            raise left.pop()
        tell(*arguments, **options)

    met: dict[str, list[Exception]] = {"release": [down], "fail": [MatcherError("no", "不行")], "finish": []}
    outcomes = met[name]

    def do(*_: object) -> dict[str, Any]:
        if outcomes:
            raise outcomes.pop()
        return {}

    monkeypatch.setattr(parts.store.jobs, name, fails)
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    worker = Worker(parts, {IMPORT: do})
    worker.start()
    done = ended(parts, queued(parts))
    worker.stop()
    assert not left
    assert (done.state, done.attempts) == (JobState.FAILED if name == "fail" else JobState.DONE, 1)


def test_a_worker_told_to_stop_does_not_wait_for_the_database(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def down(*_: object, **__: object) -> None:
        tried.set()
        raise Unavailable(MatcherError("database_unavailable", "数据库暂时无法使用"))

    monkeypatch.setattr(parts.store.jobs, "finish", down)
    worker = Worker(parts, {IMPORT: lambda *_: {}})
    worker.start()
    queued(parts)
    assert tried.wait(PATIENCE)
    worker.stop()


def test_a_job_whose_file_is_lost_is_looked_at_again_and_fails_in_the_end(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "_LOOK_AGAIN_SECONDS", 0.05)
    job = queued(parts)
    upload_of(parts, parts.store.jobs.get(ADMIN, job)).unlink()
    worker = Worker(parts, DOERS)
    worker.start()
    deadline = monotonic() + PATIENCE
    while "留给其他进程" not in caplog.text:
        assert monotonic() < deadline
        sleep(0.01)
    monkeypatch.setattr(module, "_FILE_AWAITED", timedelta(0))
    assert "找不到" in str(ended(parts, job).error)
    worker.stop()
