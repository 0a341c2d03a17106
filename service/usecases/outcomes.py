"""Take down what became of a match."""

from matcher.outcomes import check_reason
from service.auth import Actor
from service.shownlog import ShownLog
from service.store import NewOutcome, OutcomeRecord, Store


def record_outcome(store: Store, shown: ShownLog, actor: Actor, new: NewOutcome) -> OutcomeRecord:
    """Return the outcome as it is kept; a list that is still on its way into the store is written first.

    :raises MatcherError: `bad_outcome`, `not_found`, `idempotency_conflict`, `bad_record`, `forbidden`.
    """
    check_reason(new.stage, new.reason)
    if new.list_id is not None:
        shown.flush()
    return store.feedback.record_outcome(actor, new)
