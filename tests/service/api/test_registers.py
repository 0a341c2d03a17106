"""Registers over HTTP and by sheet: a bad row keeps no other out, and who may not write is told."""

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance

SHEET = (
    "付款方,收款方,欠款金额（万元）,交付日期\n"
    "大集团股份有限公司,小厂,12,2026-01-05\n大集团股份 有限公司,小厂,3,2026-01-06\n不认识的公司,小厂,3,2026-01-06\n"
    "大集团股份有限公司,小厂,很多,2026-01-07\n"
)


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    for id_, name in (("big", "大集团股份有限公司"), ("small", "小厂"), ("other", "别家")):
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": name}).status_code == 200
    return caller


def upload(caller: TestClient, text: str, name: str = "欠款.csv") -> dict[str, object]:
    answer = caller.post("/v1/registers/arrears/import", files={"file": (name, text)})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_sheet_with_bad_rows(caller: TestClient) -> None:
    report = upload(caller, SHEET)
    assert (report["total"], report["kept"], report["rejected"]) == (4, 2, 2)
    problems = report["problems"]
    assert isinstance(problems, list)
    assert sorted((problem["row"], problem["code"]) for problem in problems) == [
        (4, "unknown_enterprise"),
        (5, "number_unreadable"),
    ]
    upload(caller, SHEET, "../..")
    assert len(caller.get("/v1/registers/arrears").json()["items"]) == 2
    assert len(caller.get("/v1/registers/arrears?enterprise_id=small").json()["items"]) == 2


def test_what_is_exported_imports_again(caller: TestClient) -> None:
    upload(caller, SHEET)
    before = caller.get("/v1/registers/arrears").json()["items"]
    book = caller.get("/v1/registers/arrears/export").content
    again = caller.post("/v1/registers/arrears/import", files={"file": ("a.xlsx", book)}).json()
    assert (again["kept"], again["rejected"]) == (2, 0)
    after = caller.get("/v1/registers/arrears").json()["items"]
    assert [one["values"] for one in after] == [one["values"] for one in before]
    template = caller.get("/v1/registers/arrears/template")
    assert template.headers["content-type"].startswith("application/vnd.openxml")


def test_one_entry(caller: TestClient) -> None:
    values = {"debtor": "big", "creditor": "small", "amount_wan": 1, "delivered": "2026-01-01"}
    assert caller.put("/v1/registers/arrears/x", json={"values": values}).json()["values"] == values
    assert caller.get("/v1/registers/arrears/x").json()["kind"] == "arrears"
    bad = caller.put("/v1/registers/arrears/y", json={"values": values | {"amount_wan": "一"}})
    assert bad.json()["error"]["code"] == "bad_entry"
    assert caller.delete("/v1/registers/arrears/x").json() == {"id": "x"}
    assert caller.get("/v1/registers/arrears/x").status_code == 404


def test_a_creditor_keeps_its_own_claims(caller: TestClient, instance: Instance) -> None:
    values = {"debtor": "big", "creditor": "small", "amount_wan": 1, "delivered": "2026-01-01"}
    creditor = instance.caller(organisation="small")
    assert creditor.put("/v1/registers/arrears/x", json={"values": values}).status_code == 200
    other = instance.caller(organisation="other")
    assert other.put("/v1/registers/arrears/z", json={"values": values}).status_code == 403
    assert other.get("/v1/registers/arrears").json()["items"] == []
    mixed = SHEET.replace("小厂,3,2026-01-06\n不", "别家,3,2026-01-06\n不")
    report = creditor.post("/v1/registers/arrears/import", files={"file": ("a.csv", mixed)}).json()
    assert report["kept"] == 1
    assert {problem["code"] for problem in report["problems"]} == {
        "forbidden",
        "unknown_enterprise",
        "number_unreadable",
    }


def test_the_columns_are_told(caller: TestClient) -> None:
    (arrears,) = (one for one in caller.get("/v1/registers").json() if one["kind"] == "arrears")
    assert arrears["label"] == "欠款登记"
    assert [field["name"] for field in arrears["fields"] if field["required"]] == [
        "debtor",
        "creditor",
        "amount_wan",
        "delivered",
    ]
