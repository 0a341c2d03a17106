"""No method of the store, found by reflection, shows or changes anything of another tenant."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from matcher.domain import Contact, Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from matcher.registers import Register
from service.auth import Actor, Role, Scope, local_admin
from service.store import (
    Step,
    Store,
    SuggestionState,
    User,
)
from service.store.database import parse_url
from service.store.delivery import Delivery, DeliveryState, Settled
from service.store.outbox import EVENTS
from service.store.schema import metadata
from service.store.searches import Looked, Search
from tests.databases import Clock
from tests.filled import DAY, SAVED, SHORTLISTED, deal, fill, link, listed, problem, promise, proof

SECRET = "乙方机密"
ROOMS = (
    *("records", "identity", "jobs", "follow", "names", "idempotency", "feedback", "events"),
    *("registers", "capacity", "deals", "audit", "people", "outbox", "webhooks", "searches"),
)
WITHOUT_ACTOR = {"identity.authenticate", "people.whose"}
A, B = local_admin("a"), local_admin("b")
OWNER_OF_A = Actor("a", "e1", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))


MUCH_LATER = Clock().time + timedelta(days=365)
Call = Callable[[Store, Actor, dict[str, str]], object]
FIRM, OFFER = Enterprise(id="e1", name="甲"), Posting(id="p1", enterprise_id="e1", kind=PostingKind.IP, title="甲")
CALLS: dict[str, Call] = {
    "records.put_enterprises": lambda s, a, _: s.records.put_enterprises(a, [FIRM], source="s"),
    "records.put_postings": lambda s, a, _: s.records.put_postings(a, [OFFER], source="s"),
    "records.get_enterprise": lambda s, a, _: s.records.get_enterprise(a, "e1"),
    "records.get_posting": lambda s, a, _: s.records.get_posting(a, "p1"),
    "records.enterprises_by_id": lambda s, a, _: s.records.enterprises_by_id(a, ["e1", "e2"]),
    "records.postings_by_id": lambda s, a, _: s.records.postings_by_id(a, ["p1", "p2"]),
    "records.computed_sizes": lambda s, a, _: s.records.computed_sizes(a, ["e1", "e2", "e3"]),
    "records.list_enterprises": lambda s, a, _: s.records.list_enterprises(a),
    "records.list_postings": lambda s, a, _: s.records.list_postings(a),
    "records.counts": lambda s, a, _: s.records.counts(a),
    "records.delete_posting": lambda s, a, _: s.records.delete_posting(a, "p1"),
    "records.delete_enterprise": lambda s, a, _: s.records.delete_enterprise(a, "e1"),
    "records.retire_missing": lambda s, a, _: s.records.retire_missing(
        a, source="s", kinds=[PostingKind.SPACE], keep=[]
    ),
    "records.merge_enterprises": lambda s, a, _: s.records.merge_enterprises(a, "e1", "e2"),
    "records.put_contacts": lambda s, a, _: s.records.put_contacts(a, "e1", [Contact(name="甲")]),
    "records.put_contacts_of": lambda s, a, _: s.records.put_contacts_of(a, {"e1": [Contact(name="甲")]}),
    "records.contacts": lambda s, a, _: s.records.contacts(a, "e1"),
    "records.every_contact": lambda s, a, _: list(s.records.every_contact(a)),
    "records.delete_contacts": lambda s, a, _: s.records.delete_contacts(a, "e1"),
    "follow.seq": lambda s, a, _: s.follow.seq(a),
    "follow.origin": lambda s, a, _: s.follow.origin(a),
    "follow.changes": lambda s, a, _: s.follow.changes(a, 0, 100),
    "names.alias": lambda s, a, _: s.names.alias(a, "简称"),
    "names.put_alias": lambda s, a, _: s.names.put_alias(a, "简称", "e2"),
    "names.known_names": lambda s, a, _: list(s.names.known_names(a)),
    "names.ids_by_name": lambda s, a, _: s.names.ids_by_name(a, [f"{SECRET}e1"]),
    "names.id_by_uscc": lambda s, a, _: s.names.id_by_uscc(a, "911"),
    "names.ids_by_uscc": lambda s, a, _: s.names.ids_by_uscc(a),
    "names.suggest": lambda s, a, _: s.names.suggest(a, "e1", "e2", "甲", 1.0),
    "names.suggestions": lambda s, a, _: s.names.suggestions(a),
    "names.resolve_suggestion": lambda s, a, _: s.names.resolve_suggestion(
        a, "e1", "e2", state=SuggestionState.REJECTED
    ),
    "jobs.enqueue": lambda s, a, _: s.jobs.enqueue(a, "waiting", {}),
    "jobs.claim": lambda s, a, _: [s.jobs.claim(a, ["waiting", "running"], stale_before=MUCH_LATER) for _ in range(3)],
    "jobs.heartbeat": lambda s, a, of_b: s.jobs.heartbeat(a, of_b["running"], {"done": 1}),
    "jobs.finish": lambda s, a, of_b: s.jobs.finish(a, of_b["running"], {}),
    "jobs.fail": lambda s, a, of_b: s.jobs.fail(a, of_b["running"], "x"),
    "jobs.release": lambda s, a, of_b: s.jobs.release(a, of_b["running"], attempt=1),
    "jobs.counts": lambda s, a, _: s.jobs.counts(a),
    "jobs.get": lambda s, a, of_b: s.jobs.get(a, of_b["running"]),
    "jobs.list": lambda s, a, _: s.jobs.list(a),
    "jobs.add_problems": lambda s, a, of_b: s.jobs.add_problems(a, of_b["running"], [problem("甲")]),
    "jobs.forget": lambda s, a, _: s.jobs.forget(a, re.compile(f"{SECRET}|甲")),
    "jobs.problems": lambda s, a, of_b: s.jobs.problems(a, of_b["running"]),
    "identity.ensure_tenant": lambda s, a, of_b: s.identity.ensure_tenant(a, of_b["tenant"], label="甲"),
    "identity.tenants": lambda s, a, _: s.identity.tenants(a),
    "identity.delete_tenant": lambda s, a, of_b: s.identity.delete_tenant(a, of_b["tenant"]),
    "identity.create_key": lambda s, a, _: s.identity.create_key(a, "甲", scopes=[Scope.READ]),
    "identity.list_keys": lambda s, a, _: s.identity.list_keys(a),
    "identity.rotate_key": lambda s, a, of_b: s.identity.rotate_key(a, of_b["key"]),
    "identity.revoke_key": lambda s, a, of_b: s.identity.revoke_key(a, of_b["key"]),
    "people.put_user": lambda s, a, _: s.people.put_user(a, User("u1", "甲", None, frozenset())),
    "people.get_user": lambda s, a, _: s.people.get_user(a, "u1"),
    "people.remove_user": lambda s, a, _: s.people.remove_user(a, "u1"),
    "people.set_password": lambda s, a, _: s.people.set_password(a, "u1", "甲"),
    "people.credentials": lambda s, a, _: s.people.credentials(a, "u1"),
    "people.count_try": lambda s, a, _: s.people.count_try(a, "u1"),
    "people.open_session": lambda s, a, _: s.people.open_session(a, "u1", a.user, good_for=timedelta(1)),
    "people.close_session": lambda s, a, _: s.people.close_session(a, f"b{SECRET}"),
    "people.list_users": lambda s, a, _: s.people.list_users(a),
    "feedback.record_shown": lambda s, a, _: s.feedback.record_shown(a, [listed(a, "l1", "甲"), listed(a, "l2", "甲")]),
    "feedback.record_outcome": lambda s, a, _: s.feedback.record_outcome(a, replace(SHORTLISTED, id="o1", note="甲方")),
    "feedback.outcomes": lambda s, a, _: [*map(asdict, s.feedback.outcomes(a).items)],
    "feedback.labels": lambda s, a, _: list(s.feedback.labels(a)),
    "feedback.exposure": lambda s, a, _: s.feedback.exposure(a, Clock().time),
    "feedback.lists_shown": lambda s, a, _: s.feedback.lists_shown(a, Clock().time),
    "feedback.require_listed": lambda s, a, _: s.feedback.require_listed(a, "l1", ["p1"]),
    "feedback.suppliers": lambda s, a, _: s.feedback.suppliers(a, "e1"),
    "events.create": lambda s, a, _: s.events.create(a, name="甲", document="{}"),
    "events.change": lambda s, a, _: s.events.change(a, "ev1", since=1, document="{}", action="排期"),
    "events.get": lambda s, a, _: s.events.get(a, "ev1"),
    "events.list": lambda s, a, _: s.events.list(a),
    "events.version": lambda s, a, _: s.events.version(a, "ev1").document,
    "events.history": lambda s, a, _: s.events.history(a, "ev1"),
    "events.every_document": lambda s, a, _: list(s.events.every_document(a)),
    "events.redact": lambda s, a, _: s.events.redact(a, {("ev1", 1): "{}"}),
    "events.issue": lambda s, a, _: s.events.issue(a, kind="event", subject="ev1", title="甲", content="{}"),
    "events.lists": lambda s, a, _: s.events.lists(a),
    "events.issued": lambda s, a, of_b: s.events.issued(a, of_b["issued"]).content,
    "registers.put": lambda s, a, _: s.registers.put(a, [link("甲")]),
    "registers.get": lambda s, a, _: s.registers.get(a, Register.SUPPLY_LINKS, "r1"),
    "registers.list": lambda s, a, _: s.registers.list(a, Register.SUPPLY_LINKS),
    "registers.about": lambda s, a, _: s.registers.about(a, Register.SUPPLY_LINKS),
    "registers.delete": lambda s, a, _: s.registers.delete(a, Register.SUPPLY_LINKS, "r1"),
    "records.add_evidence": lambda s, a, _: s.records.add_evidence(a, "e1", [proof("甲")]),
    "records.drop_evidence": lambda s, a, _: s.records.drop_evidence(a, "e1", "ev"),
    "deals.create": lambda s, a, _: s.deals.create(a, [replace(deal("甲"), id="d2")], Step(action="甲", on=DAY)),
    "deals.change": lambda s, a, _: s.deals.change(
        a, "d1", lambda one: replace(one, title="甲"), Step(action="甲", on=DAY)
    ),
    "deals.get": lambda s, a, _: s.deals.get(a, "d1"),
    "deals.list": lambda s, a, _: s.deals.list(a),
    "deals.steps": lambda s, a, _: s.deals.steps(a, "d1"),
    "deals.steps_of": lambda s, a, _: s.deals.steps_of(a, ["d1"]),
    "deals.disclose": lambda s, a, _: s.deals.disclose(a, "d1", what="甲", about="e1"),
    "deals.shown_about": lambda s, a, _: s.deals.shown_about(a, "e1", what=SECRET),
    "deals.disclosures": lambda s, a, _: s.deals.disclosures(a, "d1"),
    "deals.mute": lambda s, a, _: s.deals.mute(a, "e1", other="e2"),
    "deals.muted": lambda s, a, _: s.deals.muted(a, "e3"),
    "audit.record": lambda s, a, _: s.audit.record(a, method="PUT", path="甲", status=200),
    "audit.list": lambda s, a, _: s.audit.list(a),
    "webhooks.put": lambda s, a, _: s.webhooks.put(a, "w1", url="https://a.example/", events=EVENTS),
    "webhooks.get": lambda s, a, _: s.webhooks.get(a, "w1").url,
    "webhooks.list": lambda s, a, _: [one.url for one in s.webhooks.list(a)],
    "webhooks.delete": lambda s, a, _: s.webhooks.delete(a, "w1"),
    "webhooks.renew_secret": lambda s, a, _: s.webhooks.renew_secret(a, "w1"),
    "webhooks.signing": lambda s, a, _: getattr(s.webhooks.signing(a, "", "w1"), "url", None),
    "webhooks.ping": lambda s, a, _: s.webhooks.ping(a, "w1"),
    "webhooks.deliveries": lambda s, a, _: [one.body for one in s.webhooks.deliveries(a, "w1").items],
    "webhooks.replay": lambda s, a, of_b: s.webhooks.replay(a, "w1", of_b["ping"]),
    "outbox.follow": lambda s, a, _: s.outbox.follow(a),
    "outbox.claim": lambda s, a, _: [one.body for one in taken(s, a)],
    "outbox.settle": lambda s, a, of_b: [
        s.outbox.settle(a, replace(one, tenant=of_b["tenant"], id=of_b["ping"]), Settled(state=DeliveryState.SENT))
        for one in taken(s, a)
    ],
    "outbox.forget": lambda s, a, _: s.outbox.forget(a, MUCH_LATER),
    "outbox.pending": lambda s, a, _: [one.body for one in s.outbox.pending(a, channel="sheet")],
    "outbox.sent": lambda s, a, _: s.outbox.sent(
        a, [one.id for one in s.outbox.pending(a, channel="sheet")], channel="sheet"
    ),
    "outbox.drop": lambda s, a, _: s.outbox.drop(
        a, [one.id for one in s.outbox.pending(a, channel="sheet")], channel="sheet"
    ),
    "searches.put": lambda s, a, _: s.searches.put(a, SAVED, [], next_at=Clock().time),
    "searches.get": lambda s, a, _: s.searches.get(a, "s1").text,
    "searches.list": lambda s, a, _: [one.text for one in s.searches.list(a).items],
    "searches.delete": lambda s, a, _: s.searches.delete(a, "s1"),
    "searches.deliveries": lambda s, a, _: [one.body for one in s.searches.deliveries(a, "s1").items],
    "searches.replay": lambda s, a, of_b: s.searches.replay(a, "s1", of_b["told"]).body,
    "searches.claim": lambda s, a, _: [one.text for one in looked(s, a)],
    "searches.seen": lambda s, a, of_b: [
        s.searches.seen(a, replace(one, tenant=of_b["tenant"])) for one in looked(s, a)
    ],
    "searches.finish": lambda s, a, of_b: [
        s.searches.finish(a, replace(one, tenant=of_b["tenant"]), Looked(next_at=MUCH_LATER)) for one in looked(s, a)
    ],
    "searches.recipient": lambda s, a, of_b: getattr(s.searches.recipient(a, "", of_b["who"]), "to", None),
    "searches.told_enough": lambda s, a, of_b: s.searches.told_enough(a, "", [of_b["who"]], since=Clock().time),
    "searches.every_recipient": lambda s, a, _: [one.to for _, one in s.searches.every_recipient(a)],
    "searches.erase_recipient": lambda s, a, of_b: s.searches.erase_recipient(a, "", of_b["who"]),
    "searches.set_recipient": lambda s, a, of_b: s.searches.set_recipient(a, "", of_b["who"], unsubscribed=True),
    "capacity.commit": lambda s, a, _: s.capacity.commit(a, [promise("甲")], lambda *_: None),
    "capacity.get": lambda s, a, _: s.capacity.get(a, "c1"),
    "capacity.list": lambda s, a, _: s.capacity.list(a),
    "capacity.standing": lambda s, a, _: s.capacity.standing(a, ["p1", "p2"]),
    "idempotency.once": lambda s, a, _: s.idempotency.once(a, "k1", "h", lambda: "甲"),
}


def taken(store: Store, actor: Actor) -> list[Delivery]:
    return store.outbox.claim(actor, channels=["webhook"], lease=timedelta(0))


def looked(store: Store, actor: Actor) -> list[Search]:
    found = store.searches.claim(actor, seq=10**9, lease=timedelta(0))
    return [found] if found else []


def public_methods(store: Store) -> Iterator[tuple[str, Callable[..., Any]]]:
    for room in ROOMS:
        for name, method in inspect.getmembers(getattr(store, room), inspect.ismethod):
            if not name.startswith("_"):
                yield f"{room}.{name}", method


def test_every_method_is_tried_and_takes_the_actor_first(store: Store) -> None:
    assert sorted(name for name in vars(store) if not name.startswith("_")) == sorted(ROOMS)
    found = dict(public_methods(store))
    assert found.keys() - WITHOUT_ACTOR == CALLS.keys()
    for name in CALLS:
        first = next(iter(inspect.signature(found[name]).parameters.values()))
        assert (first.name, first.annotation) == ("actor", Actor), name


def rows_of(url: str, tenant: str) -> dict[str, list[str]]:
    """Every row of a tenant, straight from the tables."""
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        found = {}
        for table in metadata.sorted_tables:
            column = {"tenants": "id", "counter": "NULL"}.get(table.name, "tenant")
            rows = connection.execute(text(f"SELECT * FROM {table.name} WHERE {column} = :t"), {"t": tenant})
            found[table.name] = sorted(map(str, rows))
    engine.dispose()
    return found


@pytest.mark.parametrize("actor", [A, OWNER_OF_A], ids=["platform", "owner"])
def test_no_method_reaches_another_tenant(store: Store, database_url: str, actor: Actor) -> None:
    fill(store, A, "甲方")
    made_by_b = fill(store, B, SECRET)
    before = rows_of(database_url, "b")
    assert all(before[table.name] for table in metadata.sorted_tables if table.name != "counter")
    for name, call in CALLS.items():
        try:
            shown = repr(call(store, actor, made_by_b))
        except MatcherError as error:
            shown = f"{error} {error.details}"
        assert SECRET not in shown, name
        assert rows_of(database_url, "b") == before, name


def test_in_its_own_tenant_every_method_does_its_work(store: Store) -> None:
    """So the calls above are not refused for some trivial reason."""
    for n, call in enumerate(CALLS.values()):
        actor = local_admin(f"own{n}")
        call(store, actor, fill(store, actor, "甲方"))
