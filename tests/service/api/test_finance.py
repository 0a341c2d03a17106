"""Finance over HTTP: a list of funders by seekers, credit shown, project gaps, and the core firms to connect next."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, caught_up

SME = {"industry": "C3421", "employees": 50, "revenue_wan": 900}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    firms: dict[str, dict[str, Any]] = {name: SME for name in ("a", "b", "c")}
    firms |= {"core": {}, "other": {}, "bank": {"party": "金融"}}
    for id_, body in firms.items():
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": f"{id_}公司"} | body).status_code == 200
    held = {"amount_wan": 100, "receivable_wan": 200, "core_firm": "core公司", "confirmed": True, "receivable_days": 60}
    postings = [
        {"id": "na", "enterprise_id": "a", "kind": "finance_need", "title": "应收账款融资周转", "attributes": held},
        {"id": "nb", "enterprise_id": "b", "kind": "finance_need", "title": "应收账款融资备料", "attributes": held},
        {
            "id": "factor",
            "enterprise_id": "bank",
            "kind": "finance",
            "title": "应收账款融资",
            "attributes": {"instrument": "应收账款", "amount_max_wan": 500, "needs_confirmation": True},
        },
        {
            "id": "small",
            "enterprise_id": "bank",
            "kind": "finance",
            "title": "应收账款小额融资",
            "attributes": {"instrument": "应收账款", "amount_max_wan": 50},
        },
    ]
    answer = caller.post("/v1/postings:batch", json={"items": postings})
    assert answer.status_code == 200, answer.text
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(caller, {"posting_id": "na", "min_seq": seq})
    return caller


def enter(caller: TestClient, register: str, id_: str, **values: Any) -> None:
    answer = caller.put(f"/v1/registers/{register}/{id_}", json={"values": values})
    assert answer.status_code == 200, answer.text


def rows(caller: TestClient, **body: Any) -> dict[str, Any]:
    answer = caller.post("/v1/finance/lists", json={"floor": 0} | body)
    assert answer.status_code == 200, answer.text
    return {row["seeker"]["posting_id"]: row for row in answer.json()["items"]}


def test_funders_by_seekers(caller: TestClient) -> None:
    found = rows(caller)
    assert set(found) == {"na", "nb"}
    (offer,) = found["na"]["offers"]
    assert (offer["product"]["posting_id"], offer["outcome"]) == ("factor", "满足")
    assert offer["missing"] == ["购销合同", "发票", "交付或验收单", "应收账款确权书"]
    assert set(rows(caller, posting_ids=["nb"])) == {"nb"}
    need = caller.get("/v1/finance/needs/na").json()
    assert {one["name"]: one["verdict"] for one in need["options"]}["应收账款"] == "满足"


def test_credit_is_never_silent(caller: TestClient) -> None:
    enter(caller, "credit", "1", firm="a", record="失信被执行人", since="2026-01-01")
    enter(caller, "credit", "2", firm="b", record="经营异常", since="2026-01-01")
    found = rows(caller)
    assert found["na"]["offers"] == []
    assert found["na"]["seeker"]["flags"][0]["veto"]
    assert found["nb"]["offers"][0]["outcome"] == "待核实"
    assert "经营异常" in str(found["nb"]["offers"][0]["checks"])


def test_the_gaps_of_key_projects(caller: TestClient) -> None:
    enter(caller, "projects", "late", firm="a", project="扩产", total_wan=500, secured_wan=100, needed_by="2026-06-01")
    enter(caller, "projects", "soon", firm="b", project="应收账款融资池", total_wan=900, needed_by="2026-03-31")
    enter(caller, "projects", "done", firm="c", project="已足", total_wan=500, secured_wan=500)
    found = caller.get("/v1/finance/projects").json()["items"]
    assert [(one["id"], one["gap_wan"], one["days_left"]) for one in found] == [("soon", 900, 30), ("late", 400, 92)]
    assert found[0]["products"]


def test_the_core_firms_to_connect_next(caller: TestClient, instance: Instance) -> None:
    for n, supplier in enumerate("abc"):
        enter(caller, "supply_links", f"s{n}", core="core", supplier=supplier, receivable_wan=10)
    enter(caller, "supply_links", "t", core="other", supplier="a")
    enter(caller, "arrears", "x", debtor="other", creditor="b", amount_wan=7, delivered="2026-01-01")
    found = caller.get("/v1/finance/core-firms").json()["items"]
    assert [(one["enterprise_id"], one["sme_suppliers"], one["receivable_wan"]) for one in found] == [
        ("core", 3, 30),
        ("other", 2, 7),
    ]
    assert found[1]["sources"] == ["供应关系", "欠款登记"]
    enter(caller, "receivable_platform", "p", core="core", connected_on="2026-02-28")
    assert [one["enterprise_id"] for one in caller.get("/v1/finance/core-firms").json()["items"]] == ["other"]
    assert instance.caller(organisation="a").get("/v1/finance/core-firms").status_code == 403
