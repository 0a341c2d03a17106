"""Who works for one enterprise sees its own records whole and others' public part, and writes its own only."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from matcher.domain import Condition, Contact, Enterprise, Operator, Posting, PostingKind, Status, Visibility, Window
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store import Store, User
from tests.databases import ADMIN

OWNER = Actor("t", "mine", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
WHOLE = Posting(
    id="other-public",
    enterprise_id="other",
    kind=PostingKind.SCENARIO,
    title="标题",
    detail="底价",
    keywords=("关键词",),
    region="110108",
    conditions=(Condition(name="资质", op=Operator.EQ, value="甲级"),),
    windows=(Window(amount=1.0),),
    attributes={"budget_wan": 10},
)
PUBLIC_PART = replace(WHOLE, id="other-matched", visibility=Visibility.MATCHED, detail=None, conditions=(), windows=())


@pytest.fixture
def shared(store: Store) -> Store:
    """Two enterprises, each with a posting of every visibility and a draft."""
    store.records.put_enterprises(ADMIN, [Enterprise(id="mine", name="我方"), Enterprise(id="other", name="对方")])
    for firm in ("mine", "other"):
        own = replace(WHOLE, enterprise_id=firm)
        shades = [replace(own, id=f"{firm}-{shade}", visibility=shade) for shade in Visibility]
        store.records.put_postings(ADMIN, [*shades, replace(own, id=f"{firm}-draft", status=Status.DRAFT)])
    return store


def test_an_owner_sees_its_own_whole_and_the_public_part_of_others(shared: Store) -> None:
    seen = {posting.id: posting for posting in shared.records.list_postings(OWNER).items}
    assert sorted(seen) == [
        "mine-draft",
        "mine-matched",
        "mine-private",
        "mine-public",
        "other-matched",
        "other-public",
    ]
    assert seen["other-public"] == WHOLE
    assert seen["other-matched"] == replace(PUBLIC_PART, attributes={})
    assert seen["mine-matched"].detail == "底价"
    assert shared.records.postings_by_id(OWNER, [*seen, "other-private", "other-draft"]) == seen
    assert shared.records.counts(OWNER)["postings"] == 6


@pytest.mark.parametrize("hidden", ["other-private", "other-draft"])
def test_what_is_hidden_is_as_good_as_absent(shared: Store, hidden: str) -> None:
    for call in (shared.records.get_posting, shared.records.delete_posting):
        with pytest.raises(MatcherError) as error:
            call(OWNER, hidden)
        assert error.value.code == "not_found"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ORGANISER, Role.REVIEWER])
def test_roles_of_the_platform_see_everything(shared: Store, role: Role) -> None:
    actor = replace(OWNER, roles=frozenset({role}))
    assert len(shared.records.list_postings(actor).items) == 8
    assert shared.records.get_posting(actor, "other-private").detail == "底价"


FOREIGN: dict[str, Callable[[Store], object]] = {
    "write another's posting": lambda s: s.records.put_postings(OWNER, [WHOLE]),
    "take another's posting": lambda s: s.records.put_postings(OWNER, [replace(WHOLE, enterprise_id="mine")]),
    "give one's own away": lambda s: s.records.put_postings(OWNER, [replace(WHOLE, id="mine-public")]),
    "write another enterprise": lambda s: s.records.put_enterprises(OWNER, [Enterprise(id="other", name="x")]),
    "remove another's posting": lambda s: s.records.delete_posting(OWNER, "other-public"),
    "remove another enterprise": lambda s: s.records.delete_enterprise(OWNER, "other"),
    "merge": lambda s: s.records.merge_enterprises(OWNER, "other", "mine"),
    "read another's contacts": lambda s: s.records.contacts(OWNER, "other"),
    "write another's contacts": lambda s: s.records.put_contacts(OWNER, "other", [Contact(name="x")]),
    "forget another's contacts": lambda s: s.records.delete_contacts(OWNER, "other"),
    "follow the feed": lambda s: s.follow.changes(OWNER, 0, 10),
    "name another": lambda s: s.names.put_alias(OWNER, "x", "other"),
    "make keys": lambda s: s.identity.create_key(OWNER, "x", scopes=[Scope.READ]),
    "make users": lambda s: s.people.put_user(OWNER, User("u", "x", None, frozenset())),
    "remove the tenant": lambda s: s.identity.delete_tenant(OWNER, "t"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_an_owner_does_not(shared: Store, what: str) -> None:
    before = shared.follow.changes(ADMIN, 0, 100)
    with pytest.raises(MatcherError) as error:
        FOREIGN[what](shared)
    assert error.value.code == "forbidden"
    assert shared.follow.changes(ADMIN, 0, 100) == before


def test_an_owner_writes_its_own(shared: Store) -> None:
    shared.records.put_enterprises(OWNER, [Enterprise(id="mine", name="新名")])
    shared.records.put_postings(OWNER, [replace(WHOLE, id="new", enterprise_id="mine")], source="a.xlsx")
    shared.records.put_postings(ADMIN, [replace(WHOLE, id="theirs")], source="a.xlsx")
    shared.records.put_contacts(OWNER, "mine", [Contact(phone="1")])
    assert shared.records.contacts(OWNER, "mine") == (Contact(phone="1"),)
    retired = shared.records.retire_missing(OWNER, source="a.xlsx", kinds=[PostingKind.SCENARIO], keep=[])
    assert retired == ["new"]
    assert shared.records.get_posting(ADMIN, "theirs").status is Status.PUBLISHED


@pytest.mark.parametrize(
    ("scopes", "roles", "reads", "organises", "writes", "administers"),
    [
        ((), (), False, False, False, False),
        ((Scope.READ,), (), True, False, False, False),
        ((Scope.OBSERVE,), (), False, False, False, False),
        ((Scope.ORGANISE,), (), True, True, False, False),
        ((Scope.WRITE,), (), True, True, True, False),
        ((Scope.ADMIN,), (), True, True, True, True),
        ((Scope.ADMIN,), (Role.OBSERVER,), False, False, False, False),
        ((Scope.WRITE,), (Role.OBSERVER, Role.OWNER), True, True, True, False),
    ],
)
def test_scopes_open_what_they_include(
    store: Store,
    *,
    scopes: tuple[Scope, ...],
    roles: tuple[Role, ...],
    reads: bool,
    organises: bool,
    writes: bool,
    administers: bool,
) -> None:
    actor = Actor("t", None, "u", frozenset(roles), frozenset(scopes))
    calls: list[tuple[bool, Callable[[], object]]] = [
        (reads, lambda: store.records.list_postings(actor)),
        (writes, lambda: store.records.put_enterprises(actor, [])),
        (organises, lambda: store.jobs.enqueue(actor, "import", {})),
        (administers, lambda: store.identity.list_keys(actor)),
    ]
    for allowed, call in calls:
        if allowed:
            call()
            continue
        with pytest.raises(MatcherError) as error:
            call()
        assert error.value.code == "forbidden"
