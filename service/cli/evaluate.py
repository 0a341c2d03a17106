"""rongtong evaluate"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from matcher import evaluate as quality
from matcher.rank import LinearRanker, load_ranker, prior
from matcher.taxonomy import kind_of
from service.cli.console import bar, emit, out, reporting, state
from service.cli.match import AsJson
from service.config import prepare_data_dir
from service.runtime import open_encoder

_ALONE = {"bm25": "word", "encoder": "dense"}
_NAMES = {"rongtong": "融通", "bm25": "仅 BM25", "encoder": "仅编码器"}


def evaluate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="评测集：queries.jsonl、docs.jsonl、qrels.tsv")],
    doc_kind: Annotated[str, typer.Option(help="文档的类型")] = "capability",
    query_kind: Annotated[str, typer.Option(help="查询的类型")] = "need",
    ranker: Annotated[Path | None, typer.Option(help="排序模型 JSON，默认用随附的先验")] = None,
    judged: Annotated[bool, typer.Option("--judged", help="只排每个查询有标注的文档")] = False,
    run: Annotated[Path | None, typer.Option(help="把排序写成 TREC 文件")] = None,
    as_json: AsJson = False,
) -> None:
    """在评测集上衡量匹配质量，与仅 BM25、仅编码器对照。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        prepare_data_dir(settings)
        encoder = open_encoder(settings)
        main = load_ranker(ranker) if ranker else prior()
        rankers = {"rongtong": main} | {name: _alone(name, feature) for name, feature in _ALONE.items()}
        found = quality.load_set(folder)
        with bar("编码文档") as progress:
            index = quality.build(found, encoder, kind_of(doc_kind), progress)
        queries = quality.queries_of(found, kind_of(query_kind))
        vectors = quality.encoded(queries, encoder)
        pools = found.grades if judged else None
        runs = {name: quality.run_set(index, queries, vectors, each, pools=pools) for name, each in rankers.items()}
        if run is not None:
            quality.write_run(runs["rongtong"], run)
        scores = {name: quality.score(found.grades, ranked) for name, ranked in runs.items()}
    if as_json:
        emit(_json(scores))
    else:
        _show(scores)


def _alone(name: str, feature: str) -> LinearRanker:
    return LinearRanker(name=name, base=0.0, weights={feature: 1.0}, calibrated=False)


def _json(scores: dict[str, dict[str, quality.Metric]]) -> dict[str, Any]:
    plain = {name: {metric: asdict(value) for metric, value in found.items()} for name, found in scores.items()}
    return {**plain.pop("rongtong"), "baselines": plain}


def _show(scores: dict[str, dict[str, quality.Metric]]) -> None:
    metrics = list(scores["rongtong"])
    table = Table("方法", *metrics)
    for name, found in scores.items():
        cells = (f"{found[m].mean:.3f} [{found[m].lo:.3f}, {found[m].hi:.3f}]" for m in metrics)
        table.add_row(_NAMES[name], *cells)
    out.print(table)
