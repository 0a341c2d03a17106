"""Deals as JSON."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from matcher.deals import (
    DEAL_LABELS,
    Alert,
    Amount,
    Deal,
    DealSide,
    DealStage,
    Declined,
    Ending,
    Report,
    amount,
    conflicts,
    state_label,
)
from matcher.domain import Contact
from service.api.schemas import Identifier, Model, Posting
from service.store import Disclosure, Step
from service.usecases.deal_views import DealView
from service.usecases.evidence import Answered

Wan = Annotated[float, Field(ge=0, le=1e9, description="万元，累计")]
Note = Annotated[str, Field(max_length=2000, description="备注，不写入日志")]
_STAGES = "、".join(f"{stage} {DEAL_LABELS[stage]}" for stage in DealStage)


class ProposeBody(Model):
    """把一个需求与若干供给条目推荐给双方；供给方自己提交即为自荐（揭榜）"""

    request_posting_id: Identifier
    offer_posting_ids: list[Identifier] = Field(min_length=1, max_length=100)
    list_id: Identifier | None = Field(default=None, description="出自哪个匹配列表；空则现在匹配并记下")
    department: str | None = Field(default=None, max_length=100, description="责任部门")
    answer_by: date | None = Field(default=None, description="请供给方在哪一天前答复")
    requester_agreed: bool = Field(default=False, description="平台代为推荐时，需求方是否已同意")


class QuestionOut(Model):
    """待核实的一项"""

    asked: str
    question: str
    hard: bool


class DealOut(Model):
    """一次对接：环节、双方、金额与责任部门"""

    id: str
    title: str
    requester_id: str
    supplier_id: str
    request_posting_id: str | None
    offer_posting_id: str | None
    stage: DealStage
    ending: Ending | None
    state: str
    reason: str | None
    entered: date
    agreed: list[DealSide]
    consents: list[DealSide]
    department: str | None
    contract: str | None
    answer_by: date | None
    due: date | None
    why: list[str]
    questions: list[QuestionOut]
    amounts: dict[Amount, float]
    conflicts: list[str]
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, deal: Deal) -> Self:
        """Return the JSON form of a deal."""
        plain = {name: getattr(deal, name) for name in cls.model_fields if hasattr(deal, name)}
        sums = {kind: sum_ for kind in Amount if (sum_ := amount(deal, kind)) is not None}
        questions = [QuestionOut.model_validate(one) for one in deal.questions]
        return cls.model_validate(
            plain
            | {"state": state_label(deal), "amounts": sums, "conflicts": list(conflicts(deal)), "questions": questions}
            | {name: list(getattr(deal, name)) for name in ("agreed", "consents", "why")}
        )


class ProposedOut(Model):
    """推荐的结果；muted 为不愿接收邀请的条目"""

    deals: list[DealOut]
    muted: list[str]


class StepOut(Model):
    """一步：谁在何时做了什么"""

    action: str
    stage: str | None
    on: date
    note: str | None
    values: dict[str, Any]
    organisation: str | None
    user: str
    at: datetime | None

    @classmethod
    def of(cls, step: Step) -> Self:
        """Return the JSON form of a step."""
        return cls.model_validate(step)


class DealViewOut(Model):
    """一次对接与双方的条目；双方同意前只见公开部分"""

    deal: DealOut
    requester: str
    supplier: str
    request: Posting | None
    offer: Posting | None
    steps: list[StepOut]

    @classmethod
    def of(cls, view: DealView, steps: tuple[Step, ...]) -> Self:
        """Return the JSON form of a deal as it is seen."""
        return cls(
            deal=DealOut.of(view.deal),
            requester=view.requester.name,
            supplier=view.supplier.name,
            request=Posting.of(view.request) if view.request else None,
            offer=Posting.of(view.offer) if view.offer else None,
            steps=[StepOut.of(one) for one in steps],
        )


class AnswerBody(Model):
    """是否应约；婉拒须选原因"""

    accept: bool
    reason: Declined | None = None
    note: Note | None = None


class ReportBody(Model):
    """进展：到了哪个环节，或怎样结束；金额累计，分开记"""

    stage: DealStage | None = Field(default=None, description=_STAGES)
    ending: Ending | None = Field(default=None, description="declined 婉拒、failed 未成；须有 reason")
    reason: str | None = Field(default=None, max_length=200)
    on: date | None = Field(default=None, description="发生在哪一天，默认今天")
    side: DealSide | None = Field(default=None, description="平台代填时为哪一方；默认为提交者一方")
    intended_wan: Wan | None = None
    signed_wan: Wan | None = None
    paid_wan: Wan | None = None
    contract: str | None = Field(default=None, max_length=200, description="合同编号")
    due: date | None = Field(default=None, description="约定的验收日期")
    note: Note | None = Field(default=None, description="备注或依据；更正时必填")
    correct: bool = Field(default=False, description="更正：退回较早的环节，或重新打开已结束的；仅平台")

    def to_domain(self, side: DealSide, today: date) -> Report:
        """Return the domain value."""
        sums = {Amount.INTENDED: self.intended_wan, Amount.SIGNED: self.signed_wan, Amount.PAID: self.paid_wan}
        return Report(
            by=self.side or side,
            on=self.on or today,
            stage=self.stage,
            ending=self.ending,
            reason=self.reason,
            amounts={kind: sum_ for kind, sum_ in sums.items() if sum_ is not None},
            contract=self.contract,
            due=self.due,
            note=self.note,
            correct=self.correct,
        )


class AnsweredBody(Model):
    """对一项待核实的回答"""

    asked: Annotated[str, Field(min_length=1, max_length=500)]
    met: bool | None = None
    said: str | None = Field(default=None, max_length=500)
    expires: date | None = Field(default=None, description="有效期至，默认一年")

    def to_domain(self) -> Answered:
        """Return the domain value."""
        return Answered(**dict(self))


class AnswersBody(Model):
    """供给方对待核实各项的回答"""

    answers: list[AnsweredBody] = Field(min_length=1, max_length=100)


class LinkBody(Model):
    """发给哪一方、几天有效"""

    side: DealSide = DealSide.SUPPLIER
    days: int = Field(default=14, ge=1, le=90)


class LinkOut(Model):
    """答复链接与可直接发送的文字；再发一次，旧链接即失效"""

    url: str
    expires: date
    message: str


class ConsentBody(Model):
    """是否同意作为典型案例宣传"""

    agrees: bool


class DepartmentBody(Model):
    """责任部门"""

    department: Annotated[str, Field(min_length=1, max_length=100)]


class ContactOut(Model):
    """联系人"""

    name: str | None
    title: str | None
    phone: str | None
    email: str | None

    @classmethod
    def of(cls, one: Contact) -> Self:
        """Return the JSON form of a contact."""
        return cls.model_validate(one)


class ContactsOut(Model):
    """对方的联系人，按企业编号；查看会记入日志"""

    contacts: dict[str, list[ContactOut]]


class DisclosureOut(Model):
    """谁在何时看到了哪家企业的什么"""

    what: str
    about: str
    organisation: str | None
    user: str
    at: datetime

    @classmethod
    def of(cls, one: Disclosure) -> Self:
        """Return the JSON form of a disclosure."""
        return cls.model_validate(one)


class DisclosuresOut(Model):
    """查看记录"""

    items: list[DisclosureOut]


class AlertOut(Model):
    """超期提醒：该由谁、超了几天"""

    deal: DealOut
    text: str
    waits_for: DealSide
    enterprise_id: str
    due: date
    days: int

    @classmethod
    def of(cls, one: Alert) -> Self:
        """Return the JSON form of an alert."""
        waits = one.deal.requester_id if one.waits_for is DealSide.REQUESTER else one.deal.supplier_id
        return cls(
            deal=DealOut.of(one.deal),
            text=one.text,
            waits_for=one.waits_for,
            enterprise_id=waits,
            due=one.due,
            days=one.days,
        )


class AlertsOut(Model):
    """超期的对接，最久的在前"""

    items: list[AlertOut]
