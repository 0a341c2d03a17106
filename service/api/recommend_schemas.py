"""Recommendations and exposure as JSON."""

from datetime import date

from pydantic import Field

from matcher.domain import Match, SizeClass
from matcher.reciprocal import BACKWARD_LABEL, FORWARD_LABEL
from matcher.recommend import Recommendation
from service.api.schemas import ConditionResult, Enterprise, Model, NoMatch, Posting, Reason
from service.usecases.exposure import Exposure, ExposureReport


class Scores(Model):
    """两个方向各自的得分：对方符合我方、我方符合对方"""

    forward: float
    backward: float


class DirectedReason(Reason):
    """一个特征的贡献与所属方向；同一方向各项之和为该方向得分的对数几率"""

    direction: str = Field(examples=[FORWARD_LABEL, BACKWARD_LABEL])


class DirectedCondition(ConditionResult):
    """一项条件的结论与所属方向"""

    direction: str = Field(examples=[FORWARD_LABEL, BACKWARD_LABEL])


class RecommendationOut(Model):
    """一条推荐：本企业的条目 own_posting_id 与对方的条目互相符合"""

    own_posting_id: str
    posting: Posting
    enterprise: Enterprise
    rank: int
    score: float = Field(description="两个方向得分的调和平均；名次按其对数几率加上 adjustments 排列")
    scores: Scores
    calibrated: bool
    reasons: list[DirectedReason]
    conditions: list[DirectedCondition]
    adjustments: dict[str, float] = Field(description="对数几率的调整：exposure 曝光，newcomer 未展示过的小微企业")

    @classmethod
    def of(cls, one: Recommendation) -> "RecommendationOut":
        """Return the JSON form of a recommendation."""
        sides: tuple[tuple[str, Match], ...] = ((FORWARD_LABEL, one.forward), (BACKWARD_LABEL, one.backward))
        return cls(
            own_posting_id=one.backward.posting.id,
            posting=Posting.of(one.forward.posting),
            enterprise=Enterprise.of(one.forward.enterprise),
            rank=one.rank,
            score=one.score,
            scores=Scores(forward=one.forward.score, backward=one.backward.score),
            calibrated=one.forward.calibrated,
            reasons=[
                DirectedReason(
                    direction=label, feature=reason.feature, text=reason.text, contribution=reason.contribution
                )
                for label, side in sides
                for reason in side.reasons
            ],
            conditions=[
                DirectedCondition(direction=label, **dict(ConditionResult.model_validate(result)))
                for label, side in sides
                for result in side.conditions
            ],
            adjustments=dict(one.adjustments),
        )


class ExposureOut(Model):
    """近期榜单前十位的分布：gini 0 为均匀，small_share 为小微企业所占的份额"""

    gini: float
    small_share: float | None
    lists: int

    @classmethod
    def of(cls, found: Exposure) -> "ExposureOut":
        """Return the JSON form of exposure."""
        return cls(gini=round(found.gini, 4), small_share=_rounded(found.small_share), lists=found.lists)


class RecommendationsOut(Model):
    """双向推荐：serves 可以服务谁，served_by 谁可以服务我；list_id 用于记录结果"""

    serves: list[RecommendationOut]
    served_by: list[RecommendationOut]
    list_id: str | None
    no_match: NoMatch | None = None
    exposure: ExposureOut
    versions: dict[str, str]
    took_ms: float


class ShownFirmOut(Model):
    """一家企业在榜单前十位出现的次数"""

    enterprise_id: str
    name: str | None
    size: SizeClass
    places: int


class ExposureReportOut(ExposureOut):
    """曝光报告：firms 为有发布或出现过的企业数，places 为各规模的席位"""

    since: date
    firms: int
    places: dict[SizeClass, int]
    top: list[ShownFirmOut]

    @classmethod
    def of_report(cls, report: ExposureReport) -> "ExposureReportOut":
        """Return the JSON form of a report."""
        return cls(
            **dict(ExposureOut.of(report.exposure)),
            since=report.since,
            firms=len(report.exposure.sizes),
            places=dict(report.places),
            top=[ShownFirmOut.model_validate(firm) for firm in report.top],
        )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
