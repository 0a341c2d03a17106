"""Every request has an id, a line and a place in the numbers; neither tells what was asked or of whom."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from service.logs import FIELDS
from service.telemetry import Metrics
from tests.service.instance import TENANT, Instance, caught_up, put_some, running

TOKEN = "t" * 20


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("telemetry"), metrics_token=TOKEN) as started:
        yield started


def numbers(instance: Instance) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample by name and labels."""
    answer = TestClient(instance.app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_the_numbers_tell_of_routes_stages_index_cache_and_jobs(instance: Instance) -> None:
    caller = instance.caller()
    seq = put_some(caller)
    caught_up(caller, {"text": "钛合金加工", "kind": "need", "min_seq": seq})
    found = numbers(instance)
    assert found["rongtong_request_seconds_count", labelled(route="/v1/match", method="POST", status="200")] == 1
    for stage in ("line", "auth", "encode", "turn", "mask", "retrieve", "rank", "read", "explain"):
        assert found["rongtong_stage_seconds_count", labelled(route="/v1/match", stage=stage)] >= 1, stage
    assert found["rongtong_index_postings", labelled()] == 3
    assert found["rongtong_index_lag", labelled()] == 0
    assert found["rongtong_jobs", labelled(state="queued")] == 0
    assert found["rongtong_embedding_cache_total", labelled(use="query", found="miss")] >= 1
    assert found["rongtong_embedding_cache_total", labelled(use="index", found="miss")] >= 3
    assert found["rongtong_database_up", labelled()] == 1
    assert found["rongtong_in_flight", labelled()] == 1
    assert found["process_resident_memory_bytes", labelled()] > 0


def test_no_label_tells_of_a_firm_a_link_or_a_tenant(instance: Instance) -> None:
    caller = instance.caller()
    caller.put("/v1/enterprises/秘密企业", json={"name": "秘密企业"})
    caller.get("/v1/postings/secret/with/slashes?q=secret")
    TestClient(instance.app).get("/r/secret-token")
    TestClient(instance.app).get("/no/secret/path")
    TestClient(instance.app).request("SECRET", "/healthz")
    labels = {value for _, pairs in numbers(instance) for _, value in pairs}
    assert "/v1/postings/{id:path}" in labels
    assert "/r/{token}" in labels
    assert not any("secret" in value.lower() or "秘密" in value or value == TENANT for value in labels)


def test_refusals_are_counted_by_reason(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine._WAIT_SECONDS", 0.02)
    caller = instance.caller()
    with instance.parts.engine._writing:
        seq = caller.put("/v1/enterprises/late", json={"name": "刚写入"}).json()["seq"]
        answer = caller.post("/v1/match", json={"text": "钛", "kind": "need", "min_seq": seq})
    assert answer.status_code == 503
    assert numbers(instance)["rongtong_refusals_total", labelled(reason="index_behind")] >= 1


@pytest.mark.parametrize("sent", [None, "Bearer x", f"Basic {TOKEN}", "Bearer 令牌".encode()])
def test_the_numbers_are_for_the_token_only(instance: Instance, sent: str | bytes | None) -> None:
    headers: dict[str, str | bytes] = {"Authorization": sent} if sent else {}
    local = TestClient(instance.app, client=("127.0.0.1", 1), headers=headers)  # type: ignore[arg-type]
    assert local.get("/metrics").status_code == 401
    assert instance.caller().get("/metrics").status_code == 401


@pytest.mark.parametrize(
    ("public_url", "host", "status"),
    [("", "127.0.0.1", 200), ("", "::1", 200), ("", "10.0.0.7", 401), ("https://pt.example.cn", "127.0.0.1", 401)],
)
def test_without_a_token_they_are_for_this_machine(tmp_path: Path, public_url: str, host: str, status: int) -> None:
    with running(tmp_path, public_url=public_url) as started:
        assert TestClient(started.app, client=(host, 1)).get("/metrics").status_code == status


@pytest.mark.parametrize("given", ["a", "A-z_0.9", "x" * 64])
def test_a_sane_id_of_the_caller_is_kept(instance: Instance, given: str) -> None:
    answer = TestClient(instance.app).get("/v1/nothing", headers={"X-Request-Id": given})
    assert (answer.status_code, answer.headers["x-request-id"]) == (404, given)


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", '"', "n\u00ba1"])
def test_any_other_is_replaced(instance: Instance, given: str) -> None:
    client = TestClient(instance.app)
    sent = {b"x-request-id": given.encode()}
    found = [client.get("/healthz", headers=sent).headers["x-request-id"] for _ in range(2)]
    assert all(len(one) == 32 and one.isalnum() for one in found)
    assert found[0] != found[1]


def test_a_failure_tells_its_number_which_the_log_has_too(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("内部")

    monkeypatch.setattr(instance.parts.store.records, "get_posting", fails)
    with caplog.at_level(logging.INFO):
        answer = instance.caller().get("/v1/postings/p0", headers={"X-Request-Id": "n-1"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "n-1")
    assert "编号 n-1" in answer.json()["error"]["message"]


def test_the_line_of_a_request_says_who_and_which_route_and_nothing_that_was_sent(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caller = instance.caller()
    with caplog.at_level(logging.INFO, "service.telemetry"):
        caller.get("/v1/postings/some-id?q=query-text")
    (record,) = [one for one in caplog.records if one.name == "service.telemetry"]
    fields = getattr(record, FIELDS)
    assert fields["key"] == str(caller.headers["authorization"]).split("_")[1]
    assert {name: fields[name] for name in ("method", "route", "status", "tenant", "actor", "code")} == {
        "method": "GET", "route": "/v1/postings/{id:path}", "status": 404, "tenant": TENANT, "actor": "platform",
        "code": "not_found",
    }  # fmt: skip
    assert not any(word in str(fields) for word in ("some-id", "query-text"))


def test_numbers_are_there_without_a_database(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("down")

    monkeypatch.setattr(instance.parts.store.follow, "seq", fails)
    found = numbers(instance)
    assert found["rongtong_database_up", labelled()] == 0
    assert ("rongtong_index_lag", labelled()) not in found


@pytest.mark.parametrize("reason", ["draining", "catching_up", "database_unavailable"])
def test_not_ready_says_why(instance: Instance, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    client = TestClient(instance.app)

    def fails(*_: object) -> None:
        raise OSError("down")

    if reason == "draining":
        instance.parts.draining.set()
    elif reason == "catching_up":
        monkeypatch.setattr(instance.parts.engine, "_current", False)
        monkeypatch.setattr(instance.parts.engine, "catch_up", lambda: 0)
    else:
        monkeypatch.setattr(instance.parts.store.follow, "seq", fails)
    answer = client.get("/readyz")
    instance.parts.draining.clear()
    assert (answer.status_code, answer.json()["status"]) == (503, reason)
    assert answer.json()["reason"]
    assert client.get("/healthz").json() == {"status": "ok"}


def test_two_applications_keep_their_numbers_apart(instance: Instance) -> None:
    other = Metrics(instance.parts)
    assert b"/v1/match" not in other.text()
