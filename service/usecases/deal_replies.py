"""Replies of firms that no link reaches: a sheet to fill in that says the same as the page."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from matcher.deals import (
    Deal,
    DealSide,
    DealStage,
    Declined,
)
from matcher.domain import Contact
from matcher.errors import MatcherError
from matcher.tabular.register import SheetRow
from matcher.taxonomy.fields import Field, FieldType
from service.auth import Actor, Role, Scope
from service.deps import Parts
from service.store.rights import require_platform
from service.usecases.deal_views import all_deals, names_in
from service.usecases.evidence import Answered, unanswered
from service.usecases.replies import CORRECTABLE, Reply, reply
from service.usecases.reply_link import Opened
from service.usecases.sheets import SheetReport, fillable_book, take_rows

_SHEET = "通过答复表答复"

REPLY_FIELDS = (
    Field(name="supplier", label="企业", type=FieldType.TEXT),
    Field(name="requester", label="邀请方", type=FieldType.TEXT),
    Field(name="title", label="对接事项", type=FieldType.TEXT),
    Field(name="why", label="为什么找您", type=FieldType.TEXT),
    Field(name="answer_by", label="答复期限", type=FieldType.DATE),
    Field(name="decision", label="答复", type=FieldType.ENUM, options=("接受", "婉拒")),
    Field(name="reason", label="婉拒原因", type=FieldType.ENUM, options=tuple(Declined)),
    Field(name="asked", label="待核实", type=FieldType.TEXT),
    Field(name="met", label="是否满足", type=FieldType.BOOL),
    Field(name="said", label="具体情况", type=FieldType.TEXT),
    Field(name="expires", label="有效期至", type=FieldType.DATE),
    Field(name="profile", label="更正：企业简介", type=FieldType.TEXT),
    Field(name="employees", label="更正：员工人数", type=FieldType.INTEGER, unit="人"),
    Field(name="revenue_wan", label="更正：营业收入", type=FieldType.MONEY),
    Field(name="assets_wan", label="更正：资产总额", type=FieldType.MONEY),
    Field(name="contact_name", label="联系人", type=FieldType.TEXT),
    Field(name="contact_phone", label="联系电话", type=FieldType.TEXT),
    Field(name="mute", label="不再接收该邀请方", type=FieldType.BOOL),
    Field(name="note", label="留言", type=FieldType.TEXT),
)


def reply_sheet(parts: Parts, actor: Actor) -> bytes:
    """Return a workbook of the deals that wait for the supplier, a row for each open question, to fill in and import.

    :raises MatcherError: `forbidden`.
    """
    require_platform(actor, Scope.READ)
    deals = [one for one in all_deals(parts.store, actor, open_only=True) if _waits(one)]
    names = names_in(parts, actor, deals)
    firms = parts.store.records.enterprises_by_id(actor, {one.supplier_id for one in deals})
    rows: list[tuple[str, dict[str, object]]] = []
    for one in deals:
        told: dict[str, object] = {
            "supplier": names[one.supplier_id],
            "requester": names[one.requester_id],
            "title": one.title,
            "why": "；".join(one.why),
            "answer_by": one.answer_by,
        }
        firm = firms.get(one.supplier_id)
        asked = unanswered(one, firm.evidence if firm else (), parts.today())
        rows += [(one.id, told | ({"asked": text} if text else {})) for text in asked or ("",)]
    return fillable_book("答复表", REPLY_FIELDS, rows)


def _waits(deal: Deal) -> bool:
    return deal.stage is DealStage.RECOMMENDED and DealSide.SUPPLIER not in deal.agreed


def import_replies(parts: Parts, actor: Actor, path: Path) -> SheetReport:
    """Return what became of the rows of a reply sheet; rows left blank are kept as they are.

    :raises MatcherError: when the file as a whole cannot be read, `forbidden`.
    """
    require_platform(actor, Scope.WRITE)
    return take_rows(path, REPLY_FIELDS, parts.today(), lambda row: _replied(parts, actor, row))


def _replied(parts: Parts, actor: Actor, row: SheetRow) -> None:
    values = row.values
    if not row.id:
        raise MatcherError("bad_reply", "缺少编号：请用导出的答复表填写")
    deal = parts.store.deals.get(actor, row.id)
    speaker = Actor(actor.tenant, deal.supplier_id, actor.user, frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    decision = {"接受": True, "婉拒": False}.get(str(values.get("decision")))
    name, phone, mute = (values.get(key) for key in ("contact_name", "contact_phone", "mute"))
    answer = Reply(
        # A deal answered already, as by an earlier row of the same sheet, is not answered twice.
        accept=decision if _waits(deal) and deal.ending is None else None,
        declined=next((one for one in Declined if one == values.get("reason")), None),
        note=str(values["note"]) if values.get("note") else None,
        answers=_answers(values),
        corrections={key: values[key] for key in CORRECTABLE if key in values},
        contact=Contact(name=str(name) if name else None, phone=str(phone) if phone else None)
        if name or phone
        else None,
        mute=mute if isinstance(mute, bool) else None,
    )
    reply(parts, Opened(speaker, deal, DealSide.SUPPLIER), answer, source=_SHEET)


def _answers(values: Mapping[str, object]) -> list[Answered]:
    asked, met, said, expires = (values.get(name) for name in ("asked", "met", "said", "expires"))
    if not asked or not (isinstance(met, bool) or said):
        return []
    return [
        Answered(
            asked=str(asked),
            met=met if isinstance(met, bool) else None,
            said=str(said) if said else None,
            expires=date.fromisoformat(str(expires)) if expires else None,
        )
    ]
