"""Several processes on one PostgreSQL database are one service."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.databases import new_postgres
from tests.journeys.process import PATIENCE, Server, done, free_port

ROWS = 2000
RACES = 8


@pytest.fixture
def shared(tmp_path: Path) -> dict[str, str]:
    """The settings that the processes share."""
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_bytes(os.urandom(32))
    return {
        "database_url": new_postgres(),
        "secret_file": str(secret),
        "uploads_dir": str(tmp_path / "uploads"),
    }


@pytest.fixture
def start(tmp_path: Path, shared: dict[str, str]) -> Iterator[Callable[[], tuple[Server, httpx.Client]]]:
    """Start a process with a data folder of its own; it ends with the test."""
    key = done(tmp_path / "cli", "keys", "create", "--name", "试", **shared).strip()
    with ExitStack() as ending:

        def started() -> tuple[Server, httpx.Client]:
            port = free_port()
            server = Server(tmp_path / f"of-{port}", port, **shared)
            ending.callback(server.kill)
            server.until_ready()
            headers = {"Authorization": f"Bearer {key}"}
            return server, ending.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE))

        yield started


def until(reached: Callable[[], bool]) -> None:
    """Wait for something to come about."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_processes_are_one_service(start: Callable[[], tuple[Server, httpx.Client]]) -> None:
    (_, one), (_, two) = start(), start()
    assert one.put("/v1/enterprises/f", json={"name": "精工"}).status_code == 200
    offer = {"enterprise_id": "f", "kind": "capability", "title": "钛合金五轴加工"}
    seq = one.put("/v1/postings/p", json=offer).json()["seq"]
    ask = {"text": "寻求钛合金五轴加工", "kind": "need", "min_seq": seq}
    until(lambda: two.post("/v1/match", json=ask).status_code == 200)
    assert [found["posting"]["id"] for found in two.post("/v1/match", json=ask).json()["matches"]] == ["p"]

    for race in range(RACES):
        told = {"posting_id": "p", "stage": "shortlisted"}

        def tell(caller: httpx.Client, race: int = race, told: dict[str, str] = told) -> str:
            answer = caller.post("/v1/outcomes", json=told, headers={"Idempotency-Key": f"k{race}"})
            assert answer.status_code == 200, answer.text
            return json.dumps(answer.json(), sort_keys=True)

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(tell, [one, two, one, two]))) == 1
    conflict = two.post("/v1/outcomes", json=told | {"stage": "met"}, headers={"Idempotency-Key": "k0"})
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_an_import_outlives_the_process_that_took_it_in(
    start: Callable[[], tuple[Server, httpx.Client]], shared: dict[str, str]
) -> None:
    server, one = start()
    lines = "".join(f"r{row:04},公司{row // 3:04},能力,零件加工{row}号\n" for row in range(ROWS))
    sent = one.post("/v1/imports", files={"file": ("表.csv", f"编号,企业名称,类型,标题\n{lines}")}).json()
    until(lambda: one.get(f"/v1/imports/{sent['id']}").json()["progress"].get("accepted", 0) > 0)
    server.kill()
    with psycopg.connect(shared["database_url"]) as connection:
        # A worker counts as dead when nothing was heard of it for a while: make that pass.
        connection.execute("UPDATE jobs SET heartbeat_at = '2020-01-01' WHERE state = 'running'")
    _, two = start()
    until(lambda: two.get(f"/v1/imports/{sent['id']}").json()["state"] == "done")
    report = two.get(f"/v1/imports/{sent['id']}").json()["report"]
    assert (report["accepted"], report["rejected"]) == (ROWS, 0)
    with psycopg.connect(shared["database_url"]) as connection:
        assert connection.execute("SELECT count(*) FROM postings").fetchone() == (ROWS,)
