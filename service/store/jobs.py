"""Work done in the background: it survives the process that did it, and any worker may take it up again."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.job_reports import JobReports
from service.store.outbox import tell_of_job
from service.store.rights import require
from service.store.rows import Page, Row, batches, check_limit, page, storable
from service.store.schema import import_problems, jobs

MAX_ATTEMPTS = 3


class JobState(StrEnum):
    """Life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of background work, to be done with the rights of the `actor` who asked for it.

    `attempts` counts how often it was claimed; it tells the present worker from one that was given up.
    """

    id: str
    tenant: str
    actor: Actor
    kind: str
    state: JobState
    payload: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Any
    error: str | None
    attempts: int
    heartbeat_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one cell or row of an import, and how to mend it; `row` is 1-based as the person sees it."""

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    code: str
    severity: str
    message: str
    remedy: str | None


_JOB = TypeAdapter(Job)
_JOB_FIELDS = tuple(field.name for field in fields(Job))
_PROBLEM_FIELDS = tuple(field.name for field in fields(Problem))
_ACTOR = TypeAdapter(Actor)


class Jobs(JobReports):
    """The queue. Whoever works for one enterprise sees the jobs of that enterprise."""

    def enqueue(self, actor: Actor, kind: str, payload: Mapping[str, object]) -> str:
        """Queue a job; returns its id.

        :raises MatcherError: `forbidden`, `unknown_tenant`, `bad_record`.
        """
        require(actor, Scope.ORGANISE)
        row = {
            "tenant": actor.tenant,
            "id": f"job_{secrets.token_hex(8)}",
            "actor": _ACTOR.dump_python(actor, mode="json"),
            "organisation": actor.organisation,
            "kind": kind,
            "state": JobState.QUEUED.value,
            "payload": storable(payload, kind),
            "progress": {},
            "attempts": 0,
            "created_at": self._database.now(),
        }
        with self._database.write() as connection:
            require_tenant(connection, actor)
            connection.execute(insert(jobs).values(row))
        return str(row["id"])

    def claim(
        self, actor: Actor, kinds: Collection[str], stale_before: datetime, *, but: Collection[str] = ()
    ) -> Job | None:
        """Take the oldest job that waits, or whose worker has not been heard of since `stale_before`; None when idle.

        A job that lost its worker three times is failed. `SYSTEM` takes the jobs of every tenant; nobody takes `but`.
        """
        require(actor, Scope.ORGANISE)
        lost = and_(jobs.c.state == JobState.RUNNING, jobs.c.heartbeat_at < stale_before)
        mine = and_(jobs.c.kind.in_(kinds), _reach(actor), jobs.c.id.not_in(but))
        with self._database.write() as connection:
            self._give_up(connection, and_(mine, lost, jobs.c.attempts >= MAX_ATTEMPTS))
            waiting = and_(mine, or_(jobs.c.state == JobState.QUEUED, and_(lost, jobs.c.attempts < MAX_ATTEMPTS)))
            oldest = select(jobs.c.tenant, jobs.c.id).where(waiting).order_by(jobs.c.created_at, jobs.c.id).limit(1)
            found = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if found is None:
                return None
            key = {"tenant": found.tenant, "id": found.id}
            taken = update(jobs).filter_by(**key).values(state=JobState.RUNNING.value, attempts=jobs.c.attempts + 1)
            connection.execute(taken.values(heartbeat_at=self._database.now()))
            connection.execute(delete(import_problems).filter_by(tenant=found.tenant, job_id=found.id))
            return _job(dict(connection.execute(select(jobs).filter_by(**key)).mappings().one()))

    def heartbeat(
        self, actor: Actor, id_: str, progress: Mapping[str, object] | None = None, *, attempt: int | None = None
    ) -> None:
        """Say that the work goes on, and how far it is where that is known.

        :raises MatcherError: `job_lost` when it is no longer running, or was claimed again after `attempt`.
        """
        told = {} if progress is None else {"progress": storable(progress, id_)}
        self._advance(actor, id_, {"heartbeat_at": self._database.now(), **told}, attempt=attempt)

    def finish(self, actor: Actor, id_: str, result: object, *, attempt: int | None = None) -> None:
        """Note that the work is done, with its result.

        :raises MatcherError: `job_lost`.
        """
        values = {"state": JobState.DONE.value, "result": storable(result, id_), "finished_at": self._database.now()}
        self._advance(actor, id_, values, attempt=attempt)

    def fail(self, actor: Actor, id_: str, error: str, *, attempt: int | None = None) -> None:
        """Note that the work failed for good, with a message for the person who asked.

        :raises MatcherError: `job_lost`.
        """
        values = {"state": JobState.FAILED.value, "error": error, "finished_at": self._database.now()}
        self._advance(actor, id_, values, attempt=attempt)

    def release(self, actor: Actor, id_: str, *, attempt: int) -> None:
        """Put a job back in the queue, as one not begun, for the next worker.

        :raises MatcherError: `job_lost`.
        """
        self._advance(actor, id_, {"state": JobState.QUEUED.value, "attempts": attempt - 1}, attempt=attempt)

    def get(self, actor: Actor, id_: str) -> Job:
        """Return a job.

        :raises MatcherError: `not_found`.
        """
        require(actor, Scope.READ)
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(_reach(actor), jobs.c.id == id_)).mappings().one_or_none()
        if row is None:
            raise _no_job(id_)
        return _job(dict(row))

    def list(self, actor: Actor, *, kind: str | None = None, limit: int = 100) -> list[Job]:
        """Return the latest jobs, the newest first.

        :raises MatcherError: `bad_limit`.
        """
        require(actor, Scope.READ)
        query = select(jobs).where(_reach(actor), jobs.c.kind == kind if kind else true())
        query = query.order_by(jobs.c.created_at.desc(), jobs.c.id).limit(check_limit(limit))
        with self._database.read() as connection:
            return [_job(dict(row)) for row in connection.execute(query).mappings()]

    def counts(self, actor: Actor) -> dict[str, int]:
        """Return how many jobs there are by state."""
        require(actor, Scope.READ)
        query = select(jobs.c.state, func.count()).where(_reach(actor)).group_by(jobs.c.state)
        with self._database.read() as connection:
            return dict.fromkeys(map(str, JobState), 0) | {state: count for state, count in connection.execute(query)}

    def add_problems(
        self, actor: Actor, job_id: str, problems: Sequence[Problem], *, attempt: int | None = None
    ) -> None:
        """Append to the report of a running job.

        :raises MatcherError: `job_lost`.
        """
        require(actor, Scope.ORGANISE)
        with self._database.write() as connection:
            job = _running(connection, actor, job_id, attempt=attempt)
            key = {"tenant": job["tenant"], "job_id": job_id}
            first = connection.execute(select(func.count()).select_from(import_problems).filter_by(**key)).scalar_one()
            rows = [{**storable(asdict(item), job_id), **key, "n": first + n} for n, item in enumerate(problems)]
            for batch in batches(rows):
                connection.execute(insert(import_problems), batch)

    def problems(self, actor: Actor, job_id: str, after: str | None = None, limit: int = 100) -> Page[Problem]:
        """Return the report of a job in order, piece by piece.

        :raises MatcherError: `not_found`, `bad_limit`, `bad_cursor`.
        """
        job = self.get(actor, job_id)
        table = import_problems.c
        here = and_(table.tenant == job.tenant, table.job_id == job_id, table.n > _position(after))
        query = select(import_problems).where(here).order_by(table.n).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = [(str(row["n"]), Problem(**{name: row[name] for name in _PROBLEM_FIELDS})) for row in rows]
        return page(found, limit)

    def _give_up(self, connection: Connection, chosen: ColumnElement[bool]) -> None:
        message = f"后台任务的进程已中断 {MAX_ATTEMPTS} 次，不再重试：请检查输入文件和服务器内存后重新提交"
        values = {"state": JobState.FAILED.value, "error": message, "finished_at": self._database.now()}
        for row in connection.execute(select(jobs).where(chosen).with_for_update()).mappings().all():
            connection.execute(update(jobs).filter_by(tenant=row["tenant"], id=row["id"]).values(values))
            tell_of_job(connection, self._database.now(), {**row, **values})

    def _advance(self, actor: Actor, id_: str, values: Row, *, attempt: int | None) -> None:
        require(actor, Scope.ORGANISE)
        with self._database.write() as connection:
            job = _running(connection, actor, id_, attempt=attempt)
            connection.execute(update(jobs).filter_by(tenant=job["tenant"], id=id_).values(values))
            tell_of_job(connection, self._database.now(), {**job, **values})


def _reach(actor: Actor) -> ColumnElement[bool]:
    if actor.system:
        return true()
    own = true() if actor.platform else jobs.c.organisation == actor.organisation
    return and_(jobs.c.tenant == actor.tenant, own)


def _running(connection: Connection, actor: Actor, id_: str, *, attempt: int | None) -> Row:
    query = select(jobs).where(_reach(actor), jobs.c.id == id_).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise _no_job(id_)
    if row["state"] != JobState.RUNNING or attempt not in (None, row["attempts"]):
        raise MatcherError("job_lost", f"任务 {id_} 已不由本进程执行：停止处理，结果以接手的进程为准", id=id_)
    return dict(row)


def _job(row: Row) -> Job:
    return _JOB.validate_python({name: row[name] for name in _JOB_FIELDS})


def _no_job(id_: str) -> MatcherError:
    return MatcherError("not_found", f"任务 {id_} 不存在：请核对编号", id=id_)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return -1
    if not cursor.isdecimal():
        raise MatcherError("bad_cursor", f"翻页游标 {cursor!r} 无效：请使用上一页返回的 next")
    return int(cursor)
