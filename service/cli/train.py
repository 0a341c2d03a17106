"""rongtong train"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from matcher.errors import MatcherError
from matcher.learn import AGREED, FOLDS, Examples, calibration_lacks, fit, ranker_text, renamed
from matcher.learn_judged import Lists, Quality, Trial, trial
from matcher.learn_outcomes import outcome_examples, outcome_lists
from matcher.rank import LinearRanker, prior
from service.auth import local_admin
from service.cli.console import FAILED, emit, fail, out, reporting, state
from service.cli.evaluate import interval_text, open_set
from service.cli.match import AsJson
from service.config import Settings, prepare_data_dir
from service.runtime import open_encoder, open_store, ranker_file

app = typer.Typer(no_args_is_help=True, help="训练")

_FILE_MODE = 0o600
_SHOWN = ("judged_ndcg10", "ndcg10")


@dataclass(frozen=True, slots=True)
class Learned:
    """A ranker, the trial it went through, what it was fitted on and why it is not called calibrated."""

    ranker: LinearRanker
    trial: Trial
    examples: Examples
    source: str
    lacks: tuple[str, ...]

    def card(self) -> dict[str, Any]:
        """Return on what, how and how well the ranker was trained."""
        return {
            "source": self.source,
            "start": prior().name,
            "examples": len(self.examples.relevant),
            "positives": int(self.examples.relevant.sum()),
            "questions": len(set(self.examples.groups.tolist())),
            "agreed": AGREED,
            "folds": FOLDS,
            "deciding": self.trial.deciding,
            "gain": asdict(self.trial.gain),
            "better": self.trial.better,
            "untrained": _figures(self.trial.before),
            "trained": _figures(self.trial.after),
            "not_calibrated_because": list(self.lacks),
        }


@app.callback()
def train() -> None:
    """从结果或标注中训练。"""


@app.command("ranker")
def ranker(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--out", help="写出的排序模型 JSON")],
    judgements: Annotated[Path | None, typer.Option(help="标注目录：queries.jsonl、docs.jsonl、qrels.tsv")] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="用本实例记录的匹配结果")] = False,
    install: Annotated[bool, typer.Option("--install", help="确有提高时装入本实例")] = False,
    doc_kind: Annotated[str, typer.Option(help="标注目录中文档的类型")] = "capability",
    query_kind: Annotated[str, typer.Option(help="标注目录中查询的类型")] = "need",
    as_json: AsJson = False,
) -> None:
    """训练排序模型，并按问题交叉验证，与未训练的对照。"""
    if (judgements is None) != outcomes:
        raise typer.BadParameter("--judgements 与 --outcomes 须给出一个，且只能一个")
    with reporting(as_json=as_json):
        settings = state(context).settings()
        prepare_data_dir(settings)
        learned = (
            _from_outcomes(settings)
            if judgements is None
            else _from_judgements(settings, judgements, doc_kind=doc_kind, query_kind=query_kind)
        )
        text = ranker_text(learned.ranker, learned.card())
        to.write_text(text, encoding="utf-8")
        installed = install and learned.trial.better
        if installed:
            _install(text, ranker_file(settings))
    refused = _refusal(learned.trial) if install and not installed else None
    if as_json:
        emit(_report(learned, to, installed=installed) | ({"refused": refused} if refused else {}))
    else:
        _show(learned, to, installed=installed)
    if refused and not as_json:
        fail(MatcherError("not_better", refused), as_json=False)
    raise typer.Exit(FAILED if refused else 0)


def _from_outcomes(settings: Settings) -> Learned:
    """Return what the instance's own outcomes teach; calibrated if they are many and held-out scores hold."""
    store = open_store(settings)
    try:
        told = list(store.feedback.labels(local_admin(settings.tenant)))
    finally:
        store.close()
    examples, lists = outcome_examples(told), outcome_lists(told)
    tried = trial(lists, examples, prior())
    lacks = calibration_lacks(examples, len(lists.whole), tried.scores)
    return Learned(renamed(replace(fit(examples, prior()), calibrated=not lacks)), tried, examples, "outcomes", lacks)


def _from_judgements(settings: Settings, folder: Path, *, doc_kind: str, query_kind: str) -> Learned:
    """Return what a judged directory teaches; never calibrated, as its pool is not what the deployment shows."""
    opened = open_set(folder, open_encoder(settings), doc_kind=doc_kind, query_kind=query_kind)
    lists = Lists.collect(opened.index, opened.queries, opened.vectors, opened.judged.grades)
    examples = lists.examples(prior())
    lacks = ("标注目录不是本实例的结果",)
    return Learned(fit(examples, prior()), trial(lists, examples, prior()), examples, "judgements", lacks)


def _install(text: str, path: Path) -> None:
    """Put the file in its place whole or not at all, with the mode of the folder's other files."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(_FILE_MODE)
    fresh.replace(path)


def _refusal(tried: Trial) -> str:
    gain = tried.gain
    return (
        f"未装入：训练后 {tried.deciding} 的变化为 {gain.mean:+.3f}，95% 区间 [{gain.lo:+.3f}, {gain.hi:+.3f}]"
        f"（{gain.n} 个查询），不能断定比未训练的更好；请积累更多标注后再训练"
    )


def _report(learned: Learned, to: Path, *, installed: bool) -> dict[str, Any]:
    made = learned.ranker
    facts = {"name": made.name, "calibrated": made.calibrated, "threshold": made.threshold}
    return {"file": str(to), **facts, "installed": installed, **learned.card()}


def _figures(quality: Quality) -> dict[str, Any]:
    metrics = {name: asdict(value) for name, value in quality.metrics().items() if name in _SHOWN}
    return {**metrics, "ece": asdict(quality.error), "reliability": [asdict(point) for point in quality.curve]}


def _show(learned: Learned, to: Path, *, installed: bool) -> None:
    names = [name for name in _SHOWN if name in learned.trial.after.values]
    table = Table("排序模型", *names, "校准误差")
    for label, quality in (("未训练", learned.trial.before), ("训练后（交叉验证）", learned.trial.after)):
        metrics: Mapping[str, Any] = quality.metrics()
        table.add_row(label, *(interval_text(metrics[name]) for name in names), interval_text(quality.error))
    out.print(table)
    count = len(learned.examples.relevant)
    out.print(
        f"用 {count} 条标注（相关 {int(learned.examples.relevant.sum())} 条）训练，已写入 {to}：{learned.ranker.name}"
    )
    if learned.lacks:
        out.print(f"未标为已校准：{'；'.join(learned.lacks)}")
    if installed:
        out.print("已装入本实例，服务重启后生效")
