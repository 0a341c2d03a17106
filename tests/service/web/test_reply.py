"""The page of a reply link: what it shows, what it takes, and when it opens no longer."""

import io
import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from matcher.domain import Contact
from service.auth import Scope, local_admin
from service.deps import Parts
from service.logs import Formatter
from tests.service.deals import ASKED, Scene, scene
from tests.service.instance import TENANT, TODAY, Answer, Instance


@pytest.fixture
def held(instance: Instance) -> Scene:
    return scene(instance)


@pytest.fixture
def phone(instance: Instance) -> TestClient:
    """A browser without any key."""
    return TestClient(instance.app, follow_redirects=False)


def send(phone: TestClient, path: str, **form: str) -> Answer:
    return phone.post(path, data=form)


def test_the_page_says_who_asks_why_what_and_by_when(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed(answer_by="2026-03-10")
    page = phone.get(held.link(deal["id"]))
    assert page.status_code == 200
    for words in ("big公司", "无人机支架精密加工", "2026-03-10", "为什么找您", ASKED, *deal["why"][:1]):
        assert words in page.text, words
    assert "图纸编号" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text


def test_a_reply_is_kept_whole(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    admin = local_admin(TENANT)
    store = held.instance.parts.store
    store.records.put_contacts(admin, "big", [Contact(name="赵工", phone="13800000000")])
    sent = send(
        phone,
        path,
        decision="accept",
        note="下周可打样",
        asked0=ASKED,
        met0="yes",
        said0="三坐标报告",
        expires0="2026-12-31",
        profile="专做支架",
        employees="45",
        revenue_wan="1,200",
        contact_name="钱经理",
        contact_phone="13900000000",
    )
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?done=true")
    found = store.deals.get(admin, deal["id"])
    assert found.stage.value == "accepted"
    firm = store.records.get_enterprise(admin, "s1")
    assert (firm.profile, firm.employees, firm.revenue_wan) == ("专做支架", 45, 1200)
    (fact,) = firm.evidence
    assert (fact.met, fact.said, fact.expires, fact.source) == (
        True,
        "三坐标报告",
        date(2026, 12, 31),
        "企业通过链接答复",
    )
    assert [one.name for one in store.records.contacts(admin, "s1")] == ["钱经理"]
    steps = store.deals.steps(admin, deal["id"])
    assert (steps[-1].organisation, steps[-1].note) == ("s1", "下周可打样")
    after = phone.get(f"{path}?done=true").text
    for words in ("已收到您的答复", "应约", "赵工", "13800000000", "图纸编号"):
        assert words in after, words
    assert ASKED not in after
    assert [one.what for one in store.deals.disclosures(admin, deal["id"])] == ["详情", "联系方式"]


def test_a_reply_that_cannot_be_taken_is_shown_again_with_what_was_typed(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    for form, words in (
        ({"decision": "decline", "note": "我写了很多字"}, "请选一个原因"),
        ({"employees": "四十", "note": "我写了很多字"}, "员工人数应为数字"),
        ({"revenue_wan": "-1", "note": "我写了很多字"}, "合理范围"),
        ({"asked0": ASKED, "met0": "yes", "expires0": "明年", "note": "我写了很多字"}, "应为日期"),
        ({"asked0": ASKED, "met0": "yes", "expires0": "2020-01-01", "note": "我写了很多字"}, "早于"),
        ({"asked0": "没问过的", "met0": "yes", "note": "我写了很多字"}, "没有问"),
        ({"note": "长" * 2001, "decision": "accept"}, "最多 2000 个字"),
    ):
        answer = send(phone, path, **form)
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert form["note"] in answer.text
    assert held.instance.parts.store.deals.get(local_admin(TENANT), deal["id"]).ending is None


def test_declining_muting_and_answering_twice(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    assert send(phone, path, decision="decline", reason="产能已满", mute="yes").status_code == 303
    assert held.instance.parts.store.deals.muted(local_admin(TENANT), "big") == {"s1"}
    page = phone.get(path).text
    assert "当前状态：婉拒" in page
    assert 'name="decision"' not in page
    assert send(phone, path, decision="accept").status_code == 303
    assert held.instance.parts.store.deals.get(local_admin(TENANT), deal["id"]).ending == "declined"
    assert held.instance.parts.store.deals.muted(local_admin(TENANT), "big") == frozenset()


@pytest.mark.parametrize("how", [{"stage": "met"}, {"ending": "failed", "reason": "价格未谈成"}])
def test_an_old_link_rewrites_nothing(held: Scene, phone: TestClient, how: dict[str, Any]) -> None:
    store, admin = held.instance.parts.store, local_admin(TENANT)
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    send(phone, path, decision="accept")
    assert "更正贵公司的资料" in phone.get(path).text
    assert held.report(deal["id"], **how).status_code == 200
    page = phone.get(path).text
    assert "更正贵公司的资料" not in page
    assert "请核实" not in page
    for form in ({"asked0": ASKED, "met0": "yes"}, {"profile": "换了别人"}, {"contact_phone": "13900000000"}):
        answer = send(phone, path, **form)
        assert answer.status_code == 422
        assert "不能再凭此链接" in answer.text
    firm = store.records.get_enterprise(admin, "s1")
    assert (firm.profile, firm.evidence, store.records.contacts(admin, "s1")) == (None, (), ())
    assert send(phone, path, mute="yes").status_code == 303
    assert store.deals.muted(admin, "big") == {"s1"}


def test_what_is_sent_by_link_is_on_record_without_the_link(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    send(phone, path, decision="accept")
    send(phone, path, profile="x" * 30_000)
    send(phone, path + "x", decision="accept")
    told = held.instance.caller(scopes=(Scope.ADMIN,)).get("/v1/audit", params={"user": f"link:{deal['id']}"})
    rows = [(one["method"], one["path"], one["status"], one["organisation"]) for one in told.json()["items"]]
    assert rows == [("POST", "/r/{token}", 303, "s1"), ("POST", "/r/{token}", 422, "s1")]
    assert path not in told.text


def test_texts_of_others_are_escaped(held: Scene, phone: TestClient) -> None:
    body = {"enterprise_id": "big", "kind": "need", "title": "<script>alert(1)</script>支架"}
    held.platform.put("/v1/postings/x", json=body)
    answer = held.big.post("/v1/deals", json={"request_posting_id": "x", "offer_posting_ids": ["c1"]})
    page = phone.get(held.link(answer.json()["deals"][0]["id"])).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_buyer_who_pays_late_is_warned_of(held: Scene, phone: TestClient) -> None:
    owed = {"debtor": "big", "creditor": "s2", "amount_wan": 30, "delivered": "2025-10-01", "signed": "2025-09-01"}
    held.platform.put("/v1/registers/arrears/1", json={"values": owed})
    (deal,) = held.proposed()
    page = phone.get(held.link(deal["id"])).text
    assert "付款提醒" in page
    assert "逾期欠款，合计 30 万元" in page
    assert "s2" not in page


def test_the_requester_answers_by_link_too(held: Scene, phone: TestClient) -> None:
    (deal,) = held.proposed(by=held.platform)
    held.small.post(f"/v1/deals/{deal['id']}/answer", json={"accept": True})
    made = held.platform.post(f"/v1/deals/{deal['id']}/link", json={"side": "requester"}).json()
    path = made["url"].split("8000", 1)[1]
    assert "s1公司" in phone.get(path).text
    assert send(phone, path, decision="accept").status_code == 303
    assert held.instance.parts.store.deals.get(local_admin(TENANT), deal["id"]).stage.value == "accepted"


def on_day(parts: Parts, day: date) -> Parts:
    return replace(parts, today=lambda: day)


@pytest.mark.parametrize(("after", "status"), [(13, 200), (14, 200), (15, 410)])
def test_a_link_opens_through_its_last_day(held: Scene, phone: TestClient, after: int, status: int) -> None:
    (deal,) = held.proposed()
    path = held.link(deal["id"])
    held.instance.app.state.parts = on_day(held.instance.parts, TODAY + timedelta(days=after))
    answer = phone.get(path)
    assert answer.status_code == status
    if status == 410:
        assert "到期" in answer.text
        assert send(phone, path, decision="accept").status_code == 410


def test_a_newer_link_takes_the_place_of_the_older_and_a_changed_one_does_not_open(
    held: Scene, phone: TestClient
) -> None:
    (deal,) = held.proposed()
    old, new = held.link(deal["id"]), held.link(deal["id"])
    assert (phone.get(old).status_code, phone.get(new).status_code) == (410, 200)
    assert "最近一次" in phone.get(old).text
    for wrong in (new[:-1], new + "x", "/r/abc", "/r/" + "A" * 3000):
        answer = phone.get(wrong)
        assert (answer.status_code, "打不开" in answer.text) == (404, True)


def test_the_log_holds_no_link() -> None:
    words = ("127.0.0.1:1", "GET", "/r/WyJ0IiwiZGVhbF8.x-y_z?done=true", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', words, None)
    assert '127.0.0.1:1 - "GET /r/…?done=true HTTP/1.1" 200' in Formatter("text").format(record)


def test_who_may_send_a_link(held: Scene) -> None:
    (deal,) = held.proposed()
    path = f"/v1/deals/{deal['id']}/link"
    made = held.platform.post(path, json={"days": 3}).json()
    assert made["expires"] == "2026-03-04"
    assert made["url"] in made["message"]
    assert "s1公司" in made["message"]
    for firm in (held.big, held.small, held.instance.caller(organisation="s2")):
        for side in ("supplier", "requester"):
            answer = firm.post(path, json={"side": side})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert held.platform.post("/v1/deals/gone/link", json={}).status_code == 404
    assert held.platform.post(path, json={"side": "platform"}).json()["error"]["code"] == "bad_link"
    assert held.platform.post(path, json={"days": 91}).status_code == 422


def test_replies_by_sheet_say_the_same(held: Scene) -> None:
    held.proposed("c1", "c2", answer_by="2026-03-10")
    book = openpyxl.load_workbook(io.BytesIO(held.platform.get("/v1/deals/replies").content))
    page = book["答复表"]
    headers = {str(cell.value).split("（")[0].rstrip("*"): n for n, cell in enumerate(page[1], 1)}
    rows = {page.cell(line, headers["企业"]).value: line for line in range(2, page.max_row + 1)}
    assert set(rows) == {"s1公司", "s2公司"}
    for name, told in (
        (
            "s1公司",
            {
                "答复": "接受",
                "是否满足": "是",
                "具体情况": "有报告",
                "更正：员工人数": 52,
                "联系人": "钱经理",
                "联系电话": "13900000000",
            },
        ),
        ("s2公司", {"答复": "婉拒", "婉拒原因": "产能已满", "不再接收该邀请方": "是"}),
    ):
        for header, value in told.items():
            page.cell(rows[name], headers[header]).value = value
    page.append(["deal_gone", "谁", "谁", "x"])
    made = io.BytesIO()
    book.save(made)
    files = {"file": ("答复.xlsx", made.getvalue())}
    report = held.platform.post("/v1/deals/replies", files=files).json()
    assert (report["total"], report["kept"], report["rejected"]) == (3, 2, 1)
    assert "deal_gone" in report["problems"][0]["message"]
    deals = {one["supplier_id"]: one for one in held.platform.get("/v1/deals").json()["items"]}
    assert {firm: one["state"] for firm, one in deals.items()} == {"s1": "应约", "s2": "婉拒"}
    store, admin = held.instance.parts.store, local_admin(TENANT)
    assert store.records.get_enterprise(admin, "s1").evidence[0].source == "通过答复表答复"
    assert store.records.get_enterprise(admin, "s1").employees == 52
    assert store.deals.muted(admin, "big") == {"s2"}
    again = held.platform.post("/v1/deals/replies", files=files).json()
    assert again["kept"] == 2
    assert held.small.post("/v1/deals/replies", files=files).json()["error"]["code"] == "forbidden"
