"""Keys open the door to their tenant until they are revoked, and a tenant goes without a trace."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select

from matcher.domain import Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from service.auth import SYSTEM, Actor, Role, Scope, local_admin
from service.store import Store, Tenant, User
from service.store.database import parse_url
from service.store.schema import api_keys, enterprises, metadata, postings, tenants
from tests.databases import ADMIN, Clock


def test_a_key_is_its_actor(store: Store, clock: Clock) -> None:
    info, secret = store.identity.create_key(
        ADMIN, "采集", scopes=[Scope.WRITE], roles=[Role.OWNER], organisation="e1", user="u1"
    )
    who = Actor("t", "e1", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    assert store.identity.authenticate(secret) == who
    assert (info.name, info.created_at, info.revoked_at) == ("采集", clock(), None)
    assert info.id in secret


def test_a_key_without_a_user_stands_for_itself(store: Store) -> None:
    info, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    actor = store.identity.authenticate(secret)
    assert actor == Actor("t", None, f"key:{info.id}", frozenset(), frozenset({Scope.READ}))


def test_only_the_whole_key_opens(store: Store) -> None:
    info, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    _, other = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    crossed = f"rt_{info.id}_{other.split('_', 2)[2]}"
    for wrong in (
        "",
        "rt",
        secret[:-1],
        secret + "x",
        secret.upper(),
        crossed,
        f"rt_{'x' * 8}_{'y' * 43}",
        "rt_\0_\ud800",
    ):
        assert store.identity.authenticate(wrong) is None


def test_the_secret_itself_is_not_kept(store: Store, database_url: str) -> None:
    info, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        [row] = connection.execute(select(api_keys)).all()
    engine.dispose()
    assert info.id in row
    assert secret.split("_", 2)[2] not in str(row)


def test_a_revoked_key_stays_revoked(store: Store, clock: Clock) -> None:
    info, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    clock.advance(hours=1)
    store.identity.revoke_key(ADMIN, info.id)
    clock.advance(hours=1)
    store.identity.revoke_key(ADMIN, info.id)
    assert store.identity.authenticate(secret) is None
    [kept] = store.identity.list_keys(ADMIN)
    assert kept.revoked_at == clock() - timedelta(hours=1)
    with pytest.raises(MatcherError) as error:
        store.identity.revoke_key(ADMIN, "absent")
    assert error.value.code == "not_found"


@pytest.mark.parametrize(("hours", "opens"), [(23, True), (24, False), (25, False)])
def test_a_key_opens_until_it_expires(store: Store, clock: Clock, hours: int, opens: bool) -> None:
    info, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ], good_for=timedelta(days=1))
    assert info.expires_at == clock() + timedelta(days=1)
    clock.advance(hours=hours)
    assert (store.identity.authenticate(secret) is not None) is opens
    with pytest.raises(MatcherError) as error:
        store.identity.create_key(ADMIN, "k", scopes=[Scope.READ], good_for=timedelta(0))
    assert error.value.code == "bad_record"


def test_a_rotated_key_has_the_same_rights_and_the_old_one_a_last_day(store: Store, clock: Clock) -> None:
    old, first = store.identity.create_key(
        ADMIN, "采集", scopes=[Scope.WRITE], roles=[Role.OWNER], organisation="e1", good_for=timedelta(days=30)
    )
    clock.advance(hours=48)
    new, second = store.identity.rotate_key(ADMIN, old.id, grace=timedelta(hours=2))
    assert store.identity.authenticate(second) == store.identity.authenticate(first)
    assert (new.name, new.expires_at) == ("采集", clock() + timedelta(days=30))
    clock.advance(hours=2)
    assert store.identity.authenticate(first) is None
    assert store.identity.authenticate(second) is not None
    for id_, code in ((old.id, "key_revoked"), ("absent", "not_found")):
        with pytest.raises(MatcherError) as error:
            store.identity.rotate_key(ADMIN, id_)
        assert error.value.code == code


def test_a_key_in_its_last_hours_can_be_revoked_at_once(store: Store, clock: Clock) -> None:
    old, first = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    store.identity.rotate_key(ADMIN, old.id, grace=timedelta(hours=2))
    store.identity.revoke_key(ADMIN, old.id)
    assert store.identity.authenticate(first) is None
    ended = next(key.revoked_at for key in store.identity.list_keys(ADMIN) if key.id == old.id)
    assert ended == clock()


def test_the_last_use_is_noted_every_ten_minutes(store: Store, clock: Clock) -> None:
    _, secret = store.identity.create_key(ADMIN, "k", scopes=[Scope.READ])
    noted = []
    for minutes in (0, 9, 1):
        clock.advance(minutes=minutes)
        store.identity.authenticate(secret)
        noted.append(store.identity.list_keys(ADMIN)[0].last_used_at)
    start = clock() - timedelta(minutes=10)
    assert noted == [start, start, clock()]


def test_users_are_added_and_replaced(store: Store) -> None:
    store.people.put_user(ADMIN, User("u2", "乙", None, frozenset({Role.ADMIN})))
    store.people.put_user(ADMIN, User("u1", "甲", "e1", frozenset({Role.OWNER})))
    promoted = User("u1", "甲", None, frozenset({Role.REVIEWER, Role.ORGANISER}))
    store.people.put_user(ADMIN, promoted)
    assert store.people.list_users(ADMIN) == [promoted, User("u2", "乙", None, frozenset({Role.ADMIN}))]


def test_a_tenant_is_made_once(store: Store) -> None:
    demo = local_admin("demo")
    made = store.identity.ensure_tenant(demo, "demo", label="演示", is_demo=True)
    assert store.identity.ensure_tenant(demo, "demo", label="别的") == made == Tenant("demo", "演示", is_demo=True)
    assert store.identity.tenants(demo) == [made]
    assert [tenant.id for tenant in store.identity.tenants(SYSTEM)] == ["demo", "t"]


@pytest.mark.parametrize("name", ["", "*", "平台", "a b", "-a", "a" * 65])
def test_a_tenant_is_named_plainly(store: Store, name: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.identity.ensure_tenant(SYSTEM, name)
    assert error.value.code == "bad_tenant"


def test_a_removed_tenant_leaves_nothing_but_ids(store: Store, database_url: str) -> None:
    demo = local_admin("demo")
    store.identity.ensure_tenant(demo, "demo", label="机密")
    firm = Enterprise(id="e1", name="机密", uscc="机密", parent_id="e0", profile="机密", attributes={"a": "机密"})
    store.records.put_enterprises(demo, [firm], source="机密")
    offer = Posting(id="p1", enterprise_id="e1", kind=PostingKind.IP, title="机密", detail="机密", keywords=("机密",))
    store.records.put_postings(demo, [offer], source="机密")
    _, secret = store.identity.create_key(demo, "机密", scopes=[Scope.READ])
    store.jobs.enqueue(demo, "import", {"a": "机密"})
    store.identity.delete_tenant(demo, "demo")
    assert store.identity.authenticate(secret) is None
    assert store.identity.tenants(demo) == []
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        left = {table.name: str(connection.execute(select(table)).all()) for table in metadata.sorted_tables}
    engine.dispose()
    assert "机密" not in str(left)
    expected = {tenants.name, enterprises.name, postings.name}
    assert {name for name, rows in left.items() if "demo" in rows} == expected


def test_keys_belong_to_a_tenant(store: Store) -> None:
    for actor in (SYSTEM, local_admin("absent")):
        with pytest.raises(MatcherError) as error:
            store.identity.create_key(actor, "k", scopes=[Scope.READ])
        assert error.value.code == "unknown_tenant"
