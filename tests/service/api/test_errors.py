"""Whatever goes wrong has one shape, a stable code and a Chinese message; every answer has safe headers."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service import limits
from service.auth import SYSTEM, local_admin
from service.limits import HEADERS, JSON_LIMIT
from tests.service.instance import Answer, Instance, put_some, running

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROUTES = [
    ("GET", "/v1/enterprises"),
    ("GET", "/v1/enterprises/f"),
    ("PUT", "/v1/enterprises/f"),
    ("DELETE", "/v1/enterprises/f"),
    ("POST", "/v1/enterprises:batch"),
    ("GET", "/v1/postings"),
    ("GET", "/v1/postings/p0"),
    ("PUT", "/v1/postings/p0"),
    ("DELETE", "/v1/postings/p0"),
    ("POST", "/v1/postings:batch"),
    ("POST", "/v1/match"),
    ("POST", "/v1/imports"),
    ("GET", "/v1/imports"),
    ("GET", "/v1/imports/j"),
    ("GET", "/v1/imports/j/problems"),
    ("GET", "/v1/imports/j/rejects"),
    ("POST", "/v1/policy/size-class"),
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("errors")) as started:
        put_some(started.caller())
        yield started


@pytest.fixture(scope="module")
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def refused(answer: Answer, status: int, code: str) -> str:
    """Check the one shape and the headers; return the message."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details"}
    assert isinstance(error["details"], dict)
    assert CHINESE.search(error["message"])
    for name, value in HEADERS.items():
        assert answer.headers[name.decode()] == value.decode()
    return str(error["message"])


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("sent", [None, "Bearer rt_00000000_x", "Basic dDp0", "Bearer "])
def test_without_a_valid_key_nothing_opens(method: str, path: str, sent: str | None, instance: Instance) -> None:
    headers = {"Authorization": sent} if sent else {}
    bodies = {"/v1/match": {"json": {"text": "钛", "kind": "need"}}, "/v1/imports": {"files": {"file": ("a.csv", "x")}}}
    body = bodies.get(path, {"json": {}}) if method in ("POST", "PUT") else {}
    if path == "/v1/policy/size-class":
        body = {"json": {"industry": "3421"}}
    if path.endswith(":batch"):
        body = {"json": {"items": [{}]}}
    if method == "PUT":
        body = {
            "json": {"name": "甲"} if "enterprises" in path else {"enterprise_id": "f", "kind": "ip", "title": "甲"}
        }
    answer = TestClient(instance.app).request(method, path, headers=headers, **body)  # type: ignore[arg-type]
    assert "Bearer" in refused(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_is_no_key(instance: Instance) -> None:
    caller = instance.caller("other")
    assert caller.get("/v1/postings").status_code == 200
    admin, identity = local_admin("other"), instance.parts.store.identity
    identity.revoke_key(admin, identity.list_keys(admin)[0].id)
    refused(caller.get("/v1/postings"), 401, "unauthorized")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/enterprises/nobody"),
        ("DELETE", "/v1/enterprises/nobody"),
        ("GET", "/v1/postings/none"),
        ("DELETE", "/v1/postings/none"),
        ("GET", "/v1/imports/none"),
        ("GET", "/v1/imports/none/problems"),
        ("GET", "/v1/imports/none/rejects"),
        ("GET", "/v1/nothing"),
        ("GET", "/"),
    ],
)
def test_what_is_not_there_is_not_found(method: str, path: str, caller: TestClient) -> None:
    refused(caller.request(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/enterprises/f"), ("GET", "/v1/match"), ("PATCH", "/healthz")]
)
def test_a_wrong_method_is_told(method: str, path: str, caller: TestClient) -> None:
    refused(caller.request(method, path), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ('{"text": ', "JSON"),
        ("[1]", "JSON 对象"),
        ("null", "JSON 对象"),
        ("", "缺少"),
        ('{"text": "钛", "kind": "need", "limit": 3}', "limit：未知字段"),
        ('{"text": "钛", "kind": "need", "filters": {"city": []}}', "filters.city：未知字段"),
        ('{"text": "钛", "kind": "need", "k": 0}', "k：须不小于 1"),
        ('{"text": "钛", "kind": "need", "k": 1001}', "k：须不大于 1000"),
        ('{"text": "钛", "kind": "need", "k": 1000000000}', "k：须不大于 1000"),
        ('{"text": "钛", "kind": "need", "k": "many"}', "k：应为整数"),
        ('{"text": "钛", "kind": "needs"}', "kind：可选值"),
        ('{"text": "\\ud800", "kind": "need"}', "text：含有残缺的字符"),
        ('{"text": 5, "kind": "need"}', "text：应为文本"),
        ('{"posting_id": "a b"}', "posting_id：不能含空白字符"),
        ('{"text": "钛", "kind": "need", "filters": {"size": ["huge"]}}', "filters.size.0：可选值"),
    ],
)
def test_a_malformed_request_is_told_field_by_field(sent: str, told: str, caller: TestClient) -> None:
    answer = caller.post("/v1/match", content=sent, headers={"content-type": "application/json"})
    message = refused(answer, 422, "invalid_request")
    assert told in message
    assert answer.json()["error"]["details"]["problems"]
    assert not re.search(r"[Ii]nput should|[Ff]ield required|valid ", message)


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        ({}, "bad_match", "二者选一"),
        ({"text": "钛", "posting_id": "p0"}, "bad_match", "二者选一"),
        ({"text": "钛"}, "bad_match", "kind"),
        ({"text": "钛", "kind": "need", "min_seq": 10**30}, "unknown_seq", "最新的写入"),
        ({"text": "  ", "kind": "need"}, "empty_text", "为空"),
        ({"text": "", "kind": "need"}, "empty_text", "为空"),
        ({"text": "钛", "kind": "need", "filters": {"kind": ["space"]}}, "bad_filter", "capability"),
        ({"text": "钛", "kind": "need", "filters": {"region": ["火星"]}}, "unknown_region", "GB/T 2260"),
        ({"text": "钛", "kind": "need", "filters": {"industry": ["Z99"]}}, "unknown_industry", "Z99"),
    ],
)
def test_a_senseless_match_is_told(sent: dict[str, object], code: str, told: str, caller: TestClient) -> None:
    assert told in refused(caller.post("/v1/match", json=sent), 422, code)


