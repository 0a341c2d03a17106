"""One journey per kind that the policy names: a request, who can serve it, who cannot, and what is to be asked."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.instance import Instance, caught_up

# The day of the tests is 2026-03-01.


class Case:
    """A kind of request: its title and fields, an offer that fits, one that does not and why, one that leaves it open."""

    def __init__(
        self, name: str, request: dict[str, Any], offer: str, *, fits: Any, fails: Any, why: str, asks: str | None
    ) -> None:
        self.name, self.request, self.offer = name, request, offer
        self.fits, self.fails, self.why, self.asks = fits, fails, why, asks


def service(own: str) -> Case:
    other = {
        "工业互联网网络": "工业互联网平台",
        "工业互联网平台": "工业互联网安全",
        "工业互联网安全": "工业互联网网络",
    }[own]
    return Case(
        own,
        {"kind": "service_need", "title": f"寻求{own}服务", "attributes": {"service_type": own}},
        "service",
        fits={"service_type": own},
        fails={"service_type": other},
        why=f"服务类型 = {own}",
        asks="服务类型",
    )


CASES = [
    Case(
        "空间",
        {"kind": "space_need", "title": "寻求厂房", "attributes": {"area_min_sqm": 500, "ceiling_min_m": 7}},
        "space",
        fits={"area_sqm": 600, "ceiling_m": 8},
        fails={"area_sqm": 499, "ceiling_m": 8},
        why="可用面积 ≥ 500 ㎡",
        asks="层高 ≥ 7 m",
    ),
    Case(
        "上云目录",
        {"kind": "service_need", "title": "业务系统上云", "attributes": {"service_type": "上云"}},
        "service",
        fits={"service_type": "上云", "in_catalogue": True},
        fails={"service_type": "上云", "in_catalogue": False},
        why="是否在指导性目录 = 是",
        asks="是否在指导性目录",
    ),
    service("工业互联网网络"),
    service("工业互联网平台"),
    service("工业互联网安全"),
    Case(
        "知识产权",
        {"kind": "ip_need", "title": "寻求减速器专利", "attributes": {"exclusive": True, "transfer_mode": "转让"}},
        "ip",
        fits={"ownership": "独有", "expires": "2030-01-01", "transfer_mode": "转让"},
        fails={"ownership": "独有", "expires": "2026-02-28"},
        why="有效期至 ≥ 2026-03-01",
        asks="有效期至",
    ),
    Case(
        "国际展会",
        {"kind": "market_need", "title": "进入德国市场展会", "attributes": {"target_markets": ["德国"]}},
        "market",
        fits={"channel_type": "国际展会", "markets": ["德国"], "event_date": "2026-10-01"},
        fails={"channel_type": "国际展会", "markets": ["德国"], "event_date": "2026-02-28"},
        why="举办时间 ≥ 2026-03-01",
        asks="举办时间",
    ),
]


def soft(name: str, kind: str, offer: str, title: str, own: dict[str, Any], *, fits: Any, less: Any) -> Any:
    request = {"kind": kind, "title": title, "attributes": own}
    return pytest.param(request, offer, fits, less, id=name)


def public(kind: str, other: str = "双创") -> Any:
    own = {"service_type": kind}
    return soft(kind, "service_need", "service", f"寻求{kind}服务", own, fits=own, less={"service_type": other})


PILOT = {"service_type": "中试", "stage": "小试"}
PEOPLE = {"disciplines": ["数控"], "headcount": 2}
SOFT = [
    public("双创", "培训"),
    public("检测", "法律"),
    *map(public, ("信息", "投融资", "创业", "技术", "培训", "管理咨询", "市场开拓", "法律")),
    soft(
        "中试",
        "service_need",
        "service",
        "发酵放大找中试平台",
        PILOT,
        fits=PILOT | {"stage": "中试"},
        less=PILOT | {"stage": "实验室"},
    ),
    soft(
        "仪器",
        "resource_need",
        "shared_resource",
        "借用电镜仪器",
        {"resource_type": "仪器"},
        fits={"resource_type": "仪器"},
        less={"resource_type": "算力"},
    ),
    soft(
        "人才",
        "talent_need",
        "talent",
        "数控工艺博士联合课题",
        PEOPLE,
        fits=PEOPLE | {"headcount": 3},
        less=PEOPLE | {"headcount": 1},
    ),
]


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    caller = instance.caller()
    for id_ in ("asker", "good", "bad", "silent"):
        assert caller.put(f"/v1/enterprises/{id_}", json={"name": id_}).status_code == 200
    return caller


def matched(caller: TestClient, request: dict[str, Any], offer: str, offers: dict[str, dict[str, Any]]) -> Any:
    items = [request | {"id": "request", "enterprise_id": "asker"}]
    items += [
        {
            "id": name,
            "enterprise_id": name,
            "kind": offer,
            "title": request["title"],
            "detail": f"由{name}提供",
            "attributes": held,
        }
        for name, held in offers.items()
    ]
    answer = caller.post("/v1/postings:batch", json={"items": items})
    assert all("seq" in row for row in answer.json()["results"]), answer.text
    seq = max(row["seq"] for row in answer.json()["results"])
    return caught_up(caller, {"posting_id": "request", "min_seq": seq})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_serves_it_who_cannot_and_what_is_asked(caller: TestClient, case: Case) -> None:
    offers = {"good": case.fits, "bad": case.fails, "silent": {}}
    found = matched(caller, case.request, case.offer, offers)
    ids = [match["posting"]["id"] for match in found["matches"]]
    assert ids[0] == "good"
    assert "bad" not in ids
    assert {"condition": case.why, "count": 1} in found["excluded"]
    silent = next(match for match in found["matches"] if match["posting"]["id"] == "silent")
    questions = [one["question"] or "" for one in silent["conditions"] if one["outcome"] == "待核实"]
    assert any(str(case.asks) in question for question in questions)


@pytest.mark.parametrize(("wanted", "offer", "fits", "less"), SOFT)
def test_what_fits_less_stands_behind(
    caller: TestClient, wanted: dict[str, Any], offer: str, fits: dict[str, Any], less: dict[str, Any]
) -> None:
    found = matched(caller, wanted, offer, {"bad": less, "good": fits})
    assert [match["posting"]["id"] for match in found["matches"]] == ["good", "bad"]
    outcomes = {one["outcome"] for one in found["matches"][1]["conditions"]}
    assert "不满足" in outcomes


def test_technology_from_abroad_meets_a_need_at_home(caller: TestClient) -> None:
    caller.put("/v1/enterprises/abroad", json={"name": "Kältewerk GmbH", "party": "境外"})
    inbound = {
        "id": "tech",
        "enterprise_id": "abroad",
        "kind": "capability",
        "title": "冷链蓄冷材料 phase change material",
        "detail": "Original technology looking for a partner in China",
    }
    assert caller.put("/v1/postings/tech", json={k: v for k, v in inbound.items() if k != "id"}).status_code == 200
    need = {"kind": "need", "title": "引进冷链蓄冷材料 phase change material 原创技术", "enterprise_id": "asker"}
    seq = caller.put("/v1/postings/need", json=need).json()["seq"]
    found = caught_up(caller, {"posting_id": "need", "min_seq": seq})
    assert [match["posting"]["id"] for match in found["matches"]] == ["tech"]
    assert found["matches"][0]["enterprise"]["party"] == "境外"


def test_a_right_held_in_common_is_passed_on_with_consent(caller: TestClient) -> None:
    held = {"ownership": "共有", "co_owners": ["某高校"], "benefit_terms": "六四分成", "expires": "2032-01-01"}
    right = {"enterprise_id": "good", "kind": "ip", "title": "共有专利", "attributes": held}
    assert caller.put("/v1/postings/right", json=right).status_code == 200
    body = {"posting_id": "right", "mode": "转让"}
    assert caller.post("/v1/policy/ip-transfer", json=body).json()["outcome"] == "unknown"
    assert caller.post("/v1/policy/ip-transfer", json=body | {"agreed": True}).json()["outcome"] == "met"
    assert caller.post("/v1/policy/ip-transfer", json=body | {"mode": "许可"}).json()["outcome"] == "met"
