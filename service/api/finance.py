"""Finance over HTTP: instruments by holdings, funders by seekers, project gaps, core firms to connect."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field

from matcher.domain import Match
from matcher.finance import Check, Flag
from service.api.schemas import Identifier, Model
from service.deps import ActorDep, PartsDep
from service.usecases import finance

router = APIRouter(prefix="/v1/finance", tags=["融资"])


class ToolCheckOut(Model):
    """一项比较"""

    name: str
    verdict: str
    text: str

    @classmethod
    def of(cls, check: Check) -> Self:
        """Return the JSON form of a check."""
        return cls(name=check.name, verdict=str(check.verdict), text=check.text)


class FlagOut(Model):
    """信用记录：veto 为否决，其余为提醒"""

    record: str
    veto: bool
    text: str

    @classmethod
    def of(cls, flag: Flag) -> Self:
        """Return the JSON form of a flag."""
        return cls.model_validate(flag)


class SeekerOut(Model):
    """融资需求：按持有的资产可用哪些工具，信用提醒"""

    posting_id: str
    enterprise_id: str
    enterprise: str
    title: str
    options: list[ToolCheckOut]
    flags: list[FlagOut]

    @classmethod
    def of(cls, one: finance.Seeker) -> Self:
        """Return the JSON form of a seeker."""
        return cls(
            posting_id=one.posting.id,
            enterprise_id=one.firm.id,
            enterprise=one.firm.name,
            title=one.posting.title,
            options=[ToolCheckOut.of(check) for check in one.options.values()],
            flags=[FlagOut.of(flag) for flag in one.flags],
        )


class ProductOut(Model):
    """一个产品"""

    posting_id: str
    enterprise_id: str
    enterprise: str
    title: str
    score: float

    @classmethod
    def of(cls, found: Match) -> Self:
        """Return the JSON form of a product."""
        return cls(
            posting_id=found.posting.id,
            enterprise_id=found.enterprise.id,
            enterprise=found.enterprise.name,
            title=found.posting.title,
            score=found.score,
        )


class OfferOut(Model):
    """给一个需求的产品：各项比较与还缺的材料"""

    product: ProductOut
    outcome: str
    checks: list[ToolCheckOut]
    missing: list[str]


class RowOut(Model):
    """一个需求与它的产品"""

    seeker: SeekerOut
    offers: list[OfferOut]


class ListBody(Model):
    """哪些融资需求；空为全部已发布的"""

    posting_ids: list[Identifier] = Field(default=[], max_length=1000)
    each: int = Field(default=5, ge=1, le=50, description="每个需求给几个产品")
    floor: float = Field(default=0.2, ge=0, le=1, description="契合度低于它的不列")


class ListOut(Model):
    """资金方 × 需求方"""

    items: list[RowOut]


class GapOut(Model):
    """重点项目的资金缺口"""

    id: str
    project: str
    enterprise_id: str
    enterprise: str
    gap_wan: float
    days_left: int | None
    flags: list[FlagOut]
    products: list[ProductOut]


class ProjectGapsOut(Model):
    """缺口清单，先到期的在前"""

    items: list[GapOut]


class CoreFirmOut(Model):
    """建议接入应收账款平台的核心企业"""

    enterprise_id: str
    enterprise: str
    suppliers: int
    sme_suppliers: int
    receivable_wan: float
    sources: list[str]


class CoreFirmsOut(Model):
    """能带来中小供应商多的在前"""

    items: list[CoreFirmOut]


@router.post("/lists", summary="资金方 × 需求方清单：可用产品、各项比较、缺的材料")
def post_list(body: ListBody, found: PartsDep, who: ActorDep) -> ListOut:
    """Return products for each seeker; a seeker with a veto is listed with the reason and none."""
    rows = finance.finance_list(found, who, posting_ids=body.posting_ids, each=body.each, floor=body.floor)
    return ListOut(
        items=[
            RowOut(
                seeker=SeekerOut.of(one),
                offers=[
                    OfferOut(
                        product=ProductOut.of(offer.match),
                        outcome=str(offer.fit.outcome),
                        checks=[ToolCheckOut.of(check) for check in offer.fit.checks],
                        missing=list(offer.fit.missing),
                    )
                    for offer in offers
                ],
            )
            for one, offers in rows
        ]
    )


@router.get("/projects", summary="重点项目的资金缺口与可用产品")
def get_projects(
    found: PartsDep, who: ActorDep, each: Annotated[int, Query(ge=1, le=20, description="每个项目给几个产品")] = 3
) -> ProjectGapsOut:
    """Return key projects with money still missing, the most urgent first."""
    return ProjectGapsOut(
        items=[
            GapOut(
                id=gap.entry.id,
                project=str(gap.entry.values["project"]),
                enterprise_id=gap.firm.id,
                enterprise=gap.firm.name,
                gap_wan=gap.gap_wan,
                days_left=gap.days_left,
                flags=[FlagOut.of(flag) for flag in gap.flags],
                products=[ProductOut.of(one) for one in gap.products],
            )
            for gap in finance.project_gaps(found, who, each=each)
        ]
    )


@router.get("/core-firms", summary="下一批建议接入应收账款平台的核心企业")
def get_core_firms(
    found: PartsDep, who: ActorDep, k: Annotated[int, Query(ge=1, le=200, description="返回几家")] = 20
) -> CoreFirmsOut:
    """Return core firms by how many small and medium suppliers each would bring in."""
    return CoreFirmsOut(
        items=[
            CoreFirmOut(
                enterprise_id=one.firm.id,
                enterprise=one.firm.name,
                suppliers=one.suppliers,
                sme_suppliers=one.sme_suppliers,
                receivable_wan=one.receivable_wan,
                sources=list(one.sources),
            )
            for one in finance.core_firms(found, who, k)
        ]
    )


@router.get("/needs/{id:path}", summary="一个融资需求：按持有的资产可用哪些工具、信用提醒")
def get_need(id: Identifier, found: PartsDep, who: ActorDep) -> SeekerOut:
    """Return the instruments that a need's holdings allow."""
    return SeekerOut.of(finance.seeker(found, who, id))
