"""A platform saves a search, writes a posting, and its webhook is told, signed; others see and are told nothing."""

import io
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from tests.service.instance import PATIENCE, Answer, Instance, put_some, running
from tests.service.receiver import Receiver, receiving, verified

BODY = {
    "name": "钛合金供应商",
    "text": "钛合金五轴加工",
    "kind": "need",
    "level": "低",
    "digest": "immediate",
    "recipients": [{"channel": "sheet", "to": "王工"}],
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with running(tmp_path / "data", private_hooks="127.0.0.1") as started:
        yield started


def put(caller: TestClient, id_: str = "s", **more: Any) -> Answer:
    return caller.put(f"/v1/searches/{id_}", json=BODY | more)


def hook(caller: TestClient, receiver: Receiver) -> str:
    answer = caller.put("/v1/webhooks/w", json={"url": receiver.url, "events": ["match.found"]})
    return str(answer.json()["secret"])


def test_a_new_posting_is_told_of_by_a_signed_request(instance: Instance, receiver: Receiver) -> None:
    caller = instance.caller()
    secret = hook(caller, receiver)
    made = put(caller, recipients=[{"channel": "webhook", "to": "w"}])
    assert made.status_code == 200, made.text
    put_some(caller, 1)
    receiver.until(lambda: bool(receiver.got))
    (got,) = receiver.got
    assert verified(got, secret)
    assert got.json["type"] == "match.found"
    (match,) = got.json["data"]["matches"]
    assert (match["posting_id"], match["enterprise_id"]) == ("p0", "f")
    (delivery,) = caller.get("/v1/searches/s/deliveries").json()["items"]
    assert (delivery["id"], delivery["channel"]) == (got.headers["webhook-id"], "webhook")
    told = {"posting_id": "p0", "stage": "contacted", "list_id": got.json["data"]["list_id"]}
    assert caller.post("/v1/outcomes", json=told).status_code == 200


def test_what_was_written_is_given_back_without_secrets(instance: Instance) -> None:
    caller = instance.caller()
    robot = {
        "channel": "dingtalk",
        "to": "https://oapi.dingtalk.com/robot/send?access_token=1",
        "secret": "SEChidden",
        "muted_until": "2027-01-01",
    }
    wanted: dict[str, Any] = {"recipients": [robot], "filters": {"region": ["北京市"]}, "digest": "weekly", "hour": 7}
    made = put(caller, **wanted).json()
    assert made == caller.get("/v1/searches/s").json()
    assert "hidden" not in str(made)
    shown = {"unsubscribed": False} | {name: robot[name] for name in ("channel", "to", "muted_until")}
    assert made["recipients"] == [shown]
    assert [one["id"] for one in caller.get("/v1/searches").json()["items"]] == ["s"]
    assert caller.delete("/v1/searches/s").status_code == 204
    assert caller.get("/v1/searches/s").status_code == 404


def test_the_sheet_over_http(instance: Instance) -> None:
    caller = instance.caller()
    put_some(caller, 1)
    put(caller)
    rows: list[Any] = []

    deadline = monotonic() + PATIENCE
    while len(rows) < 2 and monotonic() < deadline:
        page = openpyxl.load_workbook(io.BytesIO(caller.get("/v1/messages/sheet").content)).active
        assert page is not None
        rows = list(page.iter_rows(values_only=True))
        sleep(0.05)
    (row,) = rows[1:]
    assert row[1:3] == ("王工", "“钛合金供应商”有 1 条新匹配")
    stranger = instance.caller("other")
    assert stranger.post("/v1/messages/sheet/sent", json={"ids": [row[0]]}).json() == {"sent": 0}
    assert caller.post("/v1/messages/sheet/sent", json={"ids": [row[0]]}).json() == {"sent": 1}
    path = f"/v1/searches/s/deliveries/{row[0]}/replay"
    assert stranger.post(path).status_code == 404
    assert caller.post(path.replace(row[0], "none")).json()["error"]["code"] == "not_found"
    assert caller.post(path).json()["state"] == "waiting"
    assert caller.post("/v1/messages/sheet/sent", json={"ids": [row[0]]}).json() == {"sent": 1}


def test_nobody_reaches_anothers(instance: Instance, receiver: Receiver) -> None:
    mine = instance.caller()
    put_some(mine)
    hook(mine, receiver)
    assert put(mine).status_code == 200
    firm = instance.caller(organisation="f")
    for other in (instance.caller("other"), firm):
        assert other.get("/v1/searches").json()["items"] == []
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries")):
            assert other.request(method, f"/v1/searches/s{path}").status_code == 404
        refused = put(other, recipients=[{"channel": "webhook", "to": "w"}])
        assert refused.json()["error"]["code"] == "not_found"
    assert put(firm, enterprise_id="g").json()["error"]["code"] in ("forbidden", "not_found")
    assert put(firm, name="自己的").status_code == 200
    assert mine.get("/v1/searches/s").json()["name"] == "钛合金供应商"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"recipients": []}, "invalid_request"),
        ({"level": "极高"}, "invalid_request"),
        ({"name": "a\nb"}, "invalid_request"),
        ({"kind": None}, "bad_match"),
        ({"filters": {"region": ["火星"]}}, "unknown_region"),
        ({"recipients": [{"channel": "email", "to": "wang@example.cn"}]}, "bad_recipient"),
        ({"recipients": [{"channel": "wecom", "to": "https://10.0.0.1/?key=1"}]}, "bad_recipient"),
    ],
)
def test_what_cannot_work_is_refused(instance: Instance, more: dict[str, Any], code: str) -> None:
    answer = put(instance.caller(), **more)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
