"""How to reach an enterprise; kept sealed, apart from what it posts, and shown to itself and the platform only."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Delete, delete, insert, select

from matcher.domain import Contact
from service.auth import Actor, Scope
from service.store.database import Ledger
from service.store.rights import require, require_own, require_platform
from service.store.room import Room
from service.store.rows import Row, storable
from service.store.schema import contacts, enterprises
from service.store.sequenced import living
from service.vault import Vault

PURPOSE = "contact"


@dataclass(frozen=True, slots=True)
class _Held:
    """A contact with where it came from."""

    contact: Contact
    source: str | None

    @property
    def identity(self) -> tuple[str | None, ...]:
        one = self.contact
        return (one.name,) if one.name else (one.name, one.title, one.phone, one.email)


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
                added = [_Held(_storable(one, enterprise_id), source) for one in people]
                _add(ledger, enterprise_id, added)

    def contacts(self, actor: Actor, enterprise_id: str) -> tuple[Contact, ...]:
        """Return the contacts of an enterprise in the order they came.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.READ)
        with self._database.read() as connection:
            living(connection, enterprises, actor.tenant, id_=enterprise_id)
            held = _held(connection, actor.tenant, enterprise_id, self._database.vault)
        return tuple(one.contact for one in held)

    def every_contact(self, actor: Actor) -> Iterator[tuple[str, Contact]]:
        """Yield (enterprise id, contact) over the whole tenant: what is sealed can be searched by reading it only.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        query = select(contacts.c.enterprise_id, contacts.c.sealed).where(contacts.c.tenant == actor.tenant)
        with self._database.read() as connection:
            for firm, sealed in connection.execute(query.order_by(contacts.c.enterprise_id, contacts.c.n)):
                yield firm, _unsealed(sealed, self._database.vault)

    def delete_contacts(self, actor: Actor, enterprise_id: str, *, only: Contact | None = None) -> None:
        """Forget every contact of an enterprise, or those equal to one.

        :raises MatcherError: `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.WRITE)
        with self._database.sequenced(actor) as ledger:
            held = _held(ledger.connection, actor.tenant, enterprise_id, ledger.vault)
            kept = [one for one in held if only is not None and one.contact != only]
            _write(ledger, enterprise_id, kept)


def move_contacts(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the contacts of one enterprise to another."""
    moved = _held(ledger.connection, ledger.tenant, from_id, ledger.vault)
    _write(ledger, from_id, ())
    _add(ledger, into_id, moved)


def _storable(one: Contact, enterprise_id: str) -> Contact:
    return Contact(**storable(asdict(one), enterprise_id))


def _add(ledger: Ledger, enterprise_id: str, added: Sequence[_Held]) -> None:
    kept = {one.identity: one for one in _held(ledger.connection, ledger.tenant, enterprise_id, ledger.vault)}
    kept |= {one.identity: one for one in added}
    _write(ledger, enterprise_id, tuple(kept.values()))


def _write(ledger: Ledger, enterprise_id: str, held: Sequence[_Held]) -> None:
    ledger.connection.execute(_of(ledger.tenant, enterprise_id))
    place = {"tenant": ledger.tenant, "enterprise_id": enterprise_id}
    rows: list[Row] = [
        {**place, "n": n, "sealed": ledger.vault.seal(_text(one.contact), PURPOSE), "source": one.source}
        for n, one in enumerate(held)
    ]
    if rows:
        ledger.connection.execute(insert(contacts), rows)


def _held(connection: Connection, tenant: str, enterprise_id: str, vault: Vault) -> list[_Held]:
    mine = (contacts.c.tenant == tenant) & (contacts.c.enterprise_id == enterprise_id)
    query = select(contacts.c.sealed, contacts.c.source).where(mine).order_by(contacts.c.n)
    return [_Held(_unsealed(sealed, vault), source) for sealed, source in connection.execute(query)]


def _text(one: Contact) -> str:
    return json.dumps(asdict(one), ensure_ascii=False)


def _unsealed(sealed: str, vault: Vault) -> Contact:
    return Contact(**json.loads(vault.unseal(sealed, PURPOSE)))


def _of(tenant: str, enterprise_id: str) -> Delete:
    return delete(contacts).where(contacts.c.tenant == tenant, contacts.c.enterprise_id == enterprise_id)
