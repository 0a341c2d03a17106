"""Groups never become rings, two records of one firm become one, and contacts stay with their firm."""

from dataclasses import replace

import pytest

from matcher.domain import Contact, Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from service.auth import Role, Scope
from service.store import Store, User
from tests.databases import ADMIN

OFFER = Posting(id="p1", enterprise_id="old", kind=PostingKind.CAPABILITY, title="铸造", detail="砂型铸造")


def firms(**parents: str | None) -> list[Enterprise]:
    return [Enterprise(id=id_, name=f"{id_}公司", parent_id=parent) for id_, parent in parents.items()]


def parents(store: Store) -> dict[str, str | None]:
    return {firm.id: firm.parent_id for firm in store.records.list_enterprises(ADMIN).items}


def test_a_group_may_be_deep_and_a_parent_may_come_later(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(a="b", b="c", c="d"))
    store.records.put_enterprises(ADMIN, firms(d=None))
    assert parents(store) == {"a": "b", "b": "c", "c": "d", "d": None}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"a": "a"}),
        ({}, {"a": "b", "b": "a"}),
        ({"a": "b"}, {"b": "a"}),
        ({"a": "b", "b": "c"}, {"c": "a"}),
        ({"a": "b", "c": "d"}, {"b": "c", "d": "a"}),
    ],
)
def test_a_ring_is_refused(store: Store, first: dict[str, str], second: dict[str, str]) -> None:
    store.records.put_enterprises(ADMIN, firms(**first))
    with pytest.raises(MatcherError) as error:
        store.records.put_enterprises(ADMIN, firms(**second))
    assert error.value.code == "parent_cycle"
    assert parents(store) == first


def test_a_group_may_be_turned_round_in_one_call(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(a="b", b=None))
    store.records.put_enterprises(ADMIN, firms(a=None, b="a"))
    assert parents(store) == {"a": None, "b": "a"}


def test_merging_moves_everything(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(old=None, new=None, child="old", other=None))
    store.records.put_postings(ADMIN, [OFFER])
    store.records.put_contacts(ADMIN, "old", [Contact(name="张三", phone="1")])
    store.records.put_contacts(ADMIN, "new", [Contact(name="李四")])
    store.names.put_alias(ADMIN, "旧称", "old")
    store.names.suggest(ADMIN, "new", "old", "简称", 0.9)
    store.names.suggest(ADMIN, "old", "other", "相近", 0.6)
    store.people.put_user(ADMIN, User("u", "王五", "old", frozenset({Role.OWNER})))
    store.identity.create_key(ADMIN, "k", scopes=[Scope.READ], organisation="old")
    before = store.follow.seq(ADMIN)
    last = store.records.merge_enterprises(ADMIN, "old", "new")
    assert parents(store) == {"child": "new", "new": None, "other": None}
    assert store.records.get_posting(ADMIN, "p1") == replace(OFFER, enterprise_id="new")
    assert store.records.contacts(ADMIN, "new") == (Contact(name="李四"), Contact(name="张三", phone="1"))
    assert [store.names.alias(ADMIN, text) for text in ("旧称", "old公司", "old")] == ["new"] * 3
    assert store.names.suggestions(ADMIN) == []
    assert [user.organisation_id for user in store.people.list_users(ADMIN)] == ["new"]
    assert [key.organisation for key in store.identity.list_keys(ADMIN)] == ["new"]
    changes = store.follow.changes(ADMIN, before, 10)
    assert [(c.enterprise and c.enterprise.id, c.posting and c.posting.id, c.removed_enterprise) for c in changes] == [
        ("child", None, None),
        (None, "p1", None),
        (None, None, "old"),
    ]
    assert changes[-1].seq == last


def test_merging_a_parent_into_its_child_lifts_the_child(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(top=None, old="top", new="old", sister="old"))
    store.records.merge_enterprises(ADMIN, "old", "new")
    assert parents(store) == {"new": "top", "sister": "new", "top": None}


def test_merging_that_would_close_a_ring_changes_nothing(store: Store) -> None:
    group = {"old": None, "middle": "old", "new": "middle"}
    store.records.put_enterprises(ADMIN, firms(**group))
    with pytest.raises(MatcherError) as error:
        store.records.merge_enterprises(ADMIN, "old", "new")
    assert error.value.code == "parent_cycle"
    assert parents(store) == group


@pytest.mark.parametrize(
    ("pair", "code"), [(("e", "e"), "merge_self"), (("e", "x"), "not_found"), (("x", "e"), "not_found")]
)
def test_merging_needs_two_that_exist(store: Store, pair: tuple[str, str], code: str) -> None:
    store.records.put_enterprises(ADMIN, firms(e=None))
    with pytest.raises(MatcherError) as error:
        store.records.merge_enterprises(ADMIN, *pair)
    assert error.value.code == code


def test_contacts_are_added_and_one_of_the_same_name_is_replaced(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(e=None, f=None))
    unnamed = Contact(phone="010-1")
    store.records.put_contacts(ADMIN, "e", [Contact(name="张三", phone="1"), unnamed], "a.xlsx")
    store.records.put_contacts_of(ADMIN, {"e": [Contact(name="张三", phone="2"), unnamed], "f": [unnamed]})
    assert store.records.contacts(ADMIN, "e") == (Contact(name="张三", phone="2"), unnamed)
    store.records.delete_contacts(ADMIN, "e")
    assert store.records.contacts(ADMIN, "e") == ()
    assert store.records.contacts(ADMIN, "f") == (unnamed,)
    store.records.delete_enterprise(ADMIN, "f")
    with pytest.raises(MatcherError) as error:
        store.records.contacts(ADMIN, "f")
    assert error.value.code == "not_found"


def test_contacts_of_an_unknown_enterprise_are_refused_whole(store: Store) -> None:
    store.records.put_enterprises(ADMIN, firms(e=None))
    with pytest.raises(MatcherError) as error:
        store.records.put_contacts_of(ADMIN, {"e": [Contact(name="张三")], "absent": []})
    assert error.value.code == "not_found"
    assert store.records.contacts(ADMIN, "e") == ()
