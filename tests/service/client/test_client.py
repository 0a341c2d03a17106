"""The client against the running application: every method, and everything it sends is in the document."""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from service.client import ApiError, Client, client, models
from tests.service.instance import PATIENCE, Instance

README = Path(__file__).resolve().parents[3] / "README.md"
SENT: set[tuple[str, str]] = set()
KINDS = {
    models.Written: "Written",
    models.Removed: "Removed",
    models.RowResult: "RowResult",
    models.Enterprise: "EnterpriseOut",
    models.Posting: "Posting",
    models.Match: "Match",
    models.Matches: "MatchOut",
    models.Recommendations: "RecommendationsOut",
    models.Check: "CheckOut",
    models.Outcome: "OutcomeKept",
    models.Import: "ImportOut",
    models.Deal: "DealOut",
    models.Change: "ChangeOut",
}


class Direct(httpx.BaseTransport):
    """Hands requests to the application, and takes down which."""

    def __init__(self, instance: Instance) -> None:
        self._caller = TestClient(instance.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        SENT.add((request.method, request.url.path))
        told = self._caller.request(
            request.method, str(request.url), headers=dict(request.headers), content=request.read()
        )
        return httpx.Response(told.status_code, headers=dict(told.headers), content=told.content)


def connect(instance: Instance, **options: Any) -> Client:
    key = str(instance.caller(**options).headers["Authorization"]).removeprefix("Bearer ")
    http = httpx.Client(
        base_url="http://testserver", transport=Direct(instance), headers={"Accept-Encoding": "identity"}
    )
    return Client("http://testserver", key, actor="赵 工", http=http)


@pytest.fixture
def platform(instance: Instance) -> Iterator[Client]:
    with connect(instance, scopes=(Scope.ADMIN,)) as made:
        yield made


def postings(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id_, "enterprise_id": "f", "kind": "capability", "title": f"钛合金五轴加工{id_}"} for id_ in ids]


def test_every_journey(instance: Instance, platform: Client, tmp_path: Path) -> None:
    assert platform.put_enterprise("f", {"name": "精工"}, only_new=True).outcome == "created"
    told = list(platform.put_enterprises([{"id": "g/1", "name": "整机"}, {"id": "bad"}]))
    assert [row.outcome for row in told] == ["created", "rejected"]
    assert told[1].error is not None
    assert {one.id for one in platform.enterprises(name="整")} == {"g/1"}
    firm = platform.get_enterprise("g/1")
    assert platform.put_enterprise("g/1", {"name": "整机厂"}, if_match=firm.etag).outcome == "updated"
    rows = list(platform.put_postings(postings("p1", "p2")))
    seq = max(row.seq or 0 for row in rows)
    need = {"enterprise_id": "g/1", "kind": "need", "title": "寻求钛合金五轴加工", "status": "published"}
    seq = platform.put_posting("n1", need).seq
    assert platform.get_posting("n1").title == need["title"]
    assert [one.id for one in platform.postings(enterprise_id="f")] == ["p1", "p2"]
    found = platform.match("寻求钛合金五轴加工", "need", k=5, min_seq=seq)
    assert {one.posting.id for one in found.matches} <= {"p1", "p2"} != set()
    assert found.matches[0].reasons
    assert platform.recommend("f").list_id
    assert platform.check({"enterprise_id": "f", "kind": "need", "title": "求加工"}).out_of == 20
    kept = platform.record_outcome(found.matches[0].posting.id, "shortlisted", list_id=found.list_id, id="o1")
    assert [one.id for one in platform.outcomes(list_id=found.list_id)] == [kept.id]
    sheet = tmp_path / "能力.csv"
    sheet.write_text("企业名称,类型,标题\n新厂,能力,压铸\n", encoding="utf-8")
    done = platform.wait_import(platform.import_file(sheet).id, timeout=PATIENCE)
    assert (done.state, done.ended) == ("done", True)
    (deal,) = platform.propose_deals("n1", ["p1"], requester_agreed=True)
    with connect(instance, organisation="f") as own:
        assert own.answer_deal(deal.id, accept=True).id == deal.id
    assert platform.report_deal(deal.id, stage="met", side="requester").stage == "met"
    assert [one.id for one in platform.deals(enterprise_id="f")] == [deal.id]
    assert platform.delete_posting("p2", if_match=platform.get_posting("p2").etag).id == "p2"
    assert platform.delete_enterprise("g/1").id == "g/1"
    last = {change.id: change for change in platform.changes()}
    assert last["p2"].removed
    assert last["p1"].posting is not None
    assert [*platform.changes(after=max(change.seq for change in last.values()))] == []


