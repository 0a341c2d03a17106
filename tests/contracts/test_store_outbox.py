"""What is queued is claimed by one sender at a time, survives its senders, and ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from matcher.errors import MatcherError
from service.auth import SYSTEM
from service.store import Store
from service.store.delivery import Delivery, DeliveryState, Settled
from tests.contracts.test_store_webhooks import keep, owner, queued
from tests.databases import ADMIN, Clock

LEASE = timedelta(minutes=2)


def claim(store: Store, limit: int = 8) -> list[Delivery]:
    return store.outbox.claim(SYSTEM, channels=["webhook"], lease=LEASE, limit=limit)


def pings(store: Store, count: int) -> list[str]:
    keep(store, "match.found")
    return [store.webhooks.ping(ADMIN, "w").id for _ in range(count)]


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(store: Store, clock: Clock) -> None:
    (id_,) = pings(store, 1)
    (first,) = claim(store)
    assert (first.id, first.attempts) == (id_, 1)
    assert claim(store) == []
    clock.advance(minutes=2)
    (second,) = claim(store)
    assert (second.id, second.body, second.attempts) == (id_, first.body, 2)
    assert not store.outbox.settle(SYSTEM, first, Settled(state=DeliveryState.DEAD))
    assert store.outbox.settle(SYSTEM, second, Settled(state=DeliveryState.SENT, status=200))
    (done,) = queued(store)
    assert (done.state, done.status, done.finished_at) == (DeliveryState.SENT, 200, clock())
    clock.advance(days=1)
    assert claim(store) == []


def test_of_many_couriers_each_delivery_has_one(store: Store) -> None:
    ids = pings(store, 40)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: claim(store, limit=3), range(16)))
    taken = [one.id for batch in found for one in batch]
    assert len(taken) == len(set(taken))
    while batch := claim(store):
        taken += [one.id for one in batch]
    assert sorted(taken) == sorted(ids)


def test_what_fails_waits_and_holds_back_what_else_goes_there(store: Store, clock: Clock) -> None:
    pings(store, 3)
    clock.advance(seconds=1)
    keep(store, "match.found", id_="other")
    store.webhooks.ping(ADMIN, "other")
    (first,) = claim(store, limit=1)
    later = clock() + timedelta(seconds=30)
    end = Settled(
        state=DeliveryState.WAITING, status=500, error="HTTP 500", due_at=clock() + timedelta(seconds=5), held=later
    )
    assert store.outbox.settle(SYSTEM, first, end)
    assert [one.target for one in claim(store)] == ["other"]
    clock.advance(seconds=30)
    assert len(claim(store)) == 3


def test_the_dead_are_replayed_under_their_own_id(store: Store, clock: Clock) -> None:
    (id_,) = pings(store, 1)
    (one,) = claim(store)
    store.outbox.settle(SYSTEM, one, Settled(state=DeliveryState.DEAD, error="x"))
    assert claim(store) == []
    again = store.webhooks.replay(ADMIN, "w", id_)
    assert (again.id, again.state, again.attempts, again.error) == (id_, DeliveryState.WAITING, 1, None)
    assert [found.id for found in claim(store)] == [id_]
    with pytest.raises(MatcherError):
        store.webhooks.replay(owner("e1"), "w", id_)


def test_deliveries_by_page_and_for_a_month(store: Store, clock: Clock) -> None:
    pings(store, 5)
    first = store.webhooks.deliveries(ADMIN, "w", limit=2)
    rest = store.webhooks.deliveries(ADMIN, "w", after=first.next, limit=10)
    ids = [one.id for one in (*first.items, *rest.items)]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    for one in claim(store, limit=2):
        store.outbox.settle(SYSTEM, one, Settled(state=DeliveryState.SENT))
    clock.advance(days=31)
    assert store.outbox.forget(SYSTEM, clock() - timedelta(days=30)) == 2
    assert len(queued(store)) == 3


def test_a_replay_is_not_ended_by_who_still_sends_the_former(store: Store) -> None:
    (id_,) = pings(store, 1)
    (first,) = claim(store)
    store.webhooks.replay(ADMIN, "w", id_)
    (second,) = claim(store)
    assert second.attempts == 2
    assert not store.outbox.settle(SYSTEM, first, Settled(state=DeliveryState.DEAD))
    assert store.outbox.settle(SYSTEM, second, Settled(state=DeliveryState.SENT))


def test_what_ends_its_senders_is_dead_and_takes_no_other_with_it(store: Store, clock: Clock) -> None:
    poison, *others = pings(store, 5)
    taken = 0
    while poison in {one.id for one in queued(store) if one.state is DeliveryState.WAITING}:
        clock.advance(minutes=2)
        while batch := claim(store):
            if poison in {one.id for one in batch}:
                taken += 1
                break
            for one in batch:
                store.outbox.settle(SYSTEM, one, Settled(state=DeliveryState.SENT))
        assert taken <= 5
    ended = {one.id: one for one in queued(store)}
    assert "中断 5 次" in str(ended[poison].error)
    assert ended[poison].finished_at == clock()
    assert [(ended[id_].state, ended[id_].failures) for id_ in others] == [(DeliveryState.SENT, 0)] * 4
    store.webhooks.replay(ADMIN, "w", poison)
    assert [one.id for one in claim(store)] == [poison]
