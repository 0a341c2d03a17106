"""Outcomes as JSON."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from matcher.outcomes import STAGE_LABELS, DismissalReason, OutcomeStage
from service.api.schemas import Identifier, Model
from service.store import NewOutcome, OutcomeRecord

_STAGES = "、".join(f"{stage} {label}" for stage, label in STAGE_LABELS.items())


class OutcomeBody(Model):
    """一条匹配的结果"""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"posting_id": "p-001", "stage": "dismissed", "reason": "太远"}]}
    )

    id: Identifier | None = Field(default=None, description="调用方自己的编号；同一编号重复提交只记一次")
    list_id: Identifier | None = Field(default=None, description="匹配返回的列表编号；带上它，排序才能从中学习")
    request_posting_id: Identifier | None = Field(default=None, description="提出需求的条目；有列表时可省略")
    posting_id: Identifier = Field(description="被评价的条目")
    stage: OutcomeStage = Field(description=_STAGES)
    reason: DismissalReason | None = Field(default=None, description="stage 为 dismissed 时必填，其余不填")
    note: Annotated[str, Field(max_length=2000)] | None = Field(default=None, description="备注，不写入日志")

    def to_new(self) -> NewOutcome:
        """Return the value to be kept."""
        return NewOutcome(**dict(self))


class OutcomeKept(Model):
    """已记下的结果"""

    id: str
    list_id: str | None
    request_posting_id: str | None
    posting_id: str
    enterprise_id: str
    stage: OutcomeStage
    reason: DismissalReason | None
    at: datetime


class OutcomeOut(OutcomeKept):
    """一条结果，附备注与记录人"""

    note: str | None
    organisation: str | None
    user: str

    @classmethod
    def of(cls, record: OutcomeRecord) -> Self:
        """Return the JSON form of an outcome."""
        return cls.model_validate(record)
