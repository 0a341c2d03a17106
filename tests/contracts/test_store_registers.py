"""Register entries: one transaction, replaced by id, written by whom they belong to, seen by whom they name."""

from dataclasses import replace

import pytest

from matcher.domain import Enterprise
from matcher.errors import MatcherError
from matcher.registers import Entry, Register
from service.auth import Actor, Role, Scope
from service.store import Store
from tests.databases import ADMIN

CREDITOR = Actor(ADMIN.tenant, "c", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
DEBTOR = replace(CREDITOR, organisation="d")
ONE = Entry(id="a", register=Register.ARREARS, subject="d", other="c", values={"amount_wan": 3})


@pytest.fixture(autouse=True)
def firms(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("c", "d", "e")])


def code(call: object) -> str:
    with pytest.raises(MatcherError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_an_entry_is_replaced_by_its_id(store: Store) -> None:
    store.registers.put(ADMIN, [ONE])
    store.registers.put(ADMIN, [replace(ONE, values={"amount_wan": 4})])
    (found,) = store.registers.list(ADMIN, Register.ARREARS).items
    assert (found.values, found.user, found.subject, found.other) == ({"amount_wan": 4}, ADMIN.user, "d", "c")
    assert found.updated_at is not None
    assert store.registers.get(ADMIN, Register.ARREARS, "a") == found


def test_all_or_none(store: Store) -> None:
    bad = replace(ONE, id="b", other="nobody")
    assert code(lambda: store.registers.put(ADMIN, [ONE, bad])) == "unknown_enterprise"
    assert store.registers.list(ADMIN, Register.ARREARS).items == ()


def test_the_owner_writes_its_own_and_nobody_elses(store: Store) -> None:
    store.registers.put(CREDITOR, [ONE])
    assert code(lambda: store.registers.put(DEBTOR, [ONE])) == "forbidden"
    assert code(lambda: store.registers.put(CREDITOR, [replace(ONE, id="b", other="e")])) == "forbidden"
    store.registers.put(ADMIN, [replace(ONE, id="x", other="e")])
    assert code(lambda: store.registers.put(CREDITOR, [replace(ONE, id="x")])) == "forbidden"
    assert code(lambda: store.registers.delete(DEBTOR, Register.ARREARS, "a")) == "forbidden"
    store.registers.delete(CREDITOR, Register.ARREARS, "a")
    assert code(lambda: store.registers.get(ADMIN, Register.ARREARS, "a")) == "not_found"


def test_only_those_named_see_an_entry(store: Store) -> None:
    store.registers.put(ADMIN, [ONE])
    for actor, seen in ((CREDITOR, 1), (DEBTOR, 1), (replace(CREDITOR, organisation="e"), 0)):
        assert len(store.registers.list(actor, Register.ARREARS).items) == seen
    assert code(lambda: store.registers.get(replace(CREDITOR, organisation="e"), Register.ARREARS, "a")) == "not_found"
    assert len(store.registers.about(replace(CREDITOR, organisation="e"), Register.ARREARS, ["d"])) == 1


def test_pages_and_firms(store: Store) -> None:
    store.registers.put(ADMIN, [replace(ONE, id=f"a{n}", other="c" if n % 2 else "e") for n in range(5)])
    first = store.registers.list(ADMIN, Register.ARREARS, limit=3)
    rest = store.registers.list(ADMIN, Register.ARREARS, after=first.next, limit=3)
    assert [one.id for one in (*first.items, *rest.items)] == [f"a{n}" for n in range(5)]
    assert len(store.registers.list(ADMIN, Register.ARREARS, enterprise_id="c").items) == 2
    assert len(store.registers.about(ADMIN, Register.ARREARS)) == 5


def test_entries_follow_a_merged_firm_and_go_with_a_removed_one(store: Store) -> None:
    store.registers.put(ADMIN, [ONE])
    store.records.merge_enterprises(ADMIN, "c", "e")
    assert store.registers.get(ADMIN, Register.ARREARS, "a").other == "e"
    store.records.delete_enterprise(ADMIN, "e")
    assert store.registers.list(ADMIN, Register.ARREARS).items == ()


def test_another_platform_has_its_own(store: Store) -> None:
    other = replace(ADMIN, tenant="other")
    store.identity.ensure_tenant(other, "other")
    store.registers.put(ADMIN, [ONE])
    assert store.registers.about(other, Register.ARREARS) == ()
    assert code(lambda: store.registers.get(other, Register.ARREARS, "a")) == "not_found"
    assert code(lambda: store.registers.put(other, [ONE])) == "unknown_enterprise"
    reader = replace(ADMIN, scopes=frozenset({Scope.READ}))
    assert code(lambda: store.registers.put(reader, [ONE])) == "forbidden"
