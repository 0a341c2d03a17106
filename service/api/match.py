"""Matching over HTTP."""

from time import perf_counter

from fastapi import APIRouter

from matcher.domain import Filters
from service.api.schemas import Exclusion, FiltersBody, Match, MatchBody, MatchOut, NoMatch
from service.deps import ActorDep, PartsDep
from service.usecases.match import Answer, Ask, match

router = APIRouter(prefix="/v1", tags=["匹配"])


@router.post("/match", summary="匹配：按条目编号，或按文本与类型")
def post(body: MatchBody, found: PartsDep, who: ActorDep) -> MatchOut:
    """Return ranked, explained matches."""
    started = perf_counter()
    ask = Ask(
        today=found.today(),
        posting_id=body.posting_id,
        text=body.text,
        kind=body.kind,
        k=body.k,
        filters=to_filters(body.filters),
        min_seq=body.min_seq,
        strict=body.strict,
        relax=tuple(body.relax),
    )
    return to_json(match(found, who, ask), took_ms=(perf_counter() - started) * 1000)


def to_filters(body: FiltersBody) -> Filters:
    """Return the domain value of the filters."""
    return Filters(
        region=tuple(body.region),
        industry=tuple(body.industry),
        kind=tuple(body.kind),
        enterprise_id=tuple(body.enterprise_id),
        size=tuple(body.size),
    )


def to_json(answer: Answer, *, took_ms: float) -> MatchOut:
    """Return the JSON form of an answer."""
    result = answer.result
    return MatchOut(
        list_id=answer.list_id,
        matches=[Match.model_validate(found) for found in result.matches],
        excluded=[Exclusion.model_validate(exclusion) for exclusion in result.excluded],
        no_match=NoMatch(reason=result.no_match) if result.no_match else None,
        took_ms=round(took_ms, 2),
        versions=result.versions,
    )
