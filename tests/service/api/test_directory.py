"""The directory of platforms and bases, by owner, service, stage, title and equity."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    base = {"name": "小型微型企业创业创新示范基地", "issued": "2025-01-01"}
    firms: dict[str, dict[str, Any]] = {"state": {"region": "110108"}, "base": {"qualifications": [base]}, "law": {}}
    for id_, body in firms.items():
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": f"{id_}公司"} | body).status_code == 200
    held: dict[str, dict[str, Any]] = {
        "state": {"service_type": "双创", "owner_type": "市属国企", "stage": "中试", "equity": True, "seats": 80},
        "base": {"service_type": "创业", "owner_type": "民营", "equity": False},
        "law": {"service_type": "法律", "owner_type": "其他国企"},
    }
    for id_, attributes in held.items():
        body = {"enterprise_id": id_, "kind": "service", "title": f"{id_}平台", "attributes": attributes}
        assert caller.put(f"/v1/postings/p-{id_}", json=body).status_code == 200
    return caller


def found(caller: TestClient, **asked: Any) -> list[str]:
    answer = caller.get("/v1/platforms", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["enterprise_id"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["base", "law", "state"]),
        ({"owner": "市属国企", "equity": True}, ["state"]),
        ({"owner": "国企"}, ["law", "state"]),
        ({"service": "法律"}, ["law"]),
        ({"stage": "中试"}, ["state"]),
        ({"title": "示范基地"}, ["base"]),
        ({"region": "1101"}, ["state"]),
        ({"equity": False}, ["base"]),
        ({"owner": "外资"}, []),
    ],
)
def test_what_is_asked_for(caller: TestClient, asked: dict[str, Any], expected: list[str]) -> None:
    assert found(caller, **asked) == expected


def test_a_platform_shows_its_titles_and_seats(caller: TestClient) -> None:
    rows = {one["enterprise_id"]: one for one in caller.get("/v1/platforms").json()["items"]}
    assert (rows["state"]["seats"], rows["state"]["equity"], rows["law"]["equity"]) == (80, True, None)
    assert [(one["name"], one["expires"]) for one in rows["base"]["titles"]] == [
        ("小型微型企业创业创新示范基地", "2027-12-31")
    ]


def test_pages_go_on_and_drafts_are_left_out(caller: TestClient) -> None:
    first = caller.get("/v1/platforms", params={"limit": 1, "owner": "国企"}).json()
    assert first["items"] == []
    rest = caller.get("/v1/platforms", params={"limit": 2, "owner": "国企", "cursor": first["next"]}).json()
    assert [one["enterprise_id"] for one in rest["items"]] == ["law", "state"]
    body = {"enterprise_id": "law", "kind": "service", "title": "草稿", "status": "draft"}
    caller.put("/v1/postings/p-draft", json=body)
    assert len(found(caller)) == 3
