"""A platform in which enterprise `e1` has secrets of every sort, and a request for every route that might show one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from matcher.registers import Entry, Register
from service.auth import Actor, Role, Scope, local_admin
from service.store import Step, Store, User
from service.store.searches import Looked
from tests.filled import DAY
from tests.service.event_sheets import attendees
from tests.service.instance import PATIENCE, Answer, Instance, finished

SECRET = "乙方机密"
CSV = f"企业名称,类型,标题\n,能力,{SECRET}坏行\n"
_HOOK: dict[str, Any] = {"url": "https://hook.invalid/", "events": ["match.found"]}
_SAVED: dict[str, Any] = {
    "name": "x",
    "posting_id": "p1",
    "recipients": [{"channel": "sheet", "to": "x"}],
}


@dataclass(frozen=True)
class Attempt:
    """What is sent to a route beside the path: a JSON body, or a form with a file."""

    json: Any = None
    form: Mapping[str, str] | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def send(self, caller: TestClient, method: str, path: str) -> Answer:
        """Return the answer."""
        if self.form is not None:
            files = {"file": ("a.csv", CSV.encode())}
            return caller.request(method, path, data=dict(self.form), files=files, params=self.query)
        return caller.request(method, path, json=self.json, params=self.query)


UNLISTED = {("GET", path) for path in ("/docs", "/docs-assets/swagger/{path}", "/docs-assets/own/{path}")} | {
    *(("GET", path) for path in ("/openapi.json", "/metrics", "/pages.css", "/reply.css")),
    *((method, f"/{door}/{{token}}") for method in ("GET", "POST") for door in "ru"),
}
"""What is served and the document does not list: pages that hold nobody's records, numbers, and links."""


def every_route(app: FastAPI) -> set[tuple[str, str]]:
    """Return every method and path that the application serves, listed in its document or not."""
    return {
        (method, route.path_format or route.path)
        for route in iter_route_contexts(app.routes)
        for method in route.methods or {"GET"}
        if route.path is not None and method != "HEAD"
    }


def _posting(id_: str, owner: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "enterprise_id": owner, "kind": kind, "title": "五轴加工", **more}


def build(instance: Instance, tenant: str, folder: Path) -> dict[str, str]:
    """Fill a tenant; returns the ids by the names that paths use. `e2` deals with `e1`, `e3` has nothing to do with it."""
    platform = instance.caller(tenant, scopes=(Scope.ADMIN,))
    firms = [{"id": id_, "name": f"{id_}公司"} for id_ in ("e1", "e2", "e3")]
    assert platform.post("/v1/enterprises:batch", json={"items": firms}).status_code == 200
    window = {"from": "2026-03-01", "until": "2026-12-31", "amount": 100, "unit": "件"}
    items = [
        _posting("p1", "e1", "need", detail=SECRET, visibility="private"),
        _posting("p-draft", "e1", "need", detail=SECRET, status="draft"),
        _posting("p-order", "e1", "capacity_need", detail=SECRET, visibility="private", windows=[window]),
        _posting("p-money", "e1", "finance_need", detail=SECRET, visibility="private"),
        _posting("p-idle", "e1", "idle_capacity", detail=SECRET, visibility="private", windows=[window]),
        _posting("c2", "e2", "capability"),
    ]
    told = platform.post("/v1/postings:batch", json={"items": items}).json()["results"]
    assert {row["outcome"] for row in told} == {"created"}, told
    own, admin, store = instance.caller(tenant, organisation="e1"), local_admin(tenant), instance.parts.store
    assert own.put("/v1/enterprises/e1/contacts", json={"contacts": [{"name": SECRET}]}).status_code == 200
    proof = {"on": "2026-03-01", "source": SECRET}
    assert own.put("/v1/enterprises/e1/evidence/ev", json=proof).status_code == 200
    held = {
        "id": "k1",
        "posting_id": "p-idle",
        "first": "2026-04-01",
        "last": "2026-04-02",
        "amount": 0.1,
        "unit": "件",
    }
    answer = own.post("/v1/commitments", json={"items": [held | {"note": SECRET}]})
    assert answer.status_code == 200, answer.text
    asked = {"request_posting_id": "p1", "offer_posting_ids": ["c2"], "department": SECRET}
    deal = own.post("/v1/deals", json=asked).json()["deals"][0]["id"]
    store.deals.change(admin, deal, lambda one: one, Step(action="备注", on=DAY, note=SECRET))
    assert (
        own.post("/v1/outcomes", json={"posting_id": "c2", "stage": "shortlisted", "note": SECRET}).status_code == 200
    )
    entry = Entry(id="r1", register=Register.SUPPLY_LINKS, subject="e1", other="e2", values={"on": SECRET})
    store.registers.put(admin, [entry])
    job = own.post("/v1/imports", files={"file": ("a.csv", CSV)}).json()["id"]
    finished(own, job)
    store.people.put_user(admin, User("u1", SECRET, "e1", frozenset({Role.OWNER})))
    key, _ = store.identity.create_key(admin, SECRET, scopes=[Scope.READ], organisation="e1")
    hook = platform.put("/v1/webhooks/w1", json=_HOOK | {"url": f"https://hook.invalid/?key={quote(SECRET)}"})
    assert hook.status_code == 200, hook.text
    ping = platform.post("/v1/webhooks/w1/ping").json()["id"]
    saved = platform.put("/v1/searches/s1", json=_SAVED | {"name": SECRET})
    assert saved.status_code == 200, saved.text
    return {"job": job, "deal": deal, "key": key.id, "ping": ping, "told": _told(store, admin), **_event(own, folder)}


