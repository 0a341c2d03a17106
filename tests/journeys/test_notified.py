"""A platform is told of a new match by a signed request, though its receiver failed and the service was killed."""

import json
from pathlib import Path

import httpx

from tests.journeys.process import Server, done, free_port
from tests.service.receiver import receiving, verified

SETTINGS = {"private_hooks": "127.0.0.1"}
SEARCH = {
    "name": "钛合金供应商",
    "text": "寻求钛合金薄壁件五轴精密加工",
    "kind": "need",
    "level": "低",
    "digest": "immediate",
    "recipients": [{"channel": "webhook", "to": "w"}],
}
POSTING = {"enterprise_id": "e1", "kind": "capability", "title": "钛合金薄壁件五轴精密加工"}


def test_a_match_is_told_of_whatever_happens(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = json.loads(done(folder, "keys", "create", "--name", "门户", "--json"))["key"]
    port = free_port()
    with receiving() as receiver, httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=30) as caller:
        server = Server(folder, port, **SETTINGS)
        try:
            server.until_ready()
            hook = {"url": f"{receiver.url}/in", "events": ["match.found"]}
            secret = caller.put(f"{server.url}/v1/webhooks/w", json=hook).json()["secret"]
            assert caller.put(f"{server.url}/v1/searches/s", json=SEARCH).status_code == 200
            receiver.statuses = [500]
            firm = caller.put(f"{server.url}/v1/enterprises/e1", json={"name": "北京钛锐精密制造有限公司"})
            assert firm.status_code == 200
            assert caller.put(f"{server.url}/v1/postings/p1", json=POSTING).status_code == 200
            path = f"{server.url}/v1/searches/s/deliveries"
            receiver.until(lambda: any(one["status"] == 500 for one in caller.get(path).json()["items"]))
        finally:
            server.kill()
        again = Server(folder, port, **SETTINGS)
        try:
            again.until_ready()
            receiver.until(lambda: len(receiver.got) > 1)
        finally:
            again.kill()
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1
    assert all(verified(one, secret) for one in receiver.got)
    (match,) = receiver.got[-1].json["data"]["matches"]
    assert (match["posting_id"], match["enterprise_id"]) == ("p1", "e1")
    assert match["reasons"]
