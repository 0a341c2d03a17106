"""What goes with an enterprise that is removed."""

from sqlalchemy import delete, or_, update

from service.store.capacity import remove_commitments
from service.store.database import Ledger
from service.store.deals import remove_deals
from service.store.feedback_schema import outcomes
from service.store.outbox_owner import remove_outgoing
from service.store.registers import remove_entries
from service.store.schema import contacts, name_aliases, name_suggestions


def remove_attached(ledger: Ledger, enterprise_id: str) -> None:
    """Delete what hangs on an enterprise beside its postings: contacts, names, notes, register entries,
    promises, webhooks.
    """
    for table in (contacts, name_aliases):
        ledger.connection.execute(
            delete(table).where(table.c.tenant == ledger.tenant, table.c.enterprise_id == enterprise_id)
        )
    remove_entries(ledger, enterprise_id)
    remove_commitments(ledger, enterprise_id)
    remove_deals(ledger, enterprise_id)
    remove_outgoing(ledger, enterprise_id)
    pair = name_suggestions.c
    named = or_(pair.enterprise_id == enterprise_id, pair.candidate_id == enterprise_id)
    ledger.connection.execute(delete(name_suggestions).where(pair.tenant == ledger.tenant, named))
    told = outcomes.c
    about = or_(told.enterprise_id == enterprise_id, told.organisation == enterprise_id)
    ledger.connection.execute(update(outcomes).where(told.tenant == ledger.tenant, about).values(note=None))
