"""The one vocabulary: what a firm, a posting, a query and a match are. No behaviour beyond small derivations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from matcher.firmfacts import Contact as Contact
from matcher.firmfacts import Evidence as Evidence
from matcher.firmfacts import Qualification as Qualification

Attributes: TypeAlias = Mapping[str, object]


class Party(StrEnum):
    """Kind of organisation."""

    ENTERPRISE = "企业"
    INSTITUTE = "院所"
    UNIVERSITY = "高校"
    PARK = "园区"
    FINANCE = "金融"
    SERVICE = "服务机构"
    GOVERNMENT = "政府"
    PERSON = "个人"
    OVERSEAS = "境外"


class SizeClass(StrEnum):
    """Size class of 工信部联企业〔2011〕300号; `UNKNOWN` when an indicator needed to decide is missing."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"
    UNKNOWN = "unknown"


class PostingKind(StrEnum):
    """What is offered or asked; labels, sides and fields are in `data/taxonomy/kinds.toml`."""

    SCENARIO = "scenario"
    CAPABILITY = "capability"
    NEED = "need"
    IDLE_RESOURCE = "idle_resource"
    IDLE_CAPACITY = "idle_capacity"
    CAPACITY_NEED = "capacity_need"
    RESOURCE_NEED = "resource_need"
    SHARED_RESOURCE = "shared_resource"
    SPACE_NEED = "space_need"
    SPACE = "space"
    SERVICE_NEED = "service_need"
    SERVICE = "service"
    FINANCE_NEED = "finance_need"
    FINANCE = "finance"
    TALENT_NEED = "talent_need"
    TALENT = "talent"
    IP_NEED = "ip_need"
    IP = "ip"
    PROCUREMENT = "procurement"
    MARKET_NEED = "market_need"
    MARKET = "market"


class Side(StrEnum):
    """Whether a kind asks for something or offers it."""

    REQUEST = "request"
    OFFER = "offer"


class Status(StrEnum):
    """Life of a posting; only `PUBLISHED` is matched."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    CLOSED = "closed"


class Visibility(StrEnum):
    """Who may see a posting: everyone in the tenant, its public part only until matched, or its own organisation."""

    PUBLIC = "public"
    MATCHED = "matched"
    PRIVATE = "private"


class Operator(StrEnum):
    """How a condition compares a candidate's value with its own."""

    EQ = "="
    NE = "!="
    LE = "<="
    GE = ">="
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"


class Verdict(StrEnum):
    """Outcome of a condition against a candidate."""

    MET = "满足"
    UNMET = "不满足"
    UNKNOWN = "待核实"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """A firm or other organisation. Money in 万元, `employees` in persons, `industry` GB/T 4754, `region` GB/T 2260.

    `evidence` is gathered by the service and is no part of what is written with the firm.
    """

    id: str
    name: str
    party: Party = Party.ENTERPRISE
    uscc: str | None = None
    parent_id: str | None = None
    profile: str | None = None
    industry: str | None = None
    region: str | None = None
    employees: int | None = None
    revenue_wan: float | None = None
    assets_wan: float | None = None
    declared_size: SizeClass | None = None
    qualifications: tuple[Qualification, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A requirement on the other side: `name op value unit`; a `hard` one excludes when it is not met."""

    name: str
    op: Operator
    value: str | int | float | bool | tuple[str, ...]
    unit: str | None = None
    hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When something is available or wanted, and how much: `from_date`..`until_date` inclusive, or recurring."""

    from_date: date | None = None
    until_date: date | None = None
    recurs: str | None = None
    amount: float | None = None
    unit: str | None = None
    min_order: float | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One thing a firm offers or asks for. Valid from `valid_from` to `valid_until`, both inclusive; None is open."""

    id: str
    enterprise_id: str
    kind: PostingKind
    title: str
    detail: str | None = None
    keywords: tuple[str, ...] = ()
    industry: str | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    status: Status = Status.PUBLISHED
    visibility: Visibility = Visibility.PUBLIC
    conditions: tuple[Condition, ...] = ()
    windows: tuple[Window, ...] = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the caller accepts; an empty tuple leaves that dimension open. Codes match by prefix (region 1101 ⊃ 110108)."""

    region: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    kind: tuple[PostingKind, ...] = ()
    enterprise_id: tuple[str, ...] = ()
    size: tuple[SizeClass, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to match: the text's own `kind` decides which kinds answer it.

    `enterprise_id` is the asker (its own group is left out), `conditions` are the asker's stated conditions.
    `tenant`, `viewer` (an organisation, None for a platform-wide actor) decide what may be seen. 1 ≤ k ≤ 1000.
    `relax` names conditions, as an `Exclusion` does, that lower the rank instead of excluding; `strict` makes those
    read from the text exclude. `suppliers` are firms the asker buys from already.
    """

    tenant: str
    kind: PostingKind
    title: str
    as_of: date
    detail: str | None = None
    keywords: tuple[str, ...] = ()
    industry: str | None = None
    region: str | None = None
    posting_id: str | None = None
    enterprise_id: str | None = None
    viewer: str | None = None
    conditions: tuple[Condition, ...] = ()
    filters: Filters = Filters()
    suppliers: tuple[str, ...] = ()
    relax: tuple[str, ...] = ()
    k: int = 10
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of text that proves something: characters [start, end) of `field`."""

    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One feature's share of the score, in words; contributions and the base sum to logit(score)."""

    feature: str
    text: str
    contribution: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionResult:
    """How one condition stands for one candidate; `question` is what to ask when it is 待核实."""

    name: str
    hard: bool
    outcome: Verdict
    request_span: Span | None = None
    offer_span: Span | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A ranked candidate: 1-based `rank`, `score` a probability in (0, 1), calibrated or not.

    `features` are what the ranker knew of it, by name, for learning; they are no part of the public form.
    """

    posting: Posting
    enterprise: Enterprise
    rank: int
    score: float
    calibrated: bool
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[ConditionResult, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """How many candidates a condition (mask, filter or hard condition) took out."""

    condition: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The answer to a query. `no_match` says why when nothing is shown; `versions` names models and index sequence."""

    matches: tuple[Match, ...]
    excluded: tuple[Exclusion, ...]
    no_match: str | None
    versions: dict[str, str]
