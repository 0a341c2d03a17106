"""Rulings over HTTP: procurement on a day and compared, levels of a firm on record, terms and records of payment."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance

LARGE = {"name": "大集团", "industry": "C3421", "employees": 5000, "revenue_wan": 900000, "assets_wan": 1}
SMALL = {"name": "小厂", "industry": "C3421", "employees": 50, "revenue_wan": 900, "assets_wan": 1}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    for id_, body in (("big", LARGE), ("small", SMALL), ("child", SMALL | {"name": "子厂", "parent_id": "big"})):
        assert caller.put(f"/v1/enterprises/{id_}", json=body).status_code == 200
    return caller


def post(caller: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = caller.post(f"/v1/policy/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_consortium_then_and_now(caller: TestClient) -> None:
    members = [
        {"name": "牵头", "sizes": ["large"], "of_large": True, "parts": [{"amount_wan": 70}]},
        {"name": "成员", "sizes": ["small"], "of_large": False, "parts": [{"amount_wan": 30}]},
    ]
    bid = {"category": "服务", "members": members, "price_wan": 100}
    body = {"buyer": "政府", "bid": bid, "as_of": "2026-11-23", "compare": ["2019-06-01"]}
    found = post(caller, "procurement", body)
    assert found["bid"]["outcome"] == "met"
    assert found["bid"]["facts"]["deduction_pct"] == [4, 6]
    assert found["bid"]["facts"]["evaluated_wan"] == [94, 96]
    assert found["compared"]["2019-06-01"]["bid"]["facts"]["deduction_pct"] == [2, 3]


def test_members_on_record_bring_their_size_and_their_group(caller: TestClient) -> None:
    def bid(second: str) -> Any:
        members = [
            {"enterprise_id": "big", "parts": [{"amount_wan": 60}]},
            {"enterprise_id": second, "parts": [{"amount_wan": 40}]},
        ]
        return post(caller, "procurement", {"bid": {"category": "服务", "members": members}})

    child = bid("child")
    assert child["bid"]["outcome"] == "unmet"
    assert "big与child之间存在直接控股" in child["bid"]["explanation"]
    assert child["independence"]["child"]["outcome"] == "unmet"
    small = bid("small")
    assert small["bid"]["outcome"] == "unknown"
    assert small["independence"]["small"]["facts"]["open"] == [
        "是否与大型企业负责人为同一人",
        "是否为大型企业的分支机构",
    ]
    attributes = {"与大型企业负责人为同一人": "否", "是大型企业分支机构": False}
    caller.put("/v1/enterprises/small", json=SMALL | {"attributes": attributes})
    assert bid("small")["bid"]["outcome"] == "met"


def test_a_plan_with_an_exempt_item_and_a_private_buyer(caller: TestClient) -> None:
    items = [
        {"name": "电子束光刻机", "category": "货物", "budget_wan": 3000, "exempt_reason": "全国只有一家大型企业生产"},
        {"name": "办公设备", "category": "货物", "budget_wan": 1000, "reserved": "小微企业"},
        {"name": "运维服务", "category": "服务", "budget_wan": 1000},
    ]
    found = post(caller, "procurement", {"items": items})
    assert [ruling["outcome"] for ruling in found["reserve"]] == ["met"]
    assert found["reserve"][0]["facts"]["share"]["held_pct"] == 50
    private = post(caller, "procurement", {"buyer": "企业", "items": items})
    assert private["reserve"][0]["outcome"] == "not_applicable"


def test_levels_of_a_firm_on_record(caller: TestClient) -> None:
    attributes = {"研发费用占比": 5, "资产负债率": 40}
    held = [{"name": "北京市专精特新中小企业", "issued": "2025-07-01", "batch": "2025年第二批"}]
    caller.put("/v1/enterprises/small", json=SMALL | {"attributes": attributes, "qualifications": held})
    body = {"enterprise_id": "small", "levels": ["专精特新", "小巨人"], "as_of": "2026-11-23"}
    found = post(caller, "cultivation", body | {"facts": {"rd_wan": 300, "equity_raised_wan": 0}})
    ruling = found["levels"]["专精特新"]
    assert ruling["outcome"] == "unmet"
    assert not ruling["verified"]
    assert "待核对原文" in ruling["explanation"]
    stood = {row["text"]: row["outcome"] for row in ruling["facts"]["criteria"]}
    assert stood["上年度研发费用 ≥ 100 万元"] == "满足"
    assert stood["资产负债率 ≤ 80 %"] == "满足"
    assert stood["主营业务收入占比 ≥ 80 %"] == "待核实"
    assert found["titles"][0]["expires"] == "2028-06-30"
    assert found["titles"][0]["rule_version"] == "2022暂行办法"
    told = {"firm": "small", "on": "2026-06-30", "main_business_pct": 79.5}
    assert caller.put("/v1/registers/indicators/i1", json={"values": told}).status_code == 200
    later = post(caller, "cultivation", body)["levels"]["专精特新"]
    assert "主营业务收入占比 ≥ 80 %（现为 79.5）" in later["facts"]["lacking"]
    wrong = caller.post("/v1/policy/cultivation", json={"facts": {"身高": 1}})
    assert wrong.json()["error"]["code"] == "unknown_indicator"


def test_terms_of_payment(caller: TestClient) -> None:
    body = {"payer": "大型企业", "signed": "2026-01-01", "starts": "2026-01-10", "seller_sizes": ["small"]}
    found = post(caller, "payment", body | {"declared": True, "as_of": "2026-03-12"})
    assert (found["outcome"], found["facts"]["due"], found["facts"]["overdue_days"]) == ("unmet", "2026-03-11", 1)


def test_a_small_firm_is_warned_before_it_accepts(caller: TestClient, instance: Instance) -> None:
    values = {"debtor": "big", "creditor": "small", "amount_wan": 12, "delivered": "2025-12-01"}
    assert caller.put("/v1/registers/arrears/a1", json={"values": values}).status_code == 200
    asked = instance.caller(organisation="child").get("/v1/enterprises/big/payment-record")
    assert asked.status_code == 200, asked.text
    assert "1 笔无争议的逾期欠款，合计 12 万元，最久逾期 30 日" in asked.json()["warning"]
    assert "small" not in asked.text
    assert caller.get("/v1/enterprises/small/payment-record").json()["warning"] is None


def test_a_question_without_a_question(caller: TestClient) -> None:
    assert caller.post("/v1/policy/procurement", json={}).json()["error"]["code"] == "bad_request"
    body = {"bid": {"category": "服务", "members": [{"enterprise_id": "no", "parts": [{"amount_wan": 1}]}]}}
    assert caller.post("/v1/policy/procurement", json=body).status_code == 404
    old = caller.post("/v1/policy/procurement", json=body | {"as_of": "2018-01-01"})
    assert old.status_code in (404, 422)
