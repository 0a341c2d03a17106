"""rongtong recommend"""

from time import perf_counter
from typing import Annotated

import typer
from rich.table import Table

from matcher.domain import Match
from matcher.rank import level
from matcher.reciprocal import BACKWARD_LABEL, FORWARD_LABEL, Direction
from matcher.recommend import Recommendation
from matcher.taxonomy import kinds
from service.api.recommend import to_json
from service.auth import local_admin
from service.cli.console import emit, out, outcome, running
from service.usecases.recommend import Recommended
from service.usecases.recommend import recommend as find

_MOVED = {"exposure": "近期推荐次数", "newcomer": "新加入的小微企业"}
_REASONS = 3


def recommend(
    context: typer.Context,
    enterprise: Annotated[str, typer.Option(help="企业编号")],
    k: Annotated[int, typer.Option("-k", "--k", help="每个方向的条数，1 到 1000")] = 10,
    direction: Annotated[Direction, typer.Option(help="serve 可以服务谁，served 谁可以服务我")] = Direction.BOTH,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """为一家企业双向推荐：可以服务谁、谁可以服务它。"""
    with running(context, as_json=as_json) as parts:
        started = perf_counter()
        answer = find(parts, local_admin(parts.settings.tenant), enterprise, k=k, direction=direction)
        took = (perf_counter() - started) * 1000
    if as_json:
        emit(to_json(answer, took_ms=took).model_dump(mode="json", by_alias=True))
    else:
        _show(answer)


def _show(answer: Recommended) -> None:
    if answer.result.no_match:
        out.print(f"没有推荐：{answer.result.no_match}")
    for title, side in (("可以服务", answer.result.serves), ("可由其服务", answer.result.served_by)):
        if side:
            out.print(_table(title, side))


def _table(title: str, side: tuple[Recommendation, ...]) -> Table:
    table = Table(title=title, show_lines=True, expand=True)
    for heading, ratio in (("名次", None), ("契合", None), ("对方与本企业的条目", 3), ("理由", 4)):
        table.add_column(heading, overflow="fold", ratio=ratio)
    for one in side:
        table.add_row(str(one.rank), level(one.score), _postings(one), _why(one))
    return table


def _postings(one: Recommendation) -> str:
    found, own = one.forward, one.backward.posting
    kind = kinds()[found.posting.kind].label
    return f"{found.posting.title}\n{kind} {found.posting.id}\n{found.enterprise.name}\n对应本企业 {own.id}"


def _why(one: Recommendation) -> str:
    moved = [f"名次调整（{_MOVED[name]}）：{value:+.2f}" for name, value in one.adjustments.items()]
    return "\n".join([*_side(FORWARD_LABEL, one.forward), *_side(BACKWARD_LABEL, one.backward), *moved])


def _side(label: str, found: Match) -> list[str]:
    told = [reason.text for reason in found.reasons if reason.contribution > 0 and reason.feature != "base"][:_REASONS]
    told += [outcome(condition) for condition in found.conditions]
    return [f"{label}（{level(found.score)}）", *told]
