"""The disk fills up or the database goes away under a running service: it says so, and goes on when it can."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.databases import OwnPostgres
from tests.journeys.process import PATIENCE, Server, done, free_port

FIRM = {"name": "精工"}
OFFER = {"enterprise_id": "f", "kind": "capability", "title": "钛合金五轴加工"}
ASK = {"text": "寻求钛合金五轴加工", "kind": "need"}


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    with tempfile.TemporaryDirectory(prefix="rongtong-own-", ignore_cleanup_errors=True) as folder:
        server = OwnPostgres(Path(folder))
        yield server
        server.start()
        server.stop()


def client(server: Server, key: str) -> httpx.Client:
    """Return a client of a server."""
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE)


def until(reached: Callable[[], bool]) -> None:
    """Wait for something to come about."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def imported(caller: httpx.Client, rows: str) -> None:
    """Import a sheet and wait until that is done."""
    job = caller.post("/v1/imports", files={"file": ("a.csv", rows)}).json()["id"]
    until(lambda: caller.get(f"/v1/imports/{job}").json()["state"] == "done")


def matched(caller: httpx.Client) -> list[str]:
    """Return the ids that a match finds."""
    answer = caller.post("/v1/match", json=ASK)
    assert answer.status_code == 200, answer.text
    return [one["posting"]["id"] for one in answer.json()["matches"]]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and code of an error."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_full_disk_refuses_writes_and_nothing_else(tmp_path: Path) -> None:
    key = done(tmp_path, "keys", "create", "--name", "试").strip()
    server = Server(tmp_path, free_port())
    try:
        server.until_ready()
        with client(server, key) as caller:
            assert caller.put("/v1/enterprises/f", json=FIRM).status_code == 200
            assert caller.put("/v1/postings/p", json=OFFER).status_code == 200
            until(lambda: matched(caller) == ["p"])
            _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, most))
            headers = {"Idempotency-Key": "k"}
            refused = [
                caller.put("/v1/postings/q", json=OFFER, headers=headers),
                caller.post("/v1/enterprises:batch", json={"items": [{"id": f"g{n}", **FIRM} for n in range(200)]}),
                caller.post("/v1/imports", files={"file": ("a.csv", "企业名称\n甲公司\n")}),
                caller.post("/v1/imports", files={"file": ("b.csv", "企业名称\n" + "甲公司\n" * 200_000)}),
            ]
            assert [code(answer) for answer in refused] == [(507, "disk_full")] * len(refused)
            assert all("磁盘" in answer.json()["error"]["message"] for answer in refused)
            assert matched(caller) == ["p"]
            assert [one["id"] for one in caller.get("/v1/enterprises").json()["items"]] == ["f"]
            assert caller.get("/v1/postings/q").status_code == 404
            assert caller.get("/readyz").status_code == 200

            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
            assert caller.put("/v1/postings/q", json=OFFER, headers=headers).status_code == 200
            assert caller.put("/v1/postings/q", json=OFFER, headers=headers).status_code == 200
            imported(caller, "企业名称,类型,标题\n甲公司,能力,铣削\n")
    finally:
        server.kill()


def test_a_database_that_goes_away_is_waited_for(tmp_path: Path, postgres: OwnPostgres) -> None:
    key = done(tmp_path, "keys", "create", "--name", "试", database_url=postgres.url).strip()
    server = Server(tmp_path, free_port(), database_url=postgres.url)
    try:
        server.until_ready()
        with client(server, key) as caller:
            assert caller.put("/v1/enterprises/f", json=FIRM).status_code == 200
            for end in (postgres.stop, postgres.kill):
                end()
                for answer in (
                    caller.put("/v1/postings/p", json=OFFER, headers={"Idempotency-Key": end.__name__}),
                    caller.post("/v1/match", json=ASK),
                ):
                    assert code(answer) == (503, "database_unavailable")
                    assert int(answer.headers["Retry-After"]) > 0
                unready = caller.get("/readyz")
                assert (unready.status_code, unready.json()["status"]) == (503, "database_unavailable")
                assert caller.get("/healthz").status_code == 200
                postgres.start()
                until(lambda: caller.get("/readyz").status_code == 200)
                written = caller.put("/v1/postings/p", json=OFFER, headers={"Idempotency-Key": end.__name__})
                assert written.status_code == 200, written.text
                until(lambda: matched(caller) == ["p"])
                imported(caller, "企业名称\n甲公司\n")
    finally:
        server.kill()
