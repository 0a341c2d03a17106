"""A follower that reads "everything after the last number I saw" never misses a change, whoever commits late."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Event

import pytest

from matcher.changes import Change
from matcher.domain import Enterprise, Posting, PostingKind, SizeClass
from matcher.errors import MatcherError
from service.auth import SYSTEM, local_admin
from service.store import Store
from service.store.database import Database, parse_url, utc_now
from service.store.rows import enterprise_row
from service.store.schema import enterprises
from service.store.sequenced import put_rows
from tests.databases import ADMIN, VAULT

WRITERS, CALLS_EACH, ROWS_EACH = 4, 6, 5


def firm(id_: str, name: str = "甲") -> Enterprise:
    return Enterprise(id=id_, name=name)


def ids(changes: Sequence[Change]) -> list[str]:
    return [change.enterprise.id for change in changes if change.enterprise]


def test_a_number_taken_later_is_not_seen_before_one_taken_earlier(store: Store, database_url: str) -> None:
    """Two transactions: `early` has its number and does not commit; `late` starts and would commit at once."""
    database = Database.connect(parse_url(database_url), utc_now, VAULT)
    early_has_number, early_may_commit = Event(), Event()

    def write_early() -> None:
        with database.sequenced(ADMIN) as ledger:
            row = enterprise_row(firm("early"), SizeClass.UNKNOWN)
            put_rows(ledger, enterprises, [row], known={}, source=None)
            early_has_number.set()
            early_may_commit.wait()

    with ThreadPoolExecutor(2) as pool, ExitStack() as at_the_end:
        at_the_end.callback(early_may_commit.set)
        early = pool.submit(write_early)
        early_has_number.wait()
        late = pool.submit(store.records.put_enterprises, ADMIN, [firm("late")])
        for _ in range(20):
            assert store.follow.changes(SYSTEM, 0, 10) == []
            assert store.follow.seq(SYSTEM) == 0
        assert not late.done()
        early_may_commit.set()
        early.result()
        [written] = late.result()
    assert written.seq == 2
    assert ids(store.follow.changes(SYSTEM, 0, 10)) == ["early", "late"]
    database.engine.dispose()


def test_a_failed_transaction_leaves_no_gap_that_hides_others(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [firm("e1")])
    offers = [Posting(id=str(n), enterprise_id=f"e{n}", kind=PostingKind.IP, title="x") for n in (1, 2)]
    with pytest.raises(MatcherError):
        store.records.put_postings(ADMIN, offers)
    [written] = store.records.put_postings(ADMIN, offers[:1])
    assert written.seq == store.follow.seq(SYSTEM) == 2


def test_a_follower_beside_many_writers_sees_everything(store: Store) -> None:
    """Each writer also rewrites a row that all share, so that rows keep moving to the end of the feed."""

    def write(writer: int) -> None:
        for call in range(CALLS_EACH):
            rows = [firm(f"{writer}-{call}-{n}") for n in range(ROWS_EACH)]
            store.records.put_enterprises(ADMIN, [*rows, firm("shared", f"{writer}-{call}")])

    seen: dict[str, Change] = {}
    after = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        while not all(done.done() for done in writing) or after < store.follow.seq(SYSTEM):
            changes = store.follow.changes(SYSTEM, after, 7)
            assert [c.seq for c in changes] == sorted(c.seq for c in changes)
            assert all(c.seq > after for c in changes)
            seen |= {c.enterprise.id: c for c in changes if c.enterprise}
            after = changes[-1].seq if changes else after
        for done in writing:
            done.result()
    assert after == WRITERS * CALLS_EACH * (ROWS_EACH + 1)
    assert len(seen) == WRITERS * CALLS_EACH * ROWS_EACH + 1
    assert seen["shared"].enterprise == store.records.get_enterprise(ADMIN, "shared")


def test_the_feed_interleaves_kinds_and_tenants_in_order(store: Store) -> None:
    other = local_admin("other")
    store.identity.ensure_tenant(other, "other")
    store.records.put_enterprises(ADMIN, [replace(firm("e1"), employees=300)])
    store.records.put_enterprises(other, [firm("e1", "乙")])
    offer = Posting(id="p1", enterprise_id="e1", kind=PostingKind.IP, title="专利")
    store.records.put_postings(other, [offer])
    store.records.put_postings(ADMIN, [offer])
    store.records.delete_posting(other, "p1")
    feed = [
        Change(seq=1, tenant="t", enterprise=replace(firm("e1"), employees=300), computed_size=SizeClass.LARGE),
        Change(seq=2, tenant="other", enterprise=firm("e1", "乙"), computed_size=SizeClass.UNKNOWN),
        Change(seq=4, tenant="t", posting=offer),
        Change(seq=5, tenant="other", removed_posting="p1"),
    ]
    assert store.follow.changes(SYSTEM, 0, 10) == feed
    assert store.follow.changes(SYSTEM, 1, 2) == feed[1:3]
    assert store.follow.changes(other, 0, 10) == [feed[1], feed[3]]
    assert store.follow.changes(ADMIN, 4, 10) == []


def test_a_removed_tenant_leaves_the_feed_record_by_record(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [firm("e1", "机密")])
    store.records.put_postings(ADMIN, [Posting(id="p1", enterprise_id="e1", kind=PostingKind.IP, title="机密")])
    assert store.identity.delete_tenant(SYSTEM, "t") == 4
    removed = store.follow.changes(SYSTEM, 0, 10)
    assert [(c.removed_posting, c.removed_enterprise) for c in removed] == [("p1", None), (None, "e1")]
    with pytest.raises(MatcherError) as error:
        store.records.put_enterprises(ADMIN, [firm("e1")])
    assert error.value.code == "unknown_tenant"
    store.identity.ensure_tenant(ADMIN, "t")
    store.records.put_enterprises(ADMIN, [firm("e1")])
    assert ids(store.follow.changes(SYSTEM, 4, 10)) == ["e1"]
