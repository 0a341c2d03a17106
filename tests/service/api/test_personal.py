"""Contacts are sealed, shown to their own firm and the platform, found and erased when a person asks."""

import json
import sqlite3

import pytest
from fastapi.testclient import TestClient

from matcher.deals import Deal
from matcher.domain import Contact
from service.auth import Scope, local_admin
from service.store import Step
from service.usecases.deal_views import CONTACTS
from tests.service.instance import TENANT, TODAY, Instance, finished

PHONE, MAIL = "13812345678", "wang@example.cn"
WANG = {"name": "王工", "title": None, "phone": PHONE, "email": MAIL}


NOTHING: dict[str, list[object]] = {"contacts": [], "delegates": [], "recipients": []}


@pytest.fixture
def admin(instance: Instance) -> TestClient:
    caller = instance.caller(scopes=(Scope.ADMIN,))
    for name in ("a", "b"):
        caller.put(f"/v1/enterprises/{name}", json={"name": f"{name}公司"})
    assert caller.put("/v1/enterprises/a/contacts", json={"contacts": [WANG, {"name": "李工"}]}).status_code == 200
    return caller


def raw(instance: Instance) -> str:
    """Everything in the database file, as text."""
    with sqlite3.connect(instance.parts.settings.data_dir / "rongtong.db") as connection:
        return "\n".join(connection.iterdump())


def test_contacts_are_sealed_and_come_back(instance: Instance, admin: TestClient) -> None:
    held = admin.get("/v1/enterprises/a/contacts").json()["items"]
    assert held == [WANG, {"name": "李工", "title": None, "phone": None, "email": None}]
    assert PHONE not in raw(instance)
    assert "王工" not in raw(instance)
    again = admin.put("/v1/enterprises/a/contacts", json={"contacts": [{"name": "李工", "title": "经理"}]})
    assert [one["title"] for one in again.json()["items"]] == [None, "经理"]
    assert admin.delete("/v1/enterprises/a/contacts").json() == {"id": "a"}
    assert admin.get("/v1/enterprises/a/contacts").json() == {"items": []}


def test_contacts_are_for_their_own_firm_and_the_platform(instance: Instance, admin: TestClient) -> None:
    own, other = (instance.caller(organisation=name) for name in "ab")
    assert own.get("/v1/enterprises/a/contacts").json()["items"][0] == WANG
    for answer in (
        other.get("/v1/enterprises/a/contacts"),
        other.put("/v1/enterprises/a/contacts", json={"contacts": [WANG]}),
        other.delete("/v1/enterprises/a/contacts"),
        other.get("/v1/enterprises/nobody/contacts"),
        own.post("/v1/personal-data:find", json={"phone": PHONE}),
        own.post("/v1/personal-data:erase", json={"phone": PHONE}),
        instance.caller().post("/v1/personal-data:find", json={"phone": PHONE}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert PHONE not in answer.text
    stranger = instance.caller("elsewhere", scopes=(Scope.ADMIN,))
    assert stranger.get("/v1/enterprises/a/contacts").status_code == 404
    assert stranger.post("/v1/personal-data:find", json={"phone": PHONE}).json() == NOTHING


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ({"phone": PHONE}, True),
        ({"phone": "+86 138-1234-5678"}, True),
        ({"email": "WANG@example.cn"}, True),
        ({"name": "王工"}, True),
        ({"phone": "13812345679"}, False),
        ({"phone": "-"}, False),
        ({"name": "王"}, False),
        ({"name": "李工", "email": "li@example.cn"}, False),
    ],
)
def test_a_person_is_found(admin: TestClient, asked: dict[str, str], known: bool) -> None:
    held = admin.post("/v1/personal-data:find", json=asked).json()["contacts"]
    assert held == ([{"enterprise_id": "a", "contact": WANG, "shown_to": []}] if known else [])