def test_an_index_that_lags_asks_to_come_again(
    instance: Instance, caller: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.engine._WAIT_SECONDS", 0.02)
    with instance.parts.engine._writing:
        seq = caller.put("/v1/enterprises/late", json={"name": "刚写入"}).json()["seq"]
        answer = caller.post("/v1/match", json={"text": "钛", "kind": "need", "min_seq": seq})
    refused(answer, 503, "index_behind")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["revenue_wan", "attributes"])
def test_numbers_that_are_none_are_refused(value: str, field: str, caller: TestClient) -> None:
    inner = f'{{"产值": {value}}}' if field == "attributes" else value
    sent = f'{{"name": "甲", "{field}": {inner}}}'
    answer = caller.put("/v1/enterprises/x", content=sent, headers={"content-type": "application/json"})
    assert "有限" in refused(answer, 422, "invalid_request")


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"kind": "needs"}])
def test_bad_parameters_are_told(params: dict[str, str], caller: TestClient) -> None:
    refused(caller.get("/v1/postings", params=params), 422, "invalid_request")


@pytest.mark.parametrize("cursor", ["!!!", "abc", "书签", "_w=="])
def test_a_made_up_cursor_is_told(cursor: str, caller: TestClient) -> None:
    refused(caller.get("/v1/postings", params={"cursor": cursor}), 422, "bad_cursor")


def test_who_may_not_post_a_kind_is_told(caller: TestClient) -> None:
    caller.put("/v1/enterprises/u", json={"name": "天工大学", "party": "高校"})
    answer = caller.put("/v1/postings/x", json={"enterprise_id": "u", "kind": "finance", "title": "贷款"})
    assert "可以发布的主体" in refused(answer, 422, "party_not_allowed")


def test_a_body_that_declares_too_much_is_refused_unread(caller: TestClient) -> None:
    read: list[int] = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"{}"

    answer = caller.put("/v1/enterprises/x", content=body(), headers={"content-length": str(JSON_LIMIT + 1)})
    assert "32 MB" in refused(answer, 413, "too_large")


@pytest.mark.parametrize("path", ["/v1/enterprises/x", "/v1/imports"])
def test_a_body_that_grows_too_large_is_refused_on_the_way(
    path: str, caller: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "JSON_LIMIT", 1000)
    monkeypatch.setattr(find_limits(caller), "_uploads", {"/v1/imports": 1000})
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'

    def body() -> Iterator[bytes]:
        yield form if path == "/v1/imports" else b'{"name": "'
        for _ in range(100):
            yield b"x" * 100

    kind = "multipart/form-data; boundary=b" if path == "/v1/imports" else "application/json"
    answer = caller.request(
        "POST" if path == "/v1/imports" else "PUT", path, content=body(), headers={"content-type": kind}
    )
    refused(answer, 413, "too_large")


def find_limits(caller: TestClient) -> object:
    """Return the middleware that guards the application."""
    layer = caller.app.middleware_stack  # type: ignore[attr-defined]
    while not isinstance(layer, limits.Limits):
        layer = layer.app
    return layer


def test_an_unforeseen_failure_is_logged_and_tells_nothing(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret path /root")

    monkeypatch.setattr(instance.parts.store.records, "get_posting", fails)
    answer = instance.caller().get("/v1/postings/wang@example.cn")
    refused(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "secret path" in caplog.text
    assert "wang" not in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs-assets/own/docs.js"])
def test_open_pages_have_safe_headers_too(path: str, caller: TestClient) -> None:
    answer = TestClient(caller.app).get(path)
    assert answer.status_code == 200
    for name, value in HEADERS.items():
        assert answer.headers[name.decode()] == value.decode()


def test_ready_says_how_far_the_index_is(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = instance.caller().get("/readyz").json()
    assert ready["seq"] + ready["behind"] == instance.parts.store.follow.seq(SYSTEM)
    assert ready["status"] == "ok"
    monkeypatch.setattr("service.api.health._READY_WITHIN", -1)
    late = instance.caller().get("/readyz")
    assert (late.status_code, late.json()["status"]) == (503, "catching_up")


def test_the_schema_promises_the_shape_of_errors(instance: Instance) -> None:
    schema = json.dumps(instance.caller().get("/openapi.json").json())
    assert "HTTPValidationError" not in schema
    assert "ErrorOut" in schema
