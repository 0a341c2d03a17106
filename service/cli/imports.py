"""rongtong import, rongtong templates"""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from matcher.errors import MatcherError
from matcher.tabular import Limits, write_templates
from matcher.taxonomy import kind_of
from service.auth import local_admin
from service.cli.console import FAILED, REJECTED, bars, emit, err, out, reporting, running
from service.cli.match import AsJson
from service.usecases.import_indexed import import_and_index
from service.usecases.import_report import ImportReport
from service.usecases.imports import ImportOptions


def import_files(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV、XLSX、XLS 或 JSONL，可多个")],
    kind: Annotated[str | None, typer.Option(help="各行的类型，如 capability 或 能力；表中有“类型”列则不必")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", help="列=字段，可多次给出，如 厂名=企业名称")] = None,
    source: Annotated[str | None, typer.Option(help="来源名，默认文件名；全量导入按来源比对")] = None,
    full: Annotated[bool, typer.Option("--full", help="全量：同一来源中文件已没有的条目将关闭")] = False,
    rejects: Annotated[Path | None, typer.Option(help="被拒绝的行写到哪里，默认 文件名.rejects.xlsx")] = None,
    as_json: AsJson = False,
) -> None:
    """导入表格；有被拒绝的行时退出码为 3，改好拒绝文件可再导入。"""
    with running(context, as_json=as_json) as parts:
        options = ImportOptions(
            as_of=date.today(),
            kind=kind_of(kind) if kind else None,
            mapping=_mapping(columns or []),
            source=source,
            full=full,
            rejects=rejects or files[0].parent / f"{files[0].stem}.rejects.xlsx",
            limits=Limits(file_bytes=parts.settings.max_upload),
        )
        with bars("读入", "编码并建立索引") as (reading, indexing):
            report = import_and_index(
                parts.store,
                parts.engine,
                local_admin(parts.settings.tenant),
                files,
                options,
                stored=lambda now: reading(now.rows, 0),
                indexed=indexing,
            )
    if as_json:
        emit(report.to_dict())
    else:
        _show(report)
    if report.failed_files and not report.accepted:
        raise typer.Exit(FAILED)
    if not report.complete:
        raise typer.Exit(REJECTED)


def templates(
    folder: Annotated[Path, typer.Argument(help="写到哪个目录")] = Path("templates"),
    as_json: AsJson = False,
) -> None:
    """生成每个类型的导入模板（XLSX）。"""
    with reporting(as_json=as_json):
        written = write_templates(folder)
    if as_json:
        emit({"files": [str(path) for path in written]})
    else:
        out.print(f"已写出 {len(written)} 个模板到 {folder}")


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, separator, field = pair.partition("=")
        if not (column and separator and field):
            raise MatcherError("bad_mapping", f"--map {pair} 应写成 列=字段，如 厂名=企业名称")
        mapping[column] = field
    return mapping


def _show(report: ImportReport) -> None:
    for line in report.lines():
        out.print(line)
    for problem in report.tally.first:
        place = " ".join(
            str(part) for part in (problem.file, problem.sheet, f"第{problem.row}行" if problem.row else "")
        )
        column = f"“{problem.column}”列：" if problem.column else ""
        err.print(f"{place} {column}{problem.message}；{problem.remedy}")
    hidden = sum(report.tally.counts.values()) - len(report.tally.first)
    if hidden > 0:
        err.print(f"另有 {hidden} 处问题未逐条列出")
    if report.rejects:
        out.print(f"被拒绝的行在 {report.rejects}，改好后可直接再导入")
