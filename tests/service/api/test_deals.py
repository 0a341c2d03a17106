"""A match from 推荐 to 供应商目录 over HTTP: who may say what, what is shown when, and what the next match learns."""

from typing import Any

import pytest

from matcher.domain import Contact
from service.auth import Scope, local_admin
from tests.service.deals import ASKED, Scene, scene
from tests.service.instance import TENANT, Answer, Instance, caught_up


@pytest.fixture
def held(instance: Instance) -> Scene:
    return scene(instance)


def code(answer: Answer) -> str:
    return str(answer.json()["error"]["code"])


def test_from_recommendation_to_the_catalogue(held: Scene) -> None:
    (deal,) = held.proposed(department="产业处", answer_by="2026-03-10")
    assert (deal["state"], deal["agreed"], deal["department"]) == ("推荐", ["requester"], "产业处")
    assert deal["why"]
    assert [one["asked"] for one in deal["questions"]] == [ASKED]
    path = f"/v1/deals/{deal['id']}"
    answered = held.small.post(f"{path}/answer", json={"accept": True, "note": "可以"})
    assert answered.json()["state"] == "应约"
    assert held.report(deal["id"], held.big, stage="met", on="2026-02-20").json()["state"] == "会面"
    assert held.report(deal["id"], held.big, stage="intended", intended_wan=90).json()["amounts"] == {"intended": 90}
    signed = held.report(deal["id"], held.big, stage="signed", signed_wan=80, contract="HT-1", due="2026-06-30").json()
    assert (signed["amounts"], signed["due"]) == ({"intended": 90, "signed": 80}, "2026-06-30")
    told = held.report(deal["id"], held.small, stage="signed", signed_wan=82).json()
    assert told["conflicts"] == ["签约金额：需求方报 80 万元，供给方报 82 万元"]
    assert held.report(deal["id"], stage="delivered", signed_wan=80, paid_wan=40).json()["conflicts"] == []
    assert held.report(deal["id"], held.big, stage="listed", paid_wan=80).json()["state"] == "进入供应商目录"
    suppliers = held.big.get("/v1/enterprises/big/suppliers").json()["items"]
    assert [one["enterprise_id"] for one in suppliers] == ["s1"]
    assert code(held.small.get("/v1/enterprises/big/suppliers")) == "forbidden"
    steps = held.platform.get(path).json()["steps"]
    assert [one["action"] for one in steps][:3] == ["推荐", "同意对接", "记为会面"]
    assert {one["organisation"] for one in steps} == {"big", "s1", None}
    outcomes = held.platform.get("/v1/outcomes").json()["items"]
    assert [one["stage"] for one in outcomes] == ["contacted", "met", "signed"]


@pytest.mark.parametrize("visibility", ["public", "matched", "private"])
@pytest.mark.parametrize("hidden", ["request", "offer"])
def test_why_quotes_nothing_that_the_other_side_may_not_see(held: Scene, hidden: str, visibility: str) -> None:
    shown = {"title": "支架精密加工", "detail": "钛合金，公差 ≤ 0.02 mm，须具备 ISO 9001 认证"}
    need = {"id": "n2", "enterprise_id": "big", "kind": "need"} | shown
    offer = {"id": "c9", "enterprise_id": "s1", "kind": "capability"} | shown
    (need if hidden == "request" else offer)["visibility"] = visibility
    told = held.platform.post("/v1/postings:batch", json={"items": [need, offer]}).json()["results"]
    caught_up(held.platform, {"posting_id": "n2", "min_seq": max(row["seq"] for row in told)})
    body = {"request_posting_id": "n2", "offer_posting_ids": ["c9"]}
    (deal,) = held.platform.post("/v1/deals", json=body).json()["deals"]
    other = held.small if hidden == "request" else held.big
    seen = other.get(f"/v1/deals/{deal['id']}").json()["deal"]
    said = str([seen["why"], seen["questions"]])
    assert seen["why"]
    assert ("须具备" in said) is (visibility == "public"), said
    asked = [word for word in ("0.02", "9001") if word in said]
    assert bool(asked) is (visibility == "public" or hidden == "offer"), "the request's own words, which it may see"


