"""What has not changed is not sent again, and nobody overwrites a change that he has not seen."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.auth import local_admin
from tests.filled import proof
from tests.service.instance import TENANT, Instance, put_some

ENTRY = {"values": {"debtor": "g", "creditor": "f", "amount_wan": 1, "delivered": "2026-01-01"}}
POSTING = {"enterprise_id": "f", "kind": "need", "title": "求甲"}
RECORDS: list[tuple[str, Any, Any]] = [
    ("/v1/enterprises/f", {"name": "甲公司"}, {"name": "乙公司"}),
    ("/v1/postings/p0", POSTING, POSTING | {"title": "求乙"}),
    ("/v1/registers/arrears/r", ENTRY, {"values": ENTRY["values"] | {"amount_wan": 2}}),
]
EACH = pytest.mark.parametrize(("path", "first", "second"), RECORDS, ids=["enterprise", "posting", "entry"])


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    made = instance.caller()
    put_some(made, 1)
    assert made.put("/v1/enterprises/g", json={"name": "丙公司"}).status_code == 200
    return made


def refused(answer: Any) -> bool:
    return bool(answer.status_code == 412 and answer.json()["error"]["code"] == "precondition_failed")


@EACH
def test_what_is_known_is_not_sent_again(caller: TestClient, path: str, first: Any, second: Any) -> None:
    caller.put(path, json=first)
    read = caller.get(path)
    tag = read.headers["etag"]
    assert tag.startswith('"')
    for held in (tag, f'"x", W/{tag}', "*"):
        again = caller.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    caller.put(path, json=second)
    changed = caller.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    caller.put(path, json=first)
    if "registers" not in path:
        assert caller.get(path).headers["etag"] == tag


@EACH
def test_a_change_that_was_not_seen_is_not_overwritten(caller: TestClient, path: str, first: Any, second: Any) -> None:
    caller.put(path, json=first)
    seen = {"If-Match": caller.get(path).headers["etag"]}
    assert caller.put(path, json=second, headers=seen).status_code == 200
    before = caller.get(path).json()
    assert refused(caller.put(path, json=first, headers=seen))
    assert refused(caller.put(path, json=first, headers={"If-Match": f"W/{caller.get(path).headers['etag']}"}))
    assert refused(caller.delete(path, headers=seen))
    assert caller.get(path).json() == before
    assert caller.delete(path, headers={"If-Match": caller.get(path).headers["etag"]}).status_code == 200
    assert refused(caller.put(path, json=first, headers={"If-Match": "*"}))
    assert caller.get(path).status_code == 404


@EACH
def test_only_what_is_new_is_created(caller: TestClient, path: str, first: Any, second: Any) -> None:
    caller.delete(path)
    if "enterprises" not in path:
        caller.put("/v1/enterprises/f", json={"name": "甲公司"})
    with ThreadPoolExecutor(8) as pool:
        new = {"If-None-Match": "*"}
        answers = list(pool.map(lambda n: caller.put(path, json=(first, second)[n % 2], headers=new), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]


@EACH
def test_of_many_changes_of_one_state_one_is_made(caller: TestClient, path: str, first: Any, second: Any) -> None:
    caller.put(path, json=first)
    seen = {"If-Match": caller.get(path).headers["etag"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.put(path, json=second, headers=seen), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]


def test_evidence_is_no_change_of_what_is_shown(instance: Instance, caller: TestClient) -> None:
    tag = caller.get("/v1/enterprises/f").headers["etag"]
    instance.parts.store.records.add_evidence(local_admin(TENANT), "f", [proof("甲")])
    assert caller.get("/v1/enterprises/f", headers={"If-None-Match": tag}).status_code == 304
    assert caller.put("/v1/enterprises/f", json={"name": "乙"}, headers={"If-Match": tag}).status_code == 200


def test_rights_come_first(instance: Instance, caller: TestClient) -> None:
    other = instance.caller(organisation="g")
    for path, first, _ in RECORDS[:2]:
        assert other.put(path, json=first, headers={"If-Match": '"x"'}).status_code == 403
        assert other.delete(path, headers={"If-Match": '"x"'}).status_code == 403


@pytest.mark.parametrize("header", ["1f0c", '"a" "b"', '"a', '*, "a"', ""])
def test_a_header_that_cannot_be_read(caller: TestClient, header: str) -> None:
    answer = caller.put("/v1/enterprises/f", json={"name": "x"}, headers={"If-Match": header})
    assert answer.json()["error"]["code"] == "bad_etag"


def test_deals_and_events_are_tagged(caller: TestClient) -> None:
    need = {"enterprise_id": "g", "kind": "need", "title": "五轴"}
    assert caller.put("/v1/postings/n", json=need).status_code == 200
    asked = {"request_posting_id": "n", "offer_posting_ids": ["p0"]}
    deal = caller.post("/v1/deals", json=asked).json()["deals"][0]["id"]
    tag = caller.get(f"/v1/deals/{deal}").headers["etag"]
    assert caller.get(f"/v1/deals/{deal}", headers={"If-None-Match": tag}).status_code == 304
    caller.put(f"/v1/deals/{deal}/department", json={"department": "产业处"})
    assert caller.get(f"/v1/deals/{deal}", headers={"If-None-Match": tag}).status_code == 200
