"""Reports over HTTP: funnel, targets, gaps, the monthly ledger, cases, and a buyer's card."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import Response

from matcher.tracking.funnel import Dimension
from service.api.books import BOOK, book
from service.api.report_schemas import (
    BuyerCardOut,
    CaseOut,
    CasesOut,
    FunnelOut,
    FunnelRowOut,
    GapsOut,
    LedgerOut,
    NamesOut,
    TargetOut,
    TargetsOut,
)
from service.api.schemas import Identifier
from service.deps import ActorDep, PartsDep
from service.usecases import gaps, ledgers, tracking

router = APIRouter(prefix="/v1/reports", tags=["报告"])
firms = APIRouter(prefix="/v1/enterprises", tags=["报告"])

Since = Annotated[date | None, Query(description="从哪一天起")]
Until = Annotated[date | None, Query(description="到哪一天，默认今天")]
Floor = Annotated[float, Query(ge=0, le=1, description="得分不到它的不算应答")]
Most = Annotated[int, Query(ge=1, le=gaps.MOST, description="至多看多少条，需求与闲置各计")]


@router.get("/funnel", summary="漏斗：按地区、产业、类型、规模或责任部门")
def get_funnel(
    found: PartsDep,
    who: ActorDep,
    by: Annotated[Dimension | None, Query(description="分组；空为合计")] = None,
    since: Since = None,
    until: Until = None,
) -> FunnelOut:
    """Return the funnel of the deals that began in a period."""
    rows = tracking.funnel_report(found, who, by, since=since, until=until)
    return FunnelOut(items=[FunnelRowOut.of(row) for row in rows])


@router.get(
    "/tracking.xlsx", summary="跟踪工作簿：各种分组的漏斗、目标与完成，附图", response_class=Response, responses=BOOK
)
def get_book(found: PartsDep, who: ActorDep, since: Since = None, until: Until = None) -> Response:
    """Return the funnel by every dimension and the targets as a workbook."""
    return book(tracking.tracking_book(found, who, since=since, until=until))


@router.get("/targets", summary="目标与完成（目标登记在“目标任务”台账）")
def get_targets(found: PartsDep, who: ActorDep, as_of: Until = None) -> TargetsOut:
    """Return targets beside what was done."""
    return TargetsOut(items=[TargetOut.of(row) for row in tracking.target_report(found, who, as_of=as_of)])


@router.get("/gaps", summary="供给缺口：无人应答的需求、无人问津的闲置资源，按产业链环节与地区")
def get_gaps(found: PartsDep, who: ActorDep, floor: Floor = gaps.FLOOR, most: Most = gaps.MOST) -> GapsOut:
    """Return supply gaps."""
    return GapsOut.of(gaps.gap_report(found, who, floor=floor, most=most))


@router.get("/gaps.xlsx", summary="供给缺口工作簿", response_class=Response, responses=BOOK)
def get_gap_book(found: PartsDep, who: ActorDep, floor: Floor = gaps.FLOOR, most: Most = gaps.MOST) -> Response:
    """Return supply gaps as a workbook."""
    return book(gaps.gap_book(gaps.gap_report(found, who, floor=floor, most=most)))


@router.get("/cases", summary="典型案例草稿：已签约、双方同意宣传的，按成效与差异挑选")
def get_cases(
    found: PartsDep,
    who: ActorDep,
    k: Annotated[int, Query(ge=1, le=100, description="几篇")] = 5,
    least_wan: Annotated[float, Query(ge=0, description="签约金额至少几万元")] = 0,
) -> CasesOut:
    """Return drafts of cases."""
    return CasesOut(items=[CaseOut.of(one) for one in tracking.case_report(found, who, k, least_wan=least_wan)])


@router.get("/ledgers/names", summary="台账模板可用的名称（Excel 名称管理器）")
def get_names(who: ActorDep) -> NamesOut:
    """Return the names that a template may define."""
    singles, columns = ledgers.ledger_names()
    return NamesOut(singles=list(singles), columns=list(columns))


@router.get("/ledgers/{month}", summary="月度台账：未结账的为当前情况")
def get_ledger(month: Identifier, found: PartsDep, who: ActorDep) -> LedgerOut:
    """Return a month's ledger."""
    return LedgerOut.of(ledgers.open_ledger(found, who, month))


@router.get("/ledgers/{month}/xlsx", summary="月度台账工作簿，附图", response_class=Response, responses=BOOK)
def get_ledger_book(month: Identifier, found: PartsDep, who: ActorDep) -> Response:
    """Return a month's ledger as a workbook."""
    return book(ledgers.ledger_book(found, who, month))


@router.post("/ledgers/{month}/close", summary="结账：以后重印逐字相同")
def close_ledger(month: Identifier, found: PartsDep, who: ActorDep) -> LedgerOut:
    """Return a month's ledger closed for good."""
    return LedgerOut.of(ledgers.close_ledger(found, who, month))


@router.post(
    "/ledgers/{month}/fill", summary="填入自己的模板（.xlsx，按名称）", response_class=Response, responses=BOOK
)
def fill_ledger(
    month: Identifier,
    found: PartsDep,
    who: ActorDep,
    file: Annotated[UploadFile, File(description="定义了名称的 .xlsx 模板")],
) -> Response:
    """Return a template with a month's ledger in its named cells."""
    return book(ledgers.fill_ledger(found, who, month, file.file.read()))


@firms.get("/{id:path}/buyer-card", summary="采购方往来记录：接单前看一眼")
def get_card(id: Identifier, found: PartsDep, who: ActorDep) -> BuyerCardOut:
    """Return a buyer's card."""
    return BuyerCardOut.of(tracking.card_of(found, who, id))
