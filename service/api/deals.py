"""Deals over HTTP: proposed, answered, reported, watched; evidence, 揭榜 and the buyer's catalogue beside them."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from matcher.deals import DealStage
from service.api.books import BOOK, Sheet, book, kept
from service.api.deal_schemas import (
    AlertOut,
    AlertsOut,
    AnswerBody,
    AnswersBody,
    ConsentBody,
    ContactOut,
    ContactsOut,
    DealOut,
    DealViewOut,
    DepartmentBody,
    DisclosureOut,
    DisclosuresOut,
    LinkBody,
    LinkOut,
    ProposeBody,
    ProposedOut,
    ReportBody,
)
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.registers import SheetOut
from service.api.schemas import Identifier
from service.conditional import TAGGED, TagDep
from service.deps import ActorDep, OnceDep, PartsDep
from service.store import version_of
from service.usecases import deal_answers, deal_views
from service.usecases.deal_outcomes import export_outcomes, import_outcomes
from service.usecases.deal_replies import import_replies, reply_sheet
from service.usecases.deals import Proposal, propose
from service.usecases.evidence import answer_questions
from service.usecases.reply_link import make_link

router = APIRouter(prefix="/v1/deals", tags=["对接过程"])


@router.post("", summary="推荐：把需求与供给条目带到一起；供给方提交即为自荐")
def post(body: ProposeBody, found: PartsDep, who: ActorDep, once: OnceDep) -> ProposedOut:
    """Return the deals of a proposal."""

    def action() -> dict[str, Any]:
        made = propose(found, who, Proposal(**dict(body)))
        return ProposedOut(deals=[DealOut.of(one) for one in made.deals], muted=list(made.muted)).model_dump(
            mode="json"
        )

    return ProposedOut.model_validate(once.run(body.model_dump_json(), action))


@router.get("", summary="对接列表")
def listed(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    stage: Annotated[DealStage | None, Query(description="只看这个环节的")] = None,
    enterprise_id: Annotated[str | None, Query(max_length=128, description="只看这家企业的")] = None,
    department: Annotated[str | None, Query(max_length=100, description="只看这个责任部门的")] = None,
    open_only: Annotated[bool, Query(description="不看已婉拒、未成的")] = False,
) -> PageOut[DealOut]:
    """Return the deals the caller may see, by id."""
    page = found.store.deals.list(
        who,
        after=cursor,
        limit=limit,
        stage=stage,
        enterprise_id=enterprise_id,
        department=department,
        open_only=open_only,
    )
    return page_of([DealOut.of(one) for one in page.items], page.next)


@router.get("/overdue", summary="超期提醒：停在哪一步、等谁、超了几天")
def overdue(
    found: PartsDep,
    who: ActorDep,
    as_of: Annotated[date | None, Query(description="到哪一天，默认今天")] = None,
    department: Annotated[str | None, Query(max_length=100, description="只看这个责任部门的")] = None,
) -> AlertsOut:
    """Return the deals that rest too long."""
    alerts = deal_views.overdue(found, who, as_of=as_of, department=department)
    return AlertsOut(items=[AlertOut.of(one) for one in alerts])


@router.get("/export", summary="对接台账导出（可改好再导入）", response_class=Response, responses=BOOK)
def export(found: PartsDep, who: ActorDep) -> Response:
    """Return every deal as a workbook."""
    return book(export_outcomes(found, who))


@router.post("/import", summary="结果表导入：企业名称、环节、金额、日期、依据；双方各填一行的合同并为一条")
def post_outcomes(found: PartsDep, who: ActorDep, file: Sheet) -> SheetOut:
    """Keep the good rows of a sheet of outcomes and tell of the others."""
    with kept(file) as path:
        return SheetOut.of(import_outcomes(found, who, path))


@router.get("/replies", summary="答复表：给不便打开链接的企业", response_class=Response, responses=BOOK)
def replies(found: PartsDep, who: ActorDep) -> Response:
    """Return the deals that wait for the supplier as a sheet to fill in."""
    return book(reply_sheet(found, who))


@router.post("/replies", summary="导入填好的答复表")
def post_replies(found: PartsDep, who: ActorDep, file: Sheet) -> SheetOut:
    """Take down the replies of a sheet and tell of rows that cannot be."""
    with kept(file) as path:
        return SheetOut.of(import_replies(found, who, path))


@router.get("/{id}", summary="一次对接：双方条目（按阶段公开）与每一步", responses=TAGGED)
def get(id: Identifier, found: PartsDep, who: ActorDep, tag: TagDep) -> DealViewOut:
    """Return a deal as the caller may see it now."""
    shown = DealViewOut.of(deal_views.opened(found, who, id), found.store.deals.steps(who, id))
    tag(version_of(shown))
    return shown


@router.post("/{id}/answer", summary="应约或婉拒（由企业自己答复）")
def post_answer(id: Identifier, body: AnswerBody, found: PartsDep, who: ActorDep, once: OnceDep) -> DealOut:
    """Return the deal after the caller's side answered."""

    def action() -> dict[str, Any]:
        deal = deal_answers.answer_or_decline(found, who, id, body.accept, body.reason, body.note)
        return DealOut.of(deal).model_dump(mode="json")

    return DealOut.model_validate(once.run(body.model_dump_json(), action))


