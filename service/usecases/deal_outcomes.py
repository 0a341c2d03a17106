"""Outcomes by sheet: what either side tells of deals in a table; two sides of one contract are one deal."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

from matcher.deals import (
    DEAL_LABELS,
    STAGES,
    Amount,
    Deal,
    DealSide,
    DealStage,
    Ending,
    Report,
    amount,
    state_label,
)
from matcher.errors import MatcherError
from matcher.tabular.attendees.link import Registry
from matcher.tabular.register import SheetRow
from matcher.taxonomy.fields import Field, FieldType
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Step
from service.store.rights import require_platform
from service.usecases.deal_answers import assign, check_day, report
from service.usecases.deal_views import all_deals, names_in
from service.usecases.registers import firm_id
from service.usecases.sheets import SheetReport, fillable_book, take_rows

Held: TypeAlias = dict[tuple[str, str], dict[str, Deal]]
"""Deals by requester and supplier, then by id."""

_STATES: Mapping[str, DealStage | Ending] = {DEAL_LABELS[one]: one for one in (*STAGES, *Ending)} | {
    "供应商目录": DealStage.LISTED
}
_SIDES = {DEAL_LABELS[one]: one for one in DealSide}
_DRESS = re.compile(r"\s|^(?:已经|已|达成|完成|正式)|(?:完成|了|成功|中)$")
_AMOUNTS = {"intended_wan": Amount.INTENDED, "signed_wan": Amount.SIGNED, "paid_wan": Amount.PAID}

OUTCOME_FIELDS = (
    Field(name="requester", label="需求方", type=FieldType.FIRM, required=True, aliases=("大企业", "采购方", "甲方")),
    Field(name="supplier", label="供给方", type=FieldType.FIRM, required=True, aliases=("小企业", "供应商", "乙方")),
    Field(name="title", label="对接事项", type=FieldType.TEXT, aliases=("需求", "事项", "项目名称")),
    Field(
        name="stage", label="环节", type=FieldType.TEXT, options=tuple(_STATES), required=True, aliases=("进展", "状态")
    ),
    Field(name="on", label="日期", type=FieldType.DATE, required=True, aliases=("发生日期",)),
    Field(name="intended_wan", label="意向金额", type=FieldType.MONEY),
    Field(name="signed_wan", label="签约金额", type=FieldType.MONEY, aliases=("合同金额",)),
    Field(name="paid_wan", label="到账金额", type=FieldType.MONEY, aliases=("累计到账", "已付金额")),
    Field(name="contract", label="合同编号", type=FieldType.TEXT, aliases=("合同",)),
    Field(name="side", label="填报方", type=FieldType.ENUM, options=tuple(_SIDES)),
    Field(name="department", label="责任部门", type=FieldType.TEXT),
    Field(name="evidence", label="依据", type=FieldType.TEXT, aliases=("佐证", "证明材料")),
    Field(name="note", label="备注", type=FieldType.TEXT),
)


def import_outcomes(parts: Parts, actor: Actor, path: Path) -> SheetReport:
    """Return what became of the rows of a sheet of outcomes; two rows of one contract, one by each side, make one deal.

    A deal is found by its 编号, by firms and contract, or by firms and subject; else a new one, arranged outside, is
    kept. The same sheet again adds nothing.
    :raises MatcherError: when the file as a whole cannot be read, `forbidden`.
    """
    require_platform(actor, Scope.WRITE)
    known = Registry(parts.store.names.known_names(actor), parts.store.names.ids_by_uscc(actor))
    held: Held = {}
    for one in all_deals(parts.store, actor):
        held.setdefault((one.requester_id, one.supplier_id), {})[one.id] = one
    return take_rows(path, OUTCOME_FIELDS, parts.today(), lambda row: _outcome(parts, actor, row, known, held))


def _outcome(parts: Parts, actor: Actor, row: SheetRow, known: Registry, held: Held) -> None:
    # All that may be wrong with a row is found before anything is written.
    values = row.values
    firms = (firm_id(str(values["requester"]), known), firm_id(str(values["supplier"]), known))
    if firms[0] == firms[1]:
        raise MatcherError("bad_deal", f"需求方与供给方是同一家企业（{firms[0]}）")
    told = _told(values)
    check_day(told.on, parts.today())
    mine = held.setdefault(firms, {})
    deal = _found(row, mine) or _outside(parts, actor, row, firms, told.on)
    department = values.get("department")
    if department and department != deal.department:
        deal = assign(parts, actor, deal.id, str(department))
    mine[deal.id] = report(parts, actor, deal.id, told)


def _told(values: Mapping[str, object]) -> Report:
    state = _state(str(values["stage"]))
    return Report(
        by=_SIDES.get(str(values.get("side")), DealSide.PLATFORM),
        on=date.fromisoformat(str(values["on"])),
        stage=state if isinstance(state, DealStage) else None,
        ending=state if isinstance(state, Ending) else None,
        reason=str(values.get("note") or "未说明") if isinstance(state, Ending) else None,
        amounts={kind: _sum(values[name]) for name, kind in _AMOUNTS.items() if name in values},
        contract=str(values["contract"]) if values.get("contract") else None,
        note="；".join(str(values[name]) for name in ("evidence", "note") if values.get(name)) or None,
    )


def _state(text: str) -> DealStage | Ending:
    """Return the stage or ending that a cell names, also as 已签约, 签约完成 or 达成意向."""
    plain = _DRESS.sub("", text)
    found = next((state for label, state in _STATES.items() if plain in (label, label.removeprefix("进入"))), None)
    if found is None:
        raise MatcherError("bad_deal", f"不认识环节“{text}”；可填：{'、'.join(_STATES)}")
    return found


def _sum(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _found(row: SheetRow, held: Mapping[str, Deal]) -> Deal | None:
    """Return the deal that a row means, out of those of its two firms."""
    if row.id and row.id not in held:
        raise MatcherError("bad_deal", f"没有编号为 {row.id} 的对接，或其双方与这一行的企业不符")
    if row.id:
        return held[row.id]
    both = list(held.values())
    contract, title = row.values.get("contract"), row.values.get("title")
    for same in (
        [one for one in both if contract and one.contract == contract],
        [one for one in both if title and one.title == title and not (contract and one.contract)],
        [one for one in both if not title and not (contract and one.contract)],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            ids = "、".join(one.id for one in same[:5])
            raise MatcherError("ambiguous_deal", f"双方有多次对接（{ids}），请在“编号”栏写明是哪一次")
    return None


def _outside(parts: Parts, actor: Actor, row: SheetRow, firms: tuple[str, str], day: date) -> Deal:
    title = str(row.values.get("title") or row.values.get("contract") or "线下对接")
    own = "\n".join((*firms, str(row.values.get("contract") or title)))
    made = Deal(
        id=f"deal_{hashlib.blake2b(own.encode(), digest_size=8).hexdigest()}",
        requester_id=firms[0],
        supplier_id=firms[1],
        title=title,
        entered=day,
        contract=str(row.values["contract"]) if row.values.get("contract") else None,
        agreed=(DealSide.REQUESTER, DealSide.SUPPLIER),
    )
    return parts.store.deals.create(actor, [made], Step(action="线下对接登记", on=day))[0]


def export_outcomes(parts: Parts, actor: Actor) -> bytes:
    """Return every deal the actor sees as a workbook that imports again."""
    deals = all_deals(parts.store, actor)
    names = names_in(parts, actor, deals)
    rows = (
        (
            one.id,
            {
                "requester": names[one.requester_id],
                "supplier": names[one.supplier_id],
                "title": one.title,
                "stage": state_label(one),
                "on": one.entered,
                "contract": one.contract,
                "department": one.department,
                **{name: amount(one, kind) for name, kind in _AMOUNTS.items()},
            },
        )
        for one in deals
    )
    return fillable_book("对接台账", OUTCOME_FIELDS, rows)
