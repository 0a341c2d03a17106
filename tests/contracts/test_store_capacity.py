"""Promises: together or not at all, checked while the posting is locked, released but never lapsed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from matcher.domain import Enterprise, Posting, PostingKind, Status, Visibility
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store import Store
from service.store.capacity import CommitmentRecord, CommitmentState
from tests.databases import ADMIN

SUPPLIER = Actor(ADMIN.tenant, "f", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
ONE = CommitmentRecord(
    id="c1", posting_id="p", first=date(2026, 3, 1), last=date(2026, 3, 10), amount=60, unit="件", order_id="o"
)


@pytest.fixture(autouse=True)
def posting(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("f", "g")])
    offers = [Posting(id=id_, enterprise_id="f", kind=PostingKind.IDLE_CAPACITY, title="产能") for id_ in ("p", "q")]
    store.records.put_postings(ADMIN, offers)


def at_most_100(_: Posting, standing: Sequence[CommitmentRecord], new: Sequence[CommitmentRecord]) -> None:
    if sum(one.amount for one in (*standing, *new)) > 100:
        raise MatcherError("over_committed", "不够")


def code(call: object) -> str:
    with pytest.raises(MatcherError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_a_promise_holds_until_it_is_released(store: Store) -> None:
    (kept,) = store.capacity.commit(ADMIN, [ONE], at_most_100)
    assert (kept.enterprise_id, kept.state, kept.user) == ("f", CommitmentState.HELD, ADMIN.user)
    more = replace(ONE, id="c2", amount=41)
    assert code(lambda: store.capacity.commit(ADMIN, [more], at_most_100)) == "over_committed"
    store.capacity.commit(ADMIN, [replace(ONE, state=CommitmentState.RELEASED)], lambda *_: None)
    assert store.capacity.standing(ADMIN, ["p"]) == {}
    store.capacity.commit(ADMIN, [more], at_most_100)
    assert [one.id for one in store.capacity.list(ADMIN, posting_id="p").items] == ["c1", "c2"]


def test_an_updated_promise_is_not_counted_twice(store: Store) -> None:
    store.capacity.commit(ADMIN, [ONE], at_most_100)
    store.capacity.commit(ADMIN, [replace(ONE, amount=100, state=CommitmentState.CONFIRMED)], at_most_100)
    (found,) = store.capacity.standing(ADMIN, ["p"])["p"]
    assert (found.amount, found.state) == (100, CommitmentState.CONFIRMED)


def test_all_or_none(store: Store) -> None:
    both = [ONE, replace(ONE, id="c2", posting_id="q", amount=101)]
    assert code(lambda: store.capacity.commit(ADMIN, both, at_most_100)) == "over_committed"
    assert store.capacity.list(ADMIN).items == ()
    assert code(lambda: store.capacity.commit(ADMIN, [replace(ONE, posting_id="no")], at_most_100)) == "not_found"


def test_two_who_promise_at_once_cannot_both_have_the_last(store: Store) -> None:
    def promise(n: int) -> bool:
        try:
            store.capacity.commit(ADMIN, [replace(ONE, id=f"c{n}")], at_most_100)
        except MatcherError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(promise, range(8))) == 1


def test_who_may_promise_and_see(store: Store) -> None:
    store.capacity.commit(SUPPLIER, [ONE], at_most_100)
    other = replace(SUPPLIER, organisation="g")
    assert code(lambda: store.capacity.commit(other, [replace(ONE, id="x")], at_most_100)) == "forbidden"
    assert store.capacity.list(other).items == ()
    assert code(lambda: store.capacity.get(other, "c1")) == "not_found"
    assert store.capacity.get(SUPPLIER, "c1").amount == 60
    stranger = replace(ADMIN, tenant="other")
    store.identity.ensure_tenant(stranger, "other")
    assert code(lambda: store.capacity.commit(stranger, [ONE], at_most_100)) == "not_found"
    assert store.capacity.standing(stranger, ["p"]) == {}


def test_an_id_of_another_firm_is_not_ones_to_use(store: Store) -> None:
    store.capacity.commit(SUPPLIER, [ONE], at_most_100)
    other = replace(SUPPLIER, organisation="g")
    store.records.put_postings(
        ADMIN, [Posting(id="r", enterprise_id="g", kind=PostingKind.IDLE_CAPACITY, title="产能")]
    )
    released = replace(ONE, posting_id="r", state=CommitmentState.RELEASED)
    assert code(lambda: store.capacity.commit(other, [released], at_most_100)) == "forbidden"
    kept = store.capacity.get(SUPPLIER, "c1")
    assert (kept.posting_id, kept.enterprise_id, kept.state) == ("p", "f", CommitmentState.HELD)
    store.capacity.commit(ADMIN, [released], at_most_100)
    assert store.capacity.get(other, "c1").state is CommitmentState.RELEASED


@pytest.mark.parametrize(
    "more", [{"visibility": Visibility.PRIVATE}, {"status": Status.DRAFT}], ids=["private", "draft"]
)
def test_a_hidden_posting_is_as_a_missing_one(store: Store, more: dict[str, Any]) -> None:
    offer = Posting(id="p", enterprise_id="f", kind=PostingKind.IDLE_CAPACITY, title="产能")
    store.records.put_postings(ADMIN, [replace(offer, **more)])
    other = replace(SUPPLIER, organisation="g")
    for id_ in ("p", "no"):
        assert code(lambda id_=id_: store.capacity.commit(other, [replace(ONE, posting_id=id_)], at_most_100)) == (
            "not_found"
        )
    store.capacity.commit(SUPPLIER, [ONE], at_most_100)


def test_promises_follow_a_merged_firm_and_go_with_a_removed_one(store: Store) -> None:
    store.capacity.commit(ADMIN, [ONE], at_most_100)
    store.records.merge_enterprises(ADMIN, "f", "g")
    assert store.capacity.get(ADMIN, "c1").enterprise_id == "g"
    store.records.delete_enterprise(ADMIN, "g")
    assert store.capacity.list(ADMIN).items == ()
