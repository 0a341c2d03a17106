"""A request sent twice gets the answer it was given the first time, and what it does is done once."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from matcher.domain import Enterprise
from matcher.errors import MatcherError
from service.store import Store
from service.store.idempotency import KEPT
from tests.databases import ADMIN, VAULT, Clock, size_by_employees

RACERS = 6
CRASH = """
import os, signal, sys
from matcher.domain import Enterprise, SizeClass
from service.auth import local_admin
from service.store import Store
from service.vault import Vault

store = Store.open(sys.argv[1], size_of=lambda firm: SizeClass.UNKNOWN, vault=Vault(b"0" * 32))

def action():
    store.records.put_enterprises(local_admin("t"), [Enterprise(id="e1", name="甲")])
    os.kill(os.getpid(), signal.SIGKILL)

store.idempotency.once(local_admin("t"), "k", "h", action)
"""


def put(store: Store, name: str) -> int:
    """Write a firm; return its sequence number."""
    (written,) = store.records.put_enterprises(ADMIN, [Enterprise(id=name, name=name)])
    return written.seq


def test_an_answer_is_remembered_for_its_request(store: Store) -> None:
    assert store.idempotency.once(ADMIN, "k", "h1", lambda: {"seq": 7, "结果": ["甲"]}) == {"seq": 7, "结果": ["甲"]}
    assert store.idempotency.once(ADMIN, "k", "h1", lambda: "again") == {"seq": 7, "结果": ["甲"]}
    with pytest.raises(MatcherError) as error:
        store.idempotency.once(ADMIN, "k", "h2", lambda: "other")
    assert error.value.code == "idempotency_conflict"


def test_each_user_has_keys_of_its_own(store: Store) -> None:
    store.idempotency.once(ADMIN, "k", "h1", lambda: None)
    for other in (replace(ADMIN, user="u2"), replace(ADMIN, organisation="e1")):
        assert store.idempotency.once(other, "k", "h2", lambda: "own") == "own"


def test_an_answer_is_forgotten_after_a_week(store: Store, clock: Clock) -> None:
    store.idempotency.once(ADMIN, "k", "h1", lambda: "a")
    clock.time += KEPT
    assert store.idempotency.once(ADMIN, "k", "h1", lambda: "b") == "a"
    clock.advance(seconds=1)
    assert store.idempotency.once(ADMIN, "k", "h2", lambda: "b") == "b"
    assert store.idempotency.once(ADMIN, "k", "h2", lambda: "c") == "b"


@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb"])
def test_a_key_that_cannot_be_kept_is_refused(store: Store, key: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.idempotency.once(ADMIN, key, "h", lambda: None)
    assert error.value.code == "bad_record"


def test_what_fails_leaves_nothing_and_its_key_free(store: Store) -> None:
    def fails() -> None:
        put(store, "e1")
        raise MatcherError("no", "不行")

    with pytest.raises(MatcherError):
        store.idempotency.once(ADMIN, "k", "h1", fails)
    assert store.follow.seq(ADMIN) == 0
    assert store.idempotency.once(ADMIN, "k", "h2", lambda: put(store, "e2")) == 1


def test_a_step_refused_within_leaves_the_others(store: Store) -> None:
    def action() -> int:
        put(store, "e1")
        with pytest.raises(MatcherError):
            store.records.put_enterprises(ADMIN, [Enterprise(id="e\0", name="乙")])
        return put(store, "e2")

    assert store.idempotency.once(ADMIN, "k", "h", action) == 2
    assert set(store.records.enterprises_by_id(ADMIN, ["e1", "e2"])) == {"e1", "e2"}


def test_processes_that_come_at_once_act_once(store: Store, database_url: str) -> None:
    others = [Store.open(database_url, size_of=size_by_employees, vault=VAULT) for _ in range(RACERS)]
    done: list[int] = []

    def act(mine: Store) -> int:
        done.append(1)
        return put(mine, "e1")

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda mine: mine.idempotency.once(ADMIN, "k", "h", lambda: act(mine)), others))
    assert answers == [1] * RACERS
    assert len(done) == 1
    assert store.follow.seq(ADMIN) == 1
    for other in others:
        other.close()


def test_a_crash_within_leaves_nothing_and_the_next_does_it_once(store: Store, database_url: str) -> None:
    ran = subprocess.run([sys.executable, "-c", CRASH, database_url], capture_output=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert store.follow.seq(ADMIN) == 0
    assert store.idempotency.once(ADMIN, "k", "h", lambda: put(store, "e1")) == 1
    assert store.idempotency.once(ADMIN, "k", "h", lambda: put(store, "e1")) == 1