def _told(store: Store, admin: Actor) -> str:
    held = store.searches.get(admin, "s1")
    message = {"name": SECRET, "level": "中", "digest": "daily", "left": 0, "matches": []}
    looked = Looked(next_at=held.next_at, postings=["c2"], recipients=held.recipients, message=message, on=DAY)
    assert store.searches.finish(admin, held, looked)
    return store.searches.deliveries(admin, "s1").items[0].id


def _event(own: TestClient, folder: Path) -> dict[str, str]:
    guest = (f"{SECRET}公司", "吴四", "律师", "13800000009", "全天", "", "", "知识产权")
    sheet = attendees(folder / "名单.xlsx", extra=(guest,))
    setup = json.dumps({"name": SECRET, "slots": 4, "start": "2026-12-01T09:00"})
    sent = own.post(
        "/v1/events", data={"setup": setup, "id": "v1"}, files={"file": (sheet.name, sheet.read_bytes())}
    ).json()
    deadline = monotonic() + PATIENCE
    while (state := own.get(f"/v1/event-jobs/{sent['id']}").json()["state"]) not in ("done", "failed"):
        assert monotonic() < deadline
        sleep(0.02)
    assert state == "done"
    issued = own.post("/v1/events/v1/issue", json={"since": 1}).json()["id"]
    return {"event_job": sent["id"], "list": issued}


