"""Webhooks belong to who keeps them; what they are told is queued once, claimed by one, and never lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from matcher.deals import Deal, DealSide, DealStage
from matcher.domain import Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from service.auth import SYSTEM, Actor, Role, Scope
from service.store import Step, Store
from service.store.database import parse_url
from service.store.delivery import Delivery
from service.store.webhooks import MOST
from tests.databases import ADMIN, Clock

URL = "https://hook.example/in?key=hidden"


def owner(id_: str) -> Actor:
    return Actor("t", id_, "u", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))


def keep(store: Store, *events: str, actor: Actor = ADMIN, id_: str = "w") -> str:
    _, secret = store.webhooks.put(actor, id_, url=URL, events=events)
    assert secret is not None
    return secret


def queued(store: Store, id_: str = "w", actor: Actor = ADMIN) -> list[Delivery]:
    return list(reversed(store.webhooks.deliveries(actor, id_).items))


def told(one: Delivery) -> dict[str, object]:
    found: dict[str, object] = json.loads(one.body)
    return found


def firms(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2")])


def offer(id_: str, firm: str = "e1") -> Posting:
    return Posting(id=id_, enterprise_id=firm, kind=PostingKind.CAPABILITY, title=id_)


def test_a_secret_is_shown_once_and_nothing_secret_is_readable(store: Store, database_url: str) -> None:
    secret = keep(store, "match.found")
    again, none = store.webhooks.put(ADMIN, "w", url=URL, events=["import.finished", "match.found"])
    assert none is None
    assert again == store.webhooks.get(ADMIN, "w")
    assert (again.url, again.events) == (URL, ("import.finished", "match.found"))
    assert secret not in repr(again)
    assert "hidden" not in repr(again)
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM webhooks")).all())
    engine.dispose()
    assert secret not in rows
    assert "hidden" not in rows


def test_renewed_secrets_sign_beside_the_old_ones_for_a_day(store: Store, clock: Clock) -> None:
    old = keep(store, "match.found")
    fresh = store.webhooks.renew_secret(ADMIN, "w")
    signing = store.webhooks.signing(ADMIN, "", "w")
    assert signing is not None
    assert signing.secrets == (fresh, old)
    clock.advance(hours=23)
    latest = store.webhooks.renew_secret(ADMIN, "w")
    both = store.webhooks.signing(ADMIN, "", "w")
    assert both is not None
    assert both.secrets == (latest, fresh, old)
    clock.advance(hours=1, seconds=1)
    later = store.webhooks.signing(ADMIN, "", "w")
    assert later is not None
    assert later.secrets == (latest, fresh)


def test_each_keeps_its_own_under_the_same_id(store: Store) -> None:
    keep(store, "match.found")
    keep(store, "deal.changed", actor=owner("e1"))
    with pytest.raises(MatcherError) as error:
        store.webhooks.get(owner("e2"), "w")
    assert error.value.code == "not_found"
    store.webhooks.delete(owner("e1"), "w")
    assert [one.events for one in store.webhooks.list(ADMIN)] == [("match.found",)]


def test_unknown_events_and_too_many_are_refused(store: Store) -> None:
    with pytest.raises(MatcherError) as error:
        keep(store, "posting.read")
    assert error.value.code == "unknown_event"
    for n in range(MOST):
        keep(store, "match.found", id_=f"w{n}")
    with pytest.raises(MatcherError) as error:
        keep(store, "match.found", id_="more")
    assert error.value.code == "too_many_webhooks"
    keep(store, "match.found", actor=owner("e1"))


def test_reading_alone_does_not_manage(store: Store) -> None:
    reader = replace(ADMIN, scopes=frozenset({Scope.READ}))
    with pytest.raises(MatcherError) as error:
        store.webhooks.list(reader)
    assert error.value.code == "forbidden"


def test_records_are_followed_from_now_on_in_order_without_content(store: Store) -> None:
    firms(store)
    keep(store, "posting.changed")
    keep(store, "posting.changed", "enterprise.changed", actor=owner("e2"))
    store.records.put_postings(ADMIN, [offer("p1"), offer("p2", "e2")])
    store.records.put_enterprises(ADMIN, [Enterprise(id="e2", name="改名")])
    store.records.delete_posting(ADMIN, "p2")
    assert store.outbox.follow(SYSTEM) == 4
    assert store.outbox.follow(SYSTEM) == 0
    (mine,) = queued(store)
    assert told(mine) | {"at": None} == {
        "type": "posting.changed",
        "at": None,
        "data": {
            "items": [
                {"seq": 3, "kind": "posting", "id": "p1", "removed": False},
                {"seq": 6, "kind": "posting", "id": "p2", "removed": True},
            ]
        },
    }
    theirs = {one.type: told(one)["data"] for one in queued(store, actor=owner("e2"))}
    assert theirs == {
        "enterprise.changed": {"items": [{"seq": 5, "kind": "enterprise", "id": "e2", "removed": False}]},
        "posting.changed": {"items": [{"seq": 6, "kind": "posting", "id": "p2", "removed": True}]},
    }


def test_a_long_list_of_changes_is_told_in_pieces(store: Store) -> None:
    firms(store)
    keep(store, "posting.changed")
    store.records.put_postings(ADMIN, [offer(f"p{n:04}") for n in range(1100)])
    assert store.outbox.follow(SYSTEM) == 1100
    pieces = [[item["id"] for item in json.loads(one.body)["data"]["items"]] for one in queued(store)]
    assert sorted(map(len, pieces)) == [100, 500, 500]
    assert [id_ for piece in sorted(pieces) for id_ in piece] == [f"p{n:04}" for n in range(1100)]


def test_what_happens_while_not_active_is_not_told(store: Store) -> None:
    firms(store)
    keep(store, "posting.changed", "deal.changed")
    store.webhooks.put(ADMIN, "w", url=URL, events=["posting.changed", "deal.changed"], active=False)
    store.records.put_postings(ADMIN, [offer("p1")])
    store.deals.create(ADMIN, [deal()], Step(action="推荐", on=Clock().time.date()))
    assert store.webhooks.signing(ADMIN, "", "w") is None
    store.webhooks.put(ADMIN, "w", url=URL, events=["posting.changed", "deal.changed"])
    assert store.outbox.follow(SYSTEM) == 0
    assert queued(store) == []


def deal() -> Deal:
    return Deal(id="d1", requester_id="e1", supplier_id="e2", title="机密标题", entered=Clock().time.date())


def test_a_deal_is_told_to_its_sides_and_the_platform_when_it_moves(store: Store, clock: Clock) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2", "e3")])
    for actor in (ADMIN, owner("e1"), owner("e2"), owner("e3")):
        keep(store, "deal.changed", actor=actor)
    today = Clock().time.date()
    store.deals.create(ADMIN, [deal()], Step(action="推荐", on=today))
    clock.advance(seconds=1)
    store.deals.change(
        owner("e2"), "d1", lambda one: replace(one, agreed=(DealSide.SUPPLIER,)), Step(action="同意对接", on=today)
    )
    clock.advance(seconds=1)
    store.deals.change(ADMIN, "d1", lambda one: replace(one, link=1), Step(action="发出答复链接", on=today))
    store.deals.change(ADMIN, "d1", lambda one: replace(one, stage=DealStage.ACCEPTED), Step(action="应约", on=today))
    for actor in (ADMIN, owner("e1"), owner("e2")):
        assert [told(one)["data"]["action"] for one in queued(store, actor=actor)] == ["推荐", "同意对接", "应约"]  # type: ignore[index]
    assert queued(store, actor=owner("e3")) == []
    assert "机密" not in str(queued(store)[0].body)


def test_an_import_is_told_of_when_it_ended_however_it_did(store: Store, clock: Clock) -> None:
    keep(store, "import.finished")
    keep(store, "import.finished", actor=owner("e1"))
    keep(store, "import.finished", actor=owner("e2"))
    ids = [store.jobs.enqueue(owner("e1"), "import", {}) for _ in range(3)]
    store.jobs.enqueue(owner("e1"), "event", {})
    for _ in range(4):
        store.jobs.claim(SYSTEM, ["import", "event"], clock() - timedelta(hours=1))
        clock.advance(seconds=1)
    store.jobs.finish(SYSTEM, ids[0], {})
    clock.advance(seconds=1)
    store.jobs.fail(SYSTEM, ids[1], "坏")
    for _ in range(3):
        clock.advance(minutes=1)
        store.jobs.claim(SYSTEM, ["import"], clock())
    for actor in (ADMIN, owner("e1")):
        data = [told(one)["data"] for one in queued(store, actor=actor)]
        assert data == [
            {"id": id_, "state": state} for id_, state in zip(ids, ("done", "failed", "failed"), strict=True)
        ]
    assert queued(store, actor=owner("e2")) == []


def test_followers_at_once_queue_each_change_once(store: Store) -> None:
    firms(store)
    keep(store, "posting.changed")
    store.records.put_postings(ADMIN, [offer(f"p{n}") for n in range(20)])
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: store.outbox.follow(SYSTEM), range(6))) == 20
    assert len(queued(store)) == 1


def test_webhooks_go_where_their_enterprise_goes(store: Store) -> None:
    firms(store)
    keep(store, "deal.changed", actor=owner("e1"), id_="a")
    keep(store, "deal.changed", actor=owner("e1"), id_="b")
    keep(store, "match.found", actor=owner("e2"), id_="b")
    store.records.merge_enterprises(ADMIN, "e1", "e2")
    assert [(one.id, one.events) for one in store.webhooks.list(owner("e2"))] == [
        ("a", ("deal.changed",)),
        ("b", ("match.found",)),
    ]
    store.records.delete_enterprise(ADMIN, "e2")
    assert store.webhooks.list(owner("e2")) == []


def test_of_writers_of_the_same_webhook_one_is_shown_the_secret(store: Store) -> None:
    def put(_: int) -> str | None:
        return store.webhooks.put(ADMIN, "w", url=URL, events=["match.found"])[1]

    with ThreadPoolExecutor(8) as pool:
        secrets = [one for one in pool.map(put, range(8)) if one]
    signing = store.webhooks.signing(ADMIN, "", "w")
    assert signing is not None
    assert tuple(secrets) == signing.secrets
