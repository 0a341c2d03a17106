"""rongtong firms"""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from service.auth import local_admin
from service.cli.console import emit, out, reporting, state
from service.cli.match import AsJson
from service.runtime import open_store
from service.store import SuggestionState

app = typer.Typer(help="企业：疑似重复的建议与合并。", no_args_is_help=True)


@app.command("suggestions")
def suggestions(context: typer.Context, as_json: AsJson = False) -> None:
    """列出导入时发现的疑似同一企业（简称、错字），等待确认。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        found = store.names.suggestions(local_admin(settings.tenant), SuggestionState.OPEN)
        store.close()
    if as_json:
        emit({"suggestions": [asdict(suggestion) for suggestion in found]})
        return
    table = Table("新企业", "可能是", "依据", "相似度")
    for one in found:
        table.add_row(one.enterprise_id, one.candidate_id, one.reason, f"{one.score:.2f}")
    out.print(table)


@app.command("merge")
def merge(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="并入别家的企业编号")],
    target: Annotated[str, typer.Argument(help="保留的企业编号")],
    as_json: AsJson = False,
) -> None:
    """把一家企业并入另一家：条目与联系人随迁，名称记为别名。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        store.records.merge_enterprises(local_admin(settings.tenant), source, target)
        store.close()
    if as_json:
        emit({"merged": source, "into": target})
    else:
        out.print(f"已将 {source} 并入 {target}")
