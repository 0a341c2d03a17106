"""An organiser with three days left: a messy sheet in, a plan kept, a drop-out, a hand's edit, agendas, and what came of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from tests.journeys.process import Server, done, free_port
from tests.service.event_sheets import attendees

STEEL, HEAT, METAL, MILL = (
    "首钢集团有限公司",
    "北京余热节能技术有限公司",
    "北京航材股份有限公司",
    "北京钛锐精密制造有限公司",
)
PATIENCE = 120.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("organiser")


@pytest.fixture(scope="module")
def sheet(folder: Path) -> Path:
    return attendees(folder / "参会名单.xlsx")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    server = Server(folder, free_port())
    try:
        server.until_ready()
        made = json.loads(done(folder, "keys", "create", "--name", "会务", "--json"))
        yield httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {made['key']}"}, timeout=60)
    finally:
        server.kill()


def pairs(plan: dict[str, Any]) -> dict[frozenset[str], tuple[int, int]]:
    return {frozenset((one["a"], one["b"])): (one["slot"], one["table"]) for one in plan["meetings"]}


def ended(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/v1/event-jobs/{answer.json()['id']}").json()
        if job["state"] in ("done", "failed"):
            assert job["state"] == "done", job
            return job
        sleep(0.1)
    raise AssertionError(job)


def test_on_a_laptop_with_a_sheet_alone(folder: Path, sheet: Path) -> None:
    out = folder / "计划.xlsx"
    told = json.loads(done(folder, "event", "plan", "--participants", str(sheet), "--out", str(out), "--json"))
    found = pairs(told)
    assert {frozenset((STEEL, HEAT)), frozenset((METAL, MILL))} <= set(found)
    assert told["verify"] == {"ok": True, "violations": []}
    heat = next(one for one in told["meetings"] if {one["a"], one["b"]} == {STEEL, HEAT})
    assert any("余热" in reason for reason in heat["reasons"])
    assert {"总览", "日程", "桌卡", "签到表", "桌签"} <= set(load_workbook(out).sheetnames)
    plan = str(out.with_suffix(".json"))
    after = json.loads(
        done(folder, "event", "repair", plan, "--drop", "钛锐", "--out", str(folder / "b.xlsx"), "--json")
    )
    stayed = {pair: at for pair, at in found.items() if MILL not in pair}
    assert stayed.items() <= pairs(after).items()
    done(folder, "event", "export", plan, "--format", "agendas", "--out", str(folder / "打印"))
    assert STEEL in (folder / "打印" / "日程.html").read_text(encoding="utf-8")


def test_on_a_platform_from_the_sheet_to_what_came_of_it(client: httpx.Client, sheet: Path) -> None:
    content = sheet.read_bytes()
    ended(client, client.post("/v1/events", files={"file": (sheet.name, content)}, data={"id": "e", "setup": "{}"}))
    event = client.get("/v1/events/e").json()
    found = pairs(event["plan"])
    slot, table = found[frozenset((STEEL, HEAT))]
    lock = {"since": 1, "action": "lock", "a": STEEL, "b": HEAT, "note": "领导已确认"}
    assert client.post("/v1/events/e/edits", json=lock).json()["saved"]
    ended(client, client.post("/v1/events/e/changes", json={"since": 2, "drop": [MILL], "delay_minutes": 20}))
    after = client.get("/v1/events/e").json()
    assert pairs(after["plan"])[frozenset((STEEL, HEAT))] == (slot, table)
    assert after["plan"]["verify"]["ok"]
    issued = client.post("/v1/events/e/issue", json={"since": 3}).json()
    first = client.get(f"/v1/lists/{issued['id']}").content
    told = [{"of": STEEL, "about": HEAT, "came": True, "rating": 5, "result": "继续联系"}]
    ended(client, client.post("/v1/events/e/feedback", json=told))
    assert client.get("/v1/events/e/results").json()["总体"]["全部"]["contact"] == 1
    assert [one["stage"] for one in client.get("/v1/outcomes").json()["items"]] == ["contacted"]
    assert client.get(f"/v1/lists/{issued['id']}").content == first
    assert next(one["action"] for one in json.loads(first)["adjusted"]) == "排会面"
