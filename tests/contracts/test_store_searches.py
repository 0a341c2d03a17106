"""Searches belong to who keeps them, are with one looker at a time, and remember of what they told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from matcher.domain import Enterprise, PostingKind
from matcher.errors import MatcherError
from service.auth import SYSTEM, Actor, Role, Scope
from service.store import Store
from service.store.database import parse_url
from service.store.delivery import DeliveryState
from service.store.recipients import NewRecipient
from service.store.searches import MOST, Digest, Looked, NewSearch, Search
from tests.databases import ADMIN, Clock

LEASE = timedelta(minutes=5)
WANTED = NewSearch(id="s", name="钛合金", text="钛合金加工", kind=PostingKind.NEED, digest=Digest.IMMEDIATE)
MAIL = NewRecipient(channel="email", to="wang@example.cn")
ROBOT = NewRecipient(channel="dingtalk", to="https://robot.example/?t=hidden", secret="SEChidden")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def owner(id_: str) -> Actor:
    return Actor("t", id_, "u", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))


def keep(store: Store, *who: NewRecipient, actor: Actor = ADMIN, search: NewSearch = WANTED) -> Search:
    return store.searches.put(actor, search, who or [MAIL], next_at=START)


def claimed(store: Store, seq: int = 1) -> Search:
    found = store.searches.claim(SYSTEM, seq=seq, lease=LEASE)
    assert found is not None
    return found


def told(search: Search, *postings: str, after: int | None = 1) -> Looked:
    return Looked(
        next_at=START, after=after, postings=postings, recipients=search.recipients, message={"n": 1}, on=START.date()
    )


def test_a_search_from_start_to_end(store: Store) -> None:
    full = replace(
        WANTED, filters={"region": ["北京市"]}, level="高", digest=Digest.WEEKLY, hour=7, muted_until=date(2026, 4, 1)
    )
    made = keep(store, MAIL, ROBOT, search=full)
    assert made == store.searches.get(ADMIN, "s")
    assert [made] == list(store.searches.list(ADMIN).items)
    for name in ("name", "text", "kind", "filters", "level", "digest", "hour", "muted_until", "active"):
        assert getattr(made, name) == getattr(full, name), name
    assert [(one.channel, one.to, one.secret, one.unsubscribed) for one in made.recipients] == [
        ("email", MAIL.to, None, False),
        ("dingtalk", ROBOT.to, "SEChidden", False),
    ]
    store.searches.delete(ADMIN, "s")
    with pytest.raises(MatcherError) as error:
        store.searches.get(ADMIN, "s")
    assert error.value.code == "not_found"


def test_addresses_and_secrets_cannot_be_read_in_the_database(store: Store, database_url: str) -> None:
    made = keep(store, MAIL, ROBOT)
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM recipients")).all())
    engine.dispose()
    for word in ("wang", "hidden", "robot.example"):
        assert word not in rows
        assert word not in repr(made)


def test_it_is_due_when_something_changed_and_once_a_day_besides(store: Store, clock: Clock) -> None:
    keep(store)
    first = claimed(store, seq=7)
    assert store.searches.claim(SYSTEM, seq=7, lease=LEASE) is None
    assert store.searches.finish(SYSTEM, first, Looked(next_at=clock(), after=7))
    assert store.searches.claim(SYSTEM, seq=7, lease=LEASE) is None
    assert store.searches.claim(SYSTEM, seq=8, lease=LEASE) is not None
    clock.advance(days=1, minutes=5)
    assert store.searches.claim(SYSTEM, seq=8, lease=LEASE) is not None


def test_a_digest_waits_for_its_hour(store: Store, clock: Clock) -> None:
    store.searches.put(ADMIN, replace(WANTED, digest=Digest.DAILY), [MAIL], next_at=clock() + timedelta(hours=1))
    assert store.searches.claim(SYSTEM, seq=9, lease=LEASE) is None
    clock.advance(hours=1)
    assert store.searches.claim(SYSTEM, seq=-1, lease=LEASE) is not None


def test_who_lost_the_claim_keeps_nothing(store: Store, clock: Clock) -> None:
    keep(store)
    first = claimed(store)
    clock.advance(minutes=5)
    second = claimed(store)
    assert not store.searches.finish(SYSTEM, first, told(first, "p1"))
    assert store.searches.finish(SYSTEM, second, told(second, "p1"))
    assert store.searches.seen(SYSTEM, second) == {"p1"}
    assert len(store.searches.deliveries(ADMIN, "s").items) == 1


def test_many_lookers_share_the_searches(store: Store) -> None:
    for n in range(20):
        keep(store, search=replace(WANTED, id=f"s{n:02}"))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: store.searches.claim(SYSTEM, seq=1, lease=LEASE), range(40)))
    while (one := store.searches.claim(SYSTEM, seq=1, lease=LEASE)) is not None:
        found.append(one)
    assert sorted(one.id for one in found if one) == [f"s{n:02}" for n in range(20)]


def test_a_message_goes_to_each_recipient_and_a_webhook_by_its_id(store: Store) -> None:
    store.webhooks.put(ADMIN, "w", url="https://hook.example/", events=["match.found"])
    keep(store, MAIL, NewRecipient(channel="webhook", to="w"))
    search = claimed(store)
    assert store.searches.finish(SYSTEM, search, told(search, "p1", "p2"))
    mail, hook = sorted(store.searches.deliveries(ADMIN, "s").items, key=lambda one: one.channel)
    assert (mail.channel, mail.target, hook.channel, hook.target) == ("email", search.recipients[0].id, "webhook", "w")
    assert [one.id for one in store.webhooks.deliveries(ADMIN, "w").items] == [hook.id]
    again = store.searches.get(ADMIN, "s")
    assert (again.told, again.told_on, again.after) == (1, START.date(), 1)
    next_ = claimed(store, seq=2)
    store.searches.finish(SYSTEM, next_, told(next_, "p3"))
    assert store.searches.get(ADMIN, "s").told == 2
    store.searches.delete(ADMIN, "s")
    assert store.webhooks.deliveries(ADMIN, "w").items == ()


def test_rewriting_a_search_looks_again_and_tells_no_posting_twice(store: Store) -> None:
    keep(store)
    search = claimed(store, seq=5)
    store.searches.finish(SYSTEM, search, told(search, "p1", after=5))
    assert keep(store).after == -1
    assert store.searches.seen(SYSTEM, claimed(store, seq=5)) == {"p1"}


def test_who_unsubscribed_stays_so_whatever_the_owner_writes(store: Store, database_url: str) -> None:
    (who,) = keep(store).recipients
    store.searches.set_recipient(ADMIN, "", who.id, unsubscribed=True)
    (again,) = keep(store).recipients
    assert (again.id, again.unsubscribed) == (who.id, True)
    assert not again.listens(START.date())
    store.searches.delete(ADMIN, "s")
    left = store.searches.recipient(ADMIN, "", who.id)
    assert left is not None
    assert (left.to, left.unsubscribed) == ("", True)
    (once_more,) = keep(store).recipients
    assert (once_more.to, once_more.unsubscribed) == (MAIL.to, True)


def test_addresses_nobody_is_told_at_are_forgotten(store: Store) -> None:
    (who,) = keep(store).recipients
    keep(store, ROBOT)
    assert store.searches.recipient(ADMIN, "", who.id) is None
    store.searches.delete(ADMIN, "s")
    with pytest.raises(MatcherError):
        store.searches.set_recipient(ADMIN, "", who.id, unsubscribed=True)


def test_a_mute_ends_by_itself_and_is_left_by_a_rewrite(store: Store) -> None:
    (who,) = keep(store, replace(MAIL, muted_until=date(2026, 3, 5))).recipients
    assert not who.listens(date(2026, 3, 4))
    assert who.listens(date(2026, 3, 5))
    assert keep(store).recipients[0].muted_until == date(2026, 3, 5)


def test_each_keeps_its_own(store: Store) -> None:
    keep(store)
    theirs = keep(store, actor=owner("e1"))
    for other in (owner("e2"), Actor("u", None, "x", frozenset({Role.ADMIN}), frozenset(Scope))):
        with pytest.raises(MatcherError):
            store.searches.get(other, "s")
        assert store.searches.recipient(other, "e1", theirs.recipients[0].id) is None
        assert store.searches.list(other).items == ()
    with pytest.raises(MatcherError) as error:
        store.searches.list(replace(ADMIN, scopes=frozenset({Scope.READ})))
    assert error.value.code == "forbidden"


def test_too_many(store: Store) -> None:
    for n in range(MOST):
        keep(store, search=replace(WANTED, id=f"s{n}"))
    with pytest.raises(MatcherError) as error:
        keep(store)
    assert error.value.code == "too_many_searches"


def test_the_sheet_is_handed_out_until_it_is_sent(store: Store) -> None:
    keep(store, NewRecipient(channel="sheet", to="王工 13800000000"))
    search = claimed(store)
    store.searches.finish(SYSTEM, search, told(search, "p1"))
    assert store.outbox.claim(SYSTEM, channels=["webhook", "email"], lease=LEASE) == []
    (one,) = store.outbox.pending(ADMIN, channel="sheet")
    assert store.outbox.pending(owner("e1"), channel="sheet") == []
    assert store.outbox.sent(owner("e1"), [one.id], channel="sheet") == 0
    assert store.outbox.sent(ADMIN, [one.id], channel="sheet") == 1
    assert store.outbox.pending(ADMIN, channel="sheet") == []
    assert store.searches.deliveries(ADMIN, "s").items[0].state is DeliveryState.SENT


def test_searches_go_where_their_enterprise_goes(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2")])
    keep(store, actor=owner("e1"), search=replace(WANTED, id="a"))
    keep(store, actor=owner("e1"), search=replace(WANTED, id="b", name="合并前"))
    keep(store, actor=owner("e2"), search=replace(WANTED, id="b"))
    keep(store, search=replace(WANTED, enterprise_id="e1"))
    for _ in range(4):
        search = claimed(store)
        store.searches.finish(SYSTEM, search, told(search, "p1"))
    store.records.merge_enterprises(ADMIN, "e1", "e2")
    assert [(one.id, one.name) for one in store.searches.list(owner("e2")).items] == [("a", "钛合金"), ("b", "钛合金")]
    assert store.searches.get(ADMIN, "s").enterprise_id == "e2"
    assert store.searches.seen(SYSTEM, store.searches.get(owner("e2"), "a")) == {"p1"}
    store.records.delete_enterprise(ADMIN, "e2")
    assert store.searches.list(owner("e2")).items == ()
    assert store.searches.list(ADMIN).items == ()


def test_who_wanted_no_more_of_one_firm_is_left_alone_by_the_other_it_becomes(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2")])
    gone, muted = (one.id for one in keep(store, MAIL, ROBOT, actor=owner("e1")).recipients)
    keep(store, MAIL, replace(ROBOT, muted_until=date(2026, 3, 5)), actor=owner("e2"))
    store.searches.set_recipient(ADMIN, "e1", gone, unsubscribed=True)
    store.searches.set_recipient(ADMIN, "e1", muted, unsubscribed=False, muted_until=date(2026, 4, 1))
    store.records.merge_enterprises(ADMIN, "e1", "e2")
    first, second = store.searches.get(owner("e2"), "s").recipients
    assert (first.id, first.unsubscribed, first.muted_until) == (gone, True, None)
    assert (second.id, second.unsubscribed, second.muted_until) == (muted, False, date(2026, 4, 1))


def test_with_a_firm_goes_all_that_was_told_with_its_eyes(store: Store, database_url: str) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="e1")])
    keep(store, MAIL, search=replace(WANTED, enterprise_id="e1"))
    search = claimed(store)
    store.searches.finish(SYSTEM, search, told(search, "p1"))
    store.records.delete_enterprise(ADMIN, "e1")
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        for table in ("searches", "search_seen", "deliveries", "recipients"):
            assert connection.execute(text(f"SELECT * FROM {table}")).all() == [], table
    engine.dispose()


def test_a_webhook_that_wants_no_matches_any_more_is_queued_none(store: Store) -> None:
    for id_ in ("a", "b", "c"):
        store.webhooks.put(ADMIN, id_, url="https://hook.example/", events=["match.found"])
    keep(store, *(NewRecipient(channel="webhook", to=id_) for id_ in ("a", "b", "c")))
    store.webhooks.put(ADMIN, "a", url="https://hook.example/", events=["deal.changed"])
    store.webhooks.put(ADMIN, "b", url="https://hook.example/", events=["match.found"], active=False)
    search = claimed(store)
    store.searches.finish(SYSTEM, search, told(search, "p1"))
    assert [one.target for one in store.searches.deliveries(ADMIN, "s").items] == ["c"]


def test_writers_of_the_same_search_take_turns(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keep(store), range(8)))
    assert {one.id for one in made} == {"s"}
    assert len(store.searches.list(ADMIN).items) == 1