def test_every_request_is_in_the_document(instance: Instance, platform: Client, tmp_path: Path) -> None:
    SENT.clear()
    test_every_journey(instance, platform, tmp_path)
    document = instance.app.openapi()["paths"]
    known = [
        (method.upper(), re.compile(re.sub(r"\{\w+(:path)?\}", ".+", path)))
        for path in document
        for method in document[path]
    ]
    assert len(SENT) >= 20
    for sent, path in SENT:
        assert any(method == sent and pattern.fullmatch(path) for method, pattern in known), (sent, path)


def test_every_method_is_in_the_journey() -> None:
    journey = inspect.getsource(test_every_journey)
    for name, _ in inspect.getmembers(client.Client, inspect.isfunction):
        assert name.startswith("_") or name == "close" or f".{name}(" in journey, name


@pytest.mark.parametrize(("kind", "schema"), KINDS.items(), ids=[kind.__name__ for kind in KINDS])
def test_every_field_is_in_the_document(instance: Instance, kind: type[models.Answer], schema: str) -> None:
    told = instance.app.openapi()["components"]["schemas"][schema]["properties"]
    assert {name for name, field in kind.model_fields.items() if not field.exclude} <= told.keys() | {"computed_size"}


def test_what_is_refused_is_raised(platform: Client) -> None:
    platform.put_enterprise("f", {"name": "精工"})
    with pytest.raises(ApiError) as refused:
        platform.put_enterprise("f", {"name": "精工"}, only_new=True)
    assert (refused.value.status, refused.value.code) == (412, "precondition_failed")
    with pytest.raises(ApiError) as missing:
        platform.get_posting("none")
    assert (missing.value.status, missing.value.details["id"]) == (404, "none")


def test_lists_go_on_over_pages(platform: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_BATCH", 2)
    assert len(list(platform.put_enterprises({"id": f"e{n}", "name": "甲"} for n in range(5)))) == 5
    assert [one.id for one in platform.enterprises()] == [f"e{n}" for n in range(5)]
    assert [one.id for one in platform.changes()] == [f"e{n}" for n in range(5)]


def answering(*told: Callable[[httpx.Request], httpx.Response]) -> tuple[Client, list[httpx.Request], list[float]]:
    seen: list[httpx.Request] = []
    waits: list[float] = []
    script = iter(told)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return next(script)(request)

    http = httpx.Client(base_url="http://x", transport=httpx.MockTransport(answer))
    return Client("http://x", "k", actor="赵 工", language="en", http=http, retries=3, sleep=waits.append), seen, waits


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("gone", request=request)


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("lost", request=request)


def test_what_was_not_taken_is_sent_again_under_one_key() -> None:
    written = httpx.Response(200, json={"id": "f", "seq": 1, "outcome": "created"})
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    asked, seen, waits = answering(lost, lambda _: busy, lambda _: httpx.Response(503), lambda _: written)
    assert asked.put_enterprise("f", {"name": "x"}).seq == 1
    assert waits == [0.2, 7.0, 0.8]
    assert len({request.headers["idempotency-key"] for request in seen}) == 1
    first = seen[0].headers
    assert (first["authorization"], first["x-actor"], first["accept-language"]) == (
        "Bearer k",
        "%E8%B5%B5%20%E5%B7%A5",
        "en",
    )


def test_it_gives_up_in_the_end() -> None:
    asked, seen, _ = answering(*[lambda _: httpx.Response(503, text="<html>")] * 4)
    with pytest.raises(ApiError) as refused:
        asked.get_posting("p")
    assert (refused.value.status, refused.value.code, len(seen)) == (503, "http_error", 4)
    unreachable, _, _ = answering(*[gone] * 4)
    with pytest.raises(httpx.ConnectError):
        unreachable.get_posting("p")


def test_an_import_that_takes_too_long() -> None:
    running = httpx.Response(200, json={"id": "j", "state": "running", "progress": {}})
    asked, _, _ = answering(*[lambda _: running] * 4)
    with pytest.raises(TimeoutError):
        asked.wait_import("j", timeout=-1)


def test_the_example_of_the_readme_runs(instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (example,) = re.findall(r"<!-- client -->\n```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    made = connect(instance)
    monkeypatch.setattr("service.client.Client", lambda *_, **__: made)
    exec(compile(example, "README", "exec"), {"KEY": "k"})
    assert "1 京衡精工" in capsys.readouterr().out
