"""Match quality on judged sets: BM25, the encoder and RRF alone, ours untrained and trained on the other folds.

usage: python scripts/bench/quality.py DIR… [--ablate] [--json OUT]

The baselines read a query as it stands. Every set is indexed once and its features are computed once.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from rich.console import Console
from rich.table import Table

from matcher import evaluate
from matcher.domain import PostingKind, Query
from matcher.encoder import Encoder
from matcher.evaluate import Found, Metric, interval
from matcher.learn_figures import difference
from matcher.learn_judged import Lists, Trial, trial
from matcher.rank import LinearRanker, prior
from matcher.reading import Reading, read_query
from service.config import load_settings, prepare_data_dir
from service.runtime import open_encoder

Values: TypeAlias = Mapping[str, Mapping[str, float]]

RRF = 60
PARTS = ("title", "detail", "word", "pair", "item", "industry")
METRICS = ("judged_ndcg10", "ndcg10", "r10", "r100", "acc1")
LABELS = {
    "bm25": "仅 BM25",
    "encoder": "仅编码器",
    "rrf": "RRF（k = 60）",
    "untrained": "融通，未训练",
    "trained": "融通，训练（5 折）",
}


@dataclass(frozen=True, slots=True)
class Readings:
    """What is found for the queries as understood, with title and detail as they stand, and as one text."""

    understood: Lists
    raw: Lists
    plain: Lists


def read_raw(query: Query) -> Reading:
    """Return a query's title and detail as they stand."""
    return Reading(title=query.title, detail=query.detail)


def read_plain(query: Query) -> Reading:
    """Return a query as one text."""
    return Reading(title="\n".join(filter(None, (query.title, query.detail))), detail=None)


def searched(folder: Path, encoder: Encoder) -> Readings:
    """Return all lists of a set."""
    judged = evaluate.load_set(folder)
    index = evaluate.build(judged, encoder, PostingKind.CAPABILITY, lambda done, total: None)
    queries = evaluate.queries_of(judged, PostingKind.NEED)

    def lists(read: Callable[[Query], Reading]) -> Lists:
        vectors = evaluate.encoded(queries, encoder, read=read)
        return Lists.collect(index, queries, vectors, judged.grades, read=read)

    raw = lists(read_raw)
    same = all(query.detail is None for query in queries.values())
    return Readings(lists(read_query), raw, raw if same else lists(read_plain))


def fused(found: Found) -> Found:
    """Return a list whose only feature is the reciprocal rank fusion of words and meaning."""
    total = np.zeros(len(found.docs), dtype=np.float32)
    for name in ("word", "title") if len(found.docs) else ():
        order = np.lexsort((found.docs, -found.features[name]))
        total[order] += 1.0 / (RRF + 1 + np.arange(len(order), dtype=np.float32))
    return replace(found, features={"title": total})


def by_one(lists: Lists, feature: str) -> Values:
    """Return the metrics of ranking by one feature."""
    return ranked_by(lists, LinearRanker(feature, 0.0, {feature: 1.0}, calibrated=False))


def ranked_by(lists: Lists, ranker: LinearRanker) -> Values:
    """Return the metrics of one ranker for all queries."""
    return lists.values(dict.fromkeys(lists.whole, ranker))


def compared(readings: Readings, tried: Trial) -> dict[str, Values]:
    """Return the metrics by query of every method."""
    plain = readings.plain
    both = Lists(
        plain.grades,
        {name: fused(found) for name, found in plain.whole.items()},
        {name: fused(found) for name, found in plain.judged.items()},
    )
    return {
        "bm25": by_one(plain, "word"),
        "encoder": by_one(plain, "title"),
        "rrf": by_one(both, "title"),
        "untrained": tried.before.values,
        "trained": tried.after.values,
    }


def ablated(readings: Readings, deciding: str) -> dict[str, Metric]:
    """Return what the deciding metric loses (below 0) without each part of the untrained ranker."""
    start = prior()
    whole = ranked_by(readings.understood, start)[deciding]
    rankers = {name: replace(start, weights={**start.weights, name: 0.0}) for name in PARTS}
    found = {name: ranked_by(readings.understood, ranker)[deciding] for name, ranker in rankers.items()}
    found["understanding"] = ranked_by(readings.raw, start)[deciding]
    return {name: difference(whole, values) for name, values in found.items()}


def measured(folder: Path, encoder: Encoder, *, ablate: bool) -> dict[str, Any]:
    """Return every figure of a set."""
    readings = searched(folder, encoder)
    lists, start = readings.understood, prior()
    tried = trial(lists, lists.examples(start), start)
    methods = compared(readings, tried)
    shown = {
        name: {metric: interval(list(values[metric].values())) for metric in METRICS if metric in values}
        for name, values in methods.items()
    }
    return {
        "methods": shown,
        "deciding": tried.deciding,
        "gain_of_training": tried.gain,
        "ece": {"untrained": tried.before.error, "trained": tried.after.error},
        "ablation": ablated(readings, tried.deciding) if ablate else {},
    }


def show(name: str, found: Mapping[str, Any], console: Console) -> None:
    """Draw the tables of a set."""
    metrics = list(found["methods"]["untrained"])
    table = Table("方法", *metrics, title=name)
    for method, values in found["methods"].items():
        table.add_row(LABELS[method], *(text(values[metric]) for metric in metrics))
    console.print(table)
    console.print(f"训练的增益（{found['deciding']}）{text(found['gain_of_training'])}")
    console.print("校准误差 " + "，".join(f"{LABELS[key]} {text(value)}" for key, value in found["ece"].items()))
    if found["ablation"]:
        parts = Table("去掉", f"{found['deciding']} 的变化", title=f"{name} 消融")
        for part, change in found["ablation"].items():
            parts.add_row(part, text(change))
        console.print(parts)


def text(value: Metric) -> str:
    """Return a mean with its interval."""
    return f"{value.mean:.3f} [{value.lo:.3f}, {value.hi:.3f}]"


def plain(value: Any) -> Any:
    """Return figures as JSON has them."""
    if isinstance(value, Metric):
        return asdict(value)
    return {key: plain(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    settings = load_settings()
    prepare_data_dir(settings)
    encoder = open_encoder(settings)
    results: dict[str, Any] = {}
    for folder in options.sets:
        results[folder.name] = measured(folder, encoder, ablate=options.ablate)
        show(folder.name, results[folder.name], Console(width=160))
        if options.json:
            options.json.write_text(json.dumps(plain(results), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    encoder.close()


if __name__ == "__main__":
    main()
