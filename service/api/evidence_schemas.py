"""Evidence, the buyer's catalogue and 揭榜 as JSON."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from matcher.challenge import CRITERIA, mean_score, won
from matcher.deals import Deal
from matcher.domain import Evidence
from service.api.deal_schemas import DealOut
from service.api.schemas import Identifier, Model
from service.usecases.challenges import Challenge


class EvidenceBody(Model):
    """一条佐证：证书或说明；从哪天起、到哪天止、出自哪里"""

    on: date
    source: Annotated[str, Field(min_length=1, max_length=200)]
    asked: str = Field(default="", max_length=500, description="所答的条件，如“加工精度 ≤ 0.01 mm”")
    met: bool | None = None
    said: str | None = Field(default=None, max_length=500, description="如“已通过 ISO 13485 认证，证书编号……”")
    expires: date | None = None
    posting_id: Identifier | None = None

    def to_domain(self, id_: str) -> Evidence:
        """Return the domain value."""
        return Evidence(id=id_, **dict(self))


class EvidenceOut(EvidenceBody):
    """一条佐证"""

    id: str

    @classmethod
    def of(cls, one: Evidence) -> Self:
        """Return the JSON form of evidence."""
        return cls.model_validate(one)


class EvidenceListOut(Model):
    """企业的佐证"""

    items: list[EvidenceOut]


class SupplierOut(Model):
    """供应商目录中的一家"""

    enterprise_id: str
    deal_id: str
    title: str
    since: date


class SuppliersOut(Model):
    """供应商目录"""

    items: list[SupplierOut]


class ApplicantOut(Model):
    """一家揭榜方与它的评分"""

    deal: DealOut
    scores: dict[str, float]
    mean: float | None
    won: bool

    @classmethod
    def of(cls, deal: Deal) -> Self:
        """Return the JSON form of an applicant."""
        return cls(deal=DealOut.of(deal), scores=dict(deal.scores), mean=mean_score(deal), won=won(deal))


class ChallengeOut(Model):
    """一个榜：榜单内容、尚缺的、名额与揭榜方"""

    posting_id: str
    title: str
    package: dict[str, Any]
    missing: list[str]
    places: int
    applicants: list[ApplicantOut]

    @classmethod
    def of(cls, found: Challenge) -> Self:
        """Return the JSON form of a challenge."""
        return cls(
            posting_id=found.posting.id,
            title=found.posting.title,
            package=dict(found.package.stated),
            missing=list(found.package.missing),
            places=found.package.winners,
            applicants=[ApplicantOut.of(one) for one in found.applicants],
        )


class SelectionBody(Model):
    """四项评分与中榜的对接；winners 为空只记分"""

    scores: dict[Identifier, dict[str, float]] = Field(
        default={}, max_length=200, description="、".join(f"{name} {label}" for name, label in CRITERIA.items())
    )
    winners: list[Identifier] = Field(default=[], max_length=3)
