"""rongtong allocate"""

from typing import Annotated

import typer
from rich.table import Table

from matcher.allocate import Objective
from service.api.capacity_schemas import AllocationOut
from service.auth import local_admin
from service.cli.console import emit, out, running
from service.cli.match import AsJson
from service.usecases.allocations import Split, Wanted, split

_LEFT = 8


def allocate(
    context: typer.Context,
    posting: Annotated[str, typer.Option(help="加工与订单需求的编号")],
    most: Annotated[int | None, typer.Option(min=1, max=50, help="至多几家，默认取条目上的")] = None,
    objective: Annotated[Objective, typer.Option(help="cost 成本最低，fit 最契合")] = Objective.COST,
    floor: Annotated[float, typer.Option(min=0, max=1, help="契合度低于它的不用")] = 0.3,
    as_json: AsJson = False,
) -> None:
    """把一个订单拆给几家闲置产能：缺口最小，再求成本最低或最契合，并说明没用到的为什么。"""
    with running(context, as_json=as_json) as parts:
        wanted = Wanted(posting_id=posting, most=most, objective=objective, floor=floor)
        found = split(parts, local_admin(parts.settings.tenant), wanted)
    if as_json:
        emit(AllocationOut.of(found).model_dump(mode="json"))
    else:
        _show(found)


def _show(found: Split) -> None:
    made, unit = found.allocation, found.order.unit or ""
    short = f"，还缺 {made.short:g}{unit}" if made.short else ""
    unpriced = f"，另有 {made.unpriced:g}{unit}单价待核实" if made.unpriced else ""
    out.print(
        f"订单 {found.order.quantity:g}{unit}，排出 {made.covered:g}{unit}{short}；合计 {made.cost:,.2f} 元{unpriced}"
    )
    table = Table("供方", "时段", "数量", "单价（元）", "说明")
    for share in made.shares:
        one = found.offers[share.offer]
        notes = [f"借用：{found.titles[share.machine]}"] if share.machine else []
        notes += [f"待核实 {len(made.open[share.offer])} 项"] if made.open.get(share.offer) else []
        price = "待核实" if share.price is None else f"{share.price:g}"
        days = f"{share.days.first} 至 {share.days.last}"
        table.add_row(
            f"{one.enterprise.name}\n{one.posting.title}", days, f"{share.amount:g}{unit}", price, "\n".join(notes)
        )
    if made.shares:
        out.print(table)
    for use in made.uses:
        idle = f"{use.idle:.6g}{unit if use.offer in found.offers else '小时'}"
        out.print(f"“{found.titles[use.offer]}”空闲 {idle}，利用率 {use.before:.0%} → {use.after:.0%}")
    for left in made.left_out[:_LEFT]:
        out.print(f"未用 “{found.offers[left.offer].posting.title}”：{left.reason}")
    if len(made.left_out) > _LEFT:
        out.print(f"另有 {len(made.left_out) - _LEFT} 条未用，加 --json 看全部")