def test_detail_and_contacts_come_as_both_agree_and_are_logged(held: Scene) -> None:
    admin = local_admin(TENANT)
    held.instance.parts.store.records.put_contacts(admin, "big", [Contact(name="赵工", phone="13800000000")])
    (deal,) = held.proposed()
    path = f"/v1/deals/{deal['id']}"
    assert held.small.get(path).json()["request"]["detail"] is None
    assert code(held.small.get(f"{path}/contacts")) == "not_disclosed"
    assert "供给方" in held.small.get(f"{path}/contacts").json()["error"]["message"]
    held.small.post(f"{path}/answer", json={"accept": True})
    assert "图纸编号" in held.small.get(path).json()["request"]["detail"]
    contacts = held.small.get(f"{path}/contacts").json()["contacts"]
    assert contacts == {"big": [{"name": "赵工", "title": None, "phone": "13800000000", "email": None}]}
    seen = held.platform.get(f"{path}/disclosures").json()["items"]
    assert [(one["organisation"], one["what"], one["about"]) for one in seen] == [
        ("s1", "详情", "big"),
        ("s1", "联系方式", "big"),
    ]
    stranger = held.instance.caller(organisation="s2")
    for url in (path, f"{path}/contacts", f"{path}/disclosures"):
        assert stranger.get(url).status_code == 404


def test_the_platform_answers_for_nobody_and_waits_for_both(held: Scene) -> None:
    (deal,) = held.proposed(by=held.platform)
    assert deal["agreed"] == []
    path = f"/v1/deals/{deal['id']}"
    assert code(held.platform.post(f"{path}/answer", json={"accept": True})) == "forbidden"
    assert held.small.post(f"{path}/answer", json={"accept": True}).json()["stage"] == "recommended"
    assert held.big.post(f"{path}/answer", json={"accept": True}).json()["stage"] == "accepted"
    (asked,) = held.proposed("c2", by=held.platform, requester_agreed=True)
    assert asked["agreed"] == ["requester"]


def test_declining_needs_a_reason_and_teaches_only_what_is_about_fit(held: Scene) -> None:
    first, second = held.proposed("c1", "c2")
    path = f"/v1/deals/{first['id']}"
    assert code(held.small.post(f"{path}/answer", json={"accept": False})) == "bad_reply"
    assert code(held.small.post(f"{path}/answer", json={"accept": True, "reason": "产能已满"})) == "bad_reply"
    gone = held.small.post(f"{path}/answer", json={"accept": False, "reason": "产能已满"}).json()
    assert (gone["state"], gone["reason"]) == ("婉拒", "产能已满")
    assert code(held.small.post(f"{path}/answer", json={"accept": True})) == "deal_closed"
    assert held.platform.get("/v1/outcomes").json()["items"] == []
    other = held.instance.caller(organisation="s2")
    other.post(f"/v1/deals/{second['id']}/answer", json={"accept": False, "reason": "做不了"})
    assert [one["stage"] for one in held.platform.get("/v1/outcomes").json()["items"]] == ["failed"]


def test_an_answer_becomes_a_fact_that_the_next_match_uses(held: Scene) -> None:
    (deal,) = held.proposed()
    path = f"/v1/deals/{deal['id']}/answers"
    assert code(held.small.post(path, json={"answers": [{"asked": "别的", "met": True}]})) == "bad_evidence"
    assert code(held.small.post(path, json={"answers": [{"asked": ASKED}]})) == "bad_evidence"
    assert held.small.post(path, json={"answers": [{"asked": ASKED, "met": True}]}).status_code == 200
    (fact,) = held.small.get("/v1/enterprises/s1/evidence").json()["items"]
    assert (fact["source"], fact["on"], fact["expires"], fact["posting_id"]) == (
        "企业答复",
        "2026-03-01",
        "2027-03-01",
        "c1",
    )
    assert code(held.big.get("/v1/enterprises/s1/evidence")) == "forbidden"
    seq = held.instance.parts.store.follow.seq(local_admin(TENANT))
    body = {"posting_id": "n", "min_seq": seq}
    found = caught_up(held.platform, body)["matches"]
    outcomes = {one["posting"]["id"]: one["conditions"][0] for one in found}
    assert (outcomes["c1"]["outcome"], outcomes["c1"]["offer_span"]["field"]) == ("满足", "evidence")
    assert outcomes["c2"]["outcome"] == "待核实"
    certificate = {"on": "2026-01-01", "source": "证书复印件", "said": "加工精度可达0.05mm", "expires": "2026-12-31"}
    written = held.platform.put("/v1/enterprises/s2/evidence/cert-1", json=certificate).json()
    later = caught_up(held.platform, body | {"min_seq": written["seq"]})
    assert [one["posting"]["id"] for one in later["matches"]] == ["c1"]
    assert later["excluded"] == [{"condition": ASKED, "count": 1}]
    gone = held.platform.delete("/v1/enterprises/s2/evidence/cert-1").json()
    again = caught_up(held.platform, body | {"min_seq": gone["seq"]})
    assert len(again["matches"]) == 2
    assert held.platform.delete("/v1/enterprises/s2/evidence/cert-1").status_code == 404


