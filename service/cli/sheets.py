"""What became of a sheet, told on the command line."""

import typer

from service.cli.console import REJECTED, emit, err, out
from service.usecases.sheets import SheetReport

_SHOWN = 20


def tell(report: SheetReport, *, as_json: bool) -> None:
    """Print a report, row by row what is wrong, and leave with exit code 3 when rows were rejected."""
    rows = [
        {"sheet": one.sheet, "row": one.row, "column": one.column, "message": one.message, "remedy": one.remedy}
        for one in report.problems
    ]
    if as_json:
        emit({"total": report.total, "kept": report.kept, "rejected": report.rejected, "problems": rows})
    else:
        out.print(f"共 {report.total} 行，记下 {report.kept} 条，未记 {report.rejected} 条")
        for row in rows[:_SHOWN]:
            place = f"{row['sheet']} 第 {row['row']} 行" if row["row"] else str(row["sheet"])
            err.print(f"{place}：{row['message']}；{row['remedy']}")
        if len(rows) > _SHOWN:
            err.print(f"另有 {len(rows) - _SHOWN} 处问题，加 --json 看全部")
    if report.rejected:
        raise typer.Exit(REJECTED)
