"""Two-sided recommendations and the exposure report over HTTP."""

from datetime import date
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query

from matcher.reciprocal import Direction
from service.api.recommend_schemas import ExposureOut, ExposureReportOut, RecommendationOut, RecommendationsOut
from service.api.schemas import Identifier, NoMatch
from service.deps import ActorDep, PartsDep
from service.usecases.exposure import exposure_report
from service.usecases.recommend import Recommended, recommend

router = APIRouter(prefix="/v1", tags=["推荐"])


@router.get("/enterprises/{id:path}/recommendations", summary="双向推荐：可以服务谁、谁可以服务我")
def recommendations(
    id: Identifier,
    found: PartsDep,
    who: ActorDep,
    k: Annotated[int, Query(ge=1, le=1000, description="每个方向的条数")] = 10,
    direction: Annotated[
        Direction, Query(description="serve 可以服务谁，served 谁可以服务我，both 两者")
    ] = Direction.BOTH,
) -> RecommendationsOut:
    """Return recommendations that fit both ways."""
    started = perf_counter()
    answer = recommend(found, who, id, k=k, direction=direction)
    return to_json(answer, took_ms=(perf_counter() - started) * 1000)


@router.get("/reports/exposure", tags=["报告"], summary="曝光报告：基尼系数、小微企业份额、出现最多的企业")
def exposure(
    found: PartsDep,
    who: ActorDep,
    since: Annotated[date | None, Query(description="从哪一天起，默认近 30 天")] = None,
) -> ExposureReportOut:
    """Return how evenly firms are shown."""
    return ExposureReportOut.of_report(exposure_report(found, who, since))


def to_json(answer: Recommended, *, took_ms: float) -> RecommendationsOut:
    """Return the JSON form of an answer."""
    result = answer.result
    return RecommendationsOut(
        serves=[RecommendationOut.of(one) for one in result.serves],
        served_by=[RecommendationOut.of(one) for one in result.served_by],
        list_id=answer.list_id,
        no_match=NoMatch(reason=result.no_match) if result.no_match else None,
        exposure=ExposureOut.of(answer.exposure),
        versions=result.versions,
        took_ms=round(took_ms, 2),
    )
