"""How soon what was written on one process is matched on another, both on one PostgreSQL database.

usage: python -m scripts.bench.follow [--writes 200] [--processes 3]
Each write goes to one process, then every other is asked with the `min_seq` that the write returned until it answers.
"""

import argparse
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np

from tests.databases import OwnPostgres
from tests.journeys.process import Server, done, free_port

_PATIENCE = 30.0
_PARTS = ("法兰", "轴套", "壳体", "支架", "齿轮", "叶片", "端盖", "导轨")


def measure(folder: Path, writes: int, processes: int) -> list[float]:
    """Return the seconds from each acknowledgement until the posting was found on each other process."""
    postgres = OwnPostgres(folder / "pg")
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_bytes(os.urandom(32))
    shared = {"database_url": postgres.url, "secret_file": str(secret), "rate_per_minute": "0"}
    key = done(folder / "cli", "keys", "create", "--name", "试", **shared).strip()
    took: list[float] = []
    with ExitStack() as ending:
        ending.callback(postgres.stop)
        callers = []
        for n in range(processes):
            server = Server(folder / f"of-{n}", free_port(), **shared)
            ending.callback(server.kill)
            server.until_ready()
            headers = {"Authorization": f"Bearer {key}"}
            callers.append(ending.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=60)))
        callers[0].put("/v1/enterprises/f", json={"name": "精工"}).raise_for_status()
        for n in range(writes):
            title = f"{_PARTS[n % len(_PARTS)]}五轴铣削{n}号"
            body = {"enterprise_id": "f", "kind": "capability", "title": title}
            written = callers[n % processes].put(f"/v1/postings/p{n}", json=body)
            began = time.perf_counter()
            ask = {"text": title, "kind": "need", "min_seq": written.raise_for_status().json()["seq"]}
            for other in callers[: n % processes] + callers[n % processes + 1 :]:
                found = _until_found(other, ask, f"p{n}", began)
                took.append(found - began)
    return took


def _until_found(caller: httpx.Client, ask: dict[str, object], wanted: str, began: float) -> float:
    while (answer := caller.post("/v1/match", json=ask)).status_code == 503:
        if time.perf_counter() - began > _PATIENCE:
            raise SystemExit(f"{_PATIENCE} 秒后仍匹配不到：{answer.text}")
    if wanted not in [one["posting"]["id"] for one in answer.raise_for_status().json()["matches"]]:
        raise SystemExit(f"跟上了却匹配不到 {wanted}")
    return time.perf_counter()


def main() -> None:
    """Write the figures."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--writes", type=int, default=200)
    arguments.add_argument("--processes", type=int, default=3)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="rongtong-follow-", ignore_cleanup_errors=True) as folder:
        took = measure(Path(folder), chosen.writes, chosen.processes)
    p50, p95, p99, most = np.percentile(took, [50, 95, 99, 100])
    print(
        f"{chosen.processes} 个进程，{chosen.writes} 次写入，{len(took)} 次在别处匹配到（含匹配本身）："
        f"p50 {p50:.3f} 秒，p95 {p95:.3f}，p99 {p99:.3f}，最长 {most:.3f}；超过 1 秒 {sum(t > 1 for t in took)} 次"
    )


if __name__ == "__main__":
    main()
