"""A park sees its chain and its gaps, and answers from inside come first; the library says what each firm lacks."""

import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, caught_up

SMALL = {"industry": "C3453", "employees": 50, "revenue_wan": 900}
LARGE = {"industry": "C3491", "employees": 2000, "revenue_wan": 90000}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    firms: dict[str, dict[str, Any]] = {"park": {"party": "园区"}, "host": LARGE, "near": SMALL, "far": SMALL}
    firms["near"] = SMALL | {"qualifications": [{"name": "创新型中小企业", "issued": "2025-06-01"}], "region": "110114"}
    for id_, body in firms.items():
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": f"{id_}公司"} | body).status_code == 200
    rows = [
        {"id": "ask", "enterprise_id": "host", "kind": "need", "title": "减速器齿轮精密磨削"},
        {"id": "alone", "enterprise_id": "host", "kind": "space_need", "title": "中试厂房"},
        {"id": "in", "enterprise_id": "near", "kind": "capability", "title": "减速器齿轮磨削"},
        {"id": "out", "enterprise_id": "far", "kind": "capability", "title": "减速器齿轮精密磨削"},
    ]
    answer = caller.post("/v1/postings:batch", json={"items": rows})
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(caller, {"posting_id": "ask", "min_seq": seq})
    return caller


def enter(caller: TestClient, register: str, id_: str, **values: Any) -> None:
    answer = caller.put(f"/v1/registers/{register}/{id_}", json={"values": values})
    assert answer.status_code == 200, answer.text


def test_a_park_report(caller: TestClient, instance: Instance) -> None:
    assert caller.get("/v1/parks/park").json()["error"]["code"] == "no_park"
    enter(caller, "park_firms", "1", park="park", firm="host")
    enter(caller, "park_firms", "2", park="park", firm="near")
    enter(caller, "park_links", "1", park="park", link="整机", industries=["C3491"], key_link=True)
    enter(caller, "park_links", "2", park="park", link="传动", industries=["C3453"])
    enter(caller, "park_links", "3", park="park", link="伺服")
    assert caller.get("/v1/parks").json()["items"] == [{"enterprise_id": "park", "enterprise": "park公司", "firms": 2}]
    report = caller.get("/v1/parks/park").json()
    assert report["gaps"] == ["伺服"]
    assert [one["enterprise_id"] for link in report["links"] for one in link["members"]] == ["host", "near"]
    assert (report["sizes"], report["roles"]) == ({"large": 1, "small": 1}, {"龙头": 1, "配套": 1})
    unanswered, asked = report["requests"]
    assert (unanswered["posting_id"], unanswered["inside"]) == ("alone", [])
    assert [one["posting_id"] for one in asked["inside"]] == ["in"]
    assert [one["posting_id"] for one in asked["outside"]] == ["out"]
    floor = {"enterprise_id": "park", "kind": "space", "title": "中试厂房"}
    seq = caller.put("/v1/postings/floor", json=floor).json()["seq"]
    caught_up(caller, {"posting_id": "alone", "min_seq": seq})
    requests = caller.get("/v1/parks/park").json()["requests"]
    assert {one["posting_id"]: [each["posting_id"] for each in one["inside"]] for one in requests} == {
        "alone": ["floor"],
        "ask": ["in"],
    }
    assert instance.caller(organisation="park").get("/v1/parks/park").status_code == 200
    assert instance.caller(organisation="near").get("/v1/parks/park").json()["error"]["code"] == "forbidden"


def test_the_library_says_what_each_firm_lacks(caller: TestClient, instance: Instance) -> None:
    enter(caller, "indicators", "1", firm="near", on="2026-01-31", niche_years=1, main_business_pct=90)
    page = caller.get("/v1/cultivation/library").json()
    rows = {row["enterprise_id"]: row for row in page["items"]}
    assert set(rows) == {"near", "far"}
    assert (rows["near"]["level"], rows["near"]["next"], rows["near"]["ready"]) == ("创新型", "专精特新", False)
    assert any("年" in gap for gap in rows["near"]["lacking"])
    assert rows["near"]["open"]
    assert rows["far"]["next"] == "创新型"
    assert rows["near"]["ruling"]["facts"]["level"] == "专精特新"
    later = caller.get("/v1/cultivation/library", params={"as_of": "2026-04-01"}).json()["items"]
    versions = [row["ruling"]["facts"]["version"] for found in (page["items"], later) for row in found[-1:]]
    assert versions[0] != versions[1]
    only = caller.get("/v1/cultivation/library", params={"level": "创新型"}).json()["items"]
    assert [row["enterprise_id"] for row in only] == ["near"]
    assert [row["enterprise_id"] for row in caller.get("/v1/cultivation/library?region=1101").json()["items"]] == [
        "near"
    ]
    own = instance.caller(organisation="far").get("/v1/cultivation/library").json()["items"]
    assert [row["enterprise_id"] for row in own] == ["far"]


def test_pages_of_the_library_go_on(caller: TestClient) -> None:
    first = caller.get("/v1/cultivation/library", params={"limit": 1}).json()
    assert [row["enterprise_id"] for row in first["items"]] == ["far"]
    second = caller.get("/v1/cultivation/library", params={"limit": 1, "cursor": first["next"]}).json()
    assert second["items"] == []
    third = caller.get("/v1/cultivation/library", params={"limit": 1, "cursor": second["next"]}).json()
    assert ([row["enterprise_id"] for row in third["items"]], third["next"]) == (["near"], None)


def test_the_library_as_a_workbook(caller: TestClient) -> None:
    answer = caller.get("/v1/cultivation/library.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [row[0].value for row in book["培育库"].iter_rows(min_row=2)] == ["far", "near"]
    counts = {row[0].value: row[1].value for row in book["各层级"].iter_rows(min_row=2)}
    assert (counts["创新型"], counts["未定级"]) == (1, 1)
    assert len(book["各层级"]._charts) == 1
