"""rongtong consortium, rongtong reserve"""

from typing import Annotated

import typer
from rich.table import Table

from matcher.consortium import Consortium
from matcher.policy.procurement import Reserved
from matcher.policy.ruling import FINDING_LABELS, Finding
from service.api.consortia_schemas import ConsortiumOut, ReserveOut
from service.auth import local_admin
from service.cli.console import emit, out, running
from service.cli.match import AsJson
from service.usecases.consortia import Built, Wanted, build
from service.usecases.reserve import Plan, plan


def consortium(
    context: typer.Context,
    posting: Annotated[str, typer.Option(help="采购包条目的编号")],
    lead: Annotated[str, typer.Option(help="牵头单位的企业编号")],
    most: Annotated[int, typer.Option(min=0, max=20, help="牵头之外至多几家")] = 3,
    lead_fit: Annotated[float | None, typer.Option(min=0, max=1, help="牵头单位没有匹配的能力条目时以此代之")] = None,
    floor: Annotated[float, typer.Option(min=0, max=1, help="契合度低于它的不用")] = 0.3,
    as_json: AsJson = False,
) -> None:
    """为一个采购包组联合体：小微份额过门槛而契合度损失最小，并给出扣除前后的价格与可出保函的担保。"""
    with running(context, as_json=as_json) as parts:
        wanted = Wanted(lead_id=lead, posting_id=posting, most=most, lead_fit=lead_fit, floor=floor)
        built = build(parts, local_admin(parts.settings.tenant), wanted)
    if as_json:
        emit(ConsortiumOut.of(built).model_dump(mode="json"))
    else:
        _show(built)


def _show(built: Built) -> None:
    made = built.consortium
    if made is None:
        out.print(f"没有组法能让小微份额达到 {built.lot.gate_pct:g}%：候选不足，可降低契合度下限或放宽成员数")
        return
    out.print(f"小微份额 {made.share_pct:.4g}%（门槛 {built.lot.gate_pct:g}%），契合度损失 {made.loss:.3f}")
    out.print(_table(made, built))
    for label, ruling in (("独自投标", built.before), ("联合体投标", built.after)):
        if ruling is not None:
            out.print(f"{label}：{FINDING_LABELS[Finding(ruling.outcome)]}。{ruling.explanation}依据 {ruling.clause}")
    for one in built.additions[:2]:
        out.print(f"只加一家：{'、'.join(built.names[firm] for firm in one.members)}，契合度损失 {one.loss:.3f}")
    titles = "、".join(one.posting.title for one in built.guarantors[:2]) or "暂无合适产品"
    out.print(f"{built.guarantee.explanation}可出保函：{titles}")


def _table(made: Consortium, built: Built) -> Table:
    table = Table("标段", "单位", "金额（万元）", "待核实")
    for part in made.parts:
        role = "（牵头）" if part.firm == built.lot.lead.firm else ""
        name = f"{built.names[part.firm]}{role}"
        table.add_row(part.package, name, f"{part.amount_wan:.6g}", "、".join(built.open[part.firm]))
    return table


def reserve(
    context: typer.Context,
    buyer: Annotated[str, typer.Option(help="采购人的企业编号")],
    floor: Annotated[float, typer.Option(min=0, max=1, help="契合度低于它的不用")] = 0.3,
    as_json: AsJson = False,
) -> None:
    """采购人的预留份额：现状、缺口、每项的候选企业，以及建议再预留哪些。"""
    with running(context, as_json=as_json) as parts:
        made = plan(parts, local_admin(parts.settings.tenant), buyer_id=buyer, floor=floor)
    if as_json:
        emit(ReserveOut.of(made).model_dump(mode="json"))
    else:
        _show_plan(made)


def _show_plan(made: Plan) -> None:
    table = Table("项目", "类别", "预算（万元）", "预留", "候选中小企业")
    for item in made.items:
        share = item.reserved if item.reserved is Reserved.NONE else f"{item.reserved} {item.share_pct:g}%"
        reserved = "无法提供，不计" if item.exempt_reason else str(share)
        names = "、".join(one.match.enterprise.name for one in made.suppliers[item.name][:3])
        table.add_row(item.name, item.category, f"{item.budget_wan:g}", reserved, names)
    out.print(table)
    for ruling in made.rulings:
        out.print(f"{FINDING_LABELS[Finding(ruling.outcome)]}：{ruling.explanation}依据 {ruling.clause}")
    if made.suggestion.items:
        kept = "可全部达标" if made.suggestion.kept else "仍有缺口"
        out.print(f"建议再预留给小微企业：{'、'.join(made.suggestion.items)}（{kept}）")
