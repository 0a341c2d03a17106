"""Outcomes over HTTP: taken down once, listed page by page, refused with the valid choices named."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matcher.domain import PostingKind
from matcher.outcomes import DismissalReason, OutcomeStage
from service.auth import Scope
from service.shownlog import Shown, ShownItem
from tests.service.instance import TENANT, TODAY, Instance, put_some

NOTE = "张三 13800138000"
FAR = {"posting_id": "p0", "stage": "dismissed", "reason": "太远"}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    client = instance.caller()
    put_some(client)
    return client


def show(instance: Instance, id_: str, *, organisation: str | None = None) -> str:
    """Put a list of p0 and p1 on its way into the store."""
    items = tuple(
        ShownItem(rank=n + 1, posting_id=f"p{n}", enterprise_id="f", score=0.5, features={"dense": 0.5})
        for n in range(2)
    )
    shown = Shown(
        id=id_, tenant=TENANT, organisation=organisation, user="u", posting_id=None, enterprise_id=None,
        kind=PostingKind.NEED, query_hash="h", as_of=TODAY, created_at=datetime.now(UTC), versions={}, items=items,
    )  # fmt: skip
    instance.parts.shown.put(shown)
    return id_


def listed(caller: TestClient, **wanted: Any) -> list[dict[str, Any]]:
    answer = caller.get("/v1/outcomes", params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("stage", OutcomeStage)
def test_every_stage_is_taken_down(caller: TestClient, stage: OutcomeStage) -> None:
    reason = DismissalReason.SIZE if stage is OutcomeStage.DISMISSED else None
    answer = caller.post("/v1/outcomes", json={"posting_id": "p0", "stage": stage, "reason": reason, "note": NOTE})
    assert answer.status_code == 200, answer.text
    [kept] = listed(caller)
    assert (kept["stage"], kept["reason"], kept["note"], kept["enterprise_id"]) == (stage, reason, NOTE, "f")
    assert answer.json() == {name: kept[name] for name in answer.json()}
    assert "note" not in answer.json()


def test_a_list_that_was_just_shown_is_known(caller: TestClient, instance: Instance) -> None:
    for n in range(5):
        new = FAR | {"list_id": show(instance, f"l{n}")}
        assert caller.post("/v1/outcomes", json=new).status_code == 200
    assert [kept["list_id"] for kept in listed(caller)] == [f"l{n}" for n in range(5)]
    assert len(listed(caller, list_id="l3")) == 1


@pytest.mark.parametrize("again", [{"list_id": "l"}, {"id": "mine"}], ids=["last word", "id"])
def test_telling_the_same_again_adds_nothing(caller: TestClient, instance: Instance, again: dict[str, str]) -> None:
    show(instance, "l")
    answers = [caller.post("/v1/outcomes", json=FAR | again).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(listed(caller)) == 1


def test_an_idempotency_key_tells_once_and_keeps_no_note(caller: TestClient, instance: Instance) -> None:
    answers = [
        caller.post("/v1/outcomes", json=FAR | {"note": NOTE}, headers={"Idempotency-Key": "k"}).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(listed(caller)) == 1
    other = caller.post("/v1/outcomes", json=FAR, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_an_id_of_another_outcome_is_a_conflict(caller: TestClient) -> None:
    caller.post("/v1/outcomes", json=FAR | {"id": "mine"})
    answer = caller.post("/v1/outcomes", json=FAR | {"id": "mine", "reason": "不相关"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"posting_id": "absent"}, 404, "absent"),
        ({"list_id": "absent"}, 404, "absent"),
        ({"request_posting_id": "absent"}, 404, "absent"),
        ({"list_id": "l", "posting_id": "p2"}, 404, "p2"),
        ({"stage": "liked"}, 422, "shortlisted"),
        ({"reason": "太贵"}, 422, "已是供应商"),
        ({"reason": None}, 422, "不相关、太远、规模不符、已是供应商"),
        ({"stage": "met"}, 422, "reason"),
        ({"note": "x" * 2001}, 422, "2000"),
        ({"rating": 5}, 422, "rating"),
    ],
)
def test_a_refusal_says_what_is_valid(
    caller: TestClient, instance: Instance, change: dict[str, Any], status: int, said: str
) -> None:
    show(instance, "l")
    answer = caller.post("/v1/outcomes", json=FAR | change)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert listed(caller) == []


def test_pages_follow_one_another(caller: TestClient) -> None:
    for n in range(5):
        caller.post("/v1/outcomes", json=FAR | {"id": f"o{n}"})
    found: list[str] = []
    cursor = None
    while True:
        page = caller.get("/v1/outcomes", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += [kept["id"] for kept in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == [f"o{n}" for n in range(5)]


def test_an_organisation_tells_of_its_own_lists_and_sees_its_own_words(caller: TestClient, instance: Instance) -> None:
    caller.put("/v1/enterprises/a", json={"name": "甲"})
    own = instance.caller(organisation="a")
    show(instance, "platform")
    show(instance, "own", organisation="a")
    assert own.post("/v1/outcomes", json=FAR | {"list_id": "platform"}).status_code == 404
    assert own.post("/v1/outcomes", json=FAR | {"list_id": "own"}).status_code == 200
    assert caller.post("/v1/outcomes", json=FAR | {"list_id": "platform"}).status_code == 200
    assert [kept["list_id"] for kept in listed(own)] == ["own"]
    assert {kept["list_id"] for kept in listed(caller)} == {"own", "platform"}
    stranger = instance.caller("other")
    assert listed(stranger) == []
    assert stranger.post("/v1/outcomes", json=FAR).status_code == 404


def test_a_reader_tells_nothing(caller: TestClient, instance: Instance) -> None:
    reader = instance.caller(scopes=(Scope.READ,))
    assert reader.post("/v1/outcomes", json=FAR).status_code == 403
    assert listed(reader) == []


def test_a_note_is_not_logged(caller: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for stage in ("met", "liked"):
        answer = caller.post("/v1/outcomes", json={"posting_id": "p0", "stage": stage, "note": NOTE})
        assert NOTE not in answer.text
    assert NOTE not in caplog.text
