"""What is shown reaches the store by itself, in time, and whole whatever goes wrong."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from time import monotonic, sleep

import pytest

from matcher.domain import PostingKind, Query
from service.auth import Actor, local_admin
from service.deps import Parts
from service.shownlog import Shown, ShownItem, ShownLog, new_list_id, query_hash
from service.store import Store
from service.store.feedback import Feedback
from tests.service.instance import PATIENCE, TENANT, TODAY

ADMIN = local_admin(TENANT)
START = datetime(2026, 3, 1, tzinfo=UTC)
ITEM = ShownItem(rank=1, posting_id="p", enterprise_id="f", score=0.5, features={"dense": 0.5})
LIST = Shown(
    id="l0",
    tenant=TENANT,
    organisation=None,
    user="u",
    posting_id=None,
    enterprise_id=None,
    kind=PostingKind.NEED,
    query_hash="h",
    as_of=TODAY,
    created_at=START,
    versions={},
    items=(ITEM,),
)
QUERY = Query(tenant=TENANT, kind=PostingKind.NEED, title="寻求钛合金加工", as_of=TODAY)


class Broken(OSError):
    """The database is away."""


@pytest.fixture
def store(parts: Parts) -> Store:
    return parts.store


@pytest.fixture
def log(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShownLog]:
    """A log whose thread waits for nobody but `stop`."""
    monkeypatch.setattr("service.shownlog._FLUSH_SECONDS", 3600)
    opened = ShownLog(store, held_items=4)
    yield opened
    opened.stop()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While set, the database is away."""
    gone = threading.Event()
    write = Feedback.record_shown

    def record(self: Feedback, actor: Actor, lists: Sequence[Shown]) -> None:
        if gone.is_set():
            raise Broken
        write(self, actor, lists)

    monkeypatch.setattr(Feedback, "record_shown", record)
    return gone


def kept(store: Store) -> int:
    return store.feedback.exposure(ADMIN, START).get("f", 0)


def test_a_list_is_written_by_itself(parts: Parts) -> None:
    parts.shown.put(LIST)
    deadline = monotonic() + PATIENCE
    while not kept(parts.store) and monotonic() < deadline:
        sleep(0.01)
    assert kept(parts.store) == 1


def test_flush_and_stop_write_what_was_put(store: Store, log: ShownLog) -> None:
    log.put(LIST)
    assert kept(store) == 0
    log.flush()
    assert kept(store) == 1
    log.put(replace(LIST, id="l1"))
    log.stop()
    assert kept(store) == 2
    log.put(replace(LIST, id="l2"))
    assert kept(store) == 3, "a late list is written at once"


def test_closing_the_parts_writes_the_rest(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(Feedback, "record_shown", lambda _, __, lists: written.extend(item.id for item in lists))
    parts.shown.put(LIST)
    parts.close()
    assert written == ["l0"]


@pytest.mark.parametrize(("lists", "expected"), [(2, 0), (3, 2), (5, 4)])
def test_a_full_queue_is_written_before_more_is_taken(store: Store, log: ShownLog, lists: int, expected: int) -> None:
    for n in range(lists):
        log.put(replace(LIST, id=f"l{n}"))
    assert kept(store) == expected


def test_a_list_longer_than_the_queue_is_taken(store: Store, log: ShownLog) -> None:
    log.put(replace(LIST, items=tuple(replace(ITEM, rank=n) for n in range(1, 21))))
    log.flush()
    assert kept(store) == 10


def test_many_threads_lose_nothing(store: Store, log: ShownLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: log.put(replace(LIST, id=f"l{n}")), range(200)))
    log.flush()
    assert kept(store) == 200


def test_lists_wait_while_the_database_is_away(store: Store, log: ShownLog, away: threading.Event) -> None:
    away.set()
    log.put(LIST)
    with pytest.raises(Broken):
        log.flush()
    log.put(replace(LIST, id="l1"))
    with pytest.raises(Broken):
        log.put(replace(LIST, id="l2"))
    away.clear()
    log.put(replace(LIST, id="l3"))
    log.flush()
    assert kept(store) == 3, "l2 was refused to its caller"


def test_the_thread_outlives_a_failure(
    store: Store, away: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("service.shownlog._FLUSH_SECONDS", 0.01)
    away.set()
    opened = ShownLog(store)
    opened.put(LIST)
    deadline = monotonic() + PATIENCE
    while "稍后重试" not in caplog.text and monotonic() < deadline:
        sleep(0.01)
    away.clear()
    while not kept(store) and monotonic() < deadline:
        sleep(0.01)
    opened.stop()
    assert kept(store) == 1


def test_a_list_the_store_refuses_keeps_no_other_out(
    store: Store, log: ShownLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.put(replace(LIST, id="gone", tenant="gone"))
    log.put(LIST)
    log.flush()
    assert kept(store) == 1
    assert "gone" in caplog.text


def test_a_question_is_known_by_its_words_alone() -> None:
    same = replace(QUERY, as_of=date(2027, 1, 1), k=3, viewer="f")
    others = [
        replace(QUERY, title="寻求"),
        replace(QUERY, detail="钛合金加工"),
        replace(QUERY, keywords=("钛",)),
        replace(QUERY, kind=PostingKind.CAPABILITY),
    ]
    assert query_hash(same) == query_hash(QUERY)
    assert len({query_hash(query) for query in [QUERY, *others]}) == 5
    assert len(query_hash(QUERY)) == 64


def test_lists_have_ids_of_their_own() -> None:
    assert len({new_list_id() for _ in range(100)}) == 100
