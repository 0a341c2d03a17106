"""rongtong train"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from matcher.encoder import Encoder
from matcher.errors import MatcherError
from matcher.evaluate import Metric
from matcher.learn import (
    AGREED,
    FOLDS,
    Examples,
    calibration_lacks,
    fit,
    fitted_on,
    question_digest,
    ranker_text,
    renamed,
)
from matcher.learn_judged import LEAST_QUESTIONS, Lists, Quality, Rival, Trial, rival, trial
from matcher.learn_outcomes import outcome_examples, outcome_lists
from matcher.rank import LinearRanker, prior
from service.auth import local_admin
from service.cli.console import FAILED, emit, fail, out, reporting, state
from service.cli.evaluate import METRICS, interval_text, open_set
from service.cli.match import AsJson
from service.config import Settings, prepare_data_dir
from service.runtime import open_encoder, open_ranker, open_store, ranker_file

app = typer.Typer(no_args_is_help=True, help="训练")

_FILE_MODE = 0o600
_SHOWN = ("judged_ndcg10", "ndcg10")
_UNUSABLE = {"ranker_encoder": "是按另一编码器训练的", "bad_ranker": "的文件无法使用"}


@dataclass(frozen=True, slots=True)
class Installed:
    """The ranker installed now; None with a note in Chinese where there is one that cannot be compared with."""

    ranker: LinearRanker | None
    fitted_on: frozenset[str] = frozenset()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """A ranker, the trial it went through, what it was fitted on and why it is not called calibrated.

    `digests` are of its questions, by question; `rival` is the ranker installed until now, where it can be compared.
    """

    ranker: LinearRanker
    trial: Trial
    examples: Examples
    source: str
    lacks: tuple[str, ...]
    digests: Mapping[str, str]
    installed: Installed
    rival: Rival | None

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

    def objection(self) -> str | None:
        """Return in Chinese why the ranker should not be installed: worse than the installed, or better than none."""
        same = self.installed.ranker is not None and self.installed.ranker.name == self.ranker.name
        if self.rival and self.rival.superior and not same:
            return "比已装入的差"
        if same or self.trial.better or (self.rival and self.rival.beaten):
            return None
        return f"不能断定比{'已装入的或' if self.rival and self.rival.told else ''}未训练的更好"


@app.callback()
def train() -> None:
    """从结果或标注中训练。"""


@app.command("ranker")
def ranker(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--out", help="写出的排序模型 JSON")],
    judgements: Annotated[Path | None, typer.Option(help="标注目录：queries.jsonl、docs.jsonl、qrels.tsv")] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="用本实例记录的匹配结果")] = False,
    install: Annotated[bool, typer.Option("--install", help="确有提高、且不比已装入的差时装入本实例")] = False,
    force: Annotated[bool, typer.Option("--force", help="与 --install 同用：不论好坏都装入")] = False,
    doc_kind: Annotated[str, typer.Option(help="标注目录中文档的类型")] = "capability",
    query_kind: Annotated[str, typer.Option(help="标注目录中查询的类型")] = "need",
    as_json: AsJson = False,
) -> None:
    """训练排序模型，并按问题交叉验证，与未训练的、已装入的对照。"""
    if (judgements is None) != outcomes:
        raise typer.BadParameter("--judgements 与 --outcomes 须给出一个，且只能一个")
    if force and not install:
        raise typer.BadParameter("--force 须与 --install 同用")
    if not to.parent.is_dir():
        raise typer.BadParameter(f"--out 所在的目录 {to.parent} 不存在")
    with reporting(as_json=as_json):
        settings = state(context).settings()
        prepare_data_dir(settings)
        with closing(open_encoder(settings)) as encoder:
            now = _installed(settings, encoder)
            learned = (
                _from_outcomes(settings, encoder.fingerprint, now)
                if judgements is None
                else _from_judgements(encoder, judgements, now, doc_kind=doc_kind, query_kind=query_kind)
            )
            told = learned.card() | {"fitted_on": sorted(learned.digests.values())}
            text = ranker_text(learned.ranker, told, encoder=encoder.fingerprint)
        to.write_text(text, encoding="utf-8")
        objection = learned.objection()
        installed = install and (force or objection is None)
        if installed:
            _install(text, ranker_file(settings))
    refused = _refusal(learned, objection) if install and objection and not installed else None
    if as_json:
        emit(_report(learned, to, installed=installed) | ({"refused": refused} if refused else {}))
    else:
        _show(learned, to)
        if installed:
            out.print(f"已装入本实例{f'（{objection}，按 --force 装入）' if objection else ''}，服务重启后生效")
    if refused and not as_json:
        fail(MatcherError("not_better", refused), as_json=False)
    raise typer.Exit(FAILED if refused else 0)


def _installed(settings: Settings, encoder: Encoder) -> Installed:
    """Return the installed ranker; one that is damaged or of another encoder is to be replaced, not compared with."""
    try:
        ranker = open_ranker(settings, encoder.fingerprint)
    except MatcherError as error:
        if error.code not in _UNUSABLE:
            raise
        return Installed(None, note=f"已装入的模型{_UNUSABLE[error.code]}，只与未训练的对照")
    return Installed(ranker, fitted_on(ranker_file(settings))) if ranker else Installed(None)


def _from_outcomes(settings: Settings, encoder: str, now: Installed) -> Learned:
    """Return what the instance's own outcomes teach; calibrated if they are many and held-out scores hold."""
    store = open_store(settings)
    try:
        told = list(store.feedback.labels(local_admin(settings.tenant), encoder=encoder))
    finally:
        store.close()
    if not told:
        message = (
            f"租户 {settings.tenant} 还没有记录结果，无法训练：结果由 POST /v1/outcomes 记录；"
            "其他租户的结果用 rongtong --tenant 名称 train ranker …"
        )
        raise MatcherError("too_few_labels", message)
    examples, lists = outcome_examples(told), outcome_lists(told)
    tried = trial(lists, examples, prior())
    lacks = calibration_lacks(examples, len(lists.whole), tried.scores)
    made = renamed(replace(fit(examples, prior()), calibrated=not lacks))
    digests = {name: question_digest(settings.tenant, name) for name in examples.groups.tolist()}
    return Learned(made, tried, examples, "outcomes", lacks, digests, now, _rival(now, tried, lists, digests))