def test_overdue_by_department_and_who_is_waited_for(held: Scene) -> None:
    first, _ = held.proposed("c1", "c2", answer_by="2026-03-05")
    held.platform.put(f"/v1/deals/{first['id']}/department", json={"department": "科技处"})
    assert held.platform.get("/v1/deals/overdue").json()["items"] == []
    late = held.platform.get("/v1/deals/overdue", params={"as_of": "2026-03-06"}).json()["items"]
    assert [(one["days"], one["waits_for"], one["enterprise_id"]) for one in late] == [
        (1, "supplier", one["deal"]["supplier_id"]) for one in late
    ]
    assert len(late) == 2
    mine = held.platform.get("/v1/deals/overdue", params={"as_of": "2026-03-06", "department": "科技处"}).json()[
        "items"
    ]
    assert [one["deal"]["id"] for one in mine] == [first["id"]]
    assert code(held.small.put(f"/v1/deals/{first['id']}/department", json={"department": "x"})) == "forbidden"


def test_payment_after_delivery_waits_by_the_legal_term(held: Scene) -> None:
    deal = held.accepted()
    held.report(deal, stage="delivered", on="2026-02-01", signed_wan=80)
    url = "/v1/deals/overdue"
    assert held.platform.get(url, params={"as_of": "2026-04-02"}).json()["items"] == []
    (late,) = held.platform.get(url, params={"as_of": "2026-04-03"}).json()["items"]
    assert (late["text"], late["waits_for"]) == ("验收后款项未到账", "requester")
    held.report(deal, paid_wan=80)
    assert held.platform.get(url, params={"as_of": "2026-04-03"}).json()["items"] == []


@pytest.mark.parametrize(
    ("request_id", "offer", "words"),
    [("n", "n", "不能应答"), ("c1", "c2", "不能应答"), ("n", "own", "同一企业")],
)
def test_only_postings_that_answer_each_other(held: Scene, request_id: str, offer: str, words: str) -> None:
    held.platform.put("/v1/postings/own", json={"enterprise_id": "big", "kind": "capability", "title": "自有"})
    body = {"request_posting_id": request_id, "offer_posting_ids": [offer]}
    answer = held.platform.post("/v1/deals", json=body)
    assert (code(answer), words in answer.text) == ("bad_deal", True)


def test_nobody_speaks_for_the_requester(held: Scene) -> None:
    body = {"request_posting_id": "n", "offer_posting_ids": ["c1"], "requester_agreed": True}
    assert code(held.small.post("/v1/deals", json=body)) == "forbidden"
    offered = held.small.post("/v1/deals", json=body | {"requester_agreed": False}).json()["deals"][0]
    assert (offered["state"], offered["agreed"]) == ("推荐", ["supplier"])
    assert code(held.small.get(f"/v1/deals/{offered['id']}/contacts")) == "not_disclosed"
    own = held.proposed("c2", requester_agreed=True)
    assert own[0]["agreed"] == ["requester"]


def test_a_list_is_ones_own_and_holds_the_offers(held: Scene) -> None:
    mine = held.big.post("/v1/match", json={"posting_id": "n"}).json()["list_id"]
    other = held.platform.post("/v1/match", json={"text": "法律咨询", "kind": "need"}).json()["list_id"]
    body = {"request_posting_id": "n", "offer_posting_ids": ["c1"]}
    for list_id in ("list_none", other):
        assert held.big.post("/v1/deals", json=body | {"list_id": list_id}).status_code == 404
    foreign = body | {"request_posting_id": "b", "list_id": mine}
    held.platform.put("/v1/postings/b", json={"enterprise_id": "big", "kind": "need", "title": "另一件"})
    held.platform.put("/v1/postings/c9", json={"enterprise_id": "s1", "kind": "capability", "title": "别的"})
    assert held.platform.post("/v1/deals", json=foreign | {"offer_posting_ids": ["c9"]}).status_code == 404
    (deal,) = held.proposed(list_id=mine)
    held.small.post(f"/v1/deals/{deal['id']}/answer", json={"accept": True})
    assert [one["list_id"] for one in held.platform.get("/v1/outcomes").json()["items"]] == [mine]


def test_a_stage_that_was_jumped_is_learnt_from(held: Scene) -> None:
    deal = held.accepted()
    held.report(deal, stage="delivered", signed_wan=80)
    assert [one["stage"] for one in held.platform.get("/v1/outcomes").json()["items"]] == ["contacted", "signed"]


