"""A job is done once, survives the worker that died with it, and is known to whoever asked for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from matcher.errors import MatcherError
from service.auth import SYSTEM, Actor, Role, Scope, local_admin
from service.store import Job, JobState, Problem, Store
from service.store.jobs import MAX_ATTEMPTS
from tests.databases import ADMIN, Clock

STALE_AFTER = timedelta(minutes=1)
PROBLEM = Problem(
    sheet="Sheet1",
    row=3,
    column="规模",
    value="很大",
    code="unknown_size",
    severity="error",
    message="规模无法识别",
    remedy="填写 大/中/小/微",
)


def claim(store: Store, clock: Clock, actor: Actor = SYSTEM) -> Job | None:
    return store.jobs.claim(actor, ["import"], clock() - STALE_AFTER)


def claimed(store: Store, clock: Clock) -> Job:
    job = claim(store, clock)
    assert job is not None
    return job


def test_a_job_from_start_to_end(store: Store, clock: Clock) -> None:
    owner = Actor("t", "e1", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    id_ = store.jobs.enqueue(owner, "import", {"files": ["甲.xlsx"], "on": clock().date()})
    assert store.jobs.get(owner, id_).state is JobState.QUEUED
    clock.advance(seconds=5)
    job = claimed(store, clock)
    assert (job.id, job.actor, job.state, job.attempts) == (id_, owner, JobState.RUNNING, 1)
    assert job.payload == {"files": ["甲.xlsx"], "on": "2026-03-01"}
    assert job.created_at + timedelta(seconds=5) == job.heartbeat_at == clock()
    store.jobs.heartbeat(SYSTEM, id_, {"rows": 7}, attempt=1)
    store.jobs.finish(SYSTEM, id_, {"created": 7}, attempt=1)
    done = store.jobs.get(owner, id_)
    assert (done.state, done.progress, done.result) == (JobState.DONE, {"rows": 7}, {"created": 7})
    assert done.finished_at == clock()
    assert claim(store, clock) is None


def test_the_oldest_of_the_kinds_asked_for_comes_first(store: Store, clock: Clock) -> None:
    first = store.jobs.enqueue(ADMIN, "import", {})
    clock.advance(seconds=1)
    store.jobs.enqueue(ADMIN, "report", {})
    second = store.jobs.enqueue(ADMIN, "import", {})
    assert [claimed(store, clock).id, claimed(store, clock).id] == [first, second]
    assert claim(store, clock) is None
    assert {job.id for job in store.jobs.list(ADMIN, kind="import")} == {first, second}


def test_a_job_whose_worker_died_is_taken_up_again(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    claimed(store, clock)
    store.jobs.add_problems(SYSTEM, id_, [PROBLEM])
    clock.advance(seconds=60)
    assert claim(store, clock) is None
    store.jobs.heartbeat(SYSTEM, id_, {"rows": 1})
    clock.advance(seconds=60)
    assert claim(store, clock) is None
    clock.advance(seconds=1)
    again = claimed(store, clock)
    assert (again.id, again.attempts, again.progress) == (id_, 2, {"rows": 1})
    assert store.jobs.problems(ADMIN, id_).items == ()


def test_a_worker_that_was_given_up_learns_it(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    claimed(store, clock)
    clock.advance(minutes=5)
    claimed(store, clock)
    calls: tuple[Callable[[], None], ...] = (
        lambda: store.jobs.heartbeat(SYSTEM, id_, {}, attempt=1),
        lambda: store.jobs.finish(SYSTEM, id_, {}, attempt=1),
        lambda: store.jobs.fail(SYSTEM, id_, "x", attempt=1),
        lambda: store.jobs.release(SYSTEM, id_, attempt=1),
        lambda: store.jobs.add_problems(SYSTEM, id_, [PROBLEM], attempt=1),
    )
    for late in calls:
        with pytest.raises(MatcherError) as error:
            late()
        assert error.value.code == "job_lost"
    store.jobs.finish(SYSTEM, id_, {}, attempt=2)


def test_a_released_job_is_taken_up_at_once_as_if_new(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    claimed(store, clock)
    store.jobs.release(SYSTEM, id_, attempt=1)
    again = claimed(store, clock)
    assert (again.id, again.attempts) == (id_, 1)


def test_a_job_that_kills_its_workers_is_given_up(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    for _ in range(MAX_ATTEMPTS):
        claimed(store, clock)
        clock.advance(minutes=5)
    assert claim(store, clock) is None
    job = store.jobs.get(ADMIN, id_)
    assert (job.state, job.attempts, job.finished_at) == (JobState.FAILED, MAX_ATTEMPTS, clock())
    assert "3 次" in (job.error or "")


def test_a_failed_job_says_why_and_is_over(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    claimed(store, clock)
    store.jobs.fail(SYSTEM, id_, "文件不是表格")
    assert store.jobs.get(ADMIN, id_).error == "文件不是表格"
    with pytest.raises(MatcherError) as error:
        store.jobs.finish(SYSTEM, id_, {})
    assert error.value.code == "job_lost"


def test_workers_side_by_side_never_take_the_same_job(store: Store, clock: Clock) -> None:
    queued = {store.jobs.enqueue(ADMIN, "import", {}) for _ in range(12)}

    def work(_: int) -> list[str]:
        taken = []
        while job := claim(store, clock):
            taken.append(job.id)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [id_ for ids in pool.map(work, range(4)) for id_ in ids]
    assert sorted(taken) == sorted(queued)


def test_the_report_is_read_in_order_piece_by_piece(store: Store, clock: Clock) -> None:
    id_ = store.jobs.enqueue(ADMIN, "import", {})
    claimed(store, clock)
    report = [replace(PROBLEM, row=n, column=None) for n in range(5)]
    store.jobs.add_problems(SYSTEM, id_, report[:3])
    store.jobs.add_problems(SYSTEM, id_, report[3:])
    store.jobs.add_problems(SYSTEM, id_, [])
    first = store.jobs.problems(ADMIN, id_, limit=2)
    rest = store.jobs.problems(ADMIN, id_, first.next, 10)
    assert [*first.items, *rest.items] == report
    assert rest.next is None
    with pytest.raises(MatcherError) as error:
        store.jobs.problems(ADMIN, id_, "x")
    assert error.value.code == "bad_cursor"


def test_an_owner_sees_the_jobs_of_its_enterprise_only(store: Store) -> None:
    owner = Actor("t", "e1", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    mine = store.jobs.enqueue(owner, "import", {})
    theirs = store.jobs.enqueue(replace(owner, organisation="e2"), "import", {})
    assert [job.id for job in store.jobs.list(owner)] == [mine]
    assert {job.id for job in store.jobs.list(ADMIN)} == {mine, theirs}
    with pytest.raises(MatcherError) as error:
        store.jobs.get(owner, theirs)
    assert error.value.code == "not_found"


def test_a_job_needs_a_tenant_and_a_payload_that_can_be_kept(store: Store) -> None:
    for actor, payload, code in ((local_admin("no"), {}, "unknown_tenant"), (ADMIN, {"f": object()}, "bad_record")):
        with pytest.raises(MatcherError) as error:
            store.jobs.enqueue(actor, "import", payload)
        assert error.value.code == code
