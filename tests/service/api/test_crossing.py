"""On every route: nobody is shown, or changes, or can even tell the existence of, what belongs to another."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from service.auth import Role, Scope, local_admin
from service.store.delivery import Delivery
from service.store.schema import metadata
from service.usecases.unsubscribe import unsubscribe_url
from tests.service.instance import Answer, Instance, running
from tests.service.world import ATTEMPTS, SECRET, UNLISTED, Attempt, build, every_route, paths

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/v1/sessions")}
# Rules applied to what the caller itself sends: there is nothing of anybody's in them.
OWN_WORDS = {("POST", f"/v1/policy/{name}") for name in ("size-class", "procurement", "payment", "ip-transfer")} | {
    ("POST", "/v1/postings:check"),
    ("GET", "/v1/reports/ledgers/names"),
    ("GET", "/v1/registers"),
    ("GET", "/v1/registers/{register}/template"),
}
# Answered by the two firms of a deal, not by the platform.
FOR_THE_SIDES = {("POST", "/v1/deals/{id}/answer"), ("PUT", "/v1/deals/{id}/consent")}
HIDDEN = "no-such-record"


class World:
    """Two tenants, of which `b` is full of secrets, and those who try to get at them."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self.ids = build(instance, "b", folder)
        self.routes = [
            (method.upper(), path) for path, methods in instance.app.openapi()["paths"].items() for method in methods
        ]

    def caller(self, who: str, elsewhere: str = "a") -> TestClient:
        """Return a client of someone with no business in what belongs to `e1` of tenant `b`."""
        if who == "another platform":
            return self.instance.caller(elsewhere, scopes=(Scope.ADMIN,))
        if who == "an organisation of another platform":
            return self.instance.caller(elsewhere, organisation="e1")
        if who == "another organisation":
            return self.instance.caller("b", organisation="e3")
        admin = local_admin("b")
        _, key = self.instance.parts.store.identity.create_key(
            admin, "观察", scopes=[Scope.ADMIN], roles=[Role.OBSERVER]
        )
        return TestClient(self.instance.app, headers={"Authorization": f"Bearer {key}"})

    def path(self, template: str, **others: str) -> str:
        """Return a path with the ids of what is secret, or with others."""
        known = max(((start, ids) for start, ids in paths(self.ids) if template.startswith(start)), default=("", {}))
        return template.format_map({**known[1], **others})

    def link(self) -> str:
        """Return a link for the supplier of a deal of which only the requester has secrets."""
        made = self.instance.caller("b").post(f"/v1/deals/{self.ids['deal']}/link", json={})
        assert made.status_code == 200, made.text
        return str(made.json()["url"]).removeprefix(self.instance.parts.settings.base_url)

    def unsubscribing(self) -> str:
        """Return the link of a recipient of messages."""
        search = self.instance.parts.store.searches.get(local_admin("b"), "s1")
        message = SimpleNamespace(tenant="b", owner="", search_id="s1", target=search.recipients[0].id)
        url = unsubscribe_url(self.instance.parts.settings, cast(Delivery, message))
        return url.removeprefix(self.instance.parts.settings.base_url)

    def send(self, caller: TestClient, route: tuple[str, str], **others: str) -> Answer:
        """Return the answer of a route to a caller."""
        return ATTEMPTS.get(route, Attempt()).send(caller, route[0], self.path(route[1], **others))

    def rows(self) -> dict[str, list[str]]:
        """Every row of tenant `b` in which there is a secret, or which is about `e1`."""
        with self.instance.parts.store._database.engine.connect() as connection:
            return {
                table.name: sorted(
                    str(row)
                    for row in connection.execute(text(f"SELECT * FROM {table.name} WHERE tenant = 'b'"))
                    if SECRET in str(row) or "'e1'" in str(row)
                )
                for table in metadata.sorted_tables
                if "tenant" in table.c and table.name not in ("audit", "shown", "shown_items")
            }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with running(folder / "data", address_rate_per_minute=0, rate_per_minute=0) as instance:
        yield World(instance, folder)


OTHERS = ("another platform", "an organisation of another platform", "another organisation", "an observer")


def test_every_route_with_a_body_is_tried(world: World) -> None:
    document = world.instance.app.openapi()["paths"]
    taking = {
        (method.upper(), path)
        for path, methods in document.items()
        for method, told in methods.items()
        if "requestBody" in told
    }
    assert taking - ATTEMPTS.keys() - OPEN == set()
    assert ATTEMPTS.keys() <= set(world.routes)
    assert every_route(world.instance.app) - set(world.routes) == UNLISTED, "links and numbers are tried below"


def code(answer: Answer) -> tuple[int, Any]:
    told = answer.json() if answer.status_code >= 400 else {}
    return answer.status_code, told.get("error", {}).get("code")


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_reads_or_changes_what_is_anothers(world: World, who: str) -> None:
    caller, before = world.caller(who), world.rows()
    assert sum(map(len, before.values())) >= 15
    for route in world.routes:
        answer = world.send(caller, route)
        assert answer.status_code < 500, (route, answer.text)
        assert SECRET not in answer.text.replace(str(ATTEMPTS.get(route, Attempt()).json), ""), (route, answer.text)
        after = world.rows()
        lost = {name: set(rows) - set(after[name]) for name, rows in before.items()}
        assert not any(lost.values()), (route, lost)


