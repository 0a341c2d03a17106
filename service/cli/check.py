"""rongtong check"""

from typing import Annotated

import typer
from rich.table import Table

from matcher.taxonomy import kind_of
from service.api.check_schemas import CheckOut
from service.auth import local_admin
from service.cli.console import emit, out, running
from service.usecases.check import Review, draft, review, written

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def check(
    context: typer.Context,
    posting: Annotated[str | None, typer.Option(help="已有条目的编号")] = None,
    text: Annotated[str | None, typer.Option(help="要检查的文字")] = None,
    kind: Annotated[str | None, typer.Option(help="文字自身的类型，如 need 或 需求")] = None,
    as_json: AsJson = False,
) -> None:
    """发布前检查一个条目：评分、修改建议与读出的条件。"""
    if (posting is None) == (text is None) or (text is not None and kind is None):
        raise typer.BadParameter("请给出 --posting，或给出 --text 和 --kind，二者选一")
    with running(context, as_json=as_json) as parts:
        actor = local_admin(parts.settings.tenant)
        chosen = draft(text, kind_of(kind)) if text is not None and kind else written(parts.store, actor, posting or "")
        found = review(parts, actor, chosen)
    if as_json:
        emit(CheckOut.of(found).model_dump(mode="json"))
    else:
        _show(found)


def _show(found: Review) -> None:
    checked = found.checked
    out.print(f"{checked.band}：{checked.score}/{checked.out_of} 分")
    out.print(f"读出的{'所求' if checked.criteria[0].label.startswith('所求') else '所供'}：{checked.sought.title}")
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("标准", 2), ("得分", None), ("修改建议", 6)):
        table.add_column(heading, overflow="fold", ratio=ratio)
    for criterion in checked.criteria:
        hints = "\n".join(hint.text for hint in criterion.hints)
        table.add_row(criterion.label, f"{criterion.points}/{criterion.out_of}", hints or "无")
    out.print(table)
    if found.industries:
        out.print("行业：" + "、".join(f"{tag.name}（{tag.code}）" for tag in found.industries))
    if found.hightech:
        out.print("高精尖：" + "、".join(tag.name for tag in found.hightech))
