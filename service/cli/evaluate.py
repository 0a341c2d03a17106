"""rongtong evaluate"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.table import Table

from matcher import evaluate as quality
from matcher.domain import Query
from matcher.encoder import Encoder
from matcher.index.base import FloatMatrix
from matcher.index.postings import PostingIndex
from matcher.learn import FOLDS
from matcher.learn_judged import Lists, trial
from matcher.rank import LinearRanker, load_ranker, prior
from matcher.taxonomy import kind_of
from service.cli.console import bar, emit, out, reporting, state
from service.cli.match import AsJson
from service.config import prepare_data_dir
from service.runtime import open_encoder

Scores: TypeAlias = Mapping[str, Mapping[str, quality.Metric]]

_ALONE: Mapping[str, Mapping[str, float]] = {"bm25": {"word": 1.0}, "encoder": {"title": 1.0, "detail": 1.0}}
METRICS = {
    "judged_ndcg10": "nDCG@10（已标注）",
    "ndcg10": "nDCG@10",
    "r10": "R@10",
    "r100": "R@100",
    "mrr": "MRR",
    "acc1": "首位命中",
}
_NAMES = {"rongtong": "融通", "trained": "训练后", "bm25": "仅 BM25", "encoder": "仅编码器"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A judged set with its docs indexed and its queries encoded."""

    judged: quality.JudgedSet
    index: PostingIndex
    queries: Mapping[str, Query]
    vectors: Mapping[str, FloatMatrix]


def open_set(folder: Path, encoder: Encoder, *, doc_kind: str, query_kind: str) -> Opened:
    """Return the judged set in `folder`, ready to be searched.

    :raises MatcherError: `bad_set`, `unknown_kind`.
    """
    judged = quality.load_set(folder)
    with bar("编码文档") as progress:
        index = quality.build(judged, encoder, kind_of(doc_kind), progress)
    queries = quality.queries_of(judged, kind_of(query_kind))
    return Opened(judged, index, queries, quality.encoded(queries, encoder))


def evaluate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="评测集：queries.jsonl、docs.jsonl、qrels.tsv")],
    doc_kind: Annotated[str, typer.Option(help="文档的类型")] = "capability",
    query_kind: Annotated[str, typer.Option(help="查询的类型")] = "need",
    ranker: Annotated[Path | None, typer.Option(help="排序模型 JSON，默认用随附的先验")] = None,
    judged: Annotated[bool, typer.Option("--judged", help="只排每个查询有标注的文档")] = False,
    run: Annotated[Path | None, typer.Option(help="把排序写成 TREC 文件")] = None,
    folds: Annotated[int, typer.Option(help=f"再按查询分几折交叉训练，如 {FOLDS}；0 为不训练", min=0, max=100)] = 0,
    as_json: AsJson = False,
) -> None:
    """在评测集上衡量匹配质量，与仅 BM25、仅编码器对照。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        prepare_data_dir(settings)
        encoder = open_encoder(settings)
        main = load_ranker(ranker, encoder=encoder.fingerprint) if ranker else prior()
        opened = open_set(folder, encoder, doc_kind=doc_kind, query_kind=query_kind)
        grades = opened.judged.grades
        found = quality.collect(opened.index, opened.queries, opened.vectors, pools=grades if judged else None)
        alone = {name: LinearRanker(name, 0.0, weights, calibrated=False) for name, weights in _ALONE.items()}
        runs = {name: quality.run_set(found, each) for name, each in {"rongtong": main, **alone}.items()}
        if run is not None:
            quality.write_run(runs["rongtong"], run)
        scores: dict[str, Mapping[str, quality.Metric]] = {
            name: quality.score(grades, ranked) for name, ranked in runs.items()
        }
        if folds:
            scores["trained"] = _trained(opened, main, max(2, folds))
    if as_json:
        emit(_json(scores))
    else:
        _show(scores)


def _trained(opened: Opened, start: LinearRanker, folds: int) -> Mapping[str, quality.Metric]:
    """Return how rankers fitted on the other folds do on every query."""
    lists = Lists.collect(opened.index, opened.queries, opened.vectors, opened.judged.grades)
    return trial(lists, lists.examples(start), start, folds=folds).after.metrics()


def _json(scores: Scores) -> dict[str, Any]:
    plain = {name: {metric: asdict(value) for metric, value in found.items()} for name, found in scores.items()}
    trained = {"trained": plain.pop("trained")} if "trained" in plain else {}
    return {**plain.pop("rongtong"), **trained, "baselines": plain}


def _show(scores: Scores) -> None:
    ours = scores["rongtong"]
    table = Table("指标", *(_NAMES[name] for name in scores))
    for metric, label in METRICS.items():
        if metric in ours:
            table.add_row(label, *(interval_text(found[metric]) for found in scores.values()))
    out.print(table)
    out.print(f"{ours['ndcg10'].n} 个查询；括号内为按查询自助的 95% 区间")


def interval_text(value: quality.Metric) -> str:
    """Return a mean with its interval, as tables show it."""
    return f"{value.mean:.3f} [{value.lo:.3f},{value.hi:.3f}]"
