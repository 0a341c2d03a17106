"""What crosses the wire: JSON in and out of the domain, unknown keys refused."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from matcher import domain
from matcher.domain import Operator, Party, PostingKind, SizeClass, Status, Verdict, Visibility

Identifier = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^\S+$", description="调用方自己的编号", examples=["e-001"])
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Detail = Annotated[str, Field(max_length=20_000)]
Code = Annotated[str, Field(max_length=64)]
Attributes = Annotated[dict[str, JsonValue], Field(max_length=200)]


class Model(BaseModel):
    """A JSON object whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, from_attributes=True, allow_inf_nan=False)


def _example(value: dict[str, JsonValue]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class ErrorBody(Model):
    """错误：code 稳定供程序判断，message 给人看"""

    code: str
    message: str
    details: dict[str, JsonValue]


class ErrorOut(Model):
    """所有错误的形状"""

    error: ErrorBody


class Qualification(Model):
    """资质证书"""

    name: Name
    number: str | None = Field(default=None, max_length=100)
    batch: str | None = Field(default=None, max_length=100, description="称号的批次，如 2026年第二批")
    issued: date | None = None
    expires: date | None = None
    source: str | None = Field(default=None, max_length=200)
    verified_on: date | None = None

    def to_domain(self) -> domain.Qualification:
        """Return the domain value."""
        return domain.Qualification(**dict(self))


class Condition(Model):
    """对对方的要求；hard 为真时不满足即排除"""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    op: Operator
    value: str | int | float | bool | list[str]
    unit: str | None = Field(default=None, max_length=50)
    hard: bool = True

    def to_domain(self) -> domain.Condition:
        """Return the domain value."""
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        return domain.Condition(name=self.name, op=self.op, value=value, unit=self.unit, hard=self.hard)


class Window(Model):
    """可用或所需的时段与数量"""

    from_date: date | None = Field(default=None, alias="from")
    until_date: date | None = Field(default=None, alias="until")
    recurs: str | None = Field(default=None, max_length=200)
    amount: float | None = Field(default=None, ge=0)
    unit: str | None = Field(default=None, max_length=50)
    min_order: float | None = Field(default=None, ge=0)
    price: float | None = Field(default=None, ge=0)

    def to_domain(self) -> domain.Window:
        """Return the domain value."""
        return domain.Window(**dict(self))


class Identified(Model):
    """带编号的对象"""

    id: Identifier


class EnterpriseBody(Model):
    """企业的内容（编号在路径中）"""

    model_config = _example(
        {"name": "北京某某精工机械有限公司", "industry": "C3484", "region": "110108", "employees": 86}
    )

    name: Name
    party: Party = Party.ENTERPRISE
    uscc: str | None = Field(default=None, max_length=32, description="统一社会信用代码；校验不过只提示不拒绝")
    parent_id: Identifier | None = None
    profile: Detail | None = None
    industry: Code | None = Field(default=None, description="GB/T 4754-2017 代码或名称，或十大高精尖产业")
    region: Code | None = Field(default=None, description="GB/T 2260 代码或名称")
    employees: int | None = Field(default=None, ge=0)
    revenue_wan: float | None = Field(default=None, description="营业收入（万元）")
    assets_wan: float | None = Field(default=None, description="资产总额（万元）")
    declared_size: SizeClass | None = Field(default=None, description="企业自报规模")
    qualifications: list[Qualification] = Field(default_factory=list, max_length=200)
    attributes: Attributes = Field(default_factory=dict)


class Enterprise(EnterpriseBody, Identified):
    """企业"""

    @classmethod
    def of(cls, firm: domain.Enterprise) -> Self:
        """Return the JSON form of a firm."""
        return cls.model_validate(firm)


class EnterpriseOut(Enterprise):
    """企业，附按划型标准算出的规模"""

    computed_size: SizeClass = SizeClass.UNKNOWN


class PostingBody(Model):
    """供需条目的内容（编号在路径中）"""

    model_config = _example(
        {
            "enterprise_id": "e-001",
            "kind": "capability",
            "title": "钛合金薄壁件五轴加工",
            "detail": "精度0.01mm，可小批量",
        }
    )

    enterprise_id: Identifier
    kind: PostingKind
    title: Title
    detail: Detail | None = None
    keywords: list[Annotated[str, Field(min_length=1, max_length=50)]] = Field(default_factory=list, max_length=50)
    industry: Code | None = None
    region: Code | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    status: Status = Status.PUBLISHED
    visibility: Visibility = Visibility.PUBLIC
    conditions: list[Condition] = Field(default_factory=list, max_length=100)
    windows: list[Window] = Field(default_factory=list, max_length=400)
    attributes: Attributes = Field(default_factory=dict)


class Posting(PostingBody, Identified):
    """供需条目"""

    @classmethod
    def of(cls, posting: domain.Posting) -> Self:
        """Return the JSON form of a posting."""
        return cls.model_validate(posting)


class FiltersBody(Model):
    """只看哪些；未填写的值按待核实通过"""

    region: list[Code] = Field(default_factory=list, max_length=100)
    industry: list[Code] = Field(default_factory=list, max_length=100)
    kind: list[PostingKind] = Field(default_factory=list)
    enterprise_id: list[Identifier] = Field(default_factory=list, max_length=1000)
    size: list[SizeClass] = Field(default_factory=list)


class MatchBody(Model):
    """按条目编号，或按文本与其类型"""

    model_config = _example({"text": "寻求钛合金薄壁件五轴精密加工，精度0.01mm", "kind": "need", "k": 10})

    posting_id: Identifier | None = None
    text: Annotated[str, Field(max_length=20_000)] | None = None
    kind: PostingKind | None = Field(default=None, description="文本自身的类型，如 need")
    k: int = Field(default=10, ge=1, le=1000)
    filters: FiltersBody = Field(default_factory=FiltersBody)
    min_seq: int | None = Field(default=None, ge=0, description="索引须已包含的写入序号，最多等一秒")
    strict: bool = Field(default=False, description="从文本读出的条件也作排除")
    relax: list[Annotated[str, Field(max_length=500)]] = Field(
        default_factory=list, max_length=100, description="不作排除的条件，名称同 excluded 中的 condition"
    )


class Span(Model):
    """一段证据：字段中 [start, end) 的文字"""

    field: str
    start: int
    end: int
    text: str


class Reason(Model):
    """一个特征的贡献；各项之和为得分的对数几率"""

    feature: str
    text: str
    contribution: float


class ConditionResult(Model):
    """一项条件对这个对象的结论"""

    name: str
    hard: bool
    outcome: Verdict
    request_span: Span | None = None
    offer_span: Span | None = None
    question: str | None = None


class Match(Model):
    """一条匹配"""

    posting: Posting
    enterprise: Enterprise
    rank: int
    score: float
    calibrated: bool
    reasons: list[Reason]
    conditions: list[ConditionResult]


class Exclusion(Model):
    """被某条件排除的数量"""

    condition: str
    count: int


class NoMatch(Model):
    """没有结果的原因"""

    reason: str


class MatchOut(Model):
    """匹配结果；list_id 用于记录结果"""

    list_id: str
    matches: list[Match]
    excluded: list[Exclusion]
    no_match: NoMatch | None = None
    took_ms: float
    versions: dict[str, str]


class Written(Model):
    """一次写入的结果；seq 可作匹配的 min_seq"""

    id: str
    seq: int
    outcome: str
    warnings: list[str] = Field(default_factory=list)


class Removed(Model):
    """一次删除的结果"""

    id: str
    seq: int


class RowError(Model):
    """一行的错误"""

    code: str
    message: str


class RowResult(Model):
    """批量写入中一行的结果"""

    id: str
    seq: int | None = None
    outcome: str
    warnings: list[str] = Field(default_factory=list)
    error: RowError | None = None
