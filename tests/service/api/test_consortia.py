"""Consortia and reserve plans over HTTP: packages shared out, the price before and after, firms for each item."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, caught_up

LARGE: dict[str, Any] = {"industry": "I6513", "employees": 900, "revenue_wan": 80000}
SMALL: dict[str, Any] = {"industry": "I6513", "employees": 40, "revenue_wan": 600}
FREE: dict[str, Any] = {"attributes": {"与大型企业负责人为同一人": "否", "是大型企业分支机构": "否"}}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    firms: dict[str, dict[str, Any]] = {
        "lead": LARGE,
        "small": SMALL | FREE,
        "child": SMALL | {"parent_id": "lead"},
        "unsure": SMALL,
        "bank": {"party": "金融"},
        "gov": {"party": "政府"},
    }
    for id_, body in firms.items():
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": f"{id_}公司"} | body).status_code == 200
    postings: list[dict[str, Any]] = [
        {
            "id": f"p{id_}",
            "enterprise_id": id_,
            "kind": "capability",
            "title": "平台软件开发与采集终端供货",
            "detail": id_,
        }
        for id_ in ("lead", "small", "child", "unsure")
    ]
    postings += [
        {
            "id": "g",
            "enterprise_id": "bank",
            "kind": "finance",
            "title": "履约保函",
            "attributes": {"instrument": "担保", "amount_max_wan": 100},
        },
        {
            "id": "lot",
            "enterprise_id": "gov",
            "kind": "procurement",
            "title": "平台软件开发",
            "attributes": {
                "item_category": "服务",
                "budget_wan": 300,
                "packages": ["平台软件开发 200万", "采集终端供货：100万元"],
            },
        },
        {
            "id": "exempt",
            "enterprise_id": "gov",
            "kind": "procurement",
            "title": "机房租用",
            "attributes": {"item_category": "服务", "budget_wan": 900, "unsuitable_reason": "只有大型企业有"},
        },
    ]
    answer = caller.post("/v1/postings:batch", json={"items": postings})
    assert answer.status_code == 200, answer.text
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(caller, {"posting_id": "lot", "min_seq": seq})
    return caller


def consortium(caller: TestClient, **more: Any) -> Any:
    answer = caller.post("/v1/consortia", json={"lead_id": "lead", "posting_id": "lot", "floor": 0, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_lot_is_shared_out_and_the_price_falls(caller: TestClient) -> None:
    found = consortium(caller, strict=True, max_members=1)
    parts = {part["package"]: part["enterprise_id"] for part in found["consortium"]["parts"]}
    assert set(parts) == {"平台软件开发", "采集终端供货"}
    assert set(parts.values()) == {"lead", "small"}
    assert found["consortium"]["share_pct"] >= 30
    assert (found["before"]["outcome"], found["after"]["outcome"]) == ("unmet", "met")
    assert found["before"]["facts"]["evaluated_wan"] == [300, 300]
    assert found["after"]["facts"]["evaluated_wan"] == [282, 288]
    assert found["guarantee"]["facts"]["most_wan"] == 30
    assert [one["posting_id"] for one in found["guarantors"]] == ["g"]


def test_a_subsidiary_of_the_lead_never_joins(caller: TestClient) -> None:
    found = consortium(caller, max_members=3)
    assert "child" not in {part["enterprise_id"] for part in found["consortium"]["parts"]}


def test_whose_independence_is_open_leaves_the_deduction_open(caller: TestClient) -> None:
    caller.delete("/v1/enterprises/small")
    found = consortium(caller, max_members=1)
    if found["consortium"] is not None:
        assert found["after"]["outcome"] == "unknown"
        assert "与大型企业的控股、管理关系" in str(found["consortium"]["parts"])
    assert consortium(caller, strict=True)["consortium"] is None


def test_the_seeds_regime(caller: TestClient) -> None:
    found = consortium(caller, strict=True, max_members=1, as_of="2019-06-01")
    assert found["after"]["facts"]["deduction_pct"] == [2, 3]


def test_members_that_are_there_and_one_more(caller: TestClient) -> None:
    found = consortium(caller, members=["small"])
    for plan in found["additions"]:
        assert "small" in {part["enterprise_id"] for part in plan["parts"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lead_id": "lead"}, "bad_lot"),
        ({"lead_id": "gov", "posting_id": "lot"}, "bad_lot"),
        ({"lead_id": "nobody", "posting_id": "lot"}, "not_found"),
    ],
)
def test_lots_that_cannot_be_shared_out(caller: TestClient, body: dict[str, Any], code: str) -> None:
    assert caller.post("/v1/consortia", json=body).json()["error"]["code"] == code


def test_a_buyers_reserve(caller: TestClient) -> None:
    found = caller.post("/v1/reserve-plans", json={"buyer_id": "gov", "floor": 0}).json()
    (ruling,) = found["rulings"]
    assert ruling["outcome"] == "unmet"
    assert ruling["facts"]["exempt"] == [{"name": "机房租用", "reason": "只有大型企业有"}]
    assert ruling["facts"]["share"]["gap_wan"] == 90
    assert found["suggested"] == ["平台软件开发"]
    assert found["kept_with_suggested"]
    suppliers = {one["enterprise_id"] for item in found["items"] for one in item["suppliers"]}
    assert "small" in suppliers
    assert "lead" not in suppliers
    private = caller.post("/v1/reserve-plans", json={"buyer_id": "gov", "public": False}).json()
    assert private["rulings"][0]["outcome"] == "not_applicable"
    assert caller.post("/v1/reserve-plans", json={}).json()["error"]["code"] == "bad_plan"
