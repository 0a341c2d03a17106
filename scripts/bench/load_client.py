"""The other side of a load test: a served instance, a client that keeps to a timetable, and what it noted."""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import numpy as np
from prometheus_client.parser import text_string_to_metric_families

WRITES = 0.1
PATIENCE = 120.0
POOLS = 32
SAMPLE_SECONDS = 5.0
ROUTE = "/v1/match"


@dataclass
class Phase:
    """What became of a phase's requests: (second it was due, seconds it took) of matches and writes, refusals, errors."""

    seconds: float = 0.0
    matches: list[tuple[float, float]] = field(default_factory=list)
    writes: list[tuple[float, float]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    refused_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answered requests a second."""
        return (len(self.matches) + len(self.writes)) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which that share of the matches was answered."""
        return float(np.percentile([took for _, took in self.matches], share)) if self.matches else float("nan")

    def summary(self) -> dict[str, Any]:
        """Return the phase in numbers: requests a second, milliseconds, counts."""
        spread = {f"p{share}_ms": round(self.percentile(share) * 1000, 1) for share in (50, 95, 99, 100)}
        wrote = [took for _, took in self.writes]
        return {
            "seconds": round(self.seconds, 1),
            "matches_per_s": round(len(self.matches) / self.seconds, 1),
            "writes_per_s": round(len(wrote) / self.seconds, 1),
            **spread,
            "write_p95_ms": round(float(np.percentile(wrote, 95)) * 1000, 1) if wrote else None,
            "refused": dict(self.refused),
            "refused_p95_ms": round(float(np.percentile(self.refused_s, 95)) * 1000, 1) if self.refused_s else None,
            "errors": dict(self.errors),
        }


class Served:
    """`rongtong serve` over a folder, ready within the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            self._port = int(listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "Served":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
        chosen = {"DATA_DIR": str(self._folder), "RATE_PER_MINUTE": "0", "ADDRESS_RATE_PER_MINUTE": "0"}
        self._process = subprocess.Popen(
            [str(Path(sys.executable).with_name("rongtong")), "serve", "--port", str(self._port)],
            env=kept | {f"RONGTONG_{name}": value for name, value in chosen.items()},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = perf_counter() + PATIENCE
        async with httpx.AsyncClient() as client:
            while perf_counter() < deadline:
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return self
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        raise SystemExit("服务没有就绪")

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    async def watched(self, seconds: float) -> dict[str, float]:
        """Return the resident MB at the start, at a quarter, half, three quarters and the end of a time."""
        marks = {}
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            marks[f"{share:.0%}"] = self._resident()
            if share < 1:
                await asyncio.sleep(seconds / 4)
        return marks

    def _resident(self) -> float:
        told = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return round(int(told.split("VmRSS:")[1].split()[0]) / 1024, 1)


class Client:
    """Asks and writes over kept connections."""

    def __init__(self, url: str, key: str, asked: list[tuple[str, str]]) -> None:
        # Many small pools: the work of one grows with the square of what waits in it, and would be measured here.
        self._pools = [
            httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
            for _ in range(POOLS)
        ]
        self._asked = asked
        self._at = 0

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(pool.aclose() for pool in self._pools))

    async def metrics(self) -> dict[str, float]:
        """Return the seconds of matches so far by stage, `whole` and their `count`."""
        found: dict[str, float] = {}
        for family in text_string_to_metric_families((await self._pools[0].get("/metrics")).text):
            for sample in family.samples:
                if sample.labels.get("route") != ROUTE:
                    continue
                if sample.name == "rongtong_stage_seconds_sum":
                    found[sample.labels["stage"]] = sample.value
                elif sample.name == "rongtong_request_seconds_sum":
                    found["whole"] = found.get("whole", 0.0) + sample.value
                elif sample.name == "rongtong_request_seconds_count":
                    found["count"] = found.get("count", 0.0) + sample.value
        return found

    async def once(self, phase: Phase, began: float, due: float, *, write: bool) -> None:
        """Send a request that was due at a second of the phase, and note what became of it."""
        self._at += 1
        text, detail = self._asked[self._at % len(self._asked)]
        http = self._pools[self._at % POOLS]
        if write:
            body = {
                "enterprise_id": f"e{self._at % 1000}",
                "kind": "capability",
                "title": f"{text[:150]}{self._at % 97}",
            }
            sent = http.put(f"/v1/postings/w{self._at % 5000}", json=body)
        else:
            sent = http.post(ROUTE, json={"text": f"{text}{detail[:1000]}", "kind": "need", "k": 10})
        try:
            answer = await sent
        except httpx.HTTPError as error:
            phase.errors[type(error).__name__] += 1
            return
        took = perf_counter() - began - due
        if answer.status_code == 200:
            (phase.writes if write else phase.matches).append((due, took))
        elif answer.status_code in (429, 503) and "retry-after" in answer.headers:
            phase.refused[answer.json()["error"]["code"]] += 1
            phase.refused_s.append(took)
        else:
            phase.errors[f"{answer.status_code}"] += 1


async def closed(client: Client, *, at_once: int, seconds: float, writes: bool = True) -> Phase:
    """Return what a number of callers get who each ask again as soon as they are answered."""
    phase, began, chance = Phase(), perf_counter(), random.Random(1)

    async def caller() -> None:
        while (due := perf_counter() - began) < seconds:
            await client.once(phase, began, due, write=writes and chance.random() < WRITES)

    await asyncio.gather(*(caller() for _ in range(at_once)))
    phase.seconds = perf_counter() - began
    return phase


async def opened(client: Client, rate: float, seconds: float) -> Phase:
    """Return what becomes of requests that come at random (Poisson), so many a second, whether answered or not."""
    phase, began, chance = Phase(), perf_counter(), random.Random(2)
    sent: set[asyncio.Task[None]] = set()
    due = 0.0
    while (due := due + chance.expovariate(rate)) < seconds:
        await asyncio.sleep(max(0.0, began + due - perf_counter()))
        task = asyncio.create_task(client.once(phase, began, due, write=chance.random() < WRITES))
        sent.add(task)
        task.add_done_callback(sent.discard)
    if sent:
        await asyncio.wait(sent)
    phase.seconds = perf_counter() - began
    return phase


def told(found: dict[str, Any], *, as_json: bool) -> str:
    """Return what was measured as JSON, or as lines to read."""
    plain = {name: value.summary() if isinstance(value, Phase) else value for name, value in found.items()}
    if as_json:
        return json.dumps(plain, ensure_ascii=False)
    labels = {
        "alone": "一个一个问", "peak": "八个不停地问", "half": "可持续速率的一半", "full": "可持续速率",
        "overload": "三倍", "recovery": "过载之后（一半）",
    }  # fmt: skip
    lines = [
        f"{plain['postings']} 条（{plain['texts']} 种文本），{plain['queries']} 条查询，装入 {plain['build_s']} 秒"
    ]
    lines.append(f"可持续 {plain['rate']:.1f} 次/秒（一成为写入）；客户端占 {plain['client_cpu']:.0%} 个核")
    lines += [f"{label}：{json.dumps(plain[name], ensure_ascii=False)}" for name, label in labels.items()]
    lines.append(f"恢复用时 {plain['recovered_s']} 秒；常驻内存（MB）{plain['rss_mb']}")
    lines += [f"各段毫秒，{name}：{plain[key]}" for name, key in (("空闲", "stages_alone"), ("满载", "stages_full"))]
    return "\n".join(lines)
