"""A platform is told of what happens by signed requests, can see what was sent, and nobody meddles with another's."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.instance import PATIENCE, Instance, put_some, running
from tests.service.receiver import Receiver, receiving, verified


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with running(tmp_path / "data", private_hooks="127.0.0.1") as started:
        yield started


def put_hook(caller: TestClient, url: str, *events: str, id_: str = "w") -> dict[str, Any]:
    answer = caller.put(f"/v1/webhooks/{id_}", json={"url": url, "events": list(events)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_platform_is_told_of_its_records(instance: Instance, receiver: Receiver) -> None:
    caller = instance.caller()
    secret = put_hook(caller, f"{receiver.url}/in", "posting.changed")["secret"]
    last = put_some(caller, 2)
    receiver.until(lambda: bool(receiver.of_type("posting.changed")))
    (got,) = receiver.of_type("posting.changed")
    assert verified(got, secret)
    assert got.json["data"]["items"][-1] == {"seq": last, "kind": "posting", "id": "p1", "removed": False}
    assert "钛合金" not in got.body.decode()


def test_a_ping_a_failure_and_a_replay_can_be_seen(instance: Instance, receiver: Receiver) -> None:
    caller = instance.caller()
    put_hook(caller, receiver.url, "match.found")
    receiver.statuses = [410]
    sent = caller.post("/v1/webhooks/w/ping").json()
    path = "/v1/webhooks/w/deliveries"
    deadline = monotonic() + PATIENCE
    while (one := caller.get(path).json()["items"][0])["state"] == "waiting" and monotonic() < deadline:
        sleep(0.02)
    assert (one["id"], one["state"], one["status"], one["error"], one["attempts"]) == (
        *(sent["id"], "dead", 410, "HTTP 410", 1),
    )
    assert caller.post(f"{path}/{one['id']}/replay").json()["state"] == "waiting"
    receiver.until(lambda: len(receiver.got) == 2)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert caller.post(f"{path}/none/replay").status_code == 404


def test_the_secret_is_shown_when_made_and_when_renewed(instance: Instance, receiver: Receiver) -> None:
    caller = instance.caller()
    first = put_hook(caller, receiver.url, "match.found")["secret"]
    assert first.startswith("whsec_")
    assert put_hook(caller, receiver.url, "match.found")["secret"] is None
    assert caller.get("/v1/webhooks/w").json()["secret"] is None
    assert first not in caller.get("/v1/webhooks").text
    assert caller.post("/v1/webhooks/w/secret").json()["secret"] not in (None, first)


@pytest.mark.parametrize(
    ("url", "code"),
    [("https://10.0.0.1/", "address_refused"), ("http://10.0.0.1/", "address_refused"), ("https://a@b/", "bad_url")],
)
def test_an_address_inside_is_refused_when_it_is_given(instance: Instance, url: str, code: str) -> None:
    answer = instance.caller().put("/v1/webhooks/w", json={"url": url, "events": ["match.found"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_nobody_reaches_anothers(instance: Instance, receiver: Receiver) -> None:
    mine = instance.caller()
    put_some(mine)
    put_hook(mine, receiver.url, "match.found")
    ping = mine.post("/v1/webhooks/w/ping").json()["id"]
    for other in (instance.caller("other"), instance.caller(organisation="f")):
        assert other.get("/v1/webhooks").json() == {"items": []}
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/ping"), ("GET", "/deliveries"),
            ("POST", f"/deliveries/{ping}/replay"),
        ):  # fmt: skip
            assert other.request(method, f"/v1/webhooks/w{path}").status_code == 404, (method, path)
        assert put_hook(other, receiver.url, "import.finished")["secret"] is not None
    assert mine.get("/v1/webhooks/w").json()["events"] == ["match.found"]
    reader = instance.caller(scopes=(Scope.READ,))
    assert reader.get("/v1/webhooks").json()["error"]["code"] == "forbidden"
    assert mine.delete("/v1/webhooks/w").status_code == 204
    assert mine.get("/v1/webhooks/w").status_code == 404


def test_what_was_queued_is_sent_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    with running(tmp_path / "two", private_hooks="127.0.0.1") as before:
        caller = before.caller()
        secret = put_hook(caller, receiver.url, "match.found")["secret"]
        receiver.statuses = [503]
        ping = caller.post("/v1/webhooks/w/ping").json()["id"]
        receiver.until(lambda: len(receiver.got) == 1)
    with running(tmp_path / "two", private_hooks="127.0.0.1"):
        receiver.until(lambda: len(receiver.got) == 2)
    assert {got.headers["webhook-id"] for got in receiver.got} == {ping}
    assert all(verified(got, secret) for got in receiver.got)
