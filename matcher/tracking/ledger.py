"""The monthly 台账: every deal as it stood at the month's end, and what the month brought."""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from matcher.deals import (
    AMOUNT_LABELS,
    DEAL_LABELS,
    STAGES,
    Amount,
    Deal,
    DealStage,
    Ending,
    alert,
    amount,
    conflicts,
    state_label,
)
from matcher.errors import MatcherError
from matcher.tabular.tables import Chart, SheetTable
from matcher.tracking.standing import Tracked, as_of, total

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
COLUMNS = (
    *("编号", "对接事项", "需求方", "供给方", "供给方规模", "地区", "产业", "类型", "责任部门", "环节", "进入日期"),
    *("意向金额", "签约金额", "到账金额", "合同编号", "超期天数", "提示"),
)
"""The columns of a ledger, in order; sums in 万元."""


def month_days(month: str) -> tuple[date, date]:
    """Return the first and last day of a month such as 2026-11.

    :raises MatcherError: `bad_month`.
    """
    found = _MONTH.fullmatch(month)
    if found is None or int(found[1]) == 0:
        raise MatcherError("bad_month", f"月份应如 2026-11，收到“{month}”")
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def ledger(month: str, tracked: Sequence[Tracked], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a month's ledger as JSON: `rows` by column, `totals` by name, `month`, `from`, `until`.

    `totals` has for each stage what the month (本月…) and all time (累计…) brought, likewise the sums.
    :raises MatcherError: `bad_month`.
    """
    first, last = month_days(month)
    states = [(one, state) for one in tracked if (state := as_of(one, last)) is not None]
    rows = [_row(one, state, names, last) for one, state in states]
    before = [state for one in tracked if (state := as_of(one, first - timedelta(days=1))) is not None]
    totals = _totals(tracked, [state for _, state in states], before, first, last)
    return {"month": month, "from": first.isoformat(), "until": last.isoformat(), "rows": rows, "totals": totals}


def _row(one: Tracked, state: Deal, names: Mapping[str, str], last: date) -> dict[str, Any]:
    late = alert(state, last)
    values = (
        state.id,
        state.title,
        names.get(state.requester_id, state.requester_id),
        names.get(state.supplier_id, state.supplier_id),
        one.size,
        one.district,
        one.industry,
        one.kind,
        state.department or "",
        state_label(state),
        state.entered.isoformat(),
        *(amount(state, kind) for kind in Amount),
        state.contract or "",
        late.days if late else None,
        "；".join((*conflicts(state), *((late.text,) if late else ()))),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _totals(
    tracked: Sequence[Tracked], at_end: Sequence[Deal], at_start: Sequence[Deal], first: date, last: date
) -> dict[str, float]:
    found: dict[str, float] = {}
    for stage in STAGES:
        days = [one.first[stage] for one in tracked if stage in one.first]
        found[f"本月{DEAL_LABELS[stage]}数"] = sum(first <= day <= last for day in days)
        found[f"累计{DEAL_LABELS[stage]}数"] = sum(day <= last for day in days)
    for ending in Ending:
        days = [state.entered for state in at_end if state.ending is ending]
        found[f"本月{DEAL_LABELS[ending]}数"] = sum(day >= first for day in days)
        found[f"累计{DEAL_LABELS[ending]}数"] = len(days)
    for kind, label in AMOUNT_LABELS.items():
        sum_ = total(at_end, kind)
        found[f"本月{label}"], found[f"累计{label}"] = round(sum_ - total(at_start, kind), 6), sum_
    return found


def ledger_tables(content: Mapping[str, Any]) -> tuple[SheetTable, ...]:
    """Return a ledger as tables of a workbook: the rows, and the totals with a chart of the stages."""
    totals = content["totals"]
    stages = [
        (str(DEAL_LABELS[stage]), totals[f"本月{DEAL_LABELS[stage]}数"], totals[f"累计{DEAL_LABELS[stage]}数"])
        for stage in DealStage
    ]
    sums = [(f"{label}（万元）", totals[f"本月{label}"], totals[f"累计{label}"]) for label in AMOUNT_LABELS.values()]
    return (
        SheetTable(
            title=f"台账 {content['month']}",
            headers=COLUMNS,
            rows=[[row[column] for column in COLUMNS] for row in content["rows"]],
        ),
        SheetTable(
            title="各环节",
            headers=("环节", "本月", "累计"),
            rows=stages,
            chart=Chart(names="环节", values=("本月", "累计")),
        ),
        SheetTable(
            title="金额",
            headers=("项目", "本月", "累计"),
            rows=sums,
            chart=Chart(names="项目", values=("本月", "累计"), form="column"),
        ),
    )
