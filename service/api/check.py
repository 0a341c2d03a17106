"""Checking a posting over HTTP."""

from fastapi import APIRouter

from service.api.check_schemas import CheckBody, CheckOut
from service.api.postings import to_domain
from service.deps import ActorDep, PartsDep
from service.usecases.check import review

router = APIRouter(prefix="/v1", tags=["供需条目"])


@router.post("/postings:check", summary="发布前检查：质量评分、修改建议、读出的条件与行业")
def post(body: CheckBody, found: PartsDep, who: ActorDep) -> CheckOut:
    """Return the score of a posting that need not be written, with hints."""
    return CheckOut.of(review(found, who, to_domain(body.id, body)))
