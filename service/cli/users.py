"""rongtong users"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from service.auth import Actor, Role, local_admin
from service.cli.console import emit, out, reporting, state
from service.cli.match import AsJson
from service.runtime import open_store
from service.store import Store, User
from service.usecases.sessions import give_password

app = typer.Typer(help="用户：新建、设密码、列出、删除。", no_args_is_help=True)


@contextmanager
def _people(context: typer.Context, *, as_json: bool) -> Iterator[tuple[Store, Actor]]:
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        who = local_admin(settings.tenant)
        store.identity.ensure_tenant(who, settings.tenant)
        yield store, who
        store.close()


@app.command("put")
def put(
    context: typer.Context,
    id: str,
    name: Annotated[str, typer.Option(help="姓名")],
    role: Annotated[list[Role], typer.Option(help="角色，可多次给出")],
    organisation: Annotated[str | None, typer.Option(help="代表哪个企业（企业编号）；不填为平台")] = None,
    as_json: AsJson = False,
) -> None:
    """新建或更新用户；密码另用 users password 设置。"""
    with _people(context, as_json=as_json) as (store, who):
        store.people.put_user(who, User(id, name, organisation, frozenset(role)))
    if as_json:
        emit({"id": id})
    else:
        out.print(f"已保存用户 {id}")


@app.command("password")
def password(context: typer.Context, id: str, as_json: AsJson = False) -> None:
    """设置密码：在终端输入两次，或由标准输入读一行；其会话同时失效。"""
    with _people(context, as_json=as_json) as (store, who):
        store.people.get_user(who, id)
        secret = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        give_password(store, who, id, secret)
    if as_json:
        emit({"id": id})
    else:
        out.print(f"已设置用户 {id} 的密码")


def _asked() -> str:
    return str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输一次"))


@app.command("list")
def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """列出用户。"""
    with _people(context, as_json=as_json) as (store, who):
        found = store.people.list_users(who)
    rows = [
        {"id": one.id, "name": one.name, "organisation": one.organisation_id, "roles": sorted(one.roles)}
        for one in found
    ]
    if as_json:
        emit({"users": rows})
        return
    table = Table("编号", "姓名", "企业", "角色")
    for one in found:
        table.add_row(one.id, one.name, one.organisation_id or "平台", "、".join(sorted(one.roles)))
    out.print(table)


@app.command("remove")
def remove(context: typer.Context, id: str, as_json: AsJson = False) -> None:
    """删除用户，其会话同时失效。"""
    with _people(context, as_json=as_json) as (store, who):
        store.people.remove_user(who, id)
    if as_json:
        emit({"id": id, "removed": True})
    else:
        out.print(f"已删除用户 {id}")
