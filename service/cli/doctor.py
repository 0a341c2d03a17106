"""rongtong doctor"""

from dataclasses import asdict

import typer
from rich.text import Text

from service.cli.console import FAILED, REJECTED, emit, out, reporting, state
from service.cli.match import AsJson
from service.usecases.doctor import Finding, Grade, check_up

_COLOURS = {Grade.WELL: "green", Grade.LOOK: "yellow", Grade.BROKEN: "red"}


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """体检：设置、数据目录、数据库、索引、模型、任务、密钥、端口；只看不改，服务运行时也可用。

    全部正常退出码为 0，有错误为 1，只有需注意的为 3。
    """
    with reporting(as_json=as_json):
        findings = []
        for finding in check_up(state(context).settings()):
            findings.append(finding)
            if not as_json:
                _tell(finding)
    grades = {finding.grade for finding in findings}
    if as_json:
        emit({"healthy": Grade.BROKEN not in grades, "findings": [asdict(finding) for finding in findings]})
    if Grade.BROKEN in grades:
        raise typer.Exit(FAILED)
    if Grade.LOOK in grades:
        raise typer.Exit(REJECTED)


def _tell(finding: Finding) -> None:
    out.print(Text.assemble((finding.grade, _COLOURS[finding.grade]), f" {finding.about}：{finding.found}"))
    if finding.remedy:
        out.print(f"     {finding.remedy}")