def test_it_is_told_to_whom_contacts_were_shown(instance: Instance, admin: TestClient) -> None:
    store, who = instance.parts.store, local_admin(TENANT)
    deal = Deal(id="d", requester_id="b", supplier_id="a", title="试制", entered=TODAY)
    store.deals.create(who, [deal], Step(action="推荐", on=TODAY))
    store.deals.disclose(who, "d", what=CONTACTS, about="a")
    held = admin.post("/v1/personal-data:find", json={"phone": PHONE}).json()["contacts"]
    assert held[0]["shown_to"] == ["cli"]


def test_erasing_reaches_contacts_and_reports(instance: Instance, admin: TestClient) -> None:
    sheet = f"企业名称,类型,标题\n甲厂,{PHONE},x\n"
    job = admin.post("/v1/imports", files={"file": ("b.csv", sheet)}).json()["id"]
    finished(admin, job)
    assert PHONE in raw(instance)
    erased = admin.post("/v1/personal-data:erase", json={"phone": PHONE, "email": MAIL}).json()
    assert (erased["contacts"], erased["event_versions"]) == (1, 0)
    assert erased["import_reports"] == 1
    assert admin.get(f"/v1/imports/{job}/rejects").status_code == 404
    assert PHONE not in raw(instance)
    assert instance.parts.store.records.contacts(local_admin(TENANT), "a") == (Contact(name="李工"),)
    assert admin.post("/v1/personal-data:find", json={"phone": PHONE}).json() == NOTHING


def test_erasing_finds_other_ways_to_write_a_number_and_touches_nothing_else(
    instance: Instance, admin: TestClient
) -> None:
    store, who = instance.parts.store, local_admin(TENANT)
    sheet = "企业名称,类型,标题\n甲厂,+86 138-1234 5678,x\n乙厂,9138123456789,x\n"
    job = admin.post("/v1/imports", files={"file": ("b.csv", sheet)}).json()["id"]
    finished(admin, job)
    held = {"count": 13812345678, "said": "致电 138 1234 5678 或 9138123456789", "13812345678": 1}
    store.events.create(who, id="ev", name="对接会", document=json.dumps(held))
    assert admin.post("/v1/personal-data:erase", json={"phone": PHONE}).json()["import_reports"] == 1
    assert [one.value for one in store.jobs.problems(who, job).items] == [None, "9138123456789"]
    (document,) = (json.loads(text) for _, _, text in store.events.every_document(who))
    assert document == held | {"said": "致电 *** 或 9138123456789"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("find", {}), ("erase", {}), ("erase", {"name": "王工"}), ("erase", {"phone": "1"}), ("erase", {"phone": "-"}),
        ("erase", {"phone": "138123"}), ("erase", {"email": "@"}), ("erase", {"phone": PHONE, "email": "e"}),
    ],
)  # fmt: skip
def test_nobody_is_erased_by_what_others_share(admin: TestClient, path: str, body: dict[str, str]) -> None:
    answer = admin.post(f"/v1/personal-data:{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_person")
    assert len(admin.get("/v1/enterprises/a/contacts").json()["items"]) == 2


def test_who_is_told_of_matches_is_found_and_told_no_more_once_erased(admin: TestClient) -> None:
    told = {"name": "钛合金", "text": "钛合金", "kind": "need"}
    who = [{"channel": "sheet", "to": f"王工 {PHONE}"}, {"channel": "sheet", "to": "李工"}]
    assert admin.put("/v1/searches/s", json=told | {"recipients": who}).status_code == 200
    found = admin.post("/v1/personal-data:find", json={"phone": PHONE}).json()["recipients"]
    assert found == [{"owner": "", "channel": "sheet", "to": f"王工 {PHONE}"}]
    assert admin.post("/v1/personal-data:erase", json={"phone": PHONE}).json()["recipients"] == 1
    assert admin.post("/v1/personal-data:find", json={"phone": PHONE}).json()["recipients"] == []
    kept = admin.get("/v1/searches/s").json()["recipients"]
    assert [(one["to"], one["unsubscribed"]) for one in kept] == [("", True), ("李工", False)]
