"""The ten risks of APIs by OWASP (2023), one by one; every test names its risk."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from service.limits import HEADERS, JSON_LIMIT
from tests.service.instance import Answer, Instance, put_some, running
from tests.service.world import UNLISTED, every_route

NASTY = (
    "' OR '1'='1", "'; DROP TABLE postings; --", "1) UNION SELECT hash FROM api_keys --", "%' ESCAPE '", "\\", "%", "_",
    "../../../../etc/passwd", "..%2f..%2fsecret.key", "%00", "${jndi:ldap://127.0.0.1/x}", "{{7*7}}", "<script>alert(1)</script>",
    "\r\nSet-Cookie: x=1", "a\nERROR 伪造的日志", "٣", "１", "\u202e反", "=cmd|' /C calc'!A1", "😀" * 20,
)  # fmt: skip


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("owasp")) as made:
        put_some(made.caller())
        yield made


@pytest.fixture(scope="module")
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def code(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_api1_objects_of_others_are_out_of_reach(instance: Instance) -> None:
    """Broken object level authorisation; `test_crossing.py` tries it on every route."""
    other = instance.caller(organisation="elsewhere")
    assert code(other.put("/v1/enterprises/f", json={"name": "改名"})) == (403, "forbidden")
    assert code(other.delete("/v1/postings/p0")) == (403, "forbidden")
    assert instance.caller("another").get("/v1/postings/p0").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"Authorization": "Bearer "}},
        {"headers": {"Authorization": "bearer rt_00000000_x"}},
        {"headers": {"X-Api-Key": "KEY"}},
        {"params": {"key": "KEY", "access_token": "KEY", "api_key": "KEY"}},
        {"cookies": {"rongtong": "KEY"}},
        {"cookies": {"rongtong": ""}},
    ],
)
def test_api2_only_a_key_in_its_header_opens(instance: Instance, sent: dict[str, dict[str, str]]) -> None:
    """Broken authentication; expiry, revocation, guessing and sessions are in `test_people.py`."""
    key = instance.caller().headers["Authorization"].removeprefix("Bearer ")
    filled = {where: {name: text.replace("KEY", key) for name, text in told.items()} for where, told in sent.items()}
    client = TestClient(instance.app, cookies=filled.get("cookies"))
    answer = client.get("/v1/postings", headers=filled.get("headers"), params=filled.get("params"))
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert key not in answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/enterprises/f", {"name": "精工机械"}),
        ("/v1/postings/p0", {"enterprise_id": "f", "kind": "capability", "title": "钛合金"}),
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        {"tenant": "another"}, {"seq": 1}, {"deleted": True}, {"source": "x"}, {"computed_size": "micro"},
        {"evidence": []}, {"content_hash": "x"}, {"created_at": "2020-01-01"},
    ],
)  # fmt: skip
def test_api3_what_is_not_the_callers_to_set_is_refused(
    caller: TestClient, path: str, body: dict[str, Any], more: dict[str, Any]
) -> None:
    """Broken object property level authorisation: mass assignment."""
    assert code(caller.put(path, json=body | more)) == (422, "invalid_request")


def test_api3_another_firm_sees_the_public_part_only(instance: Instance, caller: TestClient) -> None:
    """Broken object property level authorisation: excessive data."""
    body = {"enterprise_id": "f", "kind": "need", "title": "求购", "detail": "机密", "visibility": "matched"}
    caller.put("/v1/postings/m", json=body)
    shown = instance.caller(organisation="elsewhere").get("/v1/postings/m")
    assert shown.json()["title"] == "求购"
    assert "机密" not in shown.text


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/v1/postings", {"params": {"limit": 1001}}),
        ("GET", "/v1/postings", {"params": {"limit": 0}}),
        ("GET", "/v1/enterprises", {"params": {"limit": 10**30}}),
        ("GET", "/v1/changes", {"params": {"after": 0, "limit": 1001}}),
        ("POST", "/v1/match", {"json": {"text": "钛", "kind": "need", "k": 1001}}),
        ("POST", "/v1/match", {"json": {"text": "钛" * 20_201, "kind": "need"}}),
        ("POST", "/v1/match", {"json": {"text": "钛", "kind": "need", "filters": {"region": ["北京市"] * 10_000}}}),
        ("POST", "/v1/postings:batch", {"json": {"items": [{}] * 1001}}),
        ("PUT", "/v1/enterprises/x", {"json": {"name": "长" * 201}}),
        ("PUT", "/v1/enterprises/x", {"json": {"name": "甲", "attributes": {str(n): n for n in range(201)}}}),
        ("PUT", "/v1/enterprises/" + "x" * 129, {"json": {"name": "甲"}}),
    ],
)
def test_api4_what_costs_much_is_bounded(caller: TestClient, method: str, path: str, sent: dict[str, Any]) -> None:
    """Unrestricted resource consumption."""
    assert caller.request(method, path, **sent).status_code == 422


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"a":' * 100_000, b'{"k":' + b"9" * 10_000 + b"}", b'{"text":"' + b"\\u0000" * 1000 + b'"}', b"\xff\xfe" * 1000],
)  # fmt: skip
def test_api4_a_body_that_is_a_bomb_is_refused(caller: TestClient, content: bytes) -> None:
    """Unrestricted resource consumption: deep nesting, endless numbers, bytes that are no text."""
    answer = caller.post("/v1/match", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text[:200]
    assert set(answer.json()) == {"error"}


def test_api4_a_body_over_the_limit_is_not_read(caller: TestClient) -> None:
    """Unrestricted resource consumption."""
    headers = {"Content-Type": "application/json", "Content-Length": str(JSON_LIMIT + 1)}
    assert code(caller.post("/v1/match", content=b"{}", headers=headers)) == (413, "too_large")


ADMINISTRATION = (
    ("GET", "/v1/users"), ("PUT", "/v1/users/x"), ("DELETE", "/v1/users/x"), ("PUT", "/v1/users/x/password"),
    ("GET", "/v1/keys"), ("POST", "/v1/keys"), ("DELETE", "/v1/keys/x"), ("POST", "/v1/keys/x/rotate"),
    ("GET", "/v1/audit"), ("POST", "/v1/personal-data:find"), ("POST", "/v1/personal-data:erase"),
)  # fmt: skip
BODIES: dict[str, Any] = {
    "/v1/users/x": {"name": "x", "roles": ["admin"]},
    "/v1/users/x/password": {"password": "correct-horse"},
    "/v1/keys": {"name": "x", "scopes": ["admin"]},
    "/v1/keys/x/rotate": {},
    "/v1/personal-data:find": {"name": "x"},
    "/v1/personal-data:erase": {"phone": "13800000000"},
}


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
@pytest.mark.parametrize("scope", [Scope.OBSERVE, Scope.READ, Scope.ORGANISE, Scope.WRITE])
@pytest.mark.parametrize("organisation", [None, "f"])
def test_api5_only_administrators_administer(
    instance: Instance, scope: Scope, organisation: str | None, method: str, path: str
) -> None:
    """Broken function level authorisation."""
    who = instance.caller(organisation=organisation, scopes=(scope,))
    assert code(who.request(method, path, json=BODIES.get(path))) == (403, "forbidden")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"])
def test_api5_no_header_turns_reading_into_writing(instance: Instance, header: str) -> None:
    """Broken function level authorisation."""
    reader = instance.caller(scopes=(Scope.READ,))
    told = {header: "DELETE" if "Method" in header else "/v1/keys"}
    assert reader.get("/v1/postings/p0", headers=told).json()["id"] == "p0"
    assert code(reader.delete("/v1/postings/p0", headers={header: "GET"})) == (403, "forbidden")


def test_api6_contacts_and_invitations_are_no_free_goods(instance: Instance, caller: TestClient) -> None:
    """Unrestricted access to sensitive business flows: contacts after both agreed, invitations until muted."""
    caller.put("/v1/enterprises/g", json={"name": "需方"})
    caller.put("/v1/postings/gn", json={"enterprise_id": "g", "kind": "need", "title": "求加工"})
    buyer = instance.caller(organisation="g")
    [deal] = buyer.post("/v1/deals", json={"request_posting_id": "gn", "offer_posting_ids": ["p0"]}).json()["deals"]
    assert code(buyer.get(f"/v1/deals/{deal['id']}/contacts")) == (403, "not_disclosed")
    assert code(buyer.get("/v1/enterprises/f/contacts")) == (403, "forbidden")
    assert instance.caller(organisation="f").put("/v1/enterprises/f/muted/g").status_code == 200
    again = buyer.post("/v1/deals", json={"request_posting_id": "gn", "offer_posting_ids": ["p1"]}).json()
    assert (again["deals"], again["muted"]) == ([], ["p1"])


def test_api7_no_address_in_a_request_is_fetched(
    instance: Instance, caller: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Server-side request forgery: what records say is never followed."""
    dialled = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: dialled.append(to))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *to, **_: dialled.append(to))
    url = "http://169.254.169.254/latest/meta-data"
    assert caller.put("/v1/enterprises/h", json={"name": url, "profile": url, "attributes": {"url": url}}).is_success
    caller.put("/v1/enterprises/h/evidence/x", json={"on": "2026-03-01", "source": url, "said": url})
    caller.post("/v1/match", json={"text": url, "kind": "need"})
    assert dialled == []