def _from_judgements(encoder: Encoder, folder: Path, now: Installed, *, doc_kind: str, query_kind: str) -> Learned:
    """Return what a judged directory teaches; never calibrated, as its pool is not what the deployment shows."""
    opened = open_set(folder, encoder, doc_kind=doc_kind, query_kind=query_kind)
    lists = Lists.collect(opened.index, opened.queries, opened.vectors, opened.judged.grades)
    examples = lists.examples(prior())
    tried = trial(lists, examples, prior())
    lacks, made = ("标注目录不是本实例的结果",), fit(examples, prior())
    asked = {name: opened.queries[name] for name in examples.groups.tolist()}
    digests = {name: question_digest(name, query.title, query.detail or "") for name, query in asked.items()}
    return Learned(made, tried, examples, "judgements", lacks, digests, now, _rival(now, tried, lists, digests))


def _rival(now: Installed, tried: Trial, lists: Lists, digests: Mapping[str, str]) -> Rival | None:
    if now.ranker is None:
        return None
    known = {name for name, digest in digests.items() if digest in now.fitted_on}
    return rival(tried, lists, now.ranker, fitted_on=known)


def _install(text: str, path: Path) -> None:
    """Put the file in its place whole or not at all, with the mode of the folder's other files."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(_FILE_MODE)
    fresh.replace(path)


def _refusal(learned: Learned, objection: str) -> str:
    tried = learned.trial
    new, old = (one.metrics()[tried.deciding].mean for one in (tried.after, tried.before))
    found = _against(tried.deciding, "未训练", old, new, tried.gain)
    if learned.rival and learned.rival.told:
        found = f"{_against_installed(learned)}；{found}"
    return f"未装入：{objection}。{found}。请积累更多标注后再训练，或加 --force 仍然装入"


def _against(metric: str, name: str, old: float, new: float, gain: Metric) -> str:
    return (
        f"{METRICS[metric]} 训练后 {new:.3f}，{name} {old:.3f}，"
        f"变化 {gain.mean:+.3f}，95% 区间 [{gain.lo:+.3f}, {gain.hi:+.3f}]（{gain.n} 个问题）"
    )


def _against_installed(learned: Learned) -> str | None:
    """Return in Chinese how the ranker compares with the one installed until now, or why nothing can be said."""
    found, now = learned.rival, learned.installed.ranker
    if found is None or now is None:
        return learned.installed.note
    if now.name == learned.ranker.name:
        return f"与已装入的 {now.name} 相同，排序不变"
    if not found.told:
        return f"已装入的 {now.name} 未见过的问题只有 {found.gain.n} 个（至少要 {LEAST_QUESTIONS} 个），不与它对照"
    return _against(learned.trial.deciding, f"已装入的 {now.name}", found.theirs, found.ours, found.gain)


def _report(learned: Learned, to: Path, *, installed: bool) -> dict[str, Any]:
    made, now, found = learned.ranker, learned.installed, learned.rival
    facts = {"name": made.name, "calibrated": made.calibrated, "threshold": made.threshold}
    before = {"name": now.ranker.name, **asdict(found)} if now.ranker and found else None
    compared = {"installed": installed, "installed_before": before, "note": _against_installed(learned)}
    return {"file": str(to), **facts, **compared, **learned.card()}


def _figures(quality: Quality) -> dict[str, Any]:
    metrics = {name: asdict(value) for name, value in quality.metrics().items() if name in _SHOWN}
    return {**metrics, "ece": asdict(quality.error), "reliability": [asdict(point) for point in quality.curve]}


def _show(learned: Learned, to: Path) -> None:
    names = [name for name in _SHOWN if name in learned.trial.after.values]
    table = Table("排序模型", *(METRICS[name] for name in names), "校准误差")
    for label, quality in (("未训练", learned.trial.before), ("训练后（交叉验证）", learned.trial.after)):
        metrics: Mapping[str, Metric] = quality.metrics()
        table.add_row(label, *(interval_text(metrics[name]) for name in names), interval_text(quality.error))
    out.print(table)
    count = len(learned.examples.relevant)
    out.print(
        f"用 {count} 条标注（相关 {int(learned.examples.relevant.sum())} 条）训练，已写入 {to}：{learned.ranker.name}"
    )
    if learned.lacks:
        out.print(f"未标为已校准：{'；'.join(learned.lacks)}")
    if compared := _against_installed(learned):
        out.print(compared)
