"""An event over HTTP: planned in the background, edited with conflicts told, mended, exported, issued for good."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from matcher.planning.document import loaded
from service.api.event_pages import screen
from service.auth import Scope, local_admin
from tests.service.event_sheets import attendees, names
from tests.service.instance import PATIENCE, TENANT, Instance

SETUP = {"start": "2026-12-01T09:00", "slots": 6, "name": "对接会"}
STEEL, HEAT, METAL, MILL = (
    "首钢集团有限公司",
    "北京余热节能技术有限公司",
    "北京航材股份有限公司",
    "北京钛锐精密制造有限公司",
)


def ended(caller: TestClient, answer: Any) -> dict[str, Any]:
    """Return a job once it is done or has failed."""
    assert answer.status_code == 202, answer.text
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        job: dict[str, Any] = caller.get(f"/v1/event-jobs/{answer.json()['id']}").json()
        if job["state"] in ("done", "failed"):
            return job
        sleep(0.05)
    raise AssertionError(job)


def send(caller: TestClient, sheet: Path, **form: str) -> Any:
    data = {"setup": json.dumps(SETUP), "id": "e1", **form}
    return caller.post("/v1/events", files={"file": (sheet.name, sheet.read_bytes())}, data=data)


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller()


@pytest.fixture
def event(caller: TestClient, tmp_path: Path) -> dict[str, Any]:
    """A planned event."""
    job = ended(caller, send(caller, attendees(tmp_path / "名单.xlsx")))
    assert job["state"] == "done", job
    found: dict[str, Any] = caller.get("/v1/events/e1").json()
    return found


def test_a_sheet_becomes_an_event(event: dict[str, Any], caller: TestClient) -> None:
    assert (event["id"], event["name"], event["version"]) == ("e1", "对接会", 1)
    assert names(event["plan"]) >= {frozenset((STEEL, HEAT)), frozenset((METAL, MILL))}
    assert event["plan"]["verify"]["ok"]
    assert event["sheet"]["rows"] == 6
    assert [one["id"] for one in caller.get("/v1/events").json()["items"]] == ["e1"]
    assert [one["action"] for one in caller.get("/v1/events/e1/history").json()] == ["排会面"]


def test_contacts_stay_out_of_the_answer(event: dict[str, Any]) -> None:
    assert "1380000" not in json.dumps(event)


def test_the_same_id_is_taken_once(event: dict[str, Any], caller: TestClient, tmp_path: Path) -> None:
    answer = send(caller, attendees(tmp_path / "名单.xlsx"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "event_exists")


def test_a_move_that_breaks_a_rule_is_told_and_not_kept(event: dict[str, Any], caller: TestClient) -> None:
    steel = next(one for one in event["plan"]["meetings"] if STEEL in (one["a"], one["b"]))
    other = next(one for one in event["plan"]["meetings"] if METAL in (one["a"], one["b"]))
    edit = {"since": 1, "action": "move", "a": STEEL, "b": HEAT, "slot": other["slot"], "table": other["table"]}
    told = caller.post("/v1/events/e1/edits", json=edit).json()
    assert (told["saved"], told["version"]) == (False, 1)
    assert any("桌" in one["message"] for one in told["violations"])
    assert caller.get("/v1/events/e1").json()["version"] == 1
    forced = caller.post("/v1/events/e1/edits", json=edit | {"force": True, "note": "领导要求"}).json()
    assert (forced["saved"], forced["version"]) == (True, 2)
    assert not caller.get("/v1/events/e1").json()["plan"]["verify"]["ok"]
    assert caller.get("/v1/events/e1/history").json()[-1]["note"] == "领导要求"
    assert caller.get("/v1/events/e1?version=1").json()["plan"]["meetings"] == event["plan"]["meetings"]
    assert steel["slot"] >= 1


def test_locks_bans_and_their_undoing(event: dict[str, Any], caller: TestClient) -> None:
    def edit(since: int, action: str) -> dict[str, Any]:
        body = {"since": since, "action": action, "a": STEEL, "b": HEAT}
        told: dict[str, Any] = caller.post("/v1/events/e1/edits", json=body).json()
        return told

    def meeting() -> list[dict[str, Any]]:
        plan = caller.get("/v1/events/e1").json()["plan"]
        return [one for one in plan["meetings"] if {one["a"], one["b"]} == {STEEL, HEAT}]

    assert edit(1, "lock")["version"] == 2
    assert meeting()[0]["locked"]
    assert edit(2, "unlock")["version"] == 3
    assert not meeting()[0]["locked"]
    banned = edit(3, "forbid")
    assert (banned["version"], meeting()) == (4, [])
    assert edit(4, "allow")["version"] == 5
    assert edit(4, "allow")["error"]["code"] == "version_conflict"


def test_drop_outs_tables_and_delays_are_mended(event: dict[str, Any], caller: TestClient) -> None:
    job = ended(caller, caller.post("/v1/events/e1/changes", json={"since": 1, "drop": [MILL], "note": "来电请假"}))
    assert job["state"] == "done", job
    assert any("取消" in text for text in job["report"]["changes"])
    after = caller.get("/v1/events/e1").json()
    assert after["version"] == 2
    assert MILL not in {name for pair in names(after["plan"]) for name in pair}
    assert caller.get("/v1/events/e1/history").json()[-1]["action"] == f"不来：{MILL}"
    archive = zipfile.ZipFile(io.BytesIO(caller.get("/v1/events/e1/files/ics?sent=1").content))
    own = next(archive.read(name).decode() for name in archive.namelist() if METAL in name)
    assert "STATUS:CANCELLED" in own
    assert "SEQUENCE:2" in own
    late = ended(caller, caller.post("/v1/events/e1/changes", json={"since": 2, "delay_minutes": 20}))
    assert late["state"] == "done", late
    stale = caller.post("/v1/events/e1/changes", json={"since": 2, "delay_minutes": 20})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "version_conflict")
    nothing = ended(caller, caller.post("/v1/events/e1/changes", json={"since": 3}))
    assert nothing["state"] == "failed"
    assert "请说明变动" in nothing["error"]


def test_a_later_sheet_mends_the_plan(event: dict[str, Any], caller: TestClient, tmp_path: Path) -> None:
    sheet = attendees(tmp_path / "新.xlsx", without="预知")
    answer = caller.put(
        "/v1/events/e1/participants", files={"file": ("新.xlsx", sheet.read_bytes())}, data={"since": "1"}
    )
    job = ended(caller, answer)
    assert job["state"] == "done", job
    assert any("北京预知科技有限公司" in text for text in job["report"]["changes"])
    assert job["report"]["summary"].startswith("取消 ")
    assert caller.get("/v1/events/e1").json()["summary"] == job["report"]["summary"]


def test_who_registers_late_joins_the_plan(event: dict[str, Any], caller: TestClient) -> None:
    row = {
        "单位": "北京新来科技有限公司",
        "类型": "中小企业",
        "姓名": "新一",
        "希望对接": "首钢",
        "可提供": "高炉煤气分析",
    }
    line = json.dumps(row, ensure_ascii=False).encode()
    files = {"file": ("walkin.jsonl", line)}
    job = ended(caller, caller.post("/v1/events/e1/participants", files=files, data={"since": "1"}))
    assert job["state"] == "done", job
    after = caller.get("/v1/events/e1").json()
    assert names(event["plan"]) <= names(after["plan"])
    assert frozenset((STEEL, "北京新来科技有限公司")) in names(after["plan"])
    assert caller.get("/v1/events/e1/history").json()[-1]["action"] == "增加名单"


def test_a_tick_list_goes_out_and_comes_back(event: dict[str, Any], caller: TestClient) -> None:
    content = caller.get("/v1/events/e1/files/ticklist").content
    book = load_workbook(io.BytesIO(content))
    page = next(page for page in book if STEEL[:8] in page.title)
    head = next(row for row in page.iter_rows() if any(cell.value == "意愿" for cell in row))
    mark = next(cell.column for cell in head if cell.value == "意愿")
    name = next(cell.column for cell in head if cell.value == "对方单位")
    row = next(row[0].row for row in page.iter_rows(min_row=head[0].row + 1) if row[name - 1].value == HEAT)
    page.cell(row, mark).value = "不见"
    stream = io.BytesIO()
    book.save(stream)
    answer = caller.put("/v1/events/e1/wishes", files={"file": ("意愿.xlsx", stream.getvalue())}, data={"since": "1"})
    job = ended(caller, answer)
    assert job["state"] == "done", job
    assert frozenset((STEEL, HEAT)) not in names(caller.get("/v1/events/e1").json()["plan"])


@pytest.mark.parametrize(
    "form", ["xlsx", "json", "ics", "messages", "ticklist", "feedback", "agendas", "overview", "figure"]
)
def test_a_plan_leaves_in_every_form(form: str, event: dict[str, Any], caller: TestClient) -> None:
    answer = caller.get(f"/v1/events/e1/files/{form}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    if answer.headers["content-type"] == "application/zip":
        assert len(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == (6 if form in ("ics", "messages") else 2)


@pytest.mark.parametrize("page", ["agendas", "tables", "overview", "hall?at=2026-12-01T09:05:00"])
def test_a_page_shows_the_plan_without_contacts(page: str, event: dict[str, Any], caller: TestClient) -> None:
    answer = caller.get(f"/v1/events/e1/pages/{page}")
    assert answer.status_code == 200, answer.text
    assert "首钢" in answer.text
    assert "1380000" not in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text.split("<svg")[0]
    style = caller.get("/pages.css")
    assert (style.status_code, style.headers["content-type"].split(";")[0]) == (200, "text/css")


def test_the_screen_in_the_hall_needs_no_key(event: dict[str, Any], instance: Instance) -> None:
    held = instance.parts.store.events.version(local_admin(TENANT), "e1")
    document = loaded(json.dumps(json.loads(held.document)["plan"]))
    with TestClient(screen(lambda: document)) as visitor:
        page = visitor.get("/")
        assert page.status_code == 200
        assert "http-equiv" in page.text
        assert "unsafe" not in page.headers["content-security-policy"].split("style-src")[0]
        assert visitor.get("/pages.css").status_code == 200
        assert visitor.get("/v1/events").status_code == 404


def test_an_unknown_form_is_refused(event: dict[str, Any], caller: TestClient) -> None:
    assert caller.get("/v1/events/e1/files/pdf").json()["error"]["code"] == "unknown_format"


def test_an_issued_list_stays_as_it_was(event: dict[str, Any], caller: TestClient, instance: Instance) -> None:
    issued = caller.post("/v1/events/e1/issue", json={"since": 1}).json()
    assert caller.get("/v1/lists", params={"event": "e1"}).json()["items"] == [issued]
    assert caller.get("/v1/lists", params={"event": "e2"}).json()["items"] == []
    first = caller.get(f"/v1/lists/{issued['id']}")
    assert first.headers["x-content-sha256"] == issued["sha256"]
    told = first.json()
    assert {one["participant"] for one in told["considered"]} >= {STEEL, METAL}
    assert any(one["excluded"] for one in told["considered"])
    assert [one["action"] for one in told["adjusted"]] == ["排会面"]
    assert "1380000" not in first.text
    assert caller.post("/v1/events/e1/issue", json={"since": 1}).json()["id"] == issued["id"]
    caller.post("/v1/events/e1/edits", json={"since": 1, "action": "forbid", "a": STEEL, "b": HEAT, "note": "回避"})
    assert caller.get(f"/v1/lists/{issued['id']}").content == first.content
    again = caller.post("/v1/events/e1/issue", json={"since": 2}).json()
    assert again["id"] != issued["id"]
    assert caller.get(f"/v1/lists/{again['id']}").json()["adjusted"][-1]["note"] == "回避"
    assert instance.parts.store.feedback.exposure(local_admin(TENANT), datetime.now(UTC) - timedelta(days=1)) != {}


def test_another_platform_sees_nothing(event: dict[str, Any], instance: Instance) -> None:
    stranger = instance.caller("other")
    assert stranger.get("/v1/events").json()["items"] == []
    for path in ("/v1/events/e1", "/v1/events/e1/history", "/v1/events/e1/files/xlsx"):
        assert stranger.get(path).status_code == 404
    edit = {"since": 1, "action": "lock", "a": STEEL, "b": HEAT}
    assert stranger.post("/v1/events/e1/edits", json=edit).status_code == 404
    assert stranger.post("/v1/events/e1/changes", json={"since": 1, "delay_minutes": 5}).status_code == 404
    assert stranger.post("/v1/events/e1/issue", json={"since": 1}).status_code == 404
    assert instance.caller(organisation="f").get("/v1/events/e1").status_code == 404


def test_who_may_only_read_changes_nothing(event: dict[str, Any], instance: Instance, tmp_path: Path) -> None:
    reader = instance.caller(scopes=(Scope.READ,))
    edit = {"since": 1, "action": "lock", "a": STEEL, "b": HEAT}
    assert reader.post("/v1/events/e1/edits", json=edit).status_code == 403
    assert send(reader, attendees(tmp_path / "x.xlsx"), id="e2").status_code == 403
    assert reader.get("/v1/events/e1").status_code == 200


@pytest.mark.parametrize(
    ("setup", "words"),
    [("[]", "对象"), ('{"slots": -1}', "slots"), ('{"slot": 3}', "未知字段"), ('{"start": "明天"}', "start")],
)
def test_a_setup_that_cannot_be_is_refused(setup: str, words: str, caller: TestClient, tmp_path: Path) -> None:
    answer = send(caller, attendees(tmp_path / "x.xlsx"), setup=setup)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_setup")
    assert words in answer.json()["error"]["message"]


def test_a_sheet_that_is_none_fails_the_job(caller: TestClient) -> None:
    answer = caller.post("/v1/events", files={"file": ("名单.xlsx", b"not a workbook")}, data={"id": "e9"})
    job = ended(caller, answer)
    assert job["state"] == "failed"
    assert "名单.xlsx" in job["error"]
    assert caller.get("/v1/events/e9").status_code == 404


def test_feedback_is_kept_counted_and_learned_from(
    event: dict[str, Any], caller: TestClient, instance: Instance
) -> None:
    told = [
        {"of": STEEL, "about": HEAT, "came": True, "rating": 5, "result": "继续联系", "note": "联系赵总"},
        {"of": HEAT, "about": STEEL, "came": True, "rating": 4},
        {"of": METAL, "about": MILL, "came": True, "result": "不合适"},
    ]
    job = ended(caller, caller.post("/v1/events/e1/feedback", json=told))
    assert job["state"] == "done", job
    assert caller.get("/v1/events/e1").json()["version"] == 2
    whole = caller.get("/v1/events/e1/results").json()["总体"]["全部"]
    assert (whole["told"], whole["contact"], whole["no_shows"]) == (3, 1, 0)
    kept = [(one["stage"], one["reason"]) for one in caller.get("/v1/outcomes").json()["items"]]
    assert kept == [("contacted", None), ("met", None), ("dismissed", "不相关")]
    labels = list(instance.parts.store.feedback.labels(local_admin(TENANT), encoder=instance.parts.encoder.fingerprint))
    assert {(one.label, bool(one.features)) for one in labels if one.weight} == {(1, True), (0, True)}
    again = ended(caller, caller.post("/v1/events/e1/feedback", json=told[2:]))
    assert again["state"] == "done", again
    assert len(caller.get("/v1/outcomes").json()["items"]) == 3
    assert "赵总" not in json.dumps(caller.get("/v1/outcomes").json(), ensure_ascii=False)


def test_a_feedback_form_goes_out_and_comes_back(event: dict[str, Any], caller: TestClient) -> None:
    book = load_workbook(io.BytesIO(caller.get("/v1/events/e1/files/feedback").content))
    page = book.active
    for row in page.iter_rows(min_row=2, max_row=3):
        row[4].value, row[5].value = "是", "很好"
    page.cell(4, 6).value = "九分"
    stream = io.BytesIO()
    book.save(stream)
    answer = caller.put("/v1/events/e1/feedback", files={"file": ("反馈.xlsx", stream.getvalue())})
    job = ended(caller, answer)
    assert (job["state"], job["report"]["told"]) == ("done", 2), job
    assert [one["row"] for one in job["report"]["problems"]] == [4]
    assert caller.get("/v1/events/e1/results").json()["总体"]["全部"]["mean_rating"] == 5.0


def test_feedback_on_who_never_met_is_refused(event: dict[str, Any], caller: TestClient) -> None:
    told = [{"of": HEAT, "about": MILL, "rating": 5}]
    assert caller.post("/v1/events/e1/feedback", json=told).json()["error"]["code"] == "no_meeting"
    told = [{"of": STEEL, "about": "没有", "rating": 5}]
    assert caller.post("/v1/events/e1/feedback", json=told).json()["error"]["code"] == "unknown_participant"


def test_a_person_who_asks_is_erased_from_every_state_and_the_event_goes_on(
    instance: Instance, event: dict[str, Any], caller: TestClient
) -> None:
    admin = instance.caller(scopes=(Scope.ADMIN,))
    delegate = admin.post("/v1/personal-data:find", json={"phone": "13800000001"}).json()["delegates"]
    assert [(one["event_id"], one["version"], one["contact"]["name"]) for one in delegate] == [("e1", 1, "王工")]
    assert admin.post("/v1/personal-data:erase", json={"phone": "13800000001"}).json()["event_versions"] == 1
    for _, _, text in instance.parts.store.events.every_document(local_admin(TENANT)):
        assert "13800000001" not in text
        assert "王工" not in text
        assert "13800000002" in text
    after = caller.get("/v1/events/e1").json()
    assert names(after["plan"]) == names(event["plan"])
    assert after["plan"]["verify"]["ok"]
