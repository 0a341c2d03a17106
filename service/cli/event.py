"""rongtong event"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from matcher.errors import MatcherError
from matcher.planning.diff import in_total
from matcher.planning.document import Document, dumped, loaded
from matcher.planning.draft import FLOOR, MINUTES, SLOTS, Setup
from matcher.planning.export.workbook import workbook
from matcher.planning.model import MILLI
from matcher.planning.statistics import statistics
from matcher.planning.verify import verify
from matcher.tabular.attendees import Attendance
from service.api.event_pages import screen
from service.auth import local_admin
from service.cli.console import FAILED, REJECTED, emit, err, out, reporting, state
from service.cli.match import AsJson
from service.deps import Parts
from service.runtime import open_local
from service.usecases.event_export import FORMATS, Edition, exported
from service.usecases.event_plan import Planned, known_firms, mend, mend_sheet, plan_sheet, scoring
from service.usecases.events import Change, changed

app = typer.Typer(no_args_is_help=True, help="对接会：排会面、改计划、导出")

_SHOWN = 20
_PLAN_BYTES = 256 * 1024 * 1024

_OUT = typer.Option("--out", help="计划写到哪里（XLSX）；同名的 .json 供以后修改")

Sheet = Annotated[Path, typer.Option("--participants", help="参会名单，XLSX、XLS 或 CSV；每人一行")]


@app.command()
def plan(
    context: typer.Context,
    participants: Sheet,
    to: Annotated[Path, _OUT],
    name: Annotated[str | None, typer.Option(help="活动名称，默认取名单中“活动”表，再默认文件名")] = None,
    start: Annotated[datetime | None, typer.Option(help="第一个时段的开始，如 2026-12-01T09:00；默认明天 9 点")] = None,
    slots: Annotated[int | None, typer.Option(min=0, max=500, help=f"时段个数，默认 {SLOTS}")] = None,
    minutes: Annotated[
        int | None, typer.Option("--slot-minutes", min=1, max=600, help=f"每个时段几分钟，默认 {MINUTES}")
    ] = None,
    rest: Annotated[
        list[str] | None, typer.Option("--break", help="休息，如 12:00-13:30，可多次给出；须同时给出 --start")
    ] = None,
    gap: Annotated[int | None, typer.Option(min=0, max=600, help="时段之间空几分钟，默认 0")] = None,
    tables: Annotated[int | None, typer.Option(min=0, max=5000, help="桌数，默认每个大企业代表一张")] = None,
    group: Annotated[int | None, typer.Option(min=1, max=50, help="一个时段一家大企业最多见几家，默认 1")] = None,
    minimum: Annotated[int | None, typer.Option(min=0, max=500, help="每家至少几场，默认 1")] = None,
    maximum: Annotated[int | None, typer.Option(min=0, max=500, help="每家至多几场，默认不限")] = None,
    floor: Annotated[
        float | None, typer.Option(min=0, max=1, help=f"相关度下限，0 到 1，默认 {FLOOR / MILLI:g}")
    ] = None,
    streak: Annotated[int | None, typer.Option(min=1, max=500, help="最多连续几场，默认不限")] = None,
    meet: Annotated[list[str] | None, typer.Option(help="哪两类可以见，如 整车/零部件，可多次给出；默认都可以")] = None,
    as_json: AsJson = False,
) -> None:
    """只凭一张名单排出谁见谁、何时、在哪一桌；名单中有看不懂的行时退出码为 3。"""
    with _opened(context, as_json=as_json) as parts:
        setup = Setup(
            name=name,
            start=start.replace(tzinfo=None) if start else None,
            slots=slots,
            minutes=minutes,
            gap=gap,
            tables=tables,
            guests=group,
            minimum=minimum,
            maximum=maximum,
            floor=None if floor is None else round(floor * MILLI),
            streak=streak,
            meet=tuple(_types(text) for text in meet or ()),
            breaks=tuple(_break(text, start) for text in rest or ()),
        )
        who = local_admin(parts.settings.tenant)
        made = plan_sheet(participants, setup, scoring(parts, who), known=known_firms(parts, who))
        _finish(made, to, as_json=as_json)


@app.command()
def repair(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="event plan 写出的 JSON")],
    to: Annotated[Path, _OUT],
    participants: Annotated[Path | None, typer.Option(help="新一版参会名单，不在其中的视为不来")] = None,
    add: Annotated[Path | None, typer.Option(help="补报名和现场报到的名单，只写新增的人，其余不变")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="不来的单位（名称或编号），可多次给出")] = None,
    lose_table: Annotated[list[int] | None, typer.Option(help="停用的桌号，可多次给出")] = None,
    delay: Annotated[int | None, typer.Option(min=-1440, max=1440, help="整体推迟几分钟，负数为提前")] = None,
    as_json: AsJson = False,
) -> None:
    """有人不来、名单更新、少了桌子或整体推迟时，尽量少动已公布的会面，改好计划并说明改了什么。"""
    with _opened(context, as_json=as_json) as parts:
        found = _read(file)
        if participants is None and add is None and not drop and not lose_table and delay is None:
            raise MatcherError(
                "bad_change", "请给出 --participants、--add、--drop、--lose-table 或 --delay 中的至少一项"
            )
        if participants is not None and add is not None:
            raise MatcherError("bad_change", "--participants 与 --add 只能给一个：新一版全名单，或只有新增的人")
        change = Change(drop=tuple(drop or ()), lose_tables=tuple(lose_table or ()), delay=delay or 0)
        programme = changed(found.programme, change)
        sheet, who = participants or add, local_admin(parts.settings.tenant)
        if sheet is None:
            made = mend(found, programme)
        else:
            known = known_firms(parts, who)
            made = mend_sheet(found, sheet, scoring(parts, who), programme=programme, known=known, more=add is not None)
        _finish(made, to, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="event plan 写出的 JSON")],
    to: Annotated[Path, typer.Option("--out", help="写到哪个文件，格式由扩展名定；messages 与 ics 写到文件夹")],
    form: Annotated[str, typer.Option("--format", help=f"格式：{'、'.join(FORMATS)}")] = "xlsx",
    before: Annotated[Path | None, typer.Option(help="上次发出的计划 JSON：其后取消的会面在日历里写成已取消")] = None,
    as_json: AsJson = False,
) -> None:
    """把计划写成工作簿、日历、逐人通知、打印页、会场大屏或图。"""
    with reporting(as_json=as_json):
        edition = None if before is None else Edition(version=1, before=_read(before))
        files = exported(_read(file), form, edition)
        written = _write_all(files, to)
    if as_json:
        emit({"files": [str(path) for path in written]})
    else:
        out.print(f"已写出 {len(written)} 个文件到 {to}")


@app.command()
def hall(
    file: Annotated[Path, typer.Argument(help="event plan 写出的 JSON；改动后的文件覆盖它，大屏随之更新")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口")] = 8080,
    host: Annotated[str, typer.Option(help="监听地址；会场局域网用 0.0.0.0")] = "127.0.0.1",
) -> None:
    """在浏览器打开会场大屏：此刻与下一场谁在哪一桌，自动刷新。"""
    with reporting(as_json=False), suppress(KeyboardInterrupt):
        _read(file)
        out.print(f"会场大屏：http://{host}:{port}/ ，按 Ctrl-C 结束")
        uvicorn.run(screen(lambda: _read(file)), host=host, port=port, log_level="warning")


@contextmanager
def _opened(context: typer.Context, *, as_json: bool) -> Iterator[Parts]:
    """Yield the parts; the index is not needed, so it is not brought up to date."""
    with reporting(as_json=as_json):
        parts = open_local(state(context).settings())
        try:
            yield parts
        finally:
            parts.close()


def _read(file: Path) -> Document:
    if file.stat().st_size > _PLAN_BYTES:
        raise MatcherError("bad_plan", f"{file.name} 超过 256 MB，不是对接计划")
    return loaded(file.read_bytes())


def _break(text: str, start: datetime | None) -> tuple[datetime, datetime]:
    """Return a break of the day on which the event starts.

    :raises MatcherError: `bad_change`.
    """
    begin, _, end = text.partition("-")
    try:
        times = time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        times = None
    if start is None or times is None:
        raise MatcherError("bad_change", f"--break {text} 应写成 12:00-13:30，并同时给出 --start")
    return datetime.combine(start, times[0]), datetime.combine(start, times[1])


def _types(text: str) -> tuple[str, str]:
    """Return the two types that may meet.

    :raises MatcherError: `bad_change`.
    """
    one, mark, other = text.partition("/")
    if not (one.strip() and mark and other.strip()):
        raise MatcherError("bad_change", f"--meet {text} 应写成 类型/类型，如 整车/零部件")
    return one.strip(), other.strip()


def _finish(made: Planned, to: Path, *, as_json: bool) -> None:
    """Write the plan, tell of it and leave with 3 when rows of the sheet were left out."""
    document = made.document
    if to.suffix.lower() != ".xlsx":
        raise MatcherError("bad_out", f"--out {to} 应以 .xlsx 结尾；计划的 JSON 写在它旁边")
    _put(to, workbook(document, made.changes))
    told = dumped(document)
    _put(to.with_suffix(".json"), json.dumps(told, ensure_ascii=False, indent=1).encode())
    read = made.attendance
    if as_json:
        emit(told | {"changes": [asdict(one) for one in made.changes]} | _attendance(read))
    else:
        _show(document, made, to)
    if verify(document.programme, document.plan):
        raise typer.Exit(FAILED)
    if read is not None and read.left_out:
        raise typer.Exit(REJECTED)


def _attendance(read: Attendance | None) -> dict[str, Any]:
    if read is None:
        return {}
    counted = {"rows": read.rows, "left_out": read.left_out, "counts": dict(read.counts)}
    return {"sheet": counted | {"problems": [asdict(problem) for problem in read.problems]}}


def _show(document: Document, made: Planned, to: Path) -> None:
    figures = statistics(document.programme, document.plan)
    names: Mapping[str, str] = {one.id: one.name for one in document.programme.participants}
    out.print(
        f"“{document.programme.event.name}”：{figures.participants} 家，{figures.meetings} 场会面，"
        f"{figures.without_meetings} 家没有会面，已写出 {to} 与 {to.with_suffix('.json').name}"
    )
    broken = verify(document.programme, document.plan)
    out.print("校验：全部规则满足" if not broken else f"校验：违反 {len(broken)} 处规则")
    if made.changes:
        out.print(f"改动：{in_total(made.changes)}")
    lines = [violation.message for violation in broken]
    lines += [one.text for one in made.changes]
    lines += [
        f"未满足：{names[one.participant]} {one.got}/{one.wanted} 场，{one.reason}" for one in document.plan.unmet
    ]
    lines += [*document.plan.relaxations, *document.plan.notes]
    for line in lines[:_SHOWN]:
        out.print(f"  {line}")
    if len(lines) > _SHOWN:
        out.print(f"  ……另有 {len(lines) - _SHOWN} 条，见工作簿")
    for problem in made.attendance.problems[:_SHOWN] if made.attendance else ():
        row = f"第{problem.row}行" if problem.row else None
        place = " ".join(part for part in (problem.sheet, row, problem.column) if part)
        err.print(f"  {place}：{problem.message}。{problem.remedy or ''}")


def _write_all(files: Mapping[str, bytes], to: Path) -> list[Path]:
    """Write one file to `to`, or several into the folder `to`."""
    if len(files) == 1 and to.suffix:
        _put(to, next(iter(files.values())))
        return [to]
    to.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _put(to / name, content)
    return [to / name for name in files]


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone: plans name persons."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
