"""A platform's first five minutes: a key, its records in bulk, matches by text and by id, explained, and its own only."""

import json
from collections.abc import Iterator
from math import exp, isclose
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.journeys.process import PATIENCE, Server, done, free_port

FIRMS = [
    {"id": "e-oem", "name": "京穹重工集团有限公司", "employees": 5000, "revenue_wan": 900000, "industry": "C3511"},
    {"id": "e-sub", "name": "京穹传动部件有限公司", "parent_id": "e-oem", "industry": "C3453", "region": "顺义区"},
    {"id": "e-ti", "name": "北京钛锐精密制造有限公司", "employees": 86, "industry": "C3484", "region": "昌平区"},
    {"id": "e-cold", "name": "北京冷丰供应链有限公司", "employees": 40, "industry": "G5910", "region": "大兴区"},
    {"id": "e-mold", "name": "天津模匠注塑有限公司", "employees": 60, "industry": "C2929", "region": "天津"},
]
POSTINGS: list[dict[str, object]] = [
    {"id": "p-ti", "enterprise_id": "e-ti", "kind": "capability", "title": "钛合金薄壁件五轴精密加工",
     "detail": "五轴联动加工中心6台，薄壁件变形控制在0.01mm以内，可承接50件以下小批量。",
     "attributes": {"lead_days": 12, "certificates": ["ISO 9001", "AS9100"]}},
    {"id": "p-cold", "enterprise_id": "e-cold", "kind": "capability", "title": "冷链仓储与城市配送",
     "detail": "两座-18℃冷库共1.2万平方米，冷藏车36台。", "attributes": {"lead_days": 2}},
    {"id": "p-mold", "enterprise_id": "e-mold", "kind": "capability", "title": "精密注塑模具设计与试模",
     "attributes": {"lead_days": 10}},
    {"id": "p-mill", "enterprise_id": "e-mold", "kind": "capability", "title": "钛合金薄壁结构件五轴加工",
     "detail": "三轴与五轴机床各4台。", "attributes": {"lead_days": 45}},
    {"id": "p-sub", "enterprise_id": "e-sub", "kind": "capability", "title": "钛合金零件五轴加工",
     "attributes": {"lead_days": 10}},
    {"id": "n-ti", "enterprise_id": "e-oem", "kind": "need", "title": "寻求钛合金薄壁支架五轴加工供应商",
     "detail": "小批量30件，精度0.01mm，须通过ISO 9001。",
     "conditions": [{"name": "lead_days", "op": "<=", "value": 30, "unit": "天"},
                    {"name": "certificates", "op": "contains", "value": "ISO 9001", "hard": False}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("platform")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    server = Server(folder, free_port())
    try:
        server.until_ready()
        yield server.url
    finally:
        server.kill()


def client(folder: Path, url: str, tenant: str) -> httpx.Client:
    """Return a client with a key of its own, made as a platform would."""
    made = json.loads(done(folder, "--tenant", tenant, "keys", "create", "--name", "门户", "--json"))
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {made['key']}"}, timeout=30)


@pytest.fixture(scope="module")
def ours(folder: Path, url: str) -> Iterator[httpx.Client]:
    with client(folder, url, "ours") as opened:
        yield opened


def results(answer: httpx.Response) -> list[str]:
    """Return what became of each row of a batch."""
    assert answer.status_code == 200, answer.text
    return [row["outcome"] for row in answer.json()["results"]]


def caught_up(ours: httpx.Client, body: dict[str, object]) -> httpx.Response:
    """Return a match once the index holds `min_seq`, asking again as the answer 503 says."""
    deadline = monotonic() + PATIENCE
    while (answer := ours.post("/v1/match", json=body)).status_code == 503 and monotonic() < deadline:
        sleep(0.2)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_journey_of_a_platform(ours: httpx.Client, folder: Path, url: str) -> None:
    assert results(ours.post("/v1/enterprises:batch", json={"items": FIRMS})) == ["created"] * 5
    key = {"Idempotency-Key": "first-load"}
    first = ours.post("/v1/postings:batch", json={"items": POSTINGS}, headers=key)
    assert results(first) == ["created"] * 6
    assert ours.post("/v1/postings:batch", json={"items": POSTINGS}, headers=key).json() == first.json()
    seq = max(row["seq"] for row in first.json()["results"])

    by_text = caught_up(ours, {"text": "钛合金五轴加工，薄壁件", "kind": "need", "min_seq": seq}).json()
    assert by_text["matches"][0]["posting"]["id"] in ("p-ti", "p-sub")

    by_id = ours.post("/v1/match", json={"posting_id": "n-ti", "k": 5}).json()
    ranked = [found["posting"]["id"] for found in by_id["matches"]]
    assert ranked[0] == "p-ti"
    assert "p-sub" not in ranked, "a firm of the asker's own group is no supplier to find"
    assert "p-mill" not in ranked, "45 days are more than 30"
    assert {"condition": "同一企业或集团", "count": 1} in by_id["excluded"]
    assert any("30" in exclusion["condition"] for exclusion in by_id["excluded"])

    best = by_id["matches"][0]
    outcomes = {found["name"]: found["outcome"] for found in best["conditions"]}
    assert outcomes["lead_days"] == outcomes["certificates"] == "满足"
    assert isclose(
        1 / (1 + exp(-sum(reason["contribution"] for reason in best["reasons"]))), best["score"], abs_tol=1e-5
    )
    assert any("薄壁" in reason["text"] for reason in best["reasons"])
    assert by_id["matches"][0]["conditions"][0]["offer_span"]["text"] == "12"
    assert not {"p-cold", "p-mold"} & set(ranked), "a poor answer is none, even where answers are few"

    with client(folder, url, "theirs") as theirs:
        assert theirs.get("/v1/postings").json()["items"] == []
        assert theirs.post("/v1/match", json={"posting_id": "n-ti"}).status_code == 404
        nothing = theirs.post("/v1/match", json={"text": "钛合金五轴加工", "kind": "need"}).json()
        assert nothing["matches"] == []
        assert nothing["excluded"] == []
        assert theirs.delete("/v1/enterprises/e-ti").status_code == 404

    changed = POSTINGS[3] | {"attributes": {"lead_days": 20}}
    again = ours.post("/v1/postings:batch", json={"items": [changed, POSTINGS[0]]})
    assert results(again) == ["updated", "unchanged"]
    seq = again.json()["results"][0]["seq"]
    later = ours.post("/v1/match", json={"posting_id": "n-ti", "min_seq": seq}).json()
    mill = next(found for found in later["matches"] if found["posting"]["id"] == "p-mill")
    certificate = next(found for found in mill["conditions"] if found["name"] == "certificates")
    assert certificate["outcome"] == "待核实"
    assert certificate["question"]
    gone = ours.delete("/v1/enterprises/e-ti").json()["seq"]
    last = ours.post("/v1/match", json={"posting_id": "n-ti", "min_seq": gone}).json()
    assert "p-ti" not in [found["posting"]["id"] for found in last["matches"]]
