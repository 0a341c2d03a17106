"""Lots, consortia and reserve plans as JSON."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field

from matcher.consortium import Consortium, Package
from matcher.policy.procurement import Category
from service.api.policy_schemas import AsOf, ItemBody, RulingOut
from service.api.schemas import Identifier, Model, Name
from service.usecases.consortia import Built, Wanted
from service.usecases.reserve import Plan

Floor = Annotated[float, Field(ge=0, le=1, description="契合度低于它的不用")]


class PackageBody(Model):
    """标段：名称（用来匹配供方）与金额"""

    name: Name
    amount_wan: Annotated[float, Field(gt=0, le=1e9, description="万元")]
    divisible: bool = Field(default=False, description="可否由几家分担")


class ConsortiumBody(Model):
    """为一个采购包组联合体：采购包条目，或类别与标段"""

    lead_id: Identifier = Field(description="牵头单位的企业编号")
    posting_id: Identifier | None = Field(default=None, description="采购包条目")
    category: Category | None = None
    packages: list[PackageBody] = Field(default=[], max_length=50)
    members: list[Identifier] = Field(default=[], max_length=20, description="已有的成员；结果另给出加谁最省")
    max_members: int = Field(default=3, ge=0, le=20, description="牵头之外至多几家")
    lead_fit: float | None = Field(default=None, ge=0, le=1, description="牵头单位没有匹配的能力条目时，以此代之")
    floor: Floor = 0.3
    price_wan: Annotated[float, Field(gt=0, le=1e9)] | None = Field(default=None, description="报价，默认为各标段合计")
    public: bool | None = Field(default=None, description="是否政府采购；不填按采购人判断")
    strict: bool = Field(default=False, description="只把独立性已核实的小微企业计入份额")
    as_of: AsOf = None

    def to_domain(self) -> Wanted:
        """Return the domain value."""
        return Wanted(
            lead_id=self.lead_id,
            posting_id=self.posting_id,
            category=self.category,
            packages=tuple(Package(**dict(one)) for one in self.packages),
            members=tuple(self.members),
            most=max(self.max_members, len(self.members)),
            lead_fit=self.lead_fit,
            floor=self.floor,
            price_wan=self.price_wan,
            public=self.public,
            strict=self.strict,
            as_of=self.as_of,
        )


class ConsortiumPart(Model):
    """一家承担的一部分"""

    enterprise_id: str
    enterprise: str
    package: str
    amount_wan: float
    sizes: list[str]
    open: list[str] = Field(description="待核实的事项")


class ConsortiumPlan(Model):
    """一种组法：分工、小微份额、契合度的损失"""

    parts: list[ConsortiumPart]
    share_pct: float
    fit: float
    loss: float

    @classmethod
    def of(cls, made: Consortium, built: Built) -> Self:
        """Return the JSON form of a consortium."""
        parts = [
            ConsortiumPart(
                enterprise_id=part.firm,
                enterprise=built.names[part.firm],
                package=part.package,
                amount_wan=round(part.amount_wan, 6),
                sizes=sorted(str(size) for size in built.sizes[part.firm]),
                open=list(built.open[part.firm]),
            )
            for part in made.parts
        ]
        return cls(parts=parts, share_pct=made.share_pct, fit=made.fit, loss=made.loss)


class GuarantorOut(Model):
    """能出具保函的产品"""

    posting_id: str
    enterprise_id: str
    title: str
    open: list[str]


class ConsortiumOut(Model):
    """联合体方案；consortium 为空即没有组法能过门槛"""

    gate_pct: float
    price_wan: float
    consortium: ConsortiumPlan | None
    before: RulingOut = Field(description="牵头单位独自投标")
    after: RulingOut | None = Field(description="联合体投标")
    additions: list[ConsortiumPlan] = Field(description="在已有成员之外再加一家，损失小的在前")
    guarantee: RulingOut
    guarantors: list[GuarantorOut]

    @classmethod
    def of(cls, built: Built) -> Self:
        """Return the JSON form of what was built."""
        made = built.consortium
        return cls(
            gate_pct=built.lot.gate_pct,
            price_wan=built.price_wan,
            consortium=ConsortiumPlan.of(made, built) if made else None,
            before=RulingOut.of(built.before),
            after=RulingOut.of(built.after) if built.after else None,
            additions=[ConsortiumPlan.of(one, built) for one in built.additions],
            guarantee=RulingOut.of(built.guarantee),
            guarantors=[
                GuarantorOut(
                    posting_id=one.posting.id,
                    enterprise_id=one.posting.enterprise_id,
                    title=one.posting.title,
                    open=list(one.open),
                )
                for one in built.guarantors
            ],
        )


class ReserveBody(Model):
    """采购人的已发布采购包，或直接给出项目"""

    buyer_id: Identifier | None = None
    items: list[ItemBody] = Field(default=[], max_length=200)
    public: bool | None = Field(default=None, description="是否政府采购；不填按采购人判断")
    floor: Floor = 0.3
    as_of: date | None = None


class BidSupplierOut(Model):
    """能做这一项的中小企业"""

    posting_id: str
    enterprise_id: str
    enterprise: str
    score: float
    sizes: list[str]


class ReserveItemOut(Model):
    """一项采购：预算、现在预留给谁、能做的中小企业"""

    name: str
    category: Category
    budget_wan: float
    reserved: str
    share_pct: float
    exempt_reason: str | None
    suppliers: list[BidSupplierOut]


class ReserveOut(Model):
    """预留份额：各口径的结论与缺口，每项的候选，建议再预留哪些"""

    rulings: list[RulingOut]
    items: list[ReserveItemOut]
    suggested: list[str]
    kept_with_suggested: bool

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the JSON form of a plan."""
        items = [
            ReserveItemOut(
                name=item.name,
                category=item.category,
                budget_wan=item.budget_wan,
                reserved=str(item.reserved),
                share_pct=item.share_pct,
                exempt_reason=item.exempt_reason,
                suppliers=[
                    BidSupplierOut(
                        posting_id=one.match.posting.id,
                        enterprise_id=one.match.enterprise.id,
                        enterprise=one.match.enterprise.name,
                        score=one.match.score,
                        sizes=sorted(str(size) for size in one.sizes),
                    )
                    for one in plan.suppliers[item.name]
                ],
            )
            for item in plan.items
        ]
        return cls(
            rulings=[RulingOut.of(one) for one in plan.rulings],
            items=items,
            suggested=list(plan.suggestion.items),
            kept_with_suggested=plan.suggestion.kept,
        )
