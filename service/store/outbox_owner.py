"""What an enterprise has sent out goes where the enterprise goes."""

from sqlalchemy import delete, select, update

from service.store.database import Ledger
from service.store.outbox_schema import deliveries, webhooks
from service.store.recipients import sweep
from service.store.search_schema import recipients, search_seen, searches

_NAMED = {webhooks: webhooks.c.id, searches: searches.c.id, recipients: recipients.c.id}
_KEPT = (deliveries, search_seen, *_NAMED)


def move_outgoing(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give webhooks, searches and recipients of an enterprise to another; of two of the same id the other's stands.

    Whoever wanted no more of the one, or nothing for a while, is left alone by the other too.
    """
    for table, id_ in _NAMED.items():
        query = select(id_).where(table.c.tenant == ledger.tenant, table.c.owner == into_id)
        held = ledger.connection.execute(query).scalars().all()
        if table is recipients:
            _keep_wishes(ledger, from_id, into_id)
        ledger.connection.execute(
            delete(table).where(table.c.tenant == ledger.tenant, table.c.owner == from_id, id_.in_(held))
        )
        if table is searches:
            told = (search_seen.c.tenant == ledger.tenant) & (search_seen.c.owner == from_id)
            ledger.connection.execute(delete(search_seen).where(told, search_seen.c.search_id.in_(held)))
    for table in _KEPT:
        moved = update(table).where(table.c.tenant == ledger.tenant, table.c.owner == from_id)
        ledger.connection.execute(moved.values(owner=into_id))
    eyes = update(searches).where(searches.c.tenant == ledger.tenant, searches.c.enterprise_id == from_id)
    ledger.connection.execute(eyes.values(enterprise_id=into_id))


def remove_outgoing(ledger: Ledger, enterprise_id: str) -> None:
    """Forget where an enterprise wanted to be told, and what was to be told to it or of what it may see."""
    for table in _KEPT:
        own = table.c.owner == enterprise_id
        ledger.connection.execute(delete(table).where(table.c.tenant == ledger.tenant, own))
    eyes = {"tenant": ledger.tenant, "enterprise_id": enterprise_id}
    found = ledger.connection.execute(select(searches.c.owner, searches.c.id).filter_by(**eyes)).all()
    for owner, id_ in found:
        for table in (search_seen, deliveries):
            ledger.connection.execute(delete(table).filter_by(tenant=ledger.tenant, owner=owner, search_id=id_))
    ledger.connection.execute(delete(searches).filter_by(**eyes))
    for owner in {owner for owner, _ in found}:
        sweep(ledger.connection, ledger.vault, ledger.tenant, owner)


def _keep_wishes(ledger: Ledger, from_id: str, into_id: str) -> None:
    query = select(recipients).where(recipients.c.tenant == ledger.tenant)
    held = ledger.connection.execute(query.where(recipients.c.owner == from_id)).mappings().all()
    for row in held:
        here = {"tenant": ledger.tenant, "owner": into_id, "id": row["id"]}
        other = ledger.connection.execute(select(recipients).filter_by(**here)).mappings().first()
        if other is not None:
            muted = max(filter(None, (row["muted_until"], other["muted_until"])), default=None)
            wishes = {"muted_until": muted, "unsubscribed_at": other["unsubscribed_at"] or row["unsubscribed_at"]}
            ledger.connection.execute(update(recipients).filter_by(**here).values(wishes))
