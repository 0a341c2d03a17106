"""Rulings of the policy tables over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from matcher.domain import SizeClass
from matcher.policy.size_class import size_class
from service.api.schemas import Code, Model
from service.deps import ActorDep, PartsDep

router = APIRouter(prefix="/v1/policy", tags=["政策"])

Amount = Annotated[float | None, Field(allow_inf_nan=False)]


class SizeClassBody(Model):
    """划型所需指标；缺的指标不猜"""

    industry: Code = Field(description='GB/T 4754-2017 代码，如 "3421" 或 "C3421"')
    employees: int | None = Field(default=None, ge=0, description="从业人员（人）")
    revenue_wan: Amount = Field(default=None, description="营业收入（万元）")
    assets_wan: Amount = Field(default=None, description="资产总额（万元）")
    as_of: date | None = Field(default=None, description="按哪一天的标准，默认今天")


class SizeClassOut(Model):
    """划型结论、依据与可能的档"""

    outcome: SizeClass
    possible: list[SizeClass]
    clause: str
    effective: date | None
    verified: bool
    explanation: str


@router.post("/size-class", summary="企业划型（工信部联企业〔2011〕300号）")
def post_size_class(body: SizeClassBody, found: PartsDep, who: ActorDep) -> SizeClassOut:
    """Return the size class, or every class still possible."""
    ruling = size_class(
        body.industry,
        employees=body.employees,
        revenue_wan=body.revenue_wan,
        assets_wan=body.assets_wan,
        as_of=body.as_of or found.today(),
    )
    return SizeClassOut.model_validate(ruling)
