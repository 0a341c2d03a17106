"""Idle capacity over HTTP: an order split, promised, split again with what is left, and what ends unused."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, caught_up

# The day of the tests is 2026-03-01.
MARCH = {"from": "2026-03-02", "until": "2026-03-31"}


def line(name: str, amount: float, price: float, **attributes: Any) -> dict[str, Any]:
    window = MARCH | {"amount": amount, "unit": "件", "price": price}
    return {
        "id": name,
        "enterprise_id": f"f{name}",
        "kind": "idle_capacity",
        "title": "弧焊机器人空闲，骨架焊接",
        "detail": f"{name}号车间",
        "windows": [window],
        "attributes": attributes,
    }


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    for name in ("fa", "fb", "fc", "buyer", "large"):
        assert caller.put(f"/v1/enterprises/{name}", json={"name": name}).status_code == 200
    items = [
        line("a", 300, 5),
        line("b", 300, 6, min_order=100),
        line("c", 600, 1, missing_equipment=["数控折弯机"]),
        {
            "id": "order",
            "enterprise_id": "buyer",
            "kind": "capacity_need",
            "title": "骨架弧焊焊接外协",
            "windows": [MARCH | {"amount": 500, "unit": "件"}],
            "attributes": {"max_suppliers": 3, "machine_hours_per_unit": 0.1},
        },
        {
            "id": "press",
            "enterprise_id": "large",
            "kind": "idle_resource",
            "title": "数控折弯机夜班空闲",
            "detail": "骨架焊接件折弯",
            "windows": [MARCH | {"amount": 20, "unit": "小时", "price": 10}],
        },
    ]
    answer = caller.post("/v1/postings:batch", json={"items": items})
    assert answer.status_code == 200, answer.text
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(caller, {"posting_id": "order", "min_seq": seq})
    return caller


def allocate(caller: TestClient, **more: Any) -> Any:
    answer = caller.post("/v1/allocations", json={"posting_id": "order", "floor": 0, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def amounts(found: Any) -> dict[str, float]:
    return {share["posting_id"]: share["amount"] for share in found["shares"]}


def test_an_order_is_split_at_least_cost_with_a_borrowed_machine(caller: TestClient) -> None:
    found = allocate(caller, max_suppliers=4)
    assert found["violations"] == []
    assert found["proven"]
    assert amounts(found) == {"a": 300, "c": 200}
    borrowed = next(share for share in found["shares"] if share["posting_id"] == "c")
    assert (borrowed["machine_id"], borrowed["lender_id"], borrowed["price"]) == ("press", "large", 2)
    assert found["cost"] == 300 * 5 + 200 * 2
    left = {one["posting_id"]: one["reason"] for one in found["left_out"]}
    assert left["b"] == "单价 6 元，高于入选的最高单价 5 元"
    uses = {use["posting_id"]: use["after"] for use in found["uses"]}
    assert uses == pytest.approx({"a": 1, "c": 1 / 3, "press": 1})


def test_without_the_hours_a_machine_takes_the_line_is_to_be_asked_about(caller: TestClient) -> None:
    body = {"text": "骨架弧焊焊接外协", "floor": 0, "windows": [MARCH | {"amount": 500, "unit": "件"}]}
    found = caller.post("/v1/allocations", json=body).json()
    assert amounts(found) == {"a": 300, "b": 200}
    reason = next(one["reason"] for one in found["left_out"] if one["posting_id"] == "c")
    assert "数控折弯机" in reason
    assert "待核实" in reason


def test_what_is_promised_is_not_offered_again(caller: TestClient) -> None:
    promise = {"id": "k", "posting_id": "a", "first": "2026-03-02", "last": "2026-03-31", "amount": 250, "unit": "件"}
    kept = caller.post("/v1/commitments", json={"items": [promise | {"answer_by": "2026-02-20"}]})
    assert kept.status_code == 200, kept.text
    assert amounts(allocate(caller, max_suppliers=4))["a"] == 50
    (window,) = caller.get("/v1/postings/a/capacity").json()["windows"]
    assert (window["total"], window["promised"], window["left"]) == (300, 250, 50)
    over = caller.post("/v1/commitments", json={"items": [promise | {"id": "l", "amount": 51}]})
    assert over.status_code == 409
    assert "只有 300件，承诺合计 301件" in over.json()["error"]["message"]
    freed = caller.post("/v1/commitments", json={"items": [promise | {"state": "released"}]})
    assert freed.json()["items"][0]["state"] == "released"
    assert amounts(allocate(caller, max_suppliers=2))["a"] == 300
    assert len(caller.get("/v1/commitments?posting_id=a").json()["items"]) == 1


def test_nothing_lapses_in_silence(caller: TestClient) -> None:
    promise = {"id": "k", "posting_id": "a", "first": "2026-03-02", "last": "2026-03-31", "amount": 250, "unit": "件"}
    caller.post("/v1/commitments", json={"items": [promise | {"answer_by": "2026-02-20"}]})
    told = caller.get("/v1/capacity/ending?days=40").json()["items"]
    assert [(one["posting_id"], one["unused"]) for one in told] == [
        ("a", 250),
        ("a", 50),
        ("b", 300),
        ("c", 600),
        ("press", 20),
    ]
    assert "已过答复期，仍占用产能" in told[0]["what"]
    assert [one["posting_id"] for one in caller.get("/v1/capacity/ending?days=1").json()["items"]] == ["a"]


def test_both_directions_and_resources_with_lines(caller: TestClient) -> None:
    served = {one["posting_id"]: one for one in caller.get("/v1/postings/a/capacity-fits").json()["items"]}
    assert (served["order"]["available"], served["order"]["share"], served["order"]["outcome"]) == (300, 0.6, "不满足")
    pair = {one["posting_id"]: one for one in caller.get("/v1/postings/press/capacity-fits").json()["items"]}
    assert (pair["c"]["days"], pair["c"]["outcome"]) == (30, "满足")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"posting_id": "a"}, "不是加工与订单需求"),
        ({"text": "焊接"}, "没有可排的时段"),
        ({"text": "焊接", "windows": [{"from": "2026-03-02", "amount": 3}]}, "缺少结束日期"),
        ({"text": "焊接", "windows": [MARCH, MARCH]}, "缺少数量"),
        ({"text": "焊接", "windows": [{"from": "2026-01-02", "until": "2026-02-28", "amount": 3}]}, "今天之后"),
    ],
)
def test_orders_that_cannot_be_split(caller: TestClient, body: dict[str, Any], word: str) -> None:
    answer = caller.post("/v1/allocations", json=body)
    assert answer.json()["error"]["code"] == "bad_order"
    assert word in answer.json()["error"]["message"]


def test_another_firms_capacity_is_not_ones_to_promise(caller: TestClient, instance: Instance) -> None:
    promise = {"id": "k", "posting_id": "a", "first": "2026-03-02", "last": "2026-03-03", "amount": 1, "unit": "件"}
    assert instance.caller(organisation="fb").post("/v1/commitments", json={"items": [promise]}).status_code == 403
    assert instance.caller(organisation="fa").post("/v1/commitments", json={"items": [promise]}).status_code == 200
