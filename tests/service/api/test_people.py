"""Users sign in and work with the rights of their role; keys are made, changed and revoked over HTTP."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ScopeType

from service.audit import ACTOR
from service.auth import Scope
from service.store.people import MOST_FAILURES
from tests.service.instance import TENANT, Instance, running

PASSWORD = "correct-horse"


@pytest.fixture
def admin(instance: Instance) -> TestClient:
    caller = instance.caller(scopes=(Scope.ADMIN,))
    caller.put("/v1/enterprises/e1", json={"name": "甲公司"})
    return caller


def user(admin: TestClient, id_: str, *roles: str, organisation: str | None = None) -> None:
    body = {"name": id_, "roles": list(roles), "organisation_id": organisation}
    assert admin.put(f"/v1/users/{id_}", json=body).status_code == 200
    assert admin.put(f"/v1/users/{id_}/password", json={"password": PASSWORD}).status_code == 200


def signed_in(instance: Instance, id_: str, password: str = PASSWORD) -> TestClient:
    """Return a client as a page of a signed-in user is."""
    client = TestClient(instance.app)
    answer = client.post("/v1/sessions", json={"tenant": TENANT, "user": id_, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_user_signs_in_works_and_signs_out(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "owner", organisation="e1")
    page = signed_in(instance, "zhao")
    posting = {"enterprise_id": "e1", "kind": "capability", "title": "五轴加工"}
    assert page.put("/v1/postings/p", json=posting).status_code == 200
    assert page.get("/v1/sessions/current").json()["user"] == "zhao"
    assert code(page.get("/v1/users")) == (403, "forbidden")
    assert page.put("/v1/enterprises/e2", json={"name": "乙"}).status_code == 403
    assert page.delete("/v1/sessions/current").status_code == 200
    assert code(page.get("/v1/postings")) == (401, "unauthorized")
    told = admin.get("/v1/audit").json()["items"]
    assert [one["path"] for one in told if one["user"] == "zhao"][:2] == ["/v1/sessions", "/v1/postings/p"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "owner", organisation="e1")
    answer = TestClient(instance.app).post(
        "/v1/sessions", json={"tenant": TENANT, "user": "zhao", "password": PASSWORD}
    )
    told = answer.headers["set-cookie"].lower()
    assert all(part in told for part in ("httponly", "samesite=strict", "path=/", "max-age=43200"))
    assert answer.headers["cache-control"] == "no-store"
    assert PASSWORD not in answer.text


def test_over_https_the_cookie_goes_nowhere_else(tmp_path: Path) -> None:
    with running(tmp_path, public_url="https://pt.example.cn") as made:
        admin = made.caller(scopes=(Scope.ADMIN,))
        user(admin, "zhao", "admin")
        page = TestClient(made.app, base_url="https://pt.example.cn")
        told = page.post("/v1/sessions", json={"tenant": TENANT, "user": "zhao", "password": PASSWORD})
        assert told.headers["set-cookie"].startswith("__Host-rongtong=")
        assert "secure" in told.headers["set-cookie"].lower()
        gone = page.delete("/v1/sessions/current", headers={"X-CSRF-Token": told.json()["csrf"]})
        attributes = ("max-age=0", "path=/", "secure", "httponly", "samesite=strict")
        assert all(part in gone.headers["set-cookie"].lower() for part in attributes), "browsers ignore it otherwise"


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ÿ"])
def test_a_change_without_the_token_of_the_page_is_refused(
    instance: Instance, admin: TestClient, token: str | None
) -> None:
    user(admin, "zhao", "owner", organisation="e1")
    page = signed_in(instance, "zhao")
    del page.headers["X-CSRF-Token"]
    headers = {} if token is None else {"X-CSRF-Token": token.encode("latin-1")}
    assert code(page.put("/v1/enterprises/e1", json={"name": "改名"}, headers=headers)) == (403, "bad_csrf")  # type: ignore[arg-type]
    assert admin.get("/v1/enterprises/e1").json()["name"] == "甲公司"
    assert page.get("/v1/enterprises/e1").status_code == 200, "reading changes nothing"


def test_who_exists_is_not_told(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "admin")
    admin.put("/v1/users/qian", json={"name": "无密码", "roles": ["admin"]})
    client = TestClient(instance.app)
    tries = [
        {"tenant": TENANT, "user": "zhao", "password": "wrong-password"},
        {"tenant": TENANT, "user": "qian", "password": PASSWORD},
        {"tenant": TENANT, "user": "nobody", "password": PASSWORD},
        {"tenant": "elsewhere", "user": "zhao", "password": PASSWORD},
    ]
    answers = [client.post("/v1/sessions", json=one) for one in tries]
    assert {code(one) for one in answers} == {(401, "sign_in_failed")}
    assert len({one.text for one in answers}) == 1


def test_guessing_locks_the_user_out(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "admin")
    client = TestClient(instance.app)
    asked = {"tenant": TENANT, "user": "zhao", "password": "wrong-password"}
    for _ in range(MOST_FAILURES):
        assert code(client.post("/v1/sessions", json=asked)) == (401, "sign_in_failed")
    told = [client.post("/v1/sessions", json=asked | {"password": one}) for one in (PASSWORD, "wrong-password")]
    assert {code(one) for one in told} == {(401, "sign_in_failed")}
    assert len({one.text for one in told}) == 1, "guessing on tells nothing"
    admin.put("/v1/users/zhao/password", json={"password": PASSWORD})
    signed_in(instance, "zhao")


def test_guessing_the_old_password_locks_too(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "admin")
    page = signed_in(instance, "zhao")
    asked = {"old": "wrong-password", "new": "another-horse"}
    for _ in range(MOST_FAILURES):
        assert code(page.put("/v1/sessions/current/password", json=asked)) == (401, "sign_in_failed")
    told = page.put("/v1/sessions/current/password", json=asked | {"old": PASSWORD})
    assert code(told) == (401, "sign_in_failed")
    again = {"tenant": TENANT, "user": "zhao", "password": PASSWORD}
    assert code(TestClient(instance.app).post("/v1/sessions", json=again)) == (401, "sign_in_failed")


def test_every_try_is_on_record_but_proves_nothing(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "admin")
    seen: list[object] = []

    class Watching:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: ScopeType, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)
            seen.append(scope["state"].get(ACTOR))

    client = TestClient(Watching(instance.app))
    for tenant, id_ in ((TENANT, "zhao"), (TENANT, "nobody"), ("elsewhere", "zhao")):
        client.post("/v1/sessions", json={"tenant": tenant, "user": id_, "password": "wrong-password"})
    assert seen == [None] * 3, "or admission would take the sender for a good caller"
    told = [one for one in admin.get("/v1/audit").json()["items"] if one["path"] == "/v1/sessions"]
    assert [(one["user"], one["status"]) for one in told] == [("zhao", 401), ("nobody", 401)]


def test_a_new_password_ends_every_session(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "owner", organisation="e1")
    page, other = signed_in(instance, "zhao"), signed_in(instance, "zhao")
    path = "/v1/sessions/current/password"
    assert code(page.put(path, json={"old": "wrong-password", "new": "another-horse"})) == (401, "sign_in_failed")
    assert code(page.put(path, json={"old": PASSWORD, "new": "short"})) == (422, "weak_password")
    assert page.put(path, json={"old": PASSWORD, "new": "another-horse"}).status_code == 200
    for one in (page, other):
        assert one.get("/v1/sessions/current").status_code == 401
    signed_in(instance, "zhao", "another-horse")
    assert code(admin.get("/v1/sessions/current")) == (401, "unauthorized"), "a key is no session"


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("observer", {"funnel": 200, "postings": 403, "event": 403, "write": 403, "users": 403}),
        ("organiser", {"funnel": 200, "postings": 200, "event": 202, "write": 403, "users": 403}),
        ("reviewer", {"funnel": 200, "postings": 200, "event": 202, "write": 200, "users": 403}),
        ("admin", {"funnel": 200, "postings": 200, "event": 202, "write": 200, "users": 200}),
    ],
)
def test_what_a_role_may_do(instance: Instance, admin: TestClient, role: str, expected: dict[str, int]) -> None:
    user(admin, "u", role)
    page = signed_in(instance, "u")
    empty = {"file": ("名单.csv", "企业名称\n")}
    got = {
        "funnel": page.get("/v1/reports/funnel"),
        "postings": page.get("/v1/postings"),
        "event": page.post("/v1/events", data={"setup": "{}"}, files=empty),
        "write": page.put("/v1/enterprises/e1", json={"name": "甲公司"}),
        "users": page.get("/v1/users"),
    }
    assert {name: answer.status_code for name, answer in got.items()} == expected


def test_an_observer_sees_sums_that_name_nobody(instance: Instance, admin: TestClient) -> None:
    posting = {"enterprise_id": "e1", "kind": "need", "title": "无人能供的需求"}
    seq = admin.put("/v1/postings/n", json=posting).json()["seq"]
    admin.post("/v1/match", json={"posting_id": "n", "min_seq": seq})
    user(admin, "see", "observer")
    page = signed_in(instance, "see")
    gaps = page.get("/v1/reports/gaps")
    assert gaps.json()["requests"][0]["count"] == 1
    assert gaps.json()["requests"][0]["examples"] == []
    assert admin.get("/v1/reports/gaps").json()["requests"][0]["examples"] != []
    for path in ("funnel", "targets", "gaps", "exposure"):
        answer = page.get(f"/v1/reports/{path}")
        assert answer.status_code == 200, path
        assert "甲公司" not in answer.text
    for path in (
        "reports/cases",
        "reports/ledgers/2026-03",
        "enterprises",
        "deals",
        "parks",
        "changes",
        "registers/targets",
    ):
        assert page.get(f"/v1/{path}").status_code == 403, path


def test_keys_are_made_changed_and_revoked(instance: Instance, admin: TestClient) -> None:
    made = admin.post("/v1/keys", json={"name": "采集", "scopes": ["read"], "organisation": "e1", "days": 30})
    assert made.headers["cache-control"] == "no-store"
    first = TestClient(instance.app, headers={"Authorization": f"Bearer {made.json()['key']}"})
    assert first.get("/v1/enterprises/e1").status_code == 200
    assert first.get("/v1/keys").status_code == 403
    assert first.post("/v1/keys", json={"name": "x", "scopes": ["admin"]}).status_code == 403
    again = admin.post(f"/v1/keys/{made.json()['id']}/rotate", json={}).json()
    assert (again["scopes"], again["organisation"]) == (["read"], "e1")
    assert first.get("/v1/enterprises/e1").status_code == 401
    listed = admin.get("/v1/keys").json()["items"]
    assert {one["id"] for one in listed} >= {made.json()["id"], again["id"]}
    assert again["key"] not in str(listed)
    assert admin.delete(f"/v1/keys/{again['id']}").status_code == 200
    second = TestClient(instance.app, headers={"Authorization": f"Bearer {again['key']}"})
    assert second.get("/v1/enterprises/e1").status_code == 401


def test_users_are_of_their_platform(instance: Instance, admin: TestClient) -> None:
    user(admin, "zhao", "admin")
    stranger = instance.caller("elsewhere", scopes=(Scope.ADMIN,))
    assert stranger.get("/v1/users").json() == {"items": []}
    assert code(stranger.delete("/v1/users/zhao")) == (404, "not_found")
    assert code(stranger.put("/v1/users/zhao/password", json={"password": PASSWORD})) == (404, "not_found")
    assert [one["id"] for one in admin.get("/v1/users").json()["items"]] == ["zhao"]
    assert admin.delete("/v1/users/zhao").status_code == 200
    assert code(TestClient(instance.app).get("/v1/users")) == (401, "unauthorized")
