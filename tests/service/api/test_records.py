"""Enterprises and postings over HTTP: written, read, listed, removed, by the caller's own id."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.instance import Instance, put_some

FIRM = {
    "name": "北京精工机械有限公司",
    "party": "企业",
    "industry": "C3421",
    "region": "海淀区",
    "employees": 120,
    "revenue_wan": 3500.5,
    "declared_size": "small",
    "qualifications": [{"name": "ISO 9001", "expires": "2027-01-01"}],
    "attributes": {"官网": "https://例子.cn", "层级": {"a": [1, None, True]}},
}
POSTING = {
    "enterprise_id": "f",
    "kind": "capability",
    "title": "五轴加工",
    "detail": "钛合金薄壁件，±0.01mm",
    "keywords": ["五轴"],
    "region": "1101",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "conditions": [{"name": "地区", "op": "in", "value": ["11", "天津"]}],
    "windows": [{"from": "2026-05-01", "until": "2026-06-01", "amount": 3, "unit": "台"}],
    "attributes": {"lead_days": 7},
}


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def test_a_firm_comes_back_as_it_was_written_with_codes_and_size(caller: TestClient) -> None:
    written = caller.put("/v1/enterprises/f", json=FIRM)
    assert written.status_code == 200
    assert written.json() == {"id": "f", "seq": 1, "outcome": "created", "warnings": []}
    read = caller.get("/v1/enterprises/f").json()
    assert read["region"] == "110108"
    assert read["industry"] == "C3421"
    assert read["computed_size"] == "small"
    assert read["attributes"] == FIRM["attributes"]
    assert read["qualifications"][0]["expires"] == "2027-01-01"
    assert {key: read[key] for key in ("name", "party", "employees", "revenue_wan")} == {
        key: FIRM[key] for key in ("name", "party", "employees", "revenue_wan")
    }


def test_writing_the_same_again_changes_nothing(caller: TestClient) -> None:
    assert caller.put("/v1/enterprises/f", json=FIRM).json()["outcome"] == "created"
    same = caller.put("/v1/enterprises/f", json=FIRM).json()
    assert (same["outcome"], same["seq"]) == ("unchanged", 1)
    other = caller.put("/v1/enterprises/f", json=FIRM | {"employees": 121}).json()
    assert (other["outcome"], other["seq"]) == ("updated", 2)


def test_a_doubtful_code_is_a_warning(caller: TestClient) -> None:
    answer = caller.put("/v1/enterprises/f", json=FIRM | {"uscc": "91110108MA01ABCD9X"})
    assert answer.status_code == 200
    assert answer.json()["warnings"]


def test_a_posting_comes_back_as_it_was_written(caller: TestClient) -> None:
    caller.put("/v1/enterprises/f", json=FIRM)
    written = caller.put("/v1/postings/p", json=POSTING).json()
    assert written["outcome"] == "created"
    assert "资质证书" in written["warnings"][0]
    read = caller.get("/v1/postings/p").json()
    assert read["windows"][0] == {
        "from": "2026-05-01", "until": "2026-06-01", "recurs": None, "amount": 3.0, "unit": "台", "min_order": None,
        "price": None,
    }  # fmt: skip
    assert (read["status"], read["visibility"]) == ("published", "public")
    assert read["conditions"][0]["value"] == ["110000", "120000"]
    assert caller.put("/v1/postings/p", json={k: v for k, v in read.items() if k != "id"}).json()["outcome"] == (
        "unchanged"
    ), "what was read can be written back"


@pytest.mark.parametrize("name", ["2024/001", "编号：甲（1）", "x?y#z", "é" * 100, "a/../b"])
def test_any_id_without_spaces_will_do(name: str, caller: TestClient) -> None:
    path = f"/v1/enterprises/{quote(name, safe='')}"
    assert caller.put(path, json=FIRM).json()["id"] == name
    assert caller.get(path).json()["id"] == name
    assert caller.delete(path).json()["id"] == name
    assert caller.get(path).status_code == 404


@pytest.mark.parametrize("name", ["a b", "x" * 129, "tab\there"])
def test_other_ids_are_refused(name: str, caller: TestClient) -> None:
    assert caller.put(f"/v1/enterprises/{quote(name, safe='')}", json=FIRM).status_code == 422


def test_removing_a_firm_removes_its_postings(caller: TestClient) -> None:
    seq = put_some(caller)
    gone = caller.delete("/v1/enterprises/f")
    assert gone.status_code == 200
    assert gone.json()["seq"] > seq
    assert caller.get("/v1/postings/p0").status_code == 404
    assert caller.get("/v1/postings").json() == {"items": [], "next": None}
    assert caller.delete("/v1/enterprises/f").status_code == 404


def test_removing_a_posting_leaves_its_firm(caller: TestClient) -> None:
    put_some(caller, 2)
    assert caller.delete("/v1/postings/p0").status_code == 200
    assert [item["id"] for item in caller.get("/v1/postings").json()["items"]] == ["p1"]
    assert caller.get("/v1/enterprises/f").status_code == 200


def test_pages_follow_each_other_without_gap_or_repeat(caller: TestClient) -> None:
    items = [{"id": f"e{n:03}", "name": f"企业{n}"} for n in range(25)]
    assert caller.post("/v1/enterprises:batch", json={"items": items}).status_code == 200
    met: list[str] = []
    cursor: str | None = None
    for size in (10, 10, 5):
        page = caller.get("/v1/enterprises", params={"limit": 10} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) == size
        met += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert met == [item["id"] for item in items]


def test_pages_are_stable_while_others_write(caller: TestClient) -> None:
    stays = [f"e{n:02}" for n in range(0, 40, 2)]
    batch = {"items": [{"id": id_, "name": id_} for id_ in stays]}
    assert caller.post("/v1/enterprises:batch", json=batch).status_code == 200
    met: list[str] = []
    cursor: str | None = None
    for n in range(1, 100, 2):
        page = caller.get("/v1/enterprises", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        met += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
        # One appears behind the reader, one before it, and one goes that was just read.
        for id_ in (f"a{n:02}", f"e{39 - n:02}x"):
            assert caller.put(f"/v1/enterprises/{id_}", json=FIRM).status_code == 200
        assert caller.put(f"/v1/enterprises/{met[-1]}", json=FIRM | {"name": "改名"}).status_code == 200
        gone = [id_ for id_ in met if "x" in id_][:1]
        assert all(caller.delete(f"/v1/enterprises/{id_}").status_code in (200, 404) for id_ in gone)
    assert cursor is None
    assert len(met) == len(set(met))
    assert [id_ for id_ in met if id_ in stays] == stays


def test_a_cursor_after_a_long_id_works(caller: TestClient) -> None:
    names = ["龙" * 127 + end for end in "甲乙"]
    for name in names:
        assert caller.put(f"/v1/enterprises/{quote(name)}", json=FIRM).status_code == 200
    first = caller.get("/v1/enterprises", params={"limit": 1}).json()
    second = caller.get("/v1/enterprises", params={"limit": 1, "cursor": first["next"]})
    assert {first["items"][0]["id"], second.json()["items"][0]["id"]} == set(names)


def test_lists_are_narrowed(caller: TestClient) -> None:
    put_some(caller, 2)
    caller.put("/v1/enterprises/g", json=FIRM | {"name": "天工大学", "party": "高校", "region": "天津"})
    need = {"enterprise_id": "g", "kind": "need", "title": "求购夹具", "status": "draft"}
    assert caller.put("/v1/postings/n", json=need).status_code == 200

    def firms(**params: str) -> list[str]:
        return [item["id"] for item in caller.get("/v1/enterprises", params=params).json()["items"]]

    def offers(**params: str) -> list[str]:
        return [item["id"] for item in caller.get("/v1/postings", params=params).json()["items"]]

    assert firms(name="大学") == firms(party="高校") == firms(region="120000") == firms(region="天津") == ["g"]
    assert firms(industry="C34") == ["g"]
    assert firms(name="%") == []
    assert offers(kind="need") == offers(status="draft") == offers(enterprise_id="g") == ["n"]
    assert offers(kind="capability") == ["p0", "p1"]


def test_a_batch_answers_row_by_row_in_order(caller: TestClient) -> None:
    caller.put("/v1/enterprises/f", json=FIRM)
    rows = [
        POSTING | {"id": "a"},
        POSTING | {"id": "b", "kind": "没有"},
        POSTING | {"id": "c", "enterprise_id": "nobody"},
        POSTING | {"id": "d", "colour": "red"},
        POSTING | {"id": "a"},
        POSTING | {"id": "e", "region": "火星"},
        POSTING | {"id": "f", "valid_from": "2027-01-01"},
        POSTING | {"id": "g", "attributes": {"lead_days": "很快"}},
        {"title": "没有编号"},
        POSTING | {"id": "h"},
    ]
    answer = caller.post("/v1/postings:batch", json={"items": rows})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [row["id"] for row in results] == ["a", "b", "c", "d", "a", "e", "f", "g", "", "h"]
    codes = [row["error"]["code"] if row["error"] else row["outcome"] for row in results]
    assert codes == [
        "created", "invalid_row", "unknown_enterprise", "invalid_row", "duplicate_id", "unknown_region", "bad_dates",
        "bad_attribute", "invalid_row", "created",
    ]  # fmt: skip
    assert "colour" in results[3]["error"]["message"]
    assert [item["id"] for item in caller.get("/v1/postings").json()["items"]] == ["a", "h"]


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (1000, 200), (1001, 422)])
def test_a_batch_holds_one_to_a_thousand(count: int, status: int, caller: TestClient) -> None:
    items = [{"id": f"e{n}", "name": "甲"} for n in range(count)]
    answer = caller.post("/v1/enterprises:batch", json={"items": items})
    assert answer.status_code == status
    if status == 200:
        assert len(answer.json()["results"]) == count


def test_who_may_only_read_writes_nothing(instance: Instance) -> None:
    put_some(instance.caller())
    reader = instance.caller(scopes=(Scope.READ,))
    assert reader.get("/v1/enterprises/f").status_code == 200
    for answer in (
        reader.put("/v1/enterprises/f", json=FIRM),
        reader.put("/v1/postings/p0", json=POSTING),
        reader.delete("/v1/enterprises/f"),
        reader.delete("/v1/postings/p0"),
        reader.post("/v1/imports", files={"file": ("a.csv", "企业名称\n甲")}),
    ):
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "forbidden"
    rows = reader.post("/v1/enterprises:batch", json={"items": [FIRM | {"id": "x"}]}).json()["results"]
    assert rows[0]["error"]["code"] == "forbidden"
