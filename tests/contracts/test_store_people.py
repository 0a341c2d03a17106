"""People of a tenant: roles, passwords, failures that lock, and sessions that end."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from matcher.domain import Enterprise
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope, new_session
from service.store import Store, User
from service.store.people import LOCKED_FOR, MOST_FAILURES
from tests.databases import ADMIN, Clock

GOOD_FOR = timedelta(hours=12)


@pytest.fixture
def user(store: Store) -> User:
    made = User("u1", "赵工", "e1", frozenset({Role.OWNER}))
    store.people.put_user(ADMIN, made)
    return made


def opened(store: Store) -> str:
    made = new_session()
    store.people.open_session(ADMIN, "u1", made.digest, good_for=GOOD_FOR)
    return made.token


def test_a_user_comes_back_and_goes(store: Store, user: User) -> None:
    assert store.people.get_user(ADMIN, "u1") == user
    store.people.remove_user(ADMIN, "u1")
    for call in (store.people.get_user, store.people.remove_user):
        with pytest.raises(MatcherError) as error:
            call(ADMIN, "u1")
        assert error.value.code == "not_found"


def test_a_session_is_its_user_with_the_rights_of_the_moment(store: Store, user: User) -> None:
    token = opened(store)
    assert store.people.whose(token) == Actor("t", "e1", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    store.people.put_user(ADMIN, User("u1", "赵工", None, frozenset({Role.OBSERVER})))
    now = store.people.whose(token)
    assert now is not None
    assert (now.platform, now.allows(Scope.OBSERVE), now.allows(Scope.READ)) == (True, True, False)


@pytest.mark.parametrize(("seconds", "open_"), [(-1, True), (0, False), (1, False)])
def test_a_session_is_good_until_its_end(store: Store, clock: Clock, user: User, *, seconds: int, open_: bool) -> None:
    token = opened(store)
    clock.time += GOOD_FOR + timedelta(seconds=seconds)
    assert (store.people.whose(token) is not None) is open_


def test_sessions_end(store: Store, user: User) -> None:
    token, other = opened(store), opened(store)
    store.people.close_session(ADMIN, token)
    assert store.people.whose(token) is None
    assert store.people.whose(other) is not None
    store.people.set_password(ADMIN, "u1", "d")
    assert store.people.whose(other) is None
    last = opened(store)
    store.people.remove_user(ADMIN, "u1")
    assert store.people.whose(last) is None
    assert store.people.whose("") is None


def test_failures_in_a_row_lock_for_a_while(store: Store, clock: Clock, user: User) -> None:
    store.people.set_password(ADMIN, "u1", "d")
    for _ in range(MOST_FAILURES - 1):
        assert store.people.count_try(ADMIN, "u1")
    held = store.people.credentials(ADMIN, "u1")
    assert held is not None
    assert (held.password, held.locked_until) == ("d", None)
    opened(store)
    for _ in range(MOST_FAILURES):
        held = store.people.credentials(ADMIN, "u1")
        assert held is not None
        assert held.locked_until is None, "a session opened in between starts the count anew"
        assert store.people.count_try(ADMIN, "u1")
    held = store.people.credentials(ADMIN, "u1")
    assert held is not None
    assert held.locked_until == (end := clock() + LOCKED_FOR)
    assert store.people.credentials(ADMIN, "nobody") is None
    assert not store.people.count_try(ADMIN, "nobody")
    clock.time += LOCKED_FOR / 2
    for _ in range(2 * MOST_FAILURES):
        assert not store.people.count_try(ADMIN, "u1")
    held = store.people.credentials(ADMIN, "u1")
    assert held is not None
    assert held.locked_until == end, "nobody can keep another locked out by trying on"
    clock.time += LOCKED_FOR / 2
    assert store.people.count_try(ADMIN, "u1")


def test_many_tries_at_once_are_no_more_than_one_by_one(store: Store, user: User) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: store.people.count_try(ADMIN, "u1"), range(12))) == MOST_FAILURES


def test_with_a_removed_firm_go_its_users_and_keys_and_with_a_merged_one_they_move(store: Store, user: User) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2")])
    token = opened(store)
    _, key = store.identity.create_key(ADMIN, "k", scopes=[Scope.WRITE], roles=[Role.OWNER], organisation="e1")
    other = replace(user, id="u2", organisation_id=None)
    store.people.put_user(ADMIN, other)
    store.records.merge_enterprises(ADMIN, "e1", "e2")
    for found in (store.people.whose(token), store.identity.authenticate(key)):
        assert found is not None
        assert found.organisation == "e2"
    store.records.delete_enterprise(ADMIN, "e2")
    store.records.put_enterprises(ADMIN, [Enterprise(id="e2", name="别家")])
    assert (store.people.whose(token), store.identity.authenticate(key)) == (None, None)
    assert store.people.list_users(ADMIN) == [other]
