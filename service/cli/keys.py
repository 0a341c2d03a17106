"""rongtong keys"""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from service.auth import Role, Scope, local_admin
from service.cli.console import emit, out, reporting, state
from service.cli.match import AsJson
from service.runtime import open_store
from service.store import KeyInfo

app = typer.Typer(help="API 密钥：生成、列出、更换、吊销。", no_args_is_help=True)


@app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="用途名称")],
    scope: Annotated[list[Scope] | None, typer.Option(help="权限，可多次给出；默认 read 和 write")] = None,
    organisation: Annotated[str | None, typer.Option(help="代表哪个企业（企业编号）；不填为平台")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="几天有效；不填为长期")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="先吊销同名的旧密钥")] = False,
    as_json: AsJson = False,
) -> None:
    """生成密钥；只显示这一次，库中只存其散列。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        who = local_admin(settings.tenant)
        store.identity.ensure_tenant(who, settings.tenant)
        if replace:
            for old in store.identity.list_keys(who):
                if old.name == name and old.revoked_at is None:
                    store.identity.revoke_key(who, old.id)
        roles = (Role.OWNER,) if organisation else (Role.ADMIN,)
        scopes = scope or [Scope.READ, Scope.WRITE]
        good_for = timedelta(days=days) if days else None
        made = store.identity.create_key(
            who, name, scopes=scopes, roles=roles, organisation=organisation, good_for=good_for
        )
        store.close()
    _show(*made, as_json=as_json)


@app.command("rotate")
def rotate(
    context: typer.Context,
    id: str,
    grace_hours: Annotated[int, typer.Option(min=0, max=720, help="旧密钥再用几小时，便于更换")] = 0,
    as_json: AsJson = False,
) -> None:
    """换一个权限相同的新密钥；旧的到时失效。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        made = store.identity.rotate_key(local_admin(settings.tenant), id, grace=timedelta(hours=grace_hours))
        store.close()
    _show(*made, as_json=as_json)


def _show(info: KeyInfo, secret: str, *, as_json: bool) -> None:
    if as_json:
        emit({"key": secret, "id": info.id, "name": info.name, "expires_at": info.expires_at})
    else:
        out.print(secret)


@app.command("list")
def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """列出密钥（不含密钥本身）。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        who = local_admin(settings.tenant)
        store.identity.ensure_tenant(who, settings.tenant)
        found = store.identity.list_keys(who)
        store.close()
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "organisation": key.organisation,
            "created_at": key.created_at,
            "last_used_at": key.last_used_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
        for key in found
    ]
    if as_json:
        emit({"keys": rows})
        return
    table = Table("编号", "名称", "权限", "企业", "生成于", "最近使用", "到期", "吊销于")
    for row in rows:
        table.add_row(*("、".join(v) if isinstance(v, list) else str(v or "") for v in row.values()))
    out.print(table)


@app.command("revoke")
def revoke(context: typer.Context, id: str, as_json: AsJson = False) -> None:
    """吊销密钥，立即生效。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_store(settings)
        store.identity.revoke_key(local_admin(settings.tenant), id)
        store.close()
    if as_json:
        emit({"id": id, "revoked": True})
    else:
        out.print(f"已吊销 {id}")
