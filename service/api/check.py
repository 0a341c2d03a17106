"""Checking a posting over HTTP."""

from fastapi import APIRouter

from service.api.check_schemas import CheckBody, CheckOut
from service.api.postings import to_domain
from service.deps import ActorDep, PartsDep
from service.usecases.check import review, tagger

router = APIRouter(prefix="/v1", tags=["供需条目"])


@router.post("/postings:check", summary="发布前检查：质量评分、修改建议、读出的条件与行业")
def post(body: CheckBody, found: PartsDep, who: ActorDep) -> CheckOut:
    """Return the score of a posting that need not be written, with hints."""
    industries = tagger(found.encoder)
    checked = review(
        found.store,
        who,
        to_domain(body.id, body),
        today=found.today(),
        tag=industries.tag,
        tag_hightech=industries.tag_hightech,
    )
    return CheckOut.of(checked)
