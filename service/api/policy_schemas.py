"""Rulings and what they are asked with, as JSON."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from matcher.domain import Party, SizeClass
from matcher.policy.bid import ALL_SIZES, Bid, Member, Part
from matcher.policy.cultivation import Level
from matcher.policy.payment import Payer
from matcher.policy.procurement import Category, Item, Reserved
from matcher.policy.ruling import Ruling
from service.api.schemas import Code, Identifier, Model, Name

Amount = Annotated[float | None, Field(allow_inf_nan=False)]
Wan = Annotated[float, Field(ge=0, le=1e9, description="万元")]
AsOf = Annotated[date | None, Field(description="按哪一天的规定，默认今天")]


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


class RulingOut(Model):
    """一条结论：依据、所用事实、说明；verified 为假时所依条文待核对原文，不作定论"""

    outcome: str
    possible: list[str]
    clause: str
    effective: date
    verified: bool
    explanation: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, ruling: Ruling) -> Self:
        """Return the JSON form of a ruling."""
        return cls(
            outcome=str(ruling.outcome),
            possible=[str(one) for one in ruling.possible],
            clause=ruling.clause,
            effective=ruling.effective,
            verified=ruling.verified,
            explanation=ruling.explanation,
            facts=dict(ruling.facts),
        )


class ItemBody(Model):
    """采购项目；中小企业无法提供的写明理由，即从基数中除去"""

    name: Name
    category: Category
    budget_wan: Wan
    reserved: Reserved = Reserved.NONE
    share_pct: float = Field(default=100, ge=0, le=100, description="要求联合体或分包时，预留的比例")
    exempt_reason: str | None = Field(default=None, max_length=500, description="中小企业无法提供的理由")

    def to_domain(self) -> Item:
        """Return the domain value."""
        return Item(**dict(self))


class PartBody(Model):
    """成员承担的一部分；货物可写明制造商规模"""

    amount_wan: Wan
    maker: list[SizeClass] = Field(default=[], max_length=5, description="制造商可能的规模；空为成员自制")


class MemberBody(Model):
    """投标的一个成员；有编号的按记录划型并判断独立性"""

    enterprise_id: Identifier | None = None
    name: Name | None = None
    sizes: list[SizeClass] = Field(default=[], max_length=5, description="可能的规模；空为待核实")
    of_large: bool | None = Field(default=None, description="是否与大型企业同一负责人、受其控股管理或为其分支机构")
    parts: list[PartBody] = Field(min_length=1, max_length=200)
    controls: list[Name] = Field(default=[], max_length=50, description="与哪些成员有直接控股、管理关系（名称或编号）")

    def to_domain(self) -> Member:
        """Return the domain value."""
        sizes = frozenset(self.sizes) - {SizeClass.UNKNOWN}
        parts = (Part(amount_wan=one.amount_wan, maker=_known(one.maker)) for one in self.parts)
        return Member(
            name=self.enterprise_id or self.name or "",
            sizes=sizes or ALL_SIZES,
            of_large=self.of_large,
            parts=tuple(parts),
            controls=frozenset(self.controls),
        )


def _known(maker: list[SizeClass]) -> frozenset[SizeClass]:
    return ALL_SIZES if SizeClass.UNKNOWN in maker else frozenset(maker)


class BidBody(Model):
    """一份投标：牵头单位与其他成员"""

    category: Category
    members: list[MemberBody] = Field(min_length=1, max_length=50)
    subcontract: bool = Field(default=False, description="其他成员是接受分包的单位")
    reserved_lot: bool = Field(default=False, description="专门面向中小企业的项目或采购包")
    price_wan: Annotated[float, Field(gt=0, le=1e9)] | None = Field(default=None, description="报价（万元）")

    def to_domain(self) -> Bid:
        """Return the domain value."""
        return Bid(
            category=self.category,
            members=tuple(one.to_domain() for one in self.members),
            subcontract=self.subcontract,
            reserved_lot=self.reserved_lot,
        )


class ProcurementBody(Model):
    """预留份额（items）与价格扣除（bid），可只问其一；compare 给出其他日期，看规定怎样变了"""

    buyer: Party = Field(default=Party.GOVERNMENT, description="采购人的主体类型")
    public: bool | None = Field(default=None, description="是否属于政府采购；不填按主体类型判断")
    items: list[ItemBody] = Field(default=[], max_length=5000)
    bid: BidBody | None = None
    as_of: AsOf = None
    compare: list[date] = Field(default=[], max_length=10)


class ProcurementOut(Model):
    """各口径的预留结论与价格扣除结论；compared 按日期给出同样的问题在当时的结论"""

    reserve: list[RulingOut]
    bid: RulingOut | None
    independence: dict[str, RulingOut] = Field(default={})
    compared: dict[str, "ProcurementOut"] = Field(default={})


class CultivationBody(Model):
    """按企业编号，或直接给出指标；levels 空为全部"""

    enterprise_id: Identifier | None = None
    facts: dict[str, bool | float | str | None] = Field(default={}, max_length=100, description="指标，覆盖企业记录")
    levels: list[Level] = Field(default=[], max_length=10)
    review: bool = Field(default=False, description="按复核的标准")
    as_of: AsOf = None


class TitleOut(Model):
    """持有的称号"""

    name: str
    level: Level | None
    batch: str | None
    issued: date | None
    expires: date | None
    rule_version: str | None
    held: str


class CultivationOut(Model):
    """各层级的结论、已持有的称号与可用的指标"""

    levels: dict[str, RulingOut]
    titles: list[TitleOut] = Field(default=[])


class PaymentBody(Model):
    """合同的付款约定"""

    payer: Payer
    signed: date
    starts: date | None = Field(default=None, description="交付之日；约定以验收合格为准的，为验收合格之日")
    agreed_days: int | None = Field(default=None, ge=0, le=3650)
    back_to_back: bool = False
    seller_sizes: list[SizeClass] = Field(default=[], max_length=5, description="收款方订立合同时可能的规模")
    declared: bool | None = Field(default=None, description="订立合同时是否告知自己是中小企业")
    as_of: AsOf = None


class TransferBody(Model):
    """知识产权转化：按条目，或直接给出权属"""

    posting_id: Identifier | None = Field(default=None, description="知识产权条目；其权属、到期、收益分配作为默认")
    mode: Literal["许可", "转让", "作价入股", "共有", "质押"]
    exclusive: bool = False
    shared: bool | None = Field(default=None, description="是否共有")
    agreed: bool | None = Field(default=None, description="全体共有人是否同意")
    terms: str | None = Field(default=None, max_length=500, description="收益分配约定")
    expires: date | None = None
    as_of: AsOf = None


class PaymentRecordOut(Model):
    """付款方的欠款登记汇总；不含债权人"""

    enterprise_id: str
    late: int
    late_wan: float
    disputed: int
    disputed_wan: float
    unknown: int
    pending: int
    settled: int
    settled_late: int
    oldest_days: int
    mean_days_to_pay: float | None
    warning: str | None
    clause: str | None
