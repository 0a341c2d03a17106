"""Nobody sees or changes another platform's records, nor another organisation's private ones, on any route."""

import pytest
from fastapi.testclient import TestClient

from service.auth import SYSTEM
from tests.service.instance import Instance, finished, found_ids, put_some

SECRET = "外人不该看到的细节"


@pytest.fixture
def mine(instance: Instance) -> TestClient:
    caller = instance.caller("mine")
    put_some(caller)
    return caller


@pytest.fixture
def stranger(instance: Instance, mine: TestClient) -> TestClient:
    return instance.caller("other")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/enterprises/f"),
        ("DELETE", "/v1/enterprises/f"),
        ("GET", "/v1/postings/p0"),
        ("DELETE", "/v1/postings/p0"),
    ],
)
def test_another_platforms_records_do_not_exist(method: str, path: str, stranger: TestClient, mine: TestClient) -> None:
    assert stranger.request(method, path).status_code == 404
    assert mine.get(path).status_code == 200


def test_lists_show_ones_own_platform(stranger: TestClient) -> None:
    for path in ("/v1/enterprises", "/v1/postings"):
        assert stranger.get(path).json() == {"items": [], "next": None}
    assert stranger.get("/v1/imports").json() == []


def test_the_same_id_is_another_record_in_another_platform(stranger: TestClient, mine: TestClient) -> None:
    assert stranger.put("/v1/enterprises/f", json={"name": "别家"}).json()["outcome"] == "created"
    assert mine.get("/v1/enterprises/f").json()["name"] == "精工机械"
    items = [{"id": "p0", "enterprise_id": "f", "kind": "need", "title": "别的"}]
    assert stranger.post("/v1/postings:batch", json={"items": items}).json()["results"][0]["outcome"] == "created"
    assert mine.get("/v1/postings/p0").json()["kind"] == "capability"
    stranger.delete("/v1/enterprises/f")
    assert mine.get("/v1/postings/p0").status_code == 200


def test_a_posting_needs_a_firm_of_its_own_platform(stranger: TestClient) -> None:
    posting = {"enterprise_id": "f", "kind": "capability", "title": "冒名"}
    assert stranger.put("/v1/postings/x", json=posting).json()["error"]["code"] == "unknown_enterprise"


def test_a_match_stays_inside_the_platform(stranger: TestClient, mine: TestClient) -> None:
    seq = put_some(stranger, 1, prefix="o")
    ask = {"text": "钛合金五轴加工", "kind": "need", "k": 1000, "min_seq": seq}
    assert set(found_ids(mine.post("/v1/match", json=ask))) == {"p0", "p1", "p2"}
    answer = stranger.post("/v1/match", json=ask)
    assert found_ids(answer) == ["op0"]
    assert answer.json()["excluded"] == []
    assert stranger.post("/v1/match", json={"posting_id": "p0"}).status_code == 404
    named = stranger.post("/v1/match", json=ask | {"filters": {"enterprise_id": ["f"]}})
    assert found_ids(named) == []


def test_an_import_belongs_to_its_platform(stranger: TestClient, mine: TestClient) -> None:
    job = mine.post("/v1/imports", files={"file": ("a.csv", "企业名称,类型,标题\n,能力,甲\n")}).json()["id"]
    assert finished(mine, job)["report"]["rejected"] == 1
    for tail in ("", "/problems", "/rejects"):
        assert mine.get(f"/v1/imports/{job}{tail}").status_code == 200
        assert stranger.get(f"/v1/imports/{job}{tail}").status_code == 404


@pytest.fixture
def platform(instance: Instance) -> TestClient:
    """A platform with two organisations: `a`, and `b` with one posting of each visibility."""
    caller = instance.caller("p")
    for name in "ab":
        caller.put(f"/v1/enterprises/{name}", json={"name": f"{name}公司"})
    shared = {
        "enterprise_id": "b", "kind": "capability", "title": "钛合金五轴加工", "detail": SECRET,
        "attributes": {"lead_days": 7},
    }  # fmt: skip
    for visibility in ("public", "matched", "private"):
        assert caller.put(f"/v1/postings/b-{visibility}", json=shared | {"visibility": visibility}).status_code == 200
    caller.put("/v1/postings/b-draft", json=shared | {"status": "draft"})
    return caller


