"""What goes with an enterprise that is removed."""

from sqlalchemy import delete, or_, select, update

from service.store.capacity import remove_commitments
from service.store.database import Ledger
from service.store.deals import remove_deals
from service.store.feedback_schema import outcomes
from service.store.outbox_owner import remove_outgoing
from service.store.people_schema import sessions, users
from service.store.registers import remove_entries
from service.store.schema import api_keys, contacts, name_aliases, name_suggestions


def remove_attached(ledger: Ledger, enterprise_id: str) -> None:
    """Delete what hangs on an enterprise beside its postings: contacts, names, notes, register entries,
    promises, webhooks, users; its keys end, so that they open nothing when another comes to have its id.
    """
    for table in (contacts, name_aliases):
        ledger.connection.execute(
            delete(table).where(table.c.tenant == ledger.tenant, table.c.enterprise_id == enterprise_id)
        )
    _remove_people(ledger, enterprise_id)
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


def _remove_people(ledger: Ledger, enterprise_id: str) -> None:
    mine = (users.c.tenant == ledger.tenant) & (users.c.organisation_id == enterprise_id)
    theirs = (sessions.c.tenant == ledger.tenant) & sessions.c.user.in_(select(users.c.id).where(mine))
    ledger.connection.execute(delete(sessions).where(theirs))
    ledger.connection.execute(delete(users).where(mine))
    held = (api_keys.c.tenant == ledger.tenant) & (api_keys.c.organisation == enterprise_id)
    good = or_(api_keys.c.revoked_at.is_(None), api_keys.c.revoked_at > ledger.now)
    ledger.connection.execute(update(api_keys).where(held, good).values(revoked_at=ledger.now))
