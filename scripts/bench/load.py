"""A real service under load: sustained matches a second, latency at half and at full rate, memory, and three times too much.

usage: python -m scripts.bench.load DIRECTORY… [--postings 100000] [--folder FOLDER] [--seconds 600] [--json]

Each DIRECTORY holds docs.jsonl and queries.jsonl (id, text, detail). The docs, copied under new firms until there are
enough, are what can be found; the queries are asked over HTTP, a tenth of the requests write a posting. The folder
keeps the instance for the next run. Latency counts from the moment a request was due, not from when it could be sent.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from matcher.domain import Enterprise, Posting, PostingKind
from scripts.bench.load_client import Client, Phase, Served, closed, opened, told
from service.auth import Role, Scope, local_admin
from service.config import load_settings
from service.runtime import open_local

TENANT = "load"
BATCH = 1000
STEPS = (0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
WARM_SECONDS, PEAK_SECONDS, STEP_SECONDS = 15, 40, 30
OVERLOAD_SECONDS, RECOVERY_SECONDS = 60, 30
WORST_SECONDS = 1.0
TOO_MUCH = 3


def texts(folders: list[Path], name: str) -> list[tuple[str, str]]:
    """Return (text, detail) of every line of the files of a name."""
    rows = [json.loads(line) for folder in folders for line in (folder / name).open(encoding="utf-8")]
    return [(row["text"], row.get("detail") or "") for row in rows]


def title_and_detail(text: str, detail: str) -> tuple[str, str]:
    """Return a posting's title, which is bounded, and the rest as its detail."""
    return text[:200], (text if len(text) > 200 else "") + detail[:5000]


def copies(docs: list[tuple[str, str]], count: int) -> Iterator[tuple[Enterprise, Posting]]:
    """Yield `count` firms with a capability each; the texts begin anew when they are used up."""
    for n, (text, detail) in enumerate(islice(cycle(docs), count)):
        title, rest = title_and_detail(text, detail)
        posting = Posting(
            id=f"p{n}", enterprise_id=f"e{n}", kind=PostingKind.CAPABILITY, title=title, detail=rest or None
        )
        yield Enterprise(id=f"e{n}", name=f"企业{n}"), posting


def build(folder: Path, docs: list[tuple[str, str]], count: int) -> tuple[str, float]:
    """Return a key to an instance of `count` postings, and the seconds it took to fill what was missing."""
    parts = open_local(load_settings(data_dir=folder, tenant=TENANT))
    who, started = local_admin(TENANT), perf_counter()
    if parts.store.records.counts(who)["postings"] < count:
        source = copies(docs, count)
        while batch := list(islice(source, BATCH)):
            parts.store.records.put_enterprises(who, [firm for firm, _ in batch])
            parts.store.records.put_postings(who, [posting for _, posting in batch])
    parts.engine.catch_up(lambda done, whole: print(f"\r{done}/{whole}", end="", file=sys.stderr))
    _, key = parts.store.identity.create_key(who, "load", scopes=[Scope.WRITE], roles=[Role.ADMIN])
    parts.close()
    return key, perf_counter() - started


async def measure(served: Served, client: Client, seconds: float) -> dict[str, Any]:
    """Return every phase of the load."""
    await closed(client, at_once=2, seconds=WARM_SECONDS)
    before = await client.metrics()
    alone = await closed(client, at_once=1, seconds=WARM_SECONDS, writes=False)
    stages = stage_times(before, await client.metrics())
    peak = await closed(client, at_once=8, seconds=PEAK_SECONDS)
    rate = peak.rate
    for step in STEPS:
        tried = await opened(client, peak.rate * step, STEP_SECONDS)
        rate = peak.rate * step
        if not tried.refused and not tried.errors and tried.percentile(99) < WORST_SECONDS:
            break
    half = await opened(client, rate / 2, max(30.0, seconds / 5))
    before = await client.metrics()
    cpu, started = process_time(), perf_counter()
    memory = asyncio.create_task(served.watched(seconds))
    full = await opened(client, rate, seconds)
    share = (process_time() - cpu) / (perf_counter() - started)
    loaded = stage_times(before, await client.metrics())
    overload = await opened(client, rate * TOO_MUCH, OVERLOAD_SECONDS)
    recovery = await opened(client, rate / 2, RECOVERY_SECONDS)
    return {
        "alone": alone, "peak": peak, "rate": rate, "half": half, "full": full, "overload": overload,
        "recovery": recovery, "recovered_s": recovered(recovery, half), "stages_alone": stages,
        "stages_full": loaded, "rss_mb": await memory, "client_cpu": share,
    }  # fmt: skip


def recovered(after: Phase, usual: Phase) -> float | None:
    """Return the seconds from the end of the overload until latency stays within twice the usual p95."""
    bound = 2 * usual.percentile(95)
    late = [due for due, took in after.matches if took > bound]
    if len(late) > len(after.matches) / 5:
        return None
    return round(max((due for due in late if due < RECOVERY_SECONDS / 2), default=0.0), 1)


def stage_times(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return milliseconds of a match by stage, `whole` and `rest` (HTTP, JSON) included, between two readings."""
    count = after["count"] - before.get("count", 0.0)
    found = {name: (value - before.get(name, 0.0)) / count * 1000 for name, value in after.items() if name != "count"}
    found["rest"] = found["whole"] - sum(value for name, value in found.items() if name != "whole")
    return {name: round(value, 3) for name, value in found.items()}


async def run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    docs, asked = texts(options.folders, "docs.jsonl"), texts(options.folders, "queries.jsonl")
    key, took = build(folder / "data", docs, options.postings)
    random.Random(0).shuffle(asked)
    async with Served(folder / "data") as served, Client(served.url, key, asked) as client:
        found = await measure(served, client, options.seconds)
    return {"postings": options.postings, "texts": len(docs), "queries": len(asked), "build_s": round(took, 1)} | found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--postings", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(run(options.folder or Path(name), options))
    sys.stdout.write(told(found, as_json=options.json) + "\n")


if __name__ == "__main__":
    main()
