"""What was shown and what people said about it: the ground that ranking learns from."""

from sqlalchemy import update

from service.store.database import Ledger
from service.store.feedback_schema import outcomes, shown, shown_items
from service.store.labels import Labelling
from service.store.outcomes import Telling
from service.store.shown import Showing


class Feedback(Showing, Telling, Labelling):
    """Lists and outcomes of a tenant. Whoever works for one enterprise meets only its own."""


def move_feedback(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the lists and outcomes by and about one enterprise to another."""
    columns = (shown.c.organisation, shown.c.enterprise_id, shown_items.c.enterprise_id)
    for column in (*columns, outcomes.c.organisation, outcomes.c.enterprise_id):
        moved = update(column.table).where(column.table.c.tenant == ledger.tenant, column == from_id)
        ledger.connection.execute(moved.values({column.name: into_id}))
