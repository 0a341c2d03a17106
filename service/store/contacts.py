"""How to reach an enterprise; kept apart from what it posts, and shown to itself and the platform only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, Delete, delete, insert, select

from matcher.domain import Contact
from service.auth import Actor, Scope
from service.store.database import Ledger
from service.store.rights import require, require_own
from service.store.room import Room
from service.store.rows import Row, storable
from service.store.schema import contacts, enterprises
from service.store.sequenced import living

_FIELDS = ("name", "title", "phone", "email")


class Contacts(Room):
    """The people to call or write to."""

    def put_contacts(
        self, actor: Actor, enterprise_id: str, items: Sequence[Contact], source: str | None = None
    ) -> None:
        """Add contacts; one of the same name is replaced, the others stay.

        :raises MatcherError: `not_found`, `forbidden`, `bad_record`.
        """
        self.put_contacts_of(actor, {enterprise_id: items}, source=source)

    def put_contacts_of(
        self, actor: Actor, items: Mapping[str, Sequence[Contact]], *, source: str | None = None
    ) -> None:
        """Add the contacts of several enterprises, given by enterprise id, in one transaction.

        :raises MatcherError: `not_found`, `forbidden`, `bad_record`.
        """
        require(actor, Scope.WRITE)
        for enterprise_id in items:
            require_own(actor, enterprise_id, Scope.WRITE)
        with self._database.sequenced(actor) as ledger:
            for enterprise_id, people in items.items():
                living(ledger.connection, enterprises, actor.tenant, id_=enterprise_id)
                rows: list[Row] = [{**storable(asdict(item), enterprise_id), "source": source} for item in people]
                _add(ledger, enterprise_id, rows)

    def contacts(self, actor: Actor, enterprise_id: str) -> tuple[Contact, ...]:
        """Return the contacts of an enterprise in the order they came.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.READ)
        with self._database.read() as connection:
            living(connection, enterprises, actor.tenant, id_=enterprise_id)
            rows = _rows(connection, actor.tenant, enterprise_id)
        return tuple(Contact(**{field: row[field] for field in _FIELDS}) for row in rows)

    def delete_contacts(self, actor: Actor, enterprise_id: str) -> None:
        """Forget every contact of an enterprise.

        :raises MatcherError: `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.WRITE)
        with self._database.write() as connection:
            connection.execute(_of(actor.tenant, enterprise_id))


def move_contacts(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the contacts of one enterprise to another."""
    moved = _rows(ledger.connection, ledger.tenant, from_id)
    ledger.connection.execute(_of(ledger.tenant, from_id))
    _add(ledger, into_id, moved)


def _add(ledger: Ledger, enterprise_id: str, rows: Sequence[Row]) -> None:
    kept = {_identity(row): row for row in _rows(ledger.connection, ledger.tenant, enterprise_id)}
    kept |= {_identity(row): row for row in rows}
    ledger.connection.execute(_of(ledger.tenant, enterprise_id))
    if kept:
        place = {"tenant": ledger.tenant, "enterprise_id": enterprise_id}
        ledger.connection.execute(insert(contacts), [{**row, **place, "n": n} for n, row in enumerate(kept.values())])


def _identity(row: Row) -> tuple[str | None, ...]:
    return (row["name"],) if row["name"] else tuple(row[field] for field in _FIELDS)


def _rows(connection: Connection, tenant: str, enterprise_id: str) -> list[Row]:
    query = select(*(contacts.c[field] for field in (*_FIELDS, "source"))).where(
        contacts.c.tenant == tenant, contacts.c.enterprise_id == enterprise_id
    )
    return [dict(row) for row in connection.execute(query.order_by(contacts.c.n)).mappings()]


def _of(tenant: str, enterprise_id: str) -> Delete:
    return delete(contacts).where(contacts.c.tenant == tenant, contacts.c.enterprise_id == enterprise_id)
