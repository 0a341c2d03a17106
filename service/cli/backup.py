"""`rongtong backup` and `rongtong restore`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import emit, out, reporting, state
from service.config import secret_path
from service.runtime import open_unchanged, ranker_file
from service.usecases.backup import Manifest, write_backup
from service.usecases.restore import restore_backup

_AS_JSON = typer.Option("--json", help="输出 JSON")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="备份文件，如 备份.zip；不能已存在")],
    as_json: Annotated[bool, _AS_JSON] = False,
) -> None:
    """备份全部数据；服务可以正在运行、正在写入。文件含密钥，须妥善保管。"""
    with reporting(as_json=as_json):
        settings = state(context).settings()
        store = open_unchanged(settings)
        try:
            made = write_backup(
                store, file, secret=secret_path(settings), ranker=ranker_file(settings), uploads=settings.uploads
            )
        finally:
            store.close()
        _tell("已备份到", file, made, as_json=as_json)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="rongtong backup 写成的文件")],
    force: Annotated[bool, typer.Option("--force", help="已有数据时，换成备份中的")] = False,
    as_json: Annotated[bool, _AS_JSON] = False,
) -> None:
    """从备份恢复到 RONGTONG_DATABASE_URL 与 RONGTONG_DATA_DIR；SQLite 与 PostgreSQL 之间也可。须先停止服务。"""
    with reporting(as_json=as_json):
        made = restore_backup(state(context).settings(), file, replace=force)
        _tell("已恢复自", file, made, as_json=as_json)


def _tell(what: str, file: Path, made: Manifest, *, as_json: bool) -> None:
    rows = sum(made.rows.values())
    if as_json:
        emit({"file": str(file), "seq": made.seq, "revision": made.revision, "rows": dict(made.rows)})
    else:
        out.print(f"{what} {file}：{len(made.rows)} 张表，{rows} 行，序号 {made.seq}")
