"""rongtong deal"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from matcher.deals import AMOUNT_LABELS, Amount, DealSide, amount, state_label
from service.api.deal_schemas import AlertOut, DealOut, LinkOut
from service.auth import local_admin
from service.cli.console import emit, out, running
from service.cli.match import AsJson
from service.cli.sheets import tell
from service.usecases import deal_views
from service.usecases.deal_outcomes import export_outcomes, import_outcomes
from service.usecases.deal_replies import import_replies, reply_sheet
from service.usecases.deals import Proposal, propose
from service.usecases.reply_link import make_link

app = typer.Typer(help="对接过程：推荐、答复、结果表与超期提醒。", no_args_is_help=True)
Out = Annotated[Path, typer.Argument(help="写到哪里，.xlsx")]
Sheet = Annotated[Path, typer.Argument(help="CSV、XLSX、XLS 或 JSONL")]
Department = Annotated[str | None, typer.Option(help="只看这个责任部门的")]


@app.command("propose")
def proposed(
    context: typer.Context,
    posting: Annotated[str, typer.Option(help="需求条目的编号")],
    offers: Annotated[list[str], typer.Argument(help="供给条目的编号，可多个")],
    department: Annotated[str | None, typer.Option(help="责任部门")] = None,
    agreed: Annotated[bool, typer.Option("--requester-agreed", help="需求方已同意")] = False,
    as_json: AsJson = False,
) -> None:
    """把一个需求与若干供给条目推荐给双方。"""
    with running(context, as_json=as_json) as parts:
        wanted = Proposal(
            request_posting_id=posting, offer_posting_ids=offers, department=department, requester_agreed=agreed
        )
        made = propose(parts, local_admin(parts.settings.tenant), wanted)
    if as_json:
        emit({"deals": [DealOut.of(one).model_dump(mode="json") for one in made.deals], "muted": list(made.muted)})
    else:
        for one in made.deals:
            out.print(f"{one.id}：{state_label(one)}，{one.supplier_id} 应 {one.title}")
        for id_ in made.muted:
            out.print(f"{id_} 的企业不接收该需求方的邀请")


@app.command("link")
def link(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="对接编号")],
    side: Annotated[DealSide, typer.Option(help="发给 supplier 供给方或 requester 需求方")] = DealSide.SUPPLIER,
    days: Annotated[int, typer.Option(min=1, max=90, help="几天有效")] = 14,
    as_json: AsJson = False,
) -> None:
    """生成答复链接与可直接发送的文字；旧链接随即失效。"""
    with running(context, as_json=as_json) as parts:
        made = make_link(parts, local_admin(parts.settings.tenant), id, side=side, days=days)
    if as_json:
        emit(LinkOut.model_validate(made).model_dump(mode="json"))
    else:
        out.print(made.message)


@app.command("list")
def listed(
    context: typer.Context,
    firm: Annotated[str | None, typer.Option(help="只看这家企业的（编号）")] = None,
    department: Department = None,
    as_json: AsJson = False,
) -> None:
    """列出对接。"""
    with running(context, as_json=as_json) as parts:
        who = local_admin(parts.settings.tenant)
        deals = deal_views.all_deals(parts.store, who, enterprise_id=firm, department=department)
        names = deal_views.names_in(parts, who, deals)
    if as_json:
        emit({"deals": [DealOut.of(one).model_dump(mode="json") for one in deals]})
        return
    table = Table("编号", "环节", "对接事项", "需求方 → 供给方", "金额（万元）")
    for column in table.columns[:2]:
        column.no_wrap = True
    for one in deals:
        sums = [f"{AMOUNT_LABELS[kind][:2]} {sum_:g}" for kind in Amount if (sum_ := amount(one, kind)) is not None]
        firms = f"{names[one.requester_id]} → {names[one.supplier_id]}"
        table.add_row(one.id, state_label(one), one.title, firms, "，".join(sums))
    out.print(table)


@app.command("overdue")
def overdue(context: typer.Context, department: Department = None, as_json: AsJson = False) -> None:
    """超期提醒：停在哪一步、等谁、超了几天。"""
    with running(context, as_json=as_json) as parts:
        who = local_admin(parts.settings.tenant)
        alerts = deal_views.overdue(parts, who, department=department)
        names = deal_views.names_in(parts, who, [one.deal for one in alerts])
    if as_json:
        emit({"items": [AlertOut.of(one).model_dump(mode="json") for one in alerts]})
        return
    table = Table("编号", "超期（天）", "提醒", "等谁", "对接事项", "责任部门")
    table.columns[0].no_wrap = True
    for one in alerts:
        waits = one.deal.requester_id if one.waits_for is DealSide.REQUESTER else one.deal.supplier_id
        table.add_row(one.deal.id, str(one.days), one.text, names[waits], one.deal.title, one.deal.department or "")
    out.print(table)


@app.command("import")
def import_sheet(context: typer.Context, file: Sheet, as_json: AsJson = False) -> None:
    """导入结果表；双方各填一行的合同并为一条，坏行逐行说明。"""
    with running(context, as_json=as_json) as parts:
        report = import_outcomes(parts, local_admin(parts.settings.tenant), file)
    tell(report, as_json=as_json)


@app.command("export")
def export(context: typer.Context, out_file: Out, as_json: AsJson = False) -> None:
    """导出对接台账，可改好再导入。"""
    with running(context, as_json=as_json) as parts:
        out_file.write_bytes(export_outcomes(parts, local_admin(parts.settings.tenant)))
    _written(out_file, as_json=as_json)


@app.command("replies")
def replies(context: typer.Context, out_file: Out, as_json: AsJson = False) -> None:
    """导出答复表，给不便打开链接的企业填写。"""
    with running(context, as_json=as_json) as parts:
        out_file.write_bytes(reply_sheet(parts, local_admin(parts.settings.tenant)))
    _written(out_file, as_json=as_json)


@app.command("import-replies")
def take_replies(context: typer.Context, file: Sheet, as_json: AsJson = False) -> None:
    """导入填好的答复表。"""
    with running(context, as_json=as_json) as parts:
        report = import_replies(parts, local_admin(parts.settings.tenant), file)
    tell(report, as_json=as_json)


def _written(path: Path, *, as_json: bool) -> None:
    if as_json:
        emit({"file": str(path)})
    else:
        out.print(f"已写到 {path}")
