"""Matching over HTTP: what comes back, in which order, why, and what was left out."""

from math import exp, isclose, log

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, found_ids, put_some

NEED = {"text": "寻求钛合金五轴加工", "kind": "need"}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def put(caller: TestClient, name: str, *, owner: str = "f", **fields: object) -> int:
    """Write one capability; return its sequence number."""
    caller.put(f"/v1/enterprises/{owner}", json={"name": f"{owner}公司"})
    body = {"enterprise_id": owner, "kind": "capability", "title": "钛合金五轴加工"} | fields
    answer = caller.put(f"/v1/postings/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["seq"])


def test_a_write_is_seen_by_a_match_that_asks_for_it(caller: TestClient) -> None:
    for n in range(5):
        seq = put(caller, f"p{n}", owner=f"f{n}")
        assert f"p{n}" in found_ids(caller.post("/v1/match", json=NEED | {"min_seq": seq}))
    seq = caller.delete("/v1/postings/p0").json()["seq"]
    assert "p0" not in found_ids(caller.post("/v1/match", json=NEED | {"min_seq": seq}))


def test_an_answer_is_ranked_and_its_reasons_add_up(caller: TestClient) -> None:
    put(caller, "near", title="钛合金五轴加工")
    put(caller, "far", owner="g", title="冷链仓储配送")
    seq = put(caller, "middle", title="铝合金三轴加工")
    answer = caller.post("/v1/match", json=NEED | {"min_seq": seq}).json()
    assert [(found["rank"], found["posting"]["id"]) for found in answer["matches"]] == [
        (1, "near"), (2, "middle"), (3, "far")
    ]  # fmt: skip
    for found in answer["matches"]:
        total = sum(reason["contribution"] for reason in found["reasons"])
        assert isclose(1 / (1 + exp(-total)), found["score"], abs_tol=1e-5)
        assert isclose(log(found["score"] / (1 - found["score"])), total, abs_tol=1e-4)
        assert found["calibrated"] is False
        assert found["enterprise"]["id"] == found["posting"]["enterprise_id"]
    assert any("钛合金" in reason["text"] for reason in answer["matches"][0]["reasons"])
    assert answer["took_ms"] >= 0
    assert answer["versions"]["seq"] == str(seq)
    assert set(answer["versions"]) >= {"encoder", "ranker", "seq"}
    assert answer["no_match"] is None


def test_a_posting_is_matched_by_its_id_and_not_to_its_own_firm(caller: TestClient) -> None:
    put(caller, "mine")
    seq = put(caller, "theirs", owner="g")
    need = {"enterprise_id": "f", "kind": "need", "title": "钛合金五轴加工"}
    seq = caller.put("/v1/postings/n", json=need).json()["seq"]
    answer = caller.post("/v1/match", json={"posting_id": "n", "min_seq": seq})
    assert found_ids(answer) == ["theirs"]
    assert {"condition": "同一企业或集团", "count": 1} in answer.json()["excluded"]


def test_an_offer_finds_the_requests_it_answers(caller: TestClient) -> None:
    put(caller, "p")
    caller.put("/v1/enterprises/g", json={"name": "主机厂"})
    need = {"enterprise_id": "g", "kind": "need", "title": "钛合金五轴加工"}
    seq = caller.put("/v1/postings/n", json=need).json()["seq"]
    assert found_ids(caller.post("/v1/match", json={"posting_id": "p", "min_seq": seq})) == ["n"]


@pytest.mark.parametrize(("k", "count"), [(1, 1), (2, 2), (1000, 3)])
def test_k_is_the_most_that_comes_back(k: int, count: int, caller: TestClient) -> None:
    seq = put_some(caller)
    assert len(found_ids(caller.post("/v1/match", json=NEED | {"k": k, "min_seq": seq}))) == count


def test_filters_leave_what_is_unknown_and_say_so(caller: TestClient) -> None:
    put(caller, "in", region="海淀区", industry="C3421")
    put(caller, "out", region="天津市")
    seq = put(caller, "open", owner="g")
    answer = caller.post("/v1/match", json=NEED | {"min_seq": seq, "filters": {"region": ["北京"]}})
    assert found_ids(answer) == ["in", "open"]
    assert answer.json()["excluded"] == [{"condition": "地区", "count": 1}]
    last = answer.json()["matches"][1]
    assert last["conditions"] == [
        {"name": "地区", "hard": True, "outcome": "待核实", "request_span": None, "offer_span": None,
         "question": "请对方补充地区信息"}
    ]  # fmt: skip
    by_firm = caller.post("/v1/match", json=NEED | {"filters": {"enterprise_id": ["nobody"]}})
    assert found_ids(by_firm) == []
    assert by_firm.json()["no_match"]["reason"]


def test_conditions_on_region_and_industry_are_judged_by_what_contains_what(caller: TestClient) -> None:
    put(caller, "beijing", region="110108", industry="C3421")
    put(caller, "tianjin", region="120101", industry="A0111")
    conditions = [
        {"name": "region", "op": "in", "value": ["11"]},
        {"name": "行业", "op": "=", "value": "34", "hard": False},
    ]
    caller.put("/v1/enterprises/g", json={"name": "主机厂"})
    need = {"enterprise_id": "g", "kind": "need", "title": "钛合金五轴加工", "conditions": conditions}
    seq = caller.put("/v1/postings/n", json=need).json()["seq"]
    answer = caller.post("/v1/match", json={"posting_id": "n", "min_seq": seq})
    assert found_ids(answer) == ["beijing"]
    outcomes = {found["name"]: found["outcome"] for found in answer.json()["matches"][0]["conditions"]}
    assert outcomes == {"region": "满足", "行业": "满足"}
    unknown = need | {"conditions": [{"name": "region", "op": "=", "value": "火星"}]}
    assert caller.put("/v1/postings/n", json=unknown).json()["error"]["code"] == "unknown_region"


def test_a_list_has_an_id_that_outcomes_name(caller: TestClient) -> None:
    seq = put(caller, "p")
    answer = caller.post("/v1/match", json=NEED | {"min_seq": seq}).json()
    told = {"list_id": answer["list_id"], "posting_id": "p", "stage": "shortlisted"}
    assert caller.post("/v1/outcomes", json=told).json()["list_id"] == answer["list_id"]
    assert caller.post("/v1/outcomes", json=told | {"posting_id": "q"}).status_code == 404
    assert "features" not in answer["matches"][0]


def test_what_was_excluded_is_relaxed_by_its_name(caller: TestClient) -> None:
    seq = put(caller, "out", region="天津市")
    ask = NEED | {"min_seq": seq, "filters": {"region": ["北京"]}}
    [excluded] = caller.post("/v1/match", json=ask).json()["excluded"]
    relaxed = caller.post("/v1/match", json=ask | {"relax": [excluded["condition"]]})
    assert found_ids(relaxed) == ["out"]
    assert relaxed.json()["excluded"] == []
    refused = caller.post("/v1/match", json=ask | {"relax": ["地域"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_relax")
    assert refused.json()["error"]["details"]["relaxable"] == ["有效期", "地区"]


def test_drafts_and_what_is_out_of_date_are_not_shown(caller: TestClient) -> None:
    put(caller, "draft", status="draft")
    put(caller, "closed", status="closed")
    put(caller, "past", valid_until="2026-02-28")
    put(caller, "future", valid_from="2026-03-02")
    seq = put(caller, "now", valid_from="2026-03-01", valid_until="2026-03-01")
    answer = caller.post("/v1/match", json=NEED | {"min_seq": seq})
    assert found_ids(answer) == ["now"]
    assert {"condition": "有效期", "count": 2} in answer.json()["excluded"]


def test_an_empty_platform_says_why_nothing_is_found(caller: TestClient) -> None:
    answer = caller.post("/v1/match", json=NEED).json()
    assert answer["matches"] == []
    assert "还没有" in answer["no_match"]["reason"]


@pytest.mark.parametrize("text", ["！？…", "x" * 20_000, "1", "👍👍", "<script>alert(1)</script>", "' OR 1=1 --"])
def test_any_text_is_answered(text: str, caller: TestClient) -> None:
    seq = put_some(caller)
    answer = caller.post("/v1/match", json={"text": text, "kind": "need", "min_seq": seq})
    assert answer.status_code == 200 or answer.json()["error"]["code"] == "empty_text"


def test_a_text_of_100_000_characters_is_refused_with_the_limit(caller: TestClient) -> None:
    answer = caller.post("/v1/match", json={"text": "钛" * 100_000, "kind": "need"})
    assert answer.status_code == 422
    assert "20000" in answer.json()["error"]["message"]


def test_a_size_class_ruling_names_its_clause(caller: TestClient) -> None:
    body = {"industry": "3421", "employees": 250, "revenue_wan": 1500, "as_of": "2026-01-01"}
    ruling = caller.post("/v1/policy/size-class", json=body).json()
    assert (ruling["outcome"], ruling["possible"]) == ("small", ["small"])
    assert ruling["clause"]
    assert ruling["explanation"]
    opened = caller.post("/v1/policy/size-class", json={"industry": "C3421", "employees": 250}).json()
    assert opened["outcome"] == "unknown"
    assert len(opened["possible"]) > 1
    bad = caller.post("/v1/policy/size-class", json={"industry": "没有这一行"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "unknown_industry")