def test_only_what_is_published_is_proposed(held: Scene) -> None:
    closed = {"enterprise_id": "s1", "kind": "capability", "title": "支架精密加工", "status": "closed"}
    held.platform.put("/v1/postings/c1", json=closed)
    answer = held.big.post("/v1/deals", json={"request_posting_id": "n", "offer_posting_ids": ["c1"]})
    assert answer.status_code in (404, 422), answer.text
    assert (
        code(held.platform.post("/v1/deals", json={"request_posting_id": "n", "offer_posting_ids": ["c1"]}))
        == "bad_deal"
    )


def test_the_same_pair_is_proposed_once_and_muted_firms_are_left_alone(held: Scene) -> None:
    (deal,) = held.proposed()
    assert held.proposed()[0]["id"] == deal["id"]
    held.instance.caller(organisation="s2").put("/v1/enterprises/s2/muted/big")
    answer = held.big.post("/v1/deals", json={"request_posting_id": "n", "offer_posting_ids": ["c2"]}).json()
    assert answer == {"deals": [], "muted": ["c2"]}
    held.instance.caller(organisation="s2").delete("/v1/enterprises/s2/muted/big")
    assert len(held.proposed("c2")) == 1
    assert len(held.platform.get("/v1/deals", params={"enterprise_id": "s2"}).json()["items"]) == 1


def test_reports_are_ones_own_and_not_of_tomorrow(held: Scene) -> None:
    deal = held.accepted()
    assert code(held.report(deal, held.small, stage="met", side="requester")) == "forbidden"
    assert code(held.report(deal, held.small, stage="met", on="2026-03-02")) == "bad_deal"
    assert code(held.report(deal, held.big, ending="failed")) == "bad_deal"
    reader = held.instance.caller(organisation="big", scopes=(Scope.READ,))
    assert code(held.report(deal, reader, stage="met")) == "forbidden"
    assert held.report(deal, held.small, ending="failed", reason="价格未谈拢").json()["state"] == "未成"
    assert code(held.report(deal, held.big, stage="met")) == "deal_closed"
    assert held.report(deal, stage="met", note="重新启动", correct=True).json()["state"] == "会面"


def whole(**more: Any) -> dict[str, Any]:
    package = {"technical_indicators": "推力 10 N", "acceptance": "第三方检测", "deadline": "2026-12-31"}
    return package | {"budget_wan": 300, "ip_ownership": "共有", "winners": 1, "challenge": True} | more


def test_a_challenge_is_taken_up_scored_and_decided(held: Scene) -> None:
    posting = {"enterprise_id": "big", "kind": "need", "title": "支架攻关揭榜"}
    bare = {name: value for name, value in whole().items() if name != "ip_ownership"}
    held.platform.put("/v1/postings/b", json=posting | {"attributes": bare})
    other = held.instance.caller(organisation="s2")
    deals = []
    for caller, offer in ((held.small, "c1"), (other, "c2")):
        body = {"request_posting_id": "b", "offer_posting_ids": [offer]}
        (deal,) = caller.post("/v1/deals", json=body).json()["deals"]
        assert deal["state"] == "应约"
        deals.append(deal["id"])
    path = "/v1/postings/b/challenge"
    assert held.big.get(path).json()["missing"] == ["知识产权归属"]
    assert [one["deal"]["id"] for one in held.small.get(path).json()["applicants"]] == [deals[0]]
    scores = {id_: {"team": 80, "research": 70, "plan": 90, "fit": 60 + n} for n, id_ in enumerate(deals)}
    assert code(held.small.post(path, json={"scores": scores})) == "forbidden"
    assert code(held.big.post(path, json={"scores": {deals[0]: {"luck": 1}}})) == "bad_selection"
    ranked = held.big.post(path, json={"scores": scores}).json()["applicants"]
    assert [one["deal"]["id"] for one in ranked] == [deals[1], deals[0]]
    assert code(held.big.post(path, json={"winners": [deals[1]]})) == "bad_selection"
    held.platform.put("/v1/postings/b", json=posting | {"attributes": whole()})
    assert code(held.big.post(path, json={"winners": deals})) == "bad_selection"
    done = held.big.post(path, json={"winners": [deals[1]]}).json()["applicants"]
    assert {one["deal"]["id"]: (one["won"], one["deal"]["state"]) for one in done} == {
        deals[1]: (True, "意向"),
        deals[0]: (False, "未成"),
    }
    assert code(held.big.get("/v1/postings/c1/challenge")) == "no_challenge"


def test_consent_is_each_sides_own(held: Scene) -> None:
    deal = held.accepted()
    path = f"/v1/deals/{deal}/consent"
    assert code(held.platform.put(path, json={"agrees": True})) == "forbidden"
    held.big.put(path, json={"agrees": True})
    assert held.small.put(path, json={"agrees": True}).json()["consents"] == ["requester", "supplier"]
    assert held.small.put(path, json={"agrees": False}).json()["consents"] == ["requester"]
