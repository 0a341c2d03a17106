"""Two-sided recommendations over HTTP: what each side sees of the other, and how evenly firms are shown."""

from datetime import UTC, datetime, timedelta
from math import exp, isclose, log
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance

SECRET = "外人不该看到的细节"
PATH = "/v1/enterprises/f/recommendations"


@pytest.fixture
def platform(instance: Instance) -> TestClient:
    """A platform with firm f, which offers and asks, and firms g and h, which do so too."""
    caller = instance.caller()
    for name, size in (("f", "large"), ("g", "small"), ("h", "medium")):
        assert caller.put(f"/v1/enterprises/{name}", json={"name": f"{name}公司", "declared_size": size}).is_success
    secret = {"visibility": "matched", "detail": SECRET, "conditions": [{"name": "交期", "op": "<=", "value": 7}]}
    items = [
        {"id": "own", "enterprise_id": "f", "kind": "capability", "title": "钛合金五轴加工"},
        {"id": "ask", "enterprise_id": "f", "kind": "need", "title": "寻求冷链仓储运输"},
        {"id": "open", "enterprise_id": "g", "kind": "need", "title": "寻求钛合金五轴加工"},
        {"id": "half", "enterprise_id": "h", "kind": "need", "title": "寻求钛合金加工", **secret},
        {"id": "cold", "enterprise_id": "h", "kind": "capability", "title": "冷链仓储运输"},
    ]
    answer = caller.post("/v1/postings:batch", json={"items": items})
    assert {row["error"] for row in answer.json()["results"]} == {None}
    instance.parts.engine.catch_up()
    return caller


def asked(caller: TestClient, path: str = PATH, **wanted: Any) -> dict[str, Any]:
    answer = caller.get(path, params=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_both_directions_are_told_with_their_reasons(platform: TestClient) -> None:
    found = asked(platform)
    assert set(found) == {
        "serves", "served_by", "list_id", "no_match", "exposure", "versions", "took_ms"
    }  # fmt: skip
    assert [(one["own_posting_id"], one["posting"]["id"]) for one in found["serves"]] == [
        ("own", "open"),
        ("own", "half"),
    ]
    assert [(one["own_posting_id"], one["enterprise"]["id"]) for one in found["served_by"]] == [("ask", "h")]
    for one in (*found["serves"], *found["served_by"]):
        assert isclose(one["score"], 2 / sum(1 / one["scores"][way] for way in ("forward", "backward")))
        for way, label in (("forward", "对方符合我方"), ("backward", "我方符合对方")):
            total = sum(reason["contribution"] for reason in one["reasons"] if reason["direction"] == label)
            assert isclose(1 / (1 + exp(-total)), one["scores"][way], abs_tol=1e-5)
        assert one["calibrated"] is False
    half = found["serves"][1]
    assert [(result["direction"], result["name"], result["outcome"]) for result in half["conditions"]] == [
        ("我方符合对方", "交期", "待核实")
    ]
    assert found["exposure"] == {"gini": 0.0, "small_share": None, "lists": 0}
    assert set(found["versions"]) == {"encoder", "ranker", "seq", "exposure"}


def test_the_order_is_that_of_the_scores_with_their_adjustments(platform: TestClient) -> None:
    serves = asked(platform)["serves"]
    assert serves[0]["adjustments"] == {"newcomer": 0.2}
    weights = [log(one["score"] / (1 - one["score"])) + sum(one["adjustments"].values()) for one in serves]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "serves", "served_by"),
    [({"direction": "serve"}, 2, 0), ({"direction": "served"}, 0, 1), ({"direction": "both", "k": 1}, 1, 1)],
)
def test_direction_and_k(wanted: dict[str, Any], serves: int, served_by: int, platform: TestClient) -> None:
    found = asked(platform, **wanted)
    assert (len(found["serves"]), len(found["served_by"])) == (serves, served_by)


@pytest.mark.parametrize("wanted", [{"k": 0}, {"k": 1001}, {"direction": "sideways"}])
def test_a_senseless_request_is_refused(wanted: dict[str, Any], platform: TestClient) -> None:
    answer = platform.get(PATH, params=wanted)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_an_organisation_is_recommended_to_alone(instance: Instance, platform: TestClient) -> None:
    own = instance.caller(organisation="f")
    found = asked(own)
    assert {one["posting"]["id"] for one in found["serves"]} == {"open", "half"}
    half = str(next(one for one in found["serves"] if one["posting"]["id"] == "half"))
    assert all(piece not in half for piece in (SECRET, "外人", "交期"))
    other = instance.caller(organisation="g").get(PATH)
    assert (other.status_code, other.json()["error"]["code"]) == (403, "forbidden")
    assert platform.get("/v1/enterprises/nobody/recommendations").status_code == 404
    assert instance.caller("other").get(PATH).status_code == 404


def test_what_was_recommended_takes_outcomes_and_is_reported(instance: Instance, platform: TestClient) -> None:
    list_id = asked(platform)["list_id"]
    told = {"list_id": list_id, "posting_id": "open", "request_posting_id": "own", "stage": "shortlisted"}
    assert platform.post("/v1/outcomes", json=told).status_code == 200
    report = asked(platform, "/v1/reports/exposure")
    assert (report["lists"], report["firms"]) == (1, 3)
    assert [(one["enterprise_id"], one["places"]) for one in report["top"]] == [("h", 2), ("g", 1)]
    assert report["small_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["gini"] == pytest.approx(4 / 9, abs=1e-4)
    assert report["places"] == {"large": 0, "medium": 2, "small": 1, "micro": 0, "unknown": 0}
    again = asked(platform)
    assert again["exposure"] == {key: report[key] for key in ("gini", "small_share", "lists")}
    assert again["serves"][0]["adjustments"] != {"newcomer": 0.2}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert asked(platform, "/v1/reports/exposure", since=str(tomorrow))["lists"] == 0


def test_the_report_is_for_the_platform(instance: Instance, platform: TestClient) -> None:
    answer = instance.caller(organisation="f").get("/v1/reports/exposure")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert asked(instance.caller("other"), "/v1/reports/exposure")["top"] == []


def test_a_firm_without_postings_is_told_what_to_do(platform: TestClient) -> None:
    platform.put("/v1/enterprises/new", json={"name": "新公司"})
    found = asked(platform, "/v1/enterprises/new/recommendations")
    assert (found["serves"], found["served_by"], found["list_id"]) == ([], [], None)
    assert "发布" in found["no_match"]["reason"]
