"""Events as JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue

from matcher.planning.document import dumped
from matcher.planning.draft import Setup
from matcher.planning.feedback import Result, Told
from matcher.planning.model import MILLI
from service.api.schemas import Model, Name
from service.store import Job, JobState
from service.store.events import EventRecord, EventVersion, IssuedList
from service.usecases.events import Action, Change, Edit, Opened

Note = Annotated[str, Field(max_length=500, description="为什么改，记入活动的历史")]
Since = Annotated[int, Field(ge=1, description="从哪一版改起：GET 活动所得的 version")]


class SetupBody(Model):
    """活动的时间、桌数与规则；不给的取名单中“活动”表，再取默认"""

    name: Name | None = None
    start: datetime | None = Field(default=None, description="第一个时段的开始，会场当地时间，如 2026-12-01T09:00")
    slots: int | None = Field(default=None, ge=0, le=500, description="时段个数，默认 10")
    slot_minutes: int | None = Field(default=None, ge=1, le=600, description="每个时段几分钟，默认 20")
    gap_minutes: int | None = Field(default=None, ge=0, le=600, description="时段之间空几分钟，默认 0")
    tables: int | None = Field(default=None, ge=0, le=5000, description="桌数，默认每个大企业代表一张")
    group: int | None = Field(default=None, ge=1, le=50, description="一个时段一家大企业最多见几家，默认 1")
    minimum: int | None = Field(default=None, ge=0, le=500, description="每家至少几场，默认 1")
    maximum: int | None = Field(default=None, ge=0, le=500, description="每家至多几场，默认不限")
    floor: float | None = Field(default=None, ge=0, le=1, description="相关度下限，默认 0.2；低于它的不排")
    streak: int | None = Field(default=None, ge=1, le=500, description="最多连续几场，默认不限")
    breaks: list[tuple[datetime, datetime]] = Field(default=[], max_length=50, description="休息的起止，会场当地时间")
    meet: list[tuple[str, str]] = Field(default=[], max_length=200, description="哪两类参会方可以见；空为都可以")

    def to_setup(self) -> Setup:
        """Return the domain value."""
        return Setup(
            name=self.name,
            start=self.start.replace(tzinfo=None) if self.start else None,
            slots=self.slots,
            minutes=self.slot_minutes,
            gap=self.gap_minutes,
            tables=self.tables,
            guests=self.group,
            minimum=self.minimum,
            maximum=self.maximum,
            floor=None if self.floor is None else round(self.floor * MILLI),
            streak=self.streak,
            meet=tuple(self.meet),
            breaks=tuple((a.replace(tzinfo=None), b.replace(tzinfo=None)) for a, b in self.breaks),
        )


class ChangeBody(Model):
    """公布之后的变动，可同时给出几项"""

    since: Since
    drop: list[Name] = Field(default=[], max_length=2000, description="不来的单位，名称或编号")
    lose_tables: list[int] = Field(default=[], max_length=2000, description="停用的桌号")
    delay_minutes: int = Field(default=0, ge=-1440, le=1440, description="整体推迟几分钟，负数为提前")
    note: Note | None = None

    def to_change(self) -> Change:
        """Return the domain value."""
        return Change(drop=tuple(self.drop), lose_tables=tuple(self.lose_tables), delay=self.delay_minutes)


class EditBody(Model):
    """手动改一对：移动、取消、锁定、解除锁定、禁止、允许；违反规则时不保存，除非 force"""

    since: Since
    action: Action
    a: Name
    b: Name
    slot: int | None = Field(default=None, ge=1, description="第几个时段，从 1 数起；移动时必填")
    table: int | None = Field(default=None, ge=1, description="桌号；移动时必填")
    force: bool = False
    note: Note | None = None

    def to_edit(self) -> Edit:
        """Return the domain value."""
        return Edit(action=self.action, a=self.a, b=self.b, slot=self.slot, table=self.table)


class ToldBody(Model):
    """一方对一场会面的反馈；评价 1 到 5，5 为最好"""

    of: Name = Field(description="反馈的单位，名称或编号")
    about: Name = Field(description="对方单位")
    came: bool | None = Field(default=None, description="对方是否到场")
    rating: int | None = Field(default=None, ge=1, le=5)
    result: Result | None = None
    note: str | None = Field(default=None, max_length=2000)

    def to_told(self) -> Told:
        """Return the domain value."""
        return Told(**self.model_dump())


class IssueBody(Model):
    """签发某一版"""

    since: Since


class ViolationOut(Model):
    """违反的一条规则"""

    rule: str
    message: str
    participants: list[str]
    slot: int | None


class EditOut(Model):
    """手动修改的结果：saved 为 false 时未保存，violations 说明冲突"""

    saved: bool
    version: int
    violations: list[ViolationOut]


class EventJobOut(Model):
    """一次排会面或修改：状态、进度与报告"""

    id: str
    event_id: str
    state: JobState
    progress: dict[str, JsonValue]
    report: dict[str, JsonValue] | None = None
    error: str | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the JSON form of a job."""
        report = job.result if isinstance(job.result, dict) else None
        event = str(job.payload["event"])
        return cls(
            id=job.id, event_id=event, state=job.state, progress=dict(job.progress), report=report, error=job.error
        )


class EventOut(Model):
    """一个活动：version 每改一次加一"""

    id: str
    name: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: EventRecord) -> Self:
        """Return the JSON form of a record."""
        return cls.model_validate({name: getattr(record, name) for name in cls.model_fields})


class EventChangeOut(Model):
    """活动的一次变动：第几版、做了什么、为什么、谁、何时"""

    version: int
    action: str
    note: str | None
    user: str
    at: datetime

    @classmethod
    def of(cls, made: EventVersion) -> Self:
        """Return the JSON form of a version."""
        return cls.model_validate({name: getattr(made, name) for name in cls.model_fields})


class IssuedOut(Model):
    """签发的名单：内容与 SHA-256，签发后不再改变"""

    id: str
    kind: str
    subject: str
    title: str
    sha256: str
    user: str
    at: datetime

    @classmethod
    def of(cls, issued: IssuedList) -> Self:
        """Return the JSON form without the content."""
        return cls.model_validate({name: getattr(issued, name) for name in cls.model_fields})


def event_json(found: Opened) -> dict[str, Any]:
    """Return an event with its plan, without what only a repair needs: contacts stay out."""
    told = dumped(found.document)
    told.pop("state")
    sheet, changes = dict(found.sheet), [asdict(change) for change in found.changes]
    own = EventOut.of(found.record).model_dump(mode="json")
    feedback = [dict(one) for one in found.feedback]
    changed = {"changes": changes, "summary": found.summary}
    return {**own, "plan": told, "sheet": sheet, **changed, "feedback": feedback}
