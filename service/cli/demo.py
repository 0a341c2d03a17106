"""rongtong demo"""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from service.auth import SYSTEM
from service.cli.console import bar, emit, out, reporting, running, state
from service.cli.match import AsJson
from service.runtime import open_store
from service.usecases.demo import TENANT, Loaded, load_demo, needs_demo, remove_demo

app = typer.Typer(help=f"演示数据：装入或清除租户 {TENANT}。", no_args_is_help=True)


@app.command("load")
def load(
    context: typer.Context,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="数据库已有内容时不装入")] = False,
    as_json: AsJson = False,
) -> None:
    """装入演示数据（日期从今天算起）并建立索引。"""
    with running(context, as_json=as_json) as parts:
        wanted = not if_empty or needs_demo(parts.store)
        loaded = load_demo(parts.store, date.today()) if wanted else Loaded(0, 0)
        with bar("建立索引") as progress:
            parts.engine.catch_up(progress)
    if as_json:
        emit(asdict(loaded))
    elif wanted:
        out.print(f"已装入演示企业 {loaded.enterprises} 家、条目 {loaded.postings} 条（租户 {TENANT}）")


@app.command("remove")
def remove(context: typer.Context, as_json: AsJson = False) -> None:
    """清除演示数据。"""
    with reporting(as_json=as_json):
        store = open_store(state(context).settings())
        if any(tenant.id == TENANT for tenant in store.identity.tenants(SYSTEM)):
            remove_demo(store)
        store.close()
    if as_json:
        emit({"removed": TENANT})
    else:
        out.print("演示数据已清除")
