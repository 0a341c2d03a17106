"""Killed in the middle, it has kept everything it said it had, finds it again, and finishes when asked once more."""

import json
import sqlite3
import time
from pathlib import Path

import httpx
import pytest

from scripts.bench.crash import FAULTS, trial
from tests.journeys.process import PATIENCE, Server, done, free_port, killed_at_progress

ROWS = 1500
KILLS = 3
WORKS = ("铣削", "磨削", "车削", "镗孔", "攻丝", "抛光", "电镀", "焊接", "冲压", "注塑")
PARTS = ("法兰", "轴套", "壳体", "支架", "齿轮", "叶片", "端盖", "导轨", "夹具", "阀体")


def title(row: int) -> str:
    """Return the title of a row, unlike any other's."""
    return f"{PARTS[row % 10]}{WORKS[row // 10 % 10]}{row}号"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "大表.csv"
    lines = [f"r{row:04},公司{row // 3:04},能力,{title(row)}" for row in range(ROWS)]
    path.write_text("编号,企业名称,类型,标题\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def kept(folder: Path) -> set[str]:
    """Return the ids of the postings in the database."""
    with sqlite3.connect(folder / "rongtong.db") as connection:
        return {id_ for (id_,) in connection.execute("SELECT id FROM postings WHERE NOT deleted")}


def named(count: int) -> set[str]:
    """Return the ids of the first `count` rows."""
    return {f"r{row:04}" for row in range(count)}


def test_an_import_killed_midway_kept_what_it_had_acknowledged(tmp_path: Path, sheet: Path) -> None:
    acknowledged = killed_at_progress(tmp_path, "import", str(sheet))
    assert 0 < acknowledged < ROWS
    assert kept(tmp_path) >= named(acknowledged)
    for row in (0, acknowledged - 1):
        answer = json.loads(done(tmp_path, "match", "--text", f"寻求{title(row)}", "--kind", "need", "--json"))
        assert answer["matches"][0]["posting"]["id"] == f"r{row:04}"
    report = json.loads(done(tmp_path, "import", str(sheet), "--json"))
    assert (report["accepted"], report["rejected"]) == (ROWS, 0)
    assert report["postings"]["unchanged"] >= acknowledged
    assert report["postings"]["updated"] == 0
    assert kept(tmp_path) == named(ROWS)
    last = json.loads(done(tmp_path, "match", "--text", f"寻求{title(ROWS - 1)}", "--kind", "need", "--json"))
    assert last["matches"][0]["posting"]["id"] == f"r{ROWS - 1:04}"


def progress(url: str, job: str, headers: dict[str, str]) -> tuple[str, int]:
    """Return the state of an import and how many rows it has acknowledged."""
    answer = httpx.get(f"{url}/v1/imports/{job}", headers=headers).json()
    return answer["state"], answer["progress"].get("accepted", 0)


def test_a_server_killed_midway_kept_it_and_the_next_one_finishes(tmp_path: Path, sheet: Path) -> None:
    key = done(tmp_path, "keys", "create", "--name", "试").strip()
    headers = {"Authorization": f"Bearer {key}"}
    server = Server(tmp_path, free_port())
    try:
        server.until_ready()
        with sheet.open("rb") as file:
            sent = httpx.post(f"{server.url}/v1/imports", headers=headers, files={"file": ("大表.csv", file)})
        job, acknowledged = sent.json()["id"], 0
        deadline = time.monotonic() + PATIENCE
        while not acknowledged and time.monotonic() < deadline:
            state, acknowledged = progress(server.url, job, headers)
    finally:
        server.kill()
    assert state == "running"
    assert 0 < acknowledged < ROWS
    assert kept(tmp_path) >= named(acknowledged)
    # A worker counts as dead when nothing was heard of it for two minutes: make them pass.
    with sqlite3.connect(tmp_path / "rongtong.db") as connection:
        connection.execute("UPDATE jobs SET heartbeat_at = '2020-01-01 00:00:00.000000'")
    server = Server(tmp_path, free_port())
    try:
        server.until_ready()
        while state != "done" and time.monotonic() < deadline:
            time.sleep(0.1)
            state, _ = progress(server.url, job, headers)
        report = httpx.get(f"{server.url}/v1/imports/{job}", headers=headers).json()["report"]
        assert (state, report["accepted"]) == ("done", ROWS)
        assert report["postings"]["unchanged"] >= acknowledged
        assert kept(tmp_path) == named(ROWS)
        ask = {"text": f"寻求{title(acknowledged - 1)}", "kind": "need"}
        found = httpx.post(f"{server.url}/v1/match", headers=headers, json=ask).json()["matches"]
        assert found[0]["posting"]["id"] == f"r{acknowledged - 1:04}"
    finally:
        server.kill()


def test_a_server_asked_to_stop_leaves_an_index_that_needs_no_work(tmp_path: Path) -> None:
    key = done(tmp_path, "keys", "create", "--name", "试").strip()
    headers = {"Authorization": f"Bearer {key}"}
    server = Server(tmp_path, free_port())
    try:
        server.until_ready()
        httpx.put(f"{server.url}/v1/enterprises/f", headers=headers, json={"name": "精工"})
        body = {"enterprise_id": "f", "kind": "capability", "title": title(1)}
        seq = httpx.put(f"{server.url}/v1/postings/p", headers=headers, json=body).json()["seq"]
        ask = {"text": title(1), "kind": "need", "min_seq": seq}
        deadline = time.monotonic() + PATIENCE
        while (answer := httpx.post(f"{server.url}/v1/match", headers=headers, json=ask)).status_code == 503:
            assert time.monotonic() < deadline, answer.text
        assert answer.json()["matches"]
        assert server.stop() == 0
    finally:
        server.kill()
    again = json.loads(done(tmp_path, "match", "--text", title(1), "--kind", "need", "--json"))
    assert again["versions"]["seq"] == str(seq)


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_acknowledged_is_lost_and_nothing_done_twice(fault: str) -> None:
    tally = trial(fault, KILLS, seed=1)
    assert tally.wrong == []
    assert (tally.runs, tally.recovered) == (KILLS, tally.acknowledged)
    assert tally.acknowledged > 0
