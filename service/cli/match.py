"""rongtong match, rongtong reindex"""

from time import perf_counter
from typing import Annotated

import typer
from rich.table import Table

from matcher.domain import Filters, Match, MatchResult
from matcher.rank import level
from matcher.taxonomy import kind_of, kinds
from service.api.match import to_json
from service.auth import local_admin
from service.cli.console import bar, emit, out, outcome, running
from service.usecases.match import Ask
from service.usecases.match import match as find

# The other features are the same for every candidate, or are told as conditions.
_TOLD = ("title", "detail", "word", "pair", "item")

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def match(
    context: typer.Context,
    posting: Annotated[str | None, typer.Option(help="条目编号")] = None,
    text: Annotated[str | None, typer.Option(help="要匹配的文字")] = None,
    kind: Annotated[str | None, typer.Option(help="文字自身的类型，如 need 或 需求")] = None,
    k: Annotated[int, typer.Option("-k", "--k", help="返回条数，1 到 1000")] = 10,
    region: Annotated[list[str] | None, typer.Option(help="只看地区，可多次给出")] = None,
    industry: Annotated[list[str] | None, typer.Option(help="只看行业，可多次给出")] = None,
    as_json: AsJson = False,
) -> None:
    """按条目或文字匹配，给出排序与理由。"""
    with running(context, as_json=as_json) as parts:
        started = perf_counter()
        ask = Ask(
            today=parts.today(),
            posting_id=posting,
            text=text,
            kind=kind_of(kind) if kind else None,
            k=k,
            filters=Filters(region=tuple(region or ()), industry=tuple(industry or ())),
        )
        answer = find(parts, local_admin(parts.settings.tenant), ask)
        took = (perf_counter() - started) * 1000
    if as_json:
        emit(to_json(answer, took_ms=took).model_dump(mode="json", by_alias=True))
    else:
        _show(answer.result)


def reindex(context: typer.Context, as_json: AsJson = False) -> None:
    """从数据库重建索引；未变的文字不重新编码。"""
    with running(context, as_json=as_json) as parts:
        with bar("重建索引") as progress:
            parts.engine.rebuild(progress)
        seq = parts.engine.seq
    if as_json:
        emit({"seq": seq})
    else:
        out.print(f"索引已重建，序号 {seq}")


def _show(result: MatchResult) -> None:
    if result.no_match:
        out.print(f"没有匹配：{result.no_match}")
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("名次", None), ("契合", None), ("条目与企业", 3), ("理由", 4)):
        table.add_column(heading, overflow="fold", ratio=ratio)
    for found in result.matches:
        table.add_row(str(found.rank), level(found.score), _posting(found), _why(found))
    if result.matches:
        out.print(table)
    for exclusion in result.excluded:
        out.print(f"已排除 {exclusion.count} 条：{exclusion.condition}")


def _posting(found: Match) -> str:
    kind = kinds()[found.posting.kind].label
    return f"{found.posting.title}\n{kind} {found.posting.id}\n{found.enterprise.name}（{found.enterprise.id}）"


def _why(found: Match) -> str:
    lines = [reason.text for reason in found.reasons if reason.contribution > 0 and reason.feature in _TOLD]
    lines += [outcome(condition) for condition in found.conditions]
    return "\n".join(lines)
