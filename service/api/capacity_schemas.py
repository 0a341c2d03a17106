"""Orders, their split, promises and windows, as JSON."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from matcher.allocate import Objective
from matcher.capacity import Days
from service.api.schemas import Detail, Identifier, Model, Window
from service.store.capacity import CommitmentRecord, CommitmentState
from service.usecases.allocations import Split, Wanted
from service.usecases.capacity import Ending, WindowState

Positive = Annotated[float, Field(gt=0, le=1e12)]


class AllocationBody(Model):
    """要拆分的订单：已有条目，或文字加数量与时段；不给的取条目上的"""

    posting_id: Identifier | None = Field(default=None, description="加工与订单需求的编号")
    text: Detail | None = Field(default=None, min_length=1, description="没有条目时：要做什么")
    quantity: Positive | None = None
    unit: str | None = Field(default=None, max_length=50)
    windows: list[Window] = Field(default=[], max_length=60, description="分几段要，每段多少")
    max_suppliers: int | None = Field(default=None, ge=1, le=50, description="至多几家，借出设备的也算")
    objective: Objective = Field(default=Objective.COST, description="cost 成本最低，fit 最契合")
    hours_per_unit: Positive | None = Field(default=None, description="供方按机时计产能时，单件工时（小时）")
    machine_hours_per_unit: Positive | None = Field(default=None, description="借用闲置设备时，单件占用机时（小时）")
    floor: float = Field(default=0.3, ge=0, le=1, description="契合度低于它的不用")
    strict: bool = Field(default=False, description="文中读出的要求不满足也不用")

    def to_domain(self) -> Wanted:
        """Return the domain value."""
        return Wanted(
            posting_id=self.posting_id,
            text=self.text,
            quantity=self.quantity,
            unit=self.unit,
            windows=tuple(one.to_domain() for one in self.windows),
            most=self.max_suppliers,
            objective=self.objective,
            hours_per_unit=self.hours_per_unit,
            machine_hours=self.machine_hours_per_unit,
            floor=self.floor,
            strict=self.strict,
        )


class ShareOut(Model):
    """一份：谁用哪一段在哪些天做多少；借设备的写明设备与出借方"""

    posting_id: str
    enterprise_id: str
    enterprise: str
    title: str
    window: int
    first: date
    last: date
    amount: float
    unit: str | None
    price: float | None = Field(description="单价（元），含借用设备；空为未写明")
    machine_id: str | None
    lender_id: str | None
    open: list[str] = Field(description="待核实的事项")


class LeftOutOut(Model):
    """没有用到的供给与原因"""

    posting_id: str
    enterprise_id: str
    title: str
    code: str
    reason: str


class UseOut(Model):
    """产能利用：订单时段内空闲总量（借用的设备按小时），之前与之后已用的比例"""

    posting_id: str
    idle: float
    before: float
    after: float


class AllocationOut(Model):
    """拆分结果；violations 为独立校验所见的违规，应为空"""

    list_id: str
    quantity: float
    unit: str | None
    covered: float
    short: float
    cost: float = Field(description="有单价的部分合计（元）")
    unpriced: float = Field(description="没有单价的数量")
    objective: Objective
    proven: bool = Field(description="已证明：缺口最小，且在此之下目标最优")
    shares: list[ShareOut]
    left_out: list[LeftOutOut]
    uses: list[UseOut]
    violations: list[str]

    @classmethod
    def of(cls, split: Split) -> Self:
        """Return the JSON form of a split."""
        made = split.allocation
        return cls(
            list_id=split.list_id,
            quantity=split.order.quantity,
            unit=split.order.unit,
            covered=made.covered,
            short=made.short,
            cost=round(made.cost, 2),
            unpriced=made.unpriced,
            objective=made.objective,
            proven=made.proven,
            shares=_shares(split),
            left_out=[
                LeftOutOut(
                    posting_id=one.offer,
                    enterprise_id=one.firm,
                    title=split.offers[one.offer].posting.title,
                    code=one.code,
                    reason=one.reason,
                )
                for one in made.left_out
            ],
            uses=[UseOut(posting_id=one.offer, idle=one.idle, before=one.before, after=one.after) for one in made.uses],
            violations=list(split.violations),
        )


def _shares(split: Split) -> list[ShareOut]:
    return [
        ShareOut(
            posting_id=share.offer,
            enterprise_id=share.firm,
            enterprise=split.offers[share.offer].enterprise.name,
            title=split.offers[share.offer].posting.title,
            window=share.window,
            first=share.days.first,
            last=share.days.last,
            amount=share.amount,
            unit=split.order.unit,
            price=share.price,
            machine_id=share.machine,
            lender_id=share.lender,
            open=list(split.allocation.open.get(share.offer, ())),
        )
        for share in split.allocation.shares
    ]


class CommitmentBody(Model):
    """一项产能承诺；同一编号再次提交即更新，state 为 released 即释放"""

    id: Identifier
    posting_id: Identifier
    order_id: Identifier | None = Field(default=None, description="订单条目或外部订单号")
    first: date
    last: date
    amount: Positive
    unit: str = Field(min_length=1, max_length=50)
    state: CommitmentState = Field(
        default=CommitmentState.HELD, description="held 预留、confirmed 已确认、done 已完成、released 已释放"
    )
    answer_by: date | None = Field(default=None, description="预留的答复期；过期不自动释放，只提醒")
    note: str | None = Field(default=None, max_length=500)

    def to_record(self) -> CommitmentRecord:
        """Return the value to be kept."""
        return CommitmentRecord(**dict(self))


class CommitmentsBody(Model):
    """一批承诺，全部成立或全部不成立"""

    items: list[CommitmentBody] = Field(min_length=1, max_length=1000)


class CommitmentOut(Model):
    """已记下的承诺"""

    id: str
    posting_id: str
    enterprise_id: str
    order_id: str | None
    first: date
    last: date
    amount: float
    unit: str
    state: CommitmentState
    answer_by: date | None
    organisation: str | None
    user: str
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, record: CommitmentRecord) -> Self:
        """Return the JSON form of a promise."""
        return cls.model_validate({name: getattr(record, name) for name in cls.model_fields})


class WindowOut(Model):
    """一段空闲：总量、已承诺、今天起还剩；说不清的写明待核实什么"""

    number: int
    first: date | None
    last: date | None
    recurs: str | None
    unit: str | None
    total: float | None
    promised: float
    left: float | None
    ended: bool
    doubt: str | None

    @classmethod
    def of(cls, state: WindowState) -> Self:
        """Return the JSON form of a window."""
        days: Days | None = state.days
        plain = {name: getattr(state, name) for name in cls.model_fields if name not in ("first", "last")}
        return cls(first=days.first if days else None, last=days.last if days else None, **plain)


class EndingOut(Model):
    """将过或已过而未用的空闲、过了答复期的预留"""

    posting_id: str
    enterprise_id: str
    title: str
    what: str
    last: date
    unused: float | None
    unit: str | None

    @classmethod
    def of(cls, ending: Ending) -> Self:
        """Return the JSON form of a notice."""
        return cls.model_validate(ending)


class FitOut(Model):
    """一个能对上的条目：共同的天数、这些天里供方还剩多少、占所需的比例"""

    posting_id: str
    enterprise_id: str
    enterprise: str
    kind: str
    title: str
    score: float
    days: int | None
    available: float | None
    unit: str | None
    share: float | None
    outcome: str
    question: str | None
