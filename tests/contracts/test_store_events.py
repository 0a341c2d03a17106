"""No state of an event is lost, two people do not overwrite each other, and what was issued stays as it was."""

from dataclasses import replace

import pytest

from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store import Store
from tests.databases import ADMIN

OWNER = Actor(ADMIN.tenant, "firm", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))


def code(call: object) -> str:
    with pytest.raises(MatcherError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_every_change_is_a_version_that_stays(store: Store) -> None:
    made = store.events.create(ADMIN, id="e", name="对接会", document="一")
    assert (made.id, made.version) == ("e", 1)
    assert store.events.change(ADMIN, "e", since=1, document="二", action="排期", note="首版").version == 2
    assert store.events.version(ADMIN, "e").document == "二"
    assert store.events.version(ADMIN, "e", 1).document == "一"
    told = [(one.version, one.action, one.note, one.user, one.document) for one in store.events.history(ADMIN, "e")]
    assert told == [(1, "新建", None, ADMIN.user, ""), (2, "排期", "首版", ADMIN.user, "")]


def test_the_second_of_two_who_change_the_same_version_is_told(store: Store) -> None:
    store.events.create(ADMIN, id="e", name="对接会", document="一")
    store.events.change(ADMIN, "e", since=1, document="二", action="甲改")
    assert code(lambda: store.events.change(ADMIN, "e", since=1, document="三", action="乙改")) == "version_conflict"
    assert store.events.version(ADMIN, "e").document == "二"
    assert code(lambda: store.events.change(ADMIN, "no", since=1, document="三", action="改")) == "not_found"
    assert code(lambda: store.events.version(ADMIN, "e", 3)) == "not_found"
    assert code(lambda: store.events.create(ADMIN, id="e", name="又一个", document="")) == "event_exists"


def test_whoever_works_for_one_firm_meets_only_its_own_events(store: Store) -> None:
    store.events.create(ADMIN, id="all", name="全市", document="一")
    store.events.create(OWNER, id="own", name="本企业", document="二")
    assert [one.id for one in store.events.list(OWNER).items] == ["own"]
    assert [one.id for one in store.events.list(ADMIN).items] == ["all", "own"]
    for call in (store.events.get, store.events.version, store.events.history):
        assert code(lambda call=call: call(OWNER, "all")) == "not_found"
    assert code(lambda: store.events.change(OWNER, "all", since=1, document="", action="改")) == "not_found"
    issued = store.events.issue(ADMIN, kind="event", subject="all", title="名单", content="甲")
    assert code(lambda: store.events.issued(OWNER, issued.id)) == "not_found"
    reader = replace(ADMIN, scopes=frozenset({Scope.READ}))
    assert code(lambda: store.events.create(reader, name="新", document="")) == "forbidden"


def test_events_are_listed_by_pages(store: Store) -> None:
    for n in range(5):
        store.events.create(ADMIN, id=f"e{n}", name="会", document="")
    first = store.events.list(ADMIN, limit=3)
    assert [one.id for one in first.items] == ["e0", "e1", "e2"]
    assert [one.id for one in store.events.list(ADMIN, after=first.next, limit=3).items] == ["e3", "e4"]


def test_what_is_issued_twice_unchanged_is_one_list(store: Store) -> None:
    first = store.events.issue(ADMIN, kind="event", subject="e", title="名单", content="甲")
    assert store.events.issue(ADMIN, kind="event", subject="e", title="改了题", content="甲") == first
    other = store.events.issue(ADMIN, kind="event", subject="e", title="名单", content="乙")
    assert other.id != first.id
    assert store.events.issued(ADMIN, first.id).content == "甲"


def test_issued_lists_are_listed_by_event_without_their_contents(store: Store) -> None:
    ids = sorted(store.events.issue(ADMIN, kind="event", subject="e", title="名单", content=text).id for text in "甲乙")
    store.events.issue(ADMIN, kind="event", subject="f", title="名单", content="丙")
    assert [(one.id, one.content) for one in store.events.lists(ADMIN, subject="e").items] == [(id_, "") for id_ in ids]
    assert len(store.events.lists(ADMIN).items) == 3
    first = store.events.lists(ADMIN, limit=2)
    assert len(store.events.lists(ADMIN, after=first.next, limit=2).items) == 1
    assert store.events.lists(OWNER).items == ()
