"""Kill the service, or PostgreSQL under it, at random moments of a load of writes, and count what was lost.

usage: python -m scripts.bench.crash [--runs 70] [--seed 0] [faults …]
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from matcher.domain import PostingKind, Query
from service.config import Settings
from service.runtime import open_parts
from service.store.database import parse_url
from tests.databases import OwnPostgres
from tests.journeys.process import Server, done, free_port

FAULTS = ("服务 SQLite", "服务 PostgreSQL", "PostgreSQL 本身")
WRITERS = 4
_ROWS = 10
_TENANT = "default"
_PROBES = ("五轴铣削", "法兰磨削", "壳体焊接")
# What the rows written under one key are counted by, and how many there are to be.
_COUNTS = {
    "posting": ("SELECT count(*) FROM postings WHERE id = :tag", 1),
    "batch": ("SELECT count(*) FROM enterprises WHERE id LIKE :tag || '-%'", _ROWS),
    "outcome": ("SELECT count(*) FROM outcomes WHERE note = :tag", 1),
    "deal": (
        "SELECT count(*) FROM deals JOIN deal_steps ON deal_steps.tenant = deals.tenant AND deal_id = deals.id "
        "WHERE request_posting_id = :tag || '-need'",
        1,
    ),
    "import": ("SELECT count(*) FROM postings WHERE id LIKE :tag || '-%'", _ROWS),
}


@dataclass(slots=True)
class Sent:
    """A request, and its answer if there was one."""

    kind: str
    tag: str
    send: Callable[[httpx.Client], httpx.Response]
    answer: Any = None


@dataclass(slots=True)
class Tally:
    """What came of one fault: runs, acknowledged writes, those among them found again, wrong findings in words."""

    runs: int = 0
    acknowledged: int = 0
    recovered: int = 0
    broken_off: int = 0
    wrong: list[str] = field(default_factory=list)


def _request(kind: str, tag: str) -> Sent:
    headers = {"Idempotency-Key": tag}
    offer = {"enterprise_id": "f", "kind": "capability", "title": f"五轴铣削法兰{tag}"}
    sends: dict[str, Callable[[httpx.Client], httpx.Response]] = {
        "posting": lambda to: to.put(f"/v1/postings/{tag}", json=offer, headers=headers),
        "batch": lambda to: to.post(
            "/v1/enterprises:batch",
            json={"items": [{"id": f"{tag}-{n}", "name": f"甲{tag}{n}"} for n in range(_ROWS)]},
            headers=headers,
        ),
        "outcome": lambda to: to.post(
            "/v1/outcomes", json={"posting_id": "p", "stage": "shortlisted", "note": tag}, headers=headers
        ),
        "deal": lambda to: _propose(to, tag, headers),
        "import": lambda to: to.post("/v1/imports", files={"file": (f"{tag}.csv", _sheet(tag))}, headers=headers),
    }
    return Sent(kind, tag, sends[kind])


def _propose(to: httpx.Client, tag: str, headers: dict[str, str]) -> httpx.Response:
    need = {"enterprise_id": "g", "kind": "need", "title": "寻求五轴铣削法兰"}
    first = to.put(f"/v1/postings/{tag}-need", json=need)
    body = {"request_posting_id": f"{tag}-need", "offer_posting_ids": ["p"], "requester_agreed": True}
    return to.post("/v1/deals", json=body, headers=headers) if first.status_code == 200 else first


def _sheet(tag: str) -> str:
    rows = "".join(f"{tag}-{n},丙公司{tag},能力,壳体焊接{tag}{n}\n" for n in range(_ROWS))
    return f"编号,企业名称,类型,标题\n{rows}"


class Trial:
    """One database, one service after another on it, and a fault."""

    def __init__(self, fault: str, folder: Path, seed: int) -> None:
        self.tally = Tally()
        self._fault = fault
        self._random = random.Random(seed)
        self._data = folder / "data"
        self._postgres = OwnPostgres(folder / "pg") if fault != FAULTS[0] else None
        self._settings = {"database_url": self._postgres.url} if self._postgres else {}
        self._key = done(self._data, "keys", "create", "--name", "试", **self._settings).strip()
        self._sent: list[Sent] = []
        self._round = 0

    def _serve(self) -> Server:
        server = Server(self._data, free_port(), **self._settings)
        server.until_ready()
        return server

    def _client(self, server: Server) -> httpx.Client:
        return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {self._key}"}, timeout=60)

    def run(self, runs: int) -> Tally:
        """Return what came of `runs` kills."""
        server = self._serve()
        try:
            with self._client(server) as to:
                for id_ in ("f", "g"):
                    to.put(f"/v1/enterprises/{id_}", json={"name": f"企业{id_}"}).raise_for_status()
                offer = {"enterprise_id": "f", "kind": "capability", "title": "五轴铣削法兰"}
                to.put("/v1/postings/p", json=offer).raise_for_status()
            for self._round in range(runs):
                now = self._load(server)
                if self._postgres is None or self._fault == FAULTS[1]:
                    server = self._serve()
                else:
                    self._postgres.start()
                    server.until_ready()
                self._check(server, now)
                self.tally.runs += 1
            self._check_imports(server)
            server.stop()
        finally:
            server.kill()
            self._check_index()
            if self._postgres:
                self._postgres.stop()
        return self.tally

    def _load(self, server: Server) -> list[Sent]:
        """Write from several threads until the fault strikes; return what was sent."""
        sent: list[list[Sent]] = [[] for _ in range(WRITERS)]
        struck = threading.Event()

        def write(mine: list[Sent], writer: int, kinds: list[str]) -> None:
            with self._client(server) as to:
                while not struck.is_set():
                    one = _request(kinds[len(mine) % len(kinds)], f"r{self._round}w{writer}n{len(mine)}")
                    mine.append(one)
                    try:
                        answer = one.send(to)
                    except httpx.TransportError:
                        return
                    if answer.is_success:
                        one.answer = answer.json()
                    elif answer.status_code != 503:
                        self.tally.wrong.append(f"{one.tag} {one.kind}: {answer.status_code} {answer.text[:200]}")

        threads = []
        for writer, mine in enumerate(sent):
            kinds = self._random.sample(list(_COUNTS), len(_COUNTS))
            threads.append(threading.Thread(target=write, args=(mine, writer, kinds)))
        for thread in threads:
            thread.start()
        time.sleep(self._random.uniform(0.05, 1.2))
        if self._postgres and self._fault == FAULTS[2]:
            self._postgres.kill()
        else:
            server.kill()
        struck.set()
        for thread in threads:
            thread.join()
        return [one for mine in sent for one in mine]

    def _check(self, server: Server, sent: list[Sent]) -> None:
        """Look for what was acknowledged, and for halves; then send all again under the same keys."""
        before = self._counts(sent)
        with self._client(server) as to:
            for one in sent:
                _, whole = _COUNTS[one.kind]
                self.tally.acknowledged += one.answer is not None
                self.tally.broken_off += one.answer is None
                again = one.send(to)
                if one.kind == "import":
                    # Its rows come later; what is acknowledged is the job.
                    kept = one.answer is None or again.json().get("id") == one.answer["id"]
                else:
                    kept = before[one.tag] == (whole if one.answer is not None else before[one.tag])
                    if before[one.tag] not in (0, whole):
                        self.tally.wrong.append(f"{one.tag} {one.kind}: half of it, {before[one.tag]} of {whole}")
                if one.answer is not None and again.is_success and kept:
                    self.tally.recovered += 1
                elif one.answer is not None or not again.is_success:
                    self.tally.wrong.append(f"{one.tag} {one.kind}: lost, or {again.status_code} {again.text[:200]}")
                same = one.kind == "import" or one.answer is None or again.json() == one.answer
                if not same:
                    self.tally.wrong.append(f"{one.tag} {one.kind}: another answer the second time")
        after = self._counts(sent)
        for one in sent:
            if one.kind != "import" and after[one.tag] != _COUNTS[one.kind][1]:
                self.tally.wrong.append(f"{one.tag} {one.kind}: done {after[one.tag]} times")
        self._sent += sent

    def _check_imports(self, server: Server) -> None:
        """Wait for the imports to end, then count their rows and their jobs."""
        imports = [one for one in self._sent if one.kind == "import"]
        deadline = time.monotonic() + 120 + len(imports)
        while self._count("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") and (
            time.monotonic() < deadline
        ):
            time.sleep(0.5)
        if (jobs := self._count("SELECT count(*) FROM jobs")) != len(imports):
            self.tally.wrong.append(f"{jobs} jobs of {len(imports)} imports")
        for tag, count in self._counts(imports).items():
            if count != _ROWS:
                self.tally.wrong.append(f"{tag}: {count} rows imported of {_ROWS}")

    def _check_index(self) -> None:
        """Compare what the index that lived through it all answers with what one built anew answers."""
        parts = open_parts(Settings(data_dir=self._data, **self._settings), today=lambda: date(2026, 12, 1))  # type: ignore[arg-type]
        parts.engine.catch_up()
        found = []
        for _ in range(2):
            asked = [
                Query(tenant=_TENANT, kind=kind, title=title, as_of=date(2026, 12, 1), k=100)
                for title in _PROBES
                for kind in (PostingKind.NEED, PostingKind.CAPABILITY)
            ]
            answers = [parts.engine.match(one) for one in asked]
            found.append([(one.matches, one.excluded) for one in answers])
            parts.engine.rebuild()
        if found[0] != found[1]:
            self.tally.wrong.append("the index is not what the database says")
        parts.close()

    def _counts(self, sent: list[Sent]) -> dict[str, int]:
        return {one.tag: self._count(_COUNTS[one.kind][0], tag=one.tag) for one in sent}

    def _count(self, query: str, **values: str) -> int:
        engine = create_engine(parse_url(Settings(data_dir=self._data, **self._settings).url))  # type: ignore[arg-type]
        with engine.connect() as connection:
            counted = int(connection.execute(text(query), values).scalar_one())
        engine.dispose()
        return counted


def trial(fault: str, runs: int, seed: int) -> Tally:
    """Return what came of a number of kills."""
    with tempfile.TemporaryDirectory(prefix="rongtong-crash-", ignore_cleanup_errors=True) as folder:
        return Trial(fault, Path(folder), seed).run(runs)


def main() -> None:
    """Write the table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("faults", nargs="*", default=FAULTS)
    arguments.add_argument("--runs", type=int, default=70)
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    print("| 故障 | 次数 | 确认过的写入 | 找回 | 丢失 | 中断的请求 | 其他不符 |\n|---|---|---|---|---|---|---|")
    for fault in chosen.faults:
        tally = trial(fault, chosen.runs, chosen.seed)
        lost = tally.acknowledged - tally.recovered
        cells = (fault, tally.runs, tally.acknowledged, tally.recovered, lost, tally.broken_off, len(tally.wrong))
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        for line in tally.wrong:
            print(line)


if __name__ == "__main__":
    main()
