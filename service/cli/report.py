"""rongtong report"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from matcher.deals import DEAL_LABELS, STAGES
from matcher.tracking.funnel import Dimension
from service.api.report_schemas import CaseOut, FunnelRowOut, GapsOut, LedgerOut
from service.auth import local_admin
from service.cli.console import emit, out, running
from service.cli.match import AsJson
from service.usecases import gaps, ledgers, tracking
from service.usecases.library import library_book

app = typer.Typer(help="报告：漏斗、目标、缺口、月度台账、案例、培育库。", no_args_is_help=True)
Book = Annotated[Path | None, typer.Option("--out", help="写成工作簿，.xlsx")]
Month = Annotated[str, typer.Argument(help="月份，如 2026-11")]


@app.command("funnel")
def funnel(
    context: typer.Context,
    by: Annotated[Dimension | None, typer.Option(help="分组；空为合计")] = None,
    book: Book = None,
    as_json: AsJson = False,
) -> None:
    """漏斗；--out 写出各种分组、目标与完成，附图。"""
    with running(context, as_json=as_json) as parts:
        who = local_admin(parts.settings.tenant)
        rows = tracking.funnel_report(parts, who, by)
        if book:
            book.write_bytes(tracking.tracking_book(parts, who))
    if as_json:
        emit({"items": [FunnelRowOut.of(row).model_dump(mode="json") for row in rows]})
        return
    table = Table("分组", *(str(DEAL_LABELS[stage]) for stage in STAGES), "婉拒", "未成")
    for row in rows:
        counts = [*(row.reached[stage] for stage in STAGES), row.declined, row.failed]
        table.add_row(row.group, *map(str, counts))
    out.print(table)


@app.command("gaps")
def gap(context: typer.Context, book: Book = None, as_json: AsJson = False) -> None:
    """供给缺口：无人应答的需求、无人问津的闲置资源。"""
    with running(context, as_json=as_json) as parts:
        who = local_admin(parts.settings.tenant)
        found = gaps.gap_report(parts, who)
        if book:
            book.write_bytes(gaps.gap_book(found))
    if as_json:
        emit(GapsOut.of(found).model_dump(mode="json"))
        return
    for title, rows in (("无人应答的需求", found.requests), ("无人问津的闲置资源", found.idle)):
        table = Table("产业链环节", "地区", "数量", "例", title=title)
        for row in rows:
            table.add_row(row.link, row.district, str(row.count), row.examples[0].posting.title)
        out.print(table)


@app.command("ledger")
def ledger(
    context: typer.Context,
    month: Month,
    close: Annotated[bool, typer.Option("--close", help="结账：以后重印逐字相同")] = False,
    template: Annotated[Path | None, typer.Option(help="填入自己的模板（.xlsx，按名称）")] = None,
    book: Book = None,
    as_json: AsJson = False,
) -> None:
    """月度台账。"""
    with running(context, as_json=as_json) as parts:
        who = local_admin(parts.settings.tenant)
        found = ledgers.close_ledger(parts, who, month) if close else ledgers.open_ledger(parts, who, month)
        if book and template:
            book.write_bytes(ledgers.fill_ledger(parts, who, month, template.read_bytes()))
        elif book:
            book.write_bytes(ledgers.ledger_book(parts, who, month))
    if as_json:
        emit(LedgerOut.of(found).model_dump(mode="json"))
        return
    out.print(f"{month} 台账（{'已结账' if found.closed else '未结账'}），对接 {len(found.content['rows'])} 条")
    for name, value in found.content["totals"].items():
        if value:
            out.print(f"{name} {value:g}")


@app.command("cases")
def cases(
    context: typer.Context,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="几篇")] = 5,
    as_json: AsJson = False,
) -> None:
    """典型案例草稿（Markdown）：已签约、双方同意宣传的。"""
    with running(context, as_json=as_json) as parts:
        found = tracking.case_report(parts, local_admin(parts.settings.tenant), k)
    if as_json:
        emit({"items": [CaseOut.of(one).model_dump(mode="json") for one in found]})
    elif not found:
        out.print("还没有已签约且双方同意宣传的对接")
    else:
        for one in found:
            out.print(one.text)


@app.command("library")
def library(
    context: typer.Context,
    out_file: Annotated[Path, typer.Argument(help="写到哪里，.xlsx")],
    as_json: AsJson = False,
) -> None:
    """培育库工作簿：企业的层级，离下一层级还缺什么。"""
    with running(context, as_json=as_json) as parts:
        out_file.write_bytes(library_book(parts, local_admin(parts.settings.tenant)))
    if as_json:
        emit({"file": str(out_file)})
    else:
        out.print(f"已写到 {out_file}")
