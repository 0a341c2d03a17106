"""Checking a posting over HTTP before it is written: its score, what to change, and what was read out of it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.instance import Instance

VAGUE = {"kind": "need", "title": "寻求大模数齿轮磨齿加工", "detail": "公差±0.01mm，具备相应资质，大批量，尽快交货。"}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller(scopes=(Scope.READ,))


def check(caller: TestClient, **body: object) -> dict[str, Any]:
    answer = caller.post("/v1/postings:check", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_check_scores_four_criteria_and_says_what_to_change(caller: TestClient) -> None:
    found = check(caller, **VAGUE)
    assert [criterion["name"] for criterion in found["criteria"]] == ["object", "indicators", "terms", "cooperation"]
    assert found["score"] == sum(criterion["points"] for criterion in found["criteria"])
    assert found["out_of"] == 20
    assert found["band"] in ("可发布", "建议修改", "暂缓")
    assert found["sought"]["title"] == "大模数齿轮磨齿加工"
    texts = [hint["text"] for criterion in found["criteria"] for hint in criterion["hints"]]
    assert any(text.startswith("“大批量”没有数值") for text in texts)
    assert any(text.startswith("未写截止日期：补充有效期止（valid_until），例如 2026-05-30") for text in texts)
    assert 1 <= len(found["industries"]) <= 3
    assert {*found["industries"][0]} == {"code", "name", "confidence"}
    assert all(0.2 <= tag["confidence"] <= 1 for tag in found["hightech"])


def test_a_condition_read_out_can_be_copied_into_the_posting(caller: TestClient) -> None:
    found = check(caller, **VAGUE)
    (read,) = found["read_conditions"]
    assert read["condition"] == {"name": "加工精度", "op": "<=", "value": 0.01, "unit": "mm", "hard": True}
    assert VAGUE["detail"][read["span"]["start"] : read["span"]["end"]] == read["span"]["text"]
    edits = [edit for c in found["criteria"] for hint in c["hints"] for edit in hint["edits"]]
    assert read["condition"] in [edit["value"] for edit in edits if edit["field"] == "conditions"]
    confirmed = check(caller, **VAGUE, conditions=[read["condition"]])
    assert confirmed["read_conditions"] == []
    assert confirmed["score"] == found["score"] + 1


def test_the_body_is_that_of_a_write_and_nothing_is_written(instance: Instance, caller: TestClient) -> None:
    writer = instance.caller()
    writer.put("/v1/enterprises/f", json={"name": "f公司"})
    whole = VAGUE | {"enterprise_id": "f", "valid_until": "2026-09-01", "attributes": {"cooperation": "采购"}}
    assert writer.put("/v1/postings/p", json=whole).status_code == 200
    before = writer.get("/v1/postings/p").json()
    assert check(caller, **whole)["score"] > check(caller, **VAGUE)["score"]
    check(caller, **(before | {"title": "寻找合作"}))
    assert writer.get("/v1/postings/p").json() == before
    assert len(writer.get("/v1/postings").json()["items"]) == 1


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"title": ""}, "invalid_request"),
        ({"colour": "red"}, "invalid_request"),
        ({"enterprise_id": "nobody"}, "unknown_enterprise"),
        ({"industry": "没有这个行业"}, "unknown_industry"),
        ({"attributes": {"cooperation": "随便"}}, "bad_attribute"),
        ({"valid_from": "2026-09-02", "valid_until": "2026-09-01"}, "bad_dates"),
    ],
)
def test_what_a_write_refuses_a_check_refuses_alike(caller: TestClient, extra: dict[str, Any], code: str) -> None:
    answer = caller.post("/v1/postings:check", json=VAGUE | extra)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code


def test_a_check_needs_a_key(instance: Instance) -> None:
    assert TestClient(instance.app).post("/v1/postings:check", json=VAGUE).status_code == 401
