"""Outcomes over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service.api.outcome_schemas import OutcomeBody, OutcomeKept, OutcomeOut
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.deps import ActorDep, OnceDep, PartsDep
from service.usecases.outcomes import record_outcome

router = APIRouter(prefix="/v1/outcomes", tags=["结果"])


@router.post("", summary="记录结果：不合适（附原因）、入围、已联系、已会面、已签约、未成")
def post(body: OutcomeBody, found: PartsDep, who: ActorDep, once: OnceDep) -> OutcomeKept:
    """Take down what became of a candidate."""

    def action() -> dict[str, Any]:
        # The answer is remembered under its Idempotency-Key, so it does without the note, which may name persons.
        record = OutcomeOut.of(record_outcome(found.store, found.shown, who, body.to_new()))
        return record.model_dump(mode="json", include=set(OutcomeKept.model_fields))

    return OutcomeKept.model_validate(once.run(body.model_dump_json(), action))


@router.get("", summary="结果列表，按记录的先后")
def listed(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    list_id: Annotated[str | None, Query(max_length=128, description="只看这个列表的")] = None,
) -> PageOut[OutcomeOut]:
    """Return outcomes in the order in which they were told."""
    page = found.store.feedback.outcomes(who, after=cursor, limit=limit, list_id=list_id)
    return page_of([OutcomeOut.of(record) for record in page.items], page.next)
