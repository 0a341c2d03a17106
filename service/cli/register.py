"""rongtong register"""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from matcher.registers import register_of
from matcher.tabular.register import write_register
from service.auth import local_admin
from service.cli.console import emit, out, reporting, state
from service.cli.match import AsJson
from service.cli.sheets import tell
from service.config import Settings
from service.runtime import open_store
from service.store import Store
from service.usecases.registers import export_register, import_register

app = typer.Typer(help="台账：欠款等登记的导入、导出与模板。", no_args_is_help=True)
Kind = Annotated[str, typer.Argument(help="台账名称，如 欠款登记 或 arrears")]


def _open(context: typer.Context) -> tuple[Settings, Store]:
    settings = state(context).settings()
    store = open_store(settings)
    store.identity.ensure_tenant(local_admin(settings.tenant), settings.tenant)
    return settings, store


@app.command("import")
def import_sheet(
    context: typer.Context,
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="CSV、XLSX、XLS 或 JSONL")],
    as_json: AsJson = False,
) -> None:
    """导入一张表；坏行逐行说明，不影响好行。"""
    with reporting(as_json=as_json):
        wanted = register_of(kind)
        settings, store = _open(context)
        report = import_register(store, local_admin(settings.tenant), wanted, file, as_of=date.today())
        store.close()
    tell(report, as_json=as_json)


@app.command("export")
def export(
    context: typer.Context,
    kind: Kind,
    out_file: Annotated[Path, typer.Argument(help="写到哪里，.xlsx")],
    as_json: AsJson = False,
) -> None:
    """导出为表格，可改好再导入。"""
    with reporting(as_json=as_json):
        wanted = register_of(kind)
        settings, store = _open(context)
        count = export_register(store, local_admin(settings.tenant), wanted, out_file)
        store.close()
    if as_json:
        emit({"file": str(out_file), "entries": count})
    else:
        out.print(f"已导出 {count} 条到 {out_file}")


@app.command("template")
def template(
    kind: Kind, out_file: Annotated[Path, typer.Argument(help="写到哪里，.xlsx")], as_json: AsJson = False
) -> None:
    """写出空白模板。"""
    with reporting(as_json=as_json):
        wanted = register_of(kind)
        write_register(out_file, wanted.label, wanted.fields, ())
    if as_json:
        emit({"file": str(out_file)})
    else:
        out.print(f"模板已写到 {out_file}")


@app.command("list")
def listed(
    context: typer.Context,
    kind: Kind,
    firm: Annotated[str | None, typer.Option(help="只看提到这家企业的（编号）")] = None,
    as_json: AsJson = False,
) -> None:
    """列出登记。"""
    with reporting(as_json=as_json):
        wanted = register_of(kind)
        settings, store = _open(context)
        page = store.registers.list(local_admin(settings.tenant), wanted.register, enterprise_id=firm, limit=1000)
        store.close()
    if as_json:
        emit(
            {
                "entries": [
                    {"id": one.id, "subject": one.subject, "other": one.other, **one.values} for one in page.items
                ]
            }
        )
        return
    table = Table("编号", "企业", "另一方", "内容")
    for one in page.items:
        labels = {field.name: field.label for field in wanted.fields}
        said = "；".join(f"{labels[name]} {value}" for name, value in one.values.items())
        table.add_row(one.id, one.subject, one.other or "", said)
    out.print(table)
