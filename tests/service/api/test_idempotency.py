"""A request sent twice under one key is done once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, put_some

KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def test_a_repeat_gets_the_first_answer(caller: TestClient) -> None:
    first = caller.put("/v1/enterprises/f", json={"name": "甲"}, headers=KEY)
    caller.put("/v1/enterprises/f", json={"name": "乙"})
    again = caller.put("/v1/enterprises/f", json={"name": "甲"}, headers=KEY)
    assert again.json() == first.json()
    assert caller.get("/v1/enterprises/f").json()["name"] == "乙"


def test_a_removal_repeated_is_still_done(caller: TestClient) -> None:
    put_some(caller)
    first = caller.delete("/v1/postings/p0", headers=KEY)
    assert first.status_code == 200
    assert caller.delete("/v1/postings/p0", headers=KEY).json() == first.json()
    assert caller.delete("/v1/postings/p0").status_code == 404


def test_a_batch_is_remembered_row_by_row(caller: TestClient) -> None:
    items = {"items": [{"id": "a", "name": "甲"}, {"id": "b"}]}
    first = caller.post("/v1/enterprises:batch", json=items, headers=KEY).json()
    assert caller.post("/v1/enterprises:batch", json=items, headers=KEY).json() == first
    assert [row["outcome"] for row in first["results"]] == ["created", "rejected"]


@pytest.mark.parametrize(
    ("path", "name"), [("/v1/enterprises/f", "乙"), ("/v1/enterprises/g", "甲")], ids=["other body", "other path"]
)
def test_a_key_belongs_to_one_request(path: str, name: str, caller: TestClient) -> None:
    caller.put("/v1/enterprises/f", json={"name": "甲"}, headers=KEY)
    answer = caller.put(path, json={"name": name}, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert caller.get("/v1/enterprises/f").json()["name"] == "甲"


def test_a_failed_request_may_be_mended_under_its_key(caller: TestClient) -> None:
    assert caller.put("/v1/enterprises/f", json={"name": "甲", "region": "火星"}, headers=KEY).status_code == 422
    assert caller.put("/v1/enterprises/f", json={"name": "甲", "region": "北京"}, headers=KEY).status_code == 200


def test_keys_of_two_callers_do_not_meet(instance: Instance) -> None:
    for tenant, name in (("t", "甲"), ("u", "乙"), ("t", "丙")):
        answer = instance.caller(tenant).put("/v1/enterprises/f", json={"name": name}, headers=KEY)
        assert answer.status_code == 200


def test_an_upload_is_queued_once_even_when_sent_twice_at_once(caller: TestClient) -> None:
    def upload(text: str) -> tuple[int, str]:
        answer = caller.post("/v1/imports", files={"file": ("a.csv", text)}, headers=KEY)
        return answer.status_code, answer.json().get("id", "")

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(upload, ["企业名称\n甲公司\n"] * 4))
    assert len(answers) == 1
    assert len(caller.get("/v1/imports").json()) == 1
    assert upload("企业名称\n乙公司\n")[0] == 409, "another file of the same name and size"


@pytest.mark.parametrize(("length", "status"), [(1, 200), (200, 200), (201, 422)])
def test_a_key_has_up_to_200_characters(length: int, status: int, caller: TestClient) -> None:
    answer = caller.put("/v1/enterprises/f", json={"name": "甲"}, headers={"Idempotency-Key": "k" * length})
    assert answer.status_code == status
