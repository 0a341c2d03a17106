"""A posting's check as JSON."""

from typing import Self

from pydantic import Field, JsonValue

from matcher import check as matcher_check
from matcher.check import Band
from service.api.schemas import Condition, Identifier, Model, PostingBody, Span
from service.usecases.check import DRAFT, Review


class CheckBody(PostingBody):
    """要检查的条目：与写入条目相同，编号与企业可省略"""

    id: Identifier = DRAFT
    enterprise_id: Identifier = DRAFT


class Edit(Model):
    """可以照抄的修改：有 span 时替换那一段，否则文本接在后面、其余字段改为此值；sample 为真时数值须换成实际的"""

    field: str
    value: Condition | JsonValue
    span: Span | None = None
    sample: bool

    @classmethod
    def of(cls, edit: matcher_check.Edit) -> Self:
        """Return the JSON form of an edit."""
        value = Condition.model_validate(edit.value) if edit.field == "conditions" else edit.value
        return cls.model_validate({"field": edit.field, "value": value, "span": edit.span, "sample": edit.sample})


class Hint(Model):
    """一条修改建议"""

    text: str
    edits: list[Edit]


class Criterion(Model):
    """一项标准的得分"""

    name: str
    label: str
    points: int = Field(ge=0)
    out_of: int
    hints: list[Hint]

    @classmethod
    def of(cls, criterion: matcher_check.Criterion) -> Self:
        """Return the JSON form of a criterion."""
        hints = [Hint(text=hint.text, edits=[Edit.of(edit) for edit in hint.edits]) for hint in criterion.hints]
        return cls(
            name=criterion.name,
            label=criterion.label,
            points=criterion.points,
            out_of=criterion.out_of,
            hints=hints,
        )


class ReadCondition(Model):
    """从文字读出的条件；确认后把 condition 写入条目的 conditions"""

    condition: Condition
    span: Span


class Sought(Model):
    """系统读出的所求（或所供）"""

    title: str
    detail: str | None = None


class Industry(Model):
    """一个可能的行业"""

    code: str
    name: str
    confidence: float


class HighTech(Model):
    """一个可能的高精尖产业"""

    name: str
    confidence: float


class CheckOut(Model):
    """检查结果：四项各 0–5 分，10 分以上且没有 0 分为可发布"""

    score: int
    out_of: int
    band: Band
    criteria: list[Criterion]
    sought: Sought
    read_conditions: list[ReadCondition]
    industries: list[Industry]
    hightech: list[HighTech]

    @classmethod
    def of(cls, review: Review) -> Self:
        """Return the JSON form of a review."""
        checked = review.checked
        return cls(
            score=checked.score,
            out_of=checked.out_of,
            band=checked.band,
            criteria=[Criterion.of(criterion) for criterion in checked.criteria],
            sought=Sought.model_validate(checked.sought),
            read_conditions=[ReadCondition.model_validate(read) for read in checked.read_conditions],
            industries=[Industry.model_validate(tag) for tag in review.industries],
            hightech=[HighTech(name=tag.name, confidence=tag.confidence) for tag in review.hightech],
        )