@pytest.mark.parametrize("path", ["/v1/postings", "/v1/none", "/docs", "/healthz", "/v1/postings/p0", "/r/x"])
def test_api8_every_answer_has_the_safe_headers(instance: Instance, path: str) -> None:
    """Security misconfiguration."""
    client = TestClient(instance.app)
    for method in ("GET", "POST", "OPTIONS", "TRACE"):
        answer = client.request(method, path, headers={"Origin": "https://evil.example"})
        assert answer.status_code < 500
        told = dict(answer.headers)
        if path == "/docs":
            # Swagger alone may style its elements.
            told["content-security-policy"] = told["content-security-policy"].replace(" 'unsafe-inline'", "")
        assert {name.decode(): value.decode() for name, value in HEADERS.items()}.items() <= told.items()
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_api8_browsers_are_told_to_come_over_https_where_that_is_served(instance: Instance, tmp_path: Path) -> None:
    """Security misconfiguration: a downgrade to plain HTTP."""
    assert "strict-transport-security" not in TestClient(instance.app).get("/healthz").headers
    with running(tmp_path, public_url="https://pt.example.cn") as secure:
        told = TestClient(secure.app).get("/healthz").headers["strict-transport-security"]
        assert int(told.removeprefix("max-age=")) >= 31536000