def paths(ids: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return what stands for the parameters in paths that begin so; the longest beginning counts."""
    return [
        ("/v1/enterprises/", {"id": "e1", "evidence_id": "ev", "other": "e2"}),
        ("/v1/postings/", {"id": "p1"}),
        ("/v1/imports/", {"id": ids["job"]}),
        ("/v1/events/", {"id": "v1", "form": "xlsx"}),
        ("/v1/event-jobs/", {"id": ids["event_job"]}),
        ("/v1/lists/", {"id": ids["list"]}),
        ("/v1/registers/", {"register": "supply_links", "id": "r1"}),
        ("/v1/deals/", {"id": ids["deal"]}),
        ("/v1/reports/ledgers/", {"month": "2026-03"}),
        ("/v1/finance/needs/", {"id": "p-money"}),
        ("/v1/parks/", {"id": "e1"}),
        ("/v1/users/", {"id": "u1"}),
        ("/v1/keys/", {"id": ids["key"]}),
        ("/v1/webhooks/", {"id": "w1", "delivery": ids["ping"]}),
        ("/v1/searches/", {"id": "s1", "delivery": ids["told"]}),
    ]


_SHEET = Attempt(form={})
_SINCE = Attempt(form={"since": "1"})
_ITEM = {"id": "x", "enterprise_id": "e1", "kind": "need", "title": "冒名"}
ATTEMPTS: Mapping[tuple[str, str], Attempt] = {
    ("PUT", "/v1/enterprises/{id}/evidence/{evidence_id}"): Attempt({"on": "2026-03-01", "source": "x"}),
    ("PUT", "/v1/enterprises/{id}/contacts"): Attempt({"contacts": [{"name": "x"}]}),
    ("POST", "/v1/postings/{id}/challenge"): Attempt({"winners": []}),
    ("PUT", "/v1/enterprises/{id}"): Attempt({"name": "改名"}),
    ("POST", "/v1/enterprises:batch"): Attempt({"items": [{"id": "e1", "name": "改名"}]}),
    ("PUT", "/v1/postings/{id}"): Attempt({"enterprise_id": "e1", "kind": "need", "title": "冒名"}),
    ("POST", "/v1/postings:batch"): Attempt({"items": [_ITEM, _ITEM | {"id": "p1"}]}),
    ("POST", "/v1/postings:check"): Attempt(_ITEM),
    ("POST", "/v1/imports"): _SHEET,
    ("POST", "/v1/events"): Attempt(form={"setup": "{}", "id": "v1"}),
    ("POST", "/v1/events/{id}/edits"): Attempt(
        {"since": 1, "action": "lock", "a": "首钢集团有限公司", "b": f"{SECRET}公司"}
    ),
    ("POST", "/v1/events/{id}/changes"): Attempt({"since": 1, "lose_tables": [1]}),
    ("PUT", "/v1/events/{id}/participants"): _SINCE,
    ("POST", "/v1/events/{id}/participants"): _SINCE,
    ("PUT", "/v1/events/{id}/wishes"): _SINCE,
    ("POST", "/v1/events/{id}/feedback"): Attempt([{"of": "首钢集团有限公司", "about": f"{SECRET}公司", "came": True}]),
    ("PUT", "/v1/events/{id}/feedback"): _SINCE,
    ("POST", "/v1/events/{id}/issue"): Attempt({"since": 1}),
    ("POST", "/v1/match"): Attempt({"posting_id": "p1"}),
    ("POST", "/v1/outcomes"): Attempt({"posting_id": "p1", "stage": "shortlisted"}),
    ("POST", "/v1/policy/size-class"): Attempt({"industry": "3421"}),
    ("POST", "/v1/policy/procurement"): Attempt({"items": []}),
    ("POST", "/v1/policy/cultivation"): Attempt({"enterprise_id": "e1"}),
    ("POST", "/v1/policy/payment"): Attempt({"payer": "大型企业", "signed": "2026-03-01"}),
    ("POST", "/v1/policy/ip-transfer"): Attempt({"mode": "许可"}),
    ("POST", "/v1/registers/{register}/import"): _SHEET,
    ("PUT", "/v1/registers/{register}/{id}"): Attempt(
        {"values": {"supplier": "e1", "buyer": "e2", "on": "2026-03-01"}}
    ),
    ("POST", "/v1/deals"): Attempt({"request_posting_id": "p1", "offer_posting_ids": ["c2"]}),
    ("POST", "/v1/deals/import"): _SHEET,
    ("POST", "/v1/deals/replies"): _SHEET,
    ("POST", "/v1/deals/{id}/answer"): Attempt({"accept": True}),
    ("POST", "/v1/deals/{id}/answers"): Attempt({"answers": [{"asked": SECRET, "met": True}]}),
    ("POST", "/v1/deals/{id}/reports"): Attempt({"stage": "met"}),
    ("POST", "/v1/deals/{id}/link"): Attempt({}),
    ("PUT", "/v1/deals/{id}/consent"): Attempt({"agrees": True}),
    ("PUT", "/v1/deals/{id}/department"): Attempt({"department": "x"}),
    ("POST", "/v1/reports/ledgers/{month}/fill"): _SHEET,
    ("POST", "/v1/allocations"): Attempt({"posting_id": "p-order"}),
    ("POST", "/v1/commitments"): Attempt(
        {
            "items": [
                {
                    "id": "k1",
                    "posting_id": "p-idle",
                    "first": "2026-05-01",
                    "last": "2026-05-02",
                    "amount": 0.1,
                    "unit": "件",
                }
            ]
        }
    ),
    ("POST", "/v1/consortia"): Attempt(
        {"lead_id": "e1", "category": "货物", "packages": [{"name": "五轴", "amount_wan": 10}]}
    ),
    ("POST", "/v1/reserve-plans"): Attempt({"buyer_id": "e1"}),
    ("POST", "/v1/finance/lists"): Attempt({"posting_ids": ["p-money"]}),
    ("POST", "/v1/personal-data:find"): Attempt({"name": SECRET}),
    ("POST", "/v1/personal-data:erase"): Attempt({"phone": "13800000009"}),
    ("PUT", "/v1/users/{id}"): Attempt({"name": "改名", "roles": ["admin"]}),
    ("PUT", "/v1/users/{id}/password"): Attempt({"password": "correct-horse"}),
    ("PUT", "/v1/sessions/current/password"): Attempt({"old": "x", "new": "correct-horse"}),
    ("POST", "/v1/keys"): Attempt({"name": "x", "scopes": ["read"], "organisation": "e1"}),
    ("POST", "/v1/keys/{id}/rotate"): Attempt({}),
    ("PUT", "/v1/webhooks/{id}"): Attempt(_HOOK),
    ("PUT", "/v1/searches/{id}"): Attempt(_SAVED),
    ("POST", "/v1/messages/sheet/sent"): Attempt({"ids": ["x"]}),
    ("GET", "/v1/lists"): Attempt(query={"event": "v1"}),
    ("GET", "/v1/postings"): Attempt(query={"enterprise_id": "e1"}),
    ("GET", "/v1/commitments"): Attempt(query={"posting_id": "p-idle"}),
    ("GET", "/v1/registers/{register}"): Attempt(query={"enterprise_id": "e1"}),
    ("GET", "/v1/deals"): Attempt(query={"enterprise_id": "e1"}),
}
"""Requests by method and path; a route that is not named here takes nothing beside its path."""
