"""Import rate against the encoder's own, match latency by stage, memory: on any two files of real rows.

usage: python scripts/bench/matching.py OFFERS.jsonl NEEDS.jsonl [--rows N] [--queries N] [--json]
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from matcher.domain import PostingKind, Query
from matcher.eligibility import eligible
from matcher.encoder import TextSide
from matcher.index.postings import PostingIndex, text_side
from matcher.matchmaker import Matchmaker
from matcher.rank import prior, ranked
from matcher.reading import read_posting
from matcher.retrieve import query_vectors, retrieve
from matcher.shortlist import shortlist
from service.auth import SYSTEM, local_admin
from service.config import load_settings
from service.deps import Parts
from service.engine import StoreRecords
from service.runtime import open_local
from service.usecases.import_indexed import import_and_index
from service.usecases.imports import ImportOptions

TENANT = "bench"


def shortened(path: Path, rows: int | None, folder: Path) -> Path:
    """Return the file itself, or a copy of its first rows."""
    if rows is None:
        return path
    copy = folder / path.name
    with path.open(encoding="utf-8") as source, copy.open("w", encoding="utf-8") as target:
        target.writelines(line for _, line in zip(range(rows), source, strict=False))
    return copy


def measure_import(parts: Parts, files: dict[PostingKind, Path]) -> dict[str, float]:
    """Return seconds of importing until all can be matched, of encoding alone, and the ratio of the rates."""
    who = local_admin(TENANT)
    started = perf_counter()
    for kind, path in files.items():
        options = ImportOptions(as_of=date.today(), kind=kind)
        import_and_index(parts.store, parts.engine, who, [path], options)
    whole = perf_counter() - started
    encoder = parts.engine._index.encoder
    texts = collected(parts)
    raw = getattr(encoder, "_encoder", encoder)
    started = perf_counter()
    for side, found in texts.items():
        for at in range(0, len(found), 1024):
            raw.encode(found[at : at + 1024], side)
    alone = perf_counter() - started
    total = sum(map(len, texts.values()))
    return {
        "texts": total,
        "import_s": whole,
        "encode_alone_s": alone,
        "import_texts_per_s": total / whole,
        "encoder_texts_per_s": total / alone,
        "ratio": alone / whole,
    }


def collected(parts: Parts) -> dict[TextSide, list[str]]:
    """Return every text the index encoded, by side."""
    texts: dict[TextSide, list[str]] = {side: [] for side in TextSide}
    after = 0
    while changes := parts.store.follow.changes(SYSTEM, after, 1000):
        after = changes[-1].seq
        for change in changes:
            if change.posting is not None:
                texts[text_side(change.posting.kind)] += read_posting(change.posting).fields().values()
    return texts


def queries(parts: Parts, count: int) -> list[Query]:
    """Return needs of the store as queries, as a match by posting id builds them."""
    page = parts.store.records.list_postings(local_admin(TENANT), kind=PostingKind.NEED, limit=min(1000, count))
    return [
        Query(tenant=TENANT, kind=p.kind, title=p.title, detail=p.detail, posting_id=p.id, as_of=date.today())
        for p in page.items
    ]


def timed(stages: dict[str, list[float]], name: str, action: Callable[[], Any]) -> Any:
    """Return the action's value, its milliseconds noted under `name`."""
    started = perf_counter()
    value = action()
    stages.setdefault(name, []).append((perf_counter() - started) * 1000)
    return value


def measure_match(parts: Parts, asked: list[Query]) -> dict[str, Any]:
    """Return p50 and p99 of a match and each stage's share of the time."""
    index: PostingIndex = parts.engine._index
    raw = getattr(index.encoder, "_encoder", index.encoder)
    matchmaker = Matchmaker(index, StoreRecords(parts.store), asking=raw)
    stages: dict[str, list[float]] = {}
    for query in asked[:5]:
        matchmaker.match(query)
    for query in asked:
        vectors = timed(stages, "encode", partial(query_vectors, raw, query))
        allowed = timed(stages, "mask", partial(eligible, index, query))
        timed(stages, "retrieve", partial(retrieve, index, query, vectors, allowed))
        ranking = timed(stages, "mask+retrieve+rank", partial(ranked, index, query, vectors, prior()))
        shown = shortlist(index, query, ranking, prior())
        timed(stages, "read+explain", partial(matchmaker._explained, query, shown.ranking))
        timed(stages, "whole", partial(matchmaker.match, query))
    whole = stages.pop("whole")
    parts_ms = {name: statistics.fmean(values) for name, values in stages.items()}
    rank = max(0.0, parts_ms.pop("mask+retrieve+rank") - parts_ms["mask"] - parts_ms["retrieve"])
    total = sum(parts_ms.values()) + rank
    shares = {name: value / total for name, value in (parts_ms | {"rank": rank}).items()}
    p50, p99 = np.percentile(whole, [50, 99])
    return {"postings": len(index.corpus), "queries": len(asked), "p50_ms": p50, "p99_ms": p99, "shares": shares}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("offers", type=Path)
    parser.add_argument("needs", type=Path)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = open_local(load_settings(data_dir=folder / "data", tenant=TENANT))
        files = {
            PostingKind.CAPABILITY: shortened(options.offers, options.rows, folder),
            PostingKind.NEED: shortened(options.needs, options.rows, folder),
        }
        found: dict[str, Any] = {"import": measure_import(parts, files)}
        found["match"] = measure_match(parts, queries(parts, options.queries))
        started = perf_counter()
        parts.close()
        found["save_s"] = perf_counter() - started
        found["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
