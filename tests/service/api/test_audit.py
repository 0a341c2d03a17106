"""Every request to change something is on record with the person behind it; reading and strangers are not."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.instance import Instance


def rows(instance: Instance, **asked: str) -> list[dict[str, object]]:
    answer = instance.caller(scopes=(Scope.ADMIN,)).get("/v1/audit", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def put(caller: TestClient, id_: str = "f", **headers: str) -> int:
    return caller.put(f"/v1/enterprises/{id_}", json={"name": "精工"}, headers=headers).status_code


def test_who_changed_what_and_how_it_was_answered(instance: Instance) -> None:
    caller = instance.caller()
    put(caller, **{"X-Actor": quote("王处长")})
    put(caller)
    caller.put("/v1/postings/p", json={"enterprise_id": "gone", "kind": "need", "title": "x"})
    caller.get("/v1/enterprises/f")
    found = rows(instance)
    assert [(one["method"], one["path"], one["status"]) for one in found] == [
        ("PUT", "/v1/enterprises/f", 200),
        ("PUT", "/v1/enterprises/f", 200),
        ("PUT", "/v1/postings/p", 422),
    ]
    person, key, _ = found
    assert (person["user"], key["user"]) == ("王处长", f"key:{key['key']}")
    assert person["key"] == key["key"]
    assert "精工" not in str(found)
    assert [one["user"] for one in rows(instance, user="王处长")] == ["王处长"]


def test_the_person_is_in_every_record(instance: Instance) -> None:
    caller = instance.caller()
    put(caller)
    values = {"values": {"firm": "f", "on": "2026-01-01"}}
    headers = {"X-Actor": quote("李工")}
    assert caller.put("/v1/registers/indicators/1", json=values, headers=headers).json()["user"] == "李工"


def test_only_a_platform_names_persons(instance: Instance) -> None:
    put(instance.caller())
    put(instance.caller(organisation="f"), **{"X-Actor": "boss"})
    assert [str(one["user"]).startswith("key:") for one in rows(instance)] == [True, True]


@pytest.mark.parametrize("name", ["", "%00", "a%0Aroot", "x" * 101])
def test_what_is_no_name_is_refused(instance: Instance, name: str) -> None:
    caller = instance.caller()
    assert put(caller, **{"X-Actor": name}) == 422
    assert rows(instance) == []


def test_strangers_leave_no_rows_and_read_none(instance: Instance) -> None:
    assert put(TestClient(instance.app)) == 401
    assert rows(instance) == []
    for caller in (instance.caller(), instance.caller(organisation="f", scopes=(Scope.ADMIN,))):
        assert caller.get("/v1/audit").json()["error"]["code"] == "forbidden"
    put(instance.caller("other"))
    assert rows(instance) == []


def test_pages_go_on(instance: Instance) -> None:
    caller = instance.caller()
    for n in range(3):
        put(caller, f"f{n}")
    admin = instance.caller(scopes=(Scope.ADMIN,))
    first = admin.get("/v1/audit", params={"limit": 2}).json()
    rest = admin.get("/v1/audit", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["path"][-2:] for one in (*first["items"], *rest["items"])] == ["f0", "f1", "f2"]


def test_a_log_that_cannot_be_written_does_not_undo_the_request(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("disk")

    caller = instance.caller()
    monkeypatch.setattr(instance.parts.store.audit, "record", broken)
    assert put(caller) == 200
    assert "审计日志写入失败" in caplog.text
    put(caller, "wang@example.cn")
    assert "wang" not in caplog.text
    assert caller.get("/v1/enterprises/f").status_code == 200
