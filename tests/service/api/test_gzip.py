"""Compressed both ways; what unpacks to more than it may is refused before it is unpacked."""

import gzip
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import limits
from service.auth import Scope
from tests.service.instance import Instance, put_some, running

ZIPPED = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("gzip")) as instance:
        made = instance.caller()
        put_some(made, 30)
        yield made


@pytest.mark.parametrize(
    ("wanted", "zipped"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("xgzip", False)],
)
def test_answers_are_packed_for_those_who_ask(caller: TestClient, wanted: str, zipped: bool) -> None:
    answer = caller.get("/v1/postings", headers={"Accept-Encoding": wanted})
    assert (answer.headers.get("content-encoding") == "gzip") is zipped
    assert "Accept-Encoding" in answer.headers["vary"]
    assert len(answer.json()["items"]) == 30


def test_what_is_tagged_small_or_secret_is_not_packed(instance: Instance) -> None:
    caller = instance.caller()
    put_some(caller, 1)
    asked = {"Accept-Encoding": "gzip"}
    caller.put("/v1/enterprises/g", json={"name": "乙公司"})
    detail = {"enterprise_id": "g", "kind": "need", "title": "求", "detail": "很长" * 2000}
    caller.put("/v1/postings/long", json=detail)
    for path in ("/v1/postings/long", "/healthz", "/r/no-such-link"):
        assert "content-encoding" not in caller.get(path, headers=asked).headers, path
    deal = caller.post("/v1/deals", json={"request_posting_id": "long", "offer_posting_ids": ["p0"]})
    link = caller.post(f"/v1/deals/{deal.json()['deals'][0]['id']}/link", json={}, headers=asked)
    assert link.status_code == 200, link.text
    assert link.headers["cache-control"] == "no-store"
    assert "content-encoding" not in link.headers


def test_bodies_may_arrive_packed(instance: Instance) -> None:
    caller = instance.caller()
    body = {"name": "甲公司", "profile": "很长" * 5000}
    answer = caller.put("/v1/enterprises/z", content=gzip.compress(json.dumps(body).encode()), headers=ZIPPED)
    assert answer.status_code == 200, answer.text
    assert caller.get("/v1/enterprises/z").json()["profile"] == body["profile"]
    audited = instance.caller(scopes=(Scope.ADMIN,)).get("/v1/audit").json()["items"]
    assert "/v1/enterprises/z" in {one["path"] for one in audited}
    rows = "企业名称,类型,标题\n" + "甲公司,能力,五轴加工\n" * 10
    form = caller.build_request("POST", "/v1/imports", files={"file": ("a.csv", rows)})
    kind = {"Content-Encoding": "gzip", "Content-Type": form.headers["content-type"]}
    sent = caller.post("/v1/imports", content=gzip.compress(form.read()), headers=kind)
    assert sent.status_code == 202, sent.text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=3000), size=st.integers(1, 5000))
def test_in_whatever_pieces(caller: TestClient, text: str, size: int) -> None:
    packed = gzip.compress(json.dumps({"name": "甲", "profile": text or None}).encode())
    pieces = (packed[start : start + size] for start in range(0, len(packed), size))
    plain = caller.put("/v1/enterprises/q", json={"name": "甲", "profile": text or None})
    assert caller.put("/v1/enterprises/q", content=pieces, headers=ZIPPED).status_code == plain.status_code


def test_a_bomb_is_not_unpacked(caller: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JSON_LIMIT", 3 * 1024 * 1024)
    exact = json.dumps({"name": "甲"}).encode().ljust(1024 * 1024)
    assert caller.put("/v1/enterprises/b", content=gzip.compress(exact), headers=ZIPPED).status_code == 200
    bomb = gzip.compress(b" " * (200 * 1024 * 1024))
    assert len(bomb) < limits.JSON_LIMIT
    answer = caller.put("/v1/enterprises/b", content=bomb, headers=ZIPPED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    packed = gzip.compress(json.dumps({"name": "甲"}).encode() + b" " * (2 * 1024 * 1024))
    assert caller.put("/v1/enterprises/b", content=packed, headers=ZIPPED).status_code == 200


def test_other_encodings_and_broken_bodies(caller: TestClient) -> None:
    answer = caller.put("/v1/enterprises/b", content=b"x", headers=ZIPPED | {"Content-Encoding": "br"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_encoding")
    whole = gzip.compress(b'{"name": "x"}')
    for body in (b"no gzip", whole[:-5], whole + b"tail"):
        answer = caller.put("/v1/enterprises/b", content=body, headers=ZIPPED)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request"), body