@router.post("/{id}/answers", summary="供给方回答待核实的各项，成为企业的佐证")
def post_answers(id: Identifier, body: AnswersBody, found: PartsDep, who: ActorDep) -> DealOut:
    """Return the deal; the answers are kept with the firm."""
    deal = found.store.deals.get(who, id)
    source = "平台代填" if who.platform else "企业答复"
    answer_questions(found, who, deal, [one.to_domain() for one in body.answers], source=source)
    return DealOut.of(deal)


@router.post("/{id}/reports", summary="填报进展与金额；双方各报各的，不一致会标出")
def post_report(id: Identifier, body: ReportBody, found: PartsDep, who: ActorDep, once: OnceDep) -> DealOut:
    """Return the deal after a report."""

    def action() -> dict[str, Any]:
        side = deal_answers.side_of(who, found.store.deals.get(who, id))
        return DealOut.of(deal_answers.report(found, who, id, body.to_domain(side, found.today()))).model_dump(
            mode="json"
        )

    return DealOut.model_validate(once.run(body.model_dump_json(), action))


@router.post("/{id}/link", summary="答复链接，由平台发出：企业无需账号，手机即可答复")
def post_link(id: Identifier, body: LinkBody, response: Response, found: PartsDep, who: ActorDep) -> LinkOut:
    """Return a fresh link; earlier ones open no longer."""
    response.headers["Cache-Control"] = "no-store"
    return LinkOut.model_validate(make_link(found, who, id, side=body.side, days=body.days))


@router.put("/{id}/consent", summary="是否同意作为典型案例宣传（由企业自己决定）")
def put_consent(id: Identifier, body: ConsentBody, found: PartsDep, who: ActorDep) -> DealOut:
    """Return the deal after the caller's side decided."""
    return DealOut.of(deal_answers.consent(found, who, id, agrees=body.agrees))


@router.put("/{id}/department", summary="指定责任部门")
def put_department(id: Identifier, body: DepartmentBody, found: PartsDep, who: ActorDep) -> DealOut:
    """Return the deal after it was given to a department."""
    return DealOut.of(deal_answers.assign(found, who, id, body.department))


@router.get("/{id}/contacts", summary="联系方式：双方同意后提供，并记入日志")
def get_contacts(id: Identifier, found: PartsDep, who: ActorDep) -> ContactsOut:
    """Return the other side's contacts."""
    held = deal_views.contacts(found, who, id)
    return ContactsOut(contacts={firm: [ContactOut.of(one) for one in people] for firm, people in held.items()})


@router.get("/{id}/disclosures", summary="查看记录：谁在何时看到了什么")
def get_disclosures(id: Identifier, found: PartsDep, who: ActorDep) -> DisclosuresOut:
    """Return who was shown what."""
    return DisclosuresOut(items=[DisclosureOut.of(one) for one in found.store.deals.disclosures(who, id)])