def test_an_organisation_sees_others_public_part_only(instance: Instance, platform: TestClient) -> None:
    other = instance.caller("p", organisation="a")
    listed = {item["id"]: item for item in other.get("/v1/postings").json()["items"]}
    assert set(listed) == {"b-public", "b-matched"}
    assert listed["b-public"]["detail"] == SECRET
    for shown in (listed["b-matched"], other.get("/v1/postings/b-matched").json()):
        assert (shown["title"], shown["detail"], shown["attributes"]) == ("钛合金五轴加工", None, {})
    for hidden in ("b-private", "b-draft"):
        assert other.get(f"/v1/postings/{hidden}").status_code == 404
        assert other.delete(f"/v1/postings/{hidden}").status_code == 404
        assert other.post("/v1/match", json={"posting_id": hidden}).status_code == 404


def test_an_organisation_is_matched_to_what_it_may_see(instance: Instance, platform: TestClient) -> None:
    other = instance.caller("p", organisation="a")
    seq = instance.parts.store.follow.seq(SYSTEM)
    ask = {"text": f"钛合金五轴加工，{SECRET}", "kind": "need", "min_seq": seq}
    answer = other.post("/v1/match", json=ask)
    shown = {found["posting"]["id"]: found for found in answer.json()["matches"]}
    assert set(shown) == {"b-public", "b-matched"}
    assert [found["rank"] for found in answer.json()["matches"]] == [1, 2]
    matched = str(shown["b-matched"])
    assert all(piece not in matched for piece in (SECRET, "外人", "细节", "lead_days"))
    assert "外人" in str(shown["b-public"]), "public text is quoted as a reason"
    assert set(found_ids(platform.post("/v1/match", json=ask))) == {"b-public", "b-matched", "b-private"}
    assert found_ids(instance.caller("p", organisation="b").post("/v1/match", json=ask)) == []


def test_an_organisation_writes_its_own_records_only(instance: Instance, platform: TestClient) -> None:
    other = instance.caller("p", organisation="a")
    posting = {"enterprise_id": "a", "kind": "capability", "title": "自己的"}
    assert other.put("/v1/enterprises/a", json={"name": "甲"}).status_code == 200
    assert other.put("/v1/postings/a-own", json=posting).status_code == 200
    for answer in (
        other.put("/v1/enterprises/b", json={"name": "改名"}),
        other.put("/v1/enterprises/new", json={"name": "新的"}),
        other.delete("/v1/enterprises/b"),
        other.put("/v1/postings/x", json=posting | {"enterprise_id": "b"}),
        other.put("/v1/postings/b-public", json=posting),
        other.delete("/v1/postings/b-public"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    items = [posting | {"id": "a-1"}, posting | {"id": "b-public"}, posting | {"id": "a-2"}]
    results = other.post("/v1/postings:batch", json={"items": items}).json()["results"]
    assert [row["outcome"] for row in results] == ["created", "rejected", "created"]
    assert platform.get("/v1/postings/b-public").json()["enterprise_id"] == "b"


def test_an_organisation_sees_its_own_imports(instance: Instance, platform: TestClient) -> None:
    own, other = instance.caller("p", organisation="a"), instance.caller("p", organisation="b")
    job = own.post("/v1/imports", files={"file": ("a.csv", "类型,标题\n能力,甲的能力\n")}).json()["id"]
    finished(own, job)
    assert other.get(f"/v1/imports/{job}").status_code == 404
    assert other.get("/v1/imports").json() == []
    assert [item["id"] for item in platform.get("/v1/imports").json()] == [job]
