"""A request sent twice gets the answer it was given the first time."""

from dataclasses import replace

import pytest

from matcher.errors import MatcherError
from service.store import Remembered, Store
from service.store.idempotency import KEPT
from tests.databases import ADMIN, Clock


def test_an_answer_is_remembered_for_its_request(store: Store) -> None:
    assert store.idempotency.remembered(ADMIN, "k", "h1") is None
    store.idempotency.remember(ADMIN, "k", "h1", status=201, response={"seq": 7, "结果": ["甲"]})
    assert store.idempotency.remembered(ADMIN, "k", "h1") == Remembered(201, {"seq": 7, "结果": ["甲"]})
    with pytest.raises(MatcherError) as error:
        store.idempotency.remembered(ADMIN, "k", "h2")
    assert error.value.code == "idempotency_conflict"


def test_each_user_has_keys_of_its_own(store: Store) -> None:
    store.idempotency.remember(ADMIN, "k", "h1", status=200, response=None)
    for other in (replace(ADMIN, user="u2"), replace(ADMIN, organisation="e1")):
        assert store.idempotency.remembered(other, "k", "h2") is None


def test_an_answer_is_forgotten_after_a_week(store: Store, clock: Clock) -> None:
    store.idempotency.remember(ADMIN, "k", "h1", status=200, response="a")
    clock.time += KEPT
    assert store.idempotency.remembered(ADMIN, "k", "h1") == Remembered(200, "a")
    clock.advance(seconds=1)
    assert store.idempotency.remembered(ADMIN, "k", "h2") is None
    store.idempotency.remember(ADMIN, "k", "h2", status=200, response="b")
    assert store.idempotency.remembered(ADMIN, "k", "h2") == Remembered(200, "b")


@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb"])
def test_a_key_that_cannot_be_kept_is_refused(store: Store, key: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.idempotency.remember(ADMIN, key, "h", status=200, response=None)
    assert error.value.code == "bad_record"