@pytest.mark.parametrize("who", OTHERS)
def test_what_is_hidden_is_as_if_it_did_not_exist(world: World, who: str) -> None:
    """The same answer, after the very same statements to the database: neither words nor time tell of it."""
    for n, route in enumerate(world.routes):
        if "{id}" not in route[1] or route[1].startswith(("/v1/enterprises", "/v1/parks")):  # Firms are no secret.
            continue
        caller, asked = world.caller(who, elsewhere=f"a{n}"), []
        caller.get("/v1/postings")  # The first use of a key is noted.
        for id_ in (None, HIDDEN):
            with statements(world) as told:
                answer = world.send(caller, route, **({"id": id_} if id_ else {}))
            asked.append((code(answer), told))
        assert asked[0][0] == asked[1][0], route
        assert asked[0][1] == asked[1][1], route


SECRETS = {"p1", "p-draft", "p-order", "p-money", "p-idle"}


def elsewhere(told: Any) -> Any:
    """Return what is sent with the ids of what is hidden replaced by those of nothing."""
    if isinstance(told, dict):
        return {name: elsewhere(one) for name, one in told.items()}
    if isinstance(told, list):
        return [elsewhere(one) for one in told]
    return HIDDEN if told in SECRETS else told


@pytest.mark.parametrize("who", OTHERS)
def test_what_is_hidden_and_named_in_a_body_is_as_if_it_did_not_exist(world: World, who: str) -> None:
    tried = set()
    for n, (route, attempt) in enumerate(ATTEMPTS.items()):
        if (other := elsewhere(attempt.json)) == attempt.json:
            continue
        caller, asked = world.caller(who, elsewhere=f"body{n}"), []
        caller.get("/v1/postings")  # The first use of a key is noted.
        for sent in (attempt, Attempt(other)):
            with statements(world) as told:
                answer = sent.send(caller, route[0], world.path(route[1]))
            asked.append((code(answer), told))
        assert asked[0] == asked[1], route
        tried.add(route[1])
    assert tried >= {
        "/v1/commitments",
        "/v1/match",
        "/v1/outcomes",
        "/v1/deals",
        "/v1/allocations",
        "/v1/finance/lists",
    }


@pytest.mark.parametrize("who", [*OTHERS, "nobody"])
def test_a_link_opens_nothing_but_what_it_was_made_for(world: World, who: str) -> None:
    caller = TestClient(world.instance.app) if who == "nobody" else world.caller(who)
    reply, unsubscribe = world.link(), world.unsubscribing()
    assert (caller.get(reply).status_code, caller.get(unsubscribe).status_code) == (200, 200)
    payload, signature = reply.rsplit(".", 1)
    _, foreign = unsubscribe.rsplit(".", 1)
    before = world.rows()
    for wrong in (
        reply.replace("/r/", "/u/"), unsubscribe.replace("/u/", "/r/"), f"{payload}.{foreign}", payload,
        f"{payload}x.{signature}", f"/r/{HIDDEN}", f"/u/{HIDDEN}",
    ):  # fmt: skip
        for method in ("GET", "POST"):
            answer = caller.request(method, wrong)
            assert answer.status_code == 404, (method, wrong)
            assert SECRET not in answer.text
    assert world.rows() == before


def test_whoever_bears_a_link_sees_and_changes_nothing_of_the_other_side(world: World) -> None:
    caller, path = TestClient(world.instance.app), world.link()
    before = world.rows()
    for answer in (caller.get(path), caller.post(path), caller.post(path, data={"department": "x"})):
        assert answer.status_code == 200
        assert SECRET not in answer.text
    assert world.rows() == before


def test_the_numbers_are_for_this_machine_and_name_nobody(world: World) -> None:
    for who in OTHERS:
        assert world.caller(who).get("/metrics").status_code == 401, who
    told = TestClient(world.instance.app, client=("127.0.0.1", 1)).get("/metrics")
    assert told.status_code == 200
    for word in (SECRET, "e1", world.ids["deal"], world.ids["key"], world.link(), world.unsubscribing()):
        assert f'"{word}"' not in told.text
        assert len(word) < 3 or word not in told.text


class statements:
    """The statements sent to the database within a block."""

    def __init__(self, world: World) -> None:
        self._engine = world.instance.parts.store._database.engine
        self.told: list[str] = []

    def _note(self, *arguments: Any) -> None:
        if threading.current_thread().name.startswith("AnyIO"):  # Where requests run; followers go on meanwhile.
            self.told.append(str(arguments[2]))

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self.told

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer rt_abcd1234_x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_key_there_is_no_answer(world: World, headers: dict[str, str]) -> None:
    caller = TestClient(world.instance.app, headers=headers)
    for route in world.routes:
        answer = world.send(caller, route)
        assert (answer.status_code == 401) is (route not in OPEN), (route, answer.text)


def test_a_key_that_may_read_changes_nothing(world: World) -> None:
    caller, before = world.instance.caller("b", scopes=(Scope.READ,)), world.rows()
    for route in world.routes:
        if route[0] != "GET":
            answer = world.send(caller, route)
            assert answer.status_code < 500, (route, answer.text)
    assert world.rows() == before


def test_the_owner_meets_no_refusal(world: World) -> None:
    """So the attempts above fail for whose they are, and not because they are malformed."""
    caller = world.instance.caller("b", scopes=(Scope.ADMIN,))
    seen, refused = 0, []
    for route in sorted(world.routes, key=lambda one: ("GET", "POST", "PUT", "DELETE").index(one[0])):
        if route in OPEN or "sessions" in route[1] or (route[0] == "DELETE" and "enterprises/{id}" in route[1]):
            continue
        answer = world.send(caller, route)
        if code(answer)[1] in ("unauthorized", "forbidden", "not_found", "invalid_request", "internal"):
            refused.append((route, answer.text[:300]))
        seen += SECRET in answer.text
    assert {route for route, _ in refused} == FOR_THE_SIDES, refused
    assert seen > 15