def test_api8_links_are_made_of_the_setting_not_of_the_host_header(instance: Instance, caller: TestClient) -> None:
    """Security misconfiguration: host header injection."""
    caller.put("/v1/enterprises/i", json={"name": "需方二"})
    caller.put("/v1/postings/in", json={"enterprise_id": "i", "kind": "need", "title": "求加工"})
    [deal] = caller.post("/v1/deals", json={"request_posting_id": "in", "offer_posting_ids": ["p0"]}).json()["deals"]
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    link = caller.post(f"/v1/deals/{deal['id']}/link", json={}, headers=evil)
    assert link.json()["url"].startswith(instance.parts.settings.base_url)
    assert "evil.example" not in link.text


def test_api9_there_is_no_route_that_the_inventory_does_not_list(instance: Instance) -> None:
    """Improper inventory management."""
    listed = set(instance.app.openapi()["paths"])
    served = {path for _, path in every_route(instance.app)}
    assert len(served) > 100
    assert listed <= served
    assert served - listed == {path for _, path in UNLISTED}
    assert all(path.startswith("/v1/") or path in ("/healthz", "/readyz") for path in listed)


@pytest.mark.parametrize("text", NASTY)
def test_api10_whatever_is_sent_is_text_and_nothing_more(caller: TestClient, text: str) -> None:
    """Unsafe consumption: SQL, paths, templates, headers, logs and formulas in every field that takes text."""
    put = caller.put("/v1/enterprises/j", json={"name": text, "profile": text, "attributes": {"备注": text}})
    if put.status_code == 200:
        assert caller.get("/v1/enterprises/j").json()["profile"] == text
    else:
        assert code(put) in ((422, "bad_record"), (422, "invalid_request"))
    for name in ("name", "industry", "region", "cursor"):
        assert caller.get("/v1/enterprises", params={name: text}).status_code in (200, 422)
    assert caller.post("/v1/match", json={"text": text, "kind": "need"}).status_code in (200, 422)
    answer = caller.get(f"/v1/postings/{text}".replace("\r\n", "%0d%0a").replace("\n", "%0a"))
    assert answer.status_code in (404, 422)
    assert "set-cookie" not in answer.headers
    assert caller.get("/v1/postings/p0").status_code == 200


def test_api10_the_log_has_one_line_for_each_entry(
    caller: TestClient, instance: Instance, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unsafe consumption: a path cannot forge a line of the log."""
    monkeypatch.setattr(type(instance.parts.store.jobs), "get", _broken)
    TestClient(instance.app, headers=dict(caller.headers)).get("/v1/imports/a%0aERROR%20forged")
    assert caplog.records
    assert all("\n" not in record.getMessage() for record in caplog.records)


def _broken(*_: object) -> None:
    raise RuntimeError("broken on purpose")
