"""What the service answers. Fields that a newer service adds are kept out, so that they break nothing."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """An immutable answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Written(Answer):
    """What a write did; `seq` may be given to `match` as `min_seq`."""

    id: str
    seq: int
    outcome: str
    warnings: list[str] = []


class Removed(Answer):
    """What a removal did."""

    id: str
    seq: int


class RowError(Answer):
    """Why a row was kept out."""

    code: str
    message: str


class RowResult(Answer):
    """What became of one row of a batch: `created`, `updated`, `unchanged` or `rejected`."""

    id: str
    seq: int | None = None
    outcome: str
    warnings: list[str] = []
    error: RowError | None = None


class Enterprise(Answer):
    """An enterprise; `etag` names the version that was read, None in lists."""

    id: str
    name: str
    party: str
    uscc: str | None = None
    parent_id: str | None = None
    profile: str | None = None
    industry: str | None = None
    region: str | None = None
    employees: int | None = None
    revenue_wan: float | None = None
    assets_wan: float | None = None
    declared_size: str | None = None
    qualifications: list[dict[str, Any]] = []
    attributes: dict[str, Any] = {}
    computed_size: str | None = None
    etag: str | None = Field(default=None, exclude=True)


class Posting(Answer):
    """A posting; `etag` names the version that was read, None in lists."""

    id: str
    enterprise_id: str
    kind: str
    title: str
    detail: str | None = None
    keywords: list[str] = []
    industry: str | None = None
    region: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    status: str
    visibility: str
    conditions: list[dict[str, Any]] = []
    windows: list[dict[str, Any]] = []
    attributes: dict[str, Any] = {}
    etag: str | None = Field(default=None, exclude=True)


class Reason(Answer):
    """What one feature adds to the log-odds of a score."""

    feature: str
    text: str
    contribution: float


class ConditionResult(Answer):
    """Whether a condition is `met`, `unmet` or `unknown`, and what to ask then."""

    name: str
    hard: bool
    outcome: str
    question: str | None = None


class Match(Answer):
    """One match."""

    posting: Posting
    enterprise: Enterprise
    rank: int
    score: float
    calibrated: bool
    reasons: list[Reason]
    conditions: list[ConditionResult]


class Exclusion(Answer):
    """How many a condition kept out."""

    condition: str
    count: int


class NoMatch(Answer):
    """Why nothing was found."""

    reason: str


class Matches(Answer):
    """A list of matches; `list_id` is given with their outcomes."""

    list_id: str
    matches: list[Match]
    excluded: list[Exclusion]
    no_match: NoMatch | None = None
    took_ms: float
    versions: dict[str, str]


class Recommendation(Match):
    """A match in both directions, with the posting of one's own."""

    own_posting_id: str


class Recommendations(Answer):
    """Whom an enterprise can serve, and who can serve it."""

    serves: list[Recommendation]
    served_by: list[Recommendation]
    list_id: str | None
    no_match: NoMatch | None = None


class Hint(Answer):
    """How to write it better."""

    text: str


class Criterion(Answer):
    """The points of one criterion."""

    name: str
    label: str
    points: int
    out_of: int
    hints: list[Hint]


class Check(Answer):
    """The score of a posting before it is published."""

    score: int
    out_of: int
    band: str
    criteria: list[Criterion]


class Outcome(Answer):
    """What became of a match."""

    id: str
    list_id: str | None
    request_posting_id: str | None
    posting_id: str
    enterprise_id: str
    stage: str
    reason: str | None
    at: datetime


class Import(Answer):
    """An import: `queued`, `running`, `done` or `failed`, with its report."""

    id: str
    state: str
    progress: dict[str, Any]
    report: dict[str, Any] | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it is done or has failed."""
        return self.state in ("done", "failed")


class Deal(Answer):
    """A deal as it stands."""

    id: str
    title: str
    requester_id: str
    supplier_id: str
    request_posting_id: str | None
    offer_posting_id: str | None
    stage: str
    ending: str | None
    state: str
    reason: str | None
    department: str | None
    why: list[str]
    amounts: dict[str, float]
    conflicts: list[str]


class Change(Answer):
    """The last state of a record that changed; of one `removed` there is only the id."""

    seq: int
    kind: str
    id: str
    removed: bool
    enterprise: Enterprise | None = None
    posting: Posting | None = None
