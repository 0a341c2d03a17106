"""Register entries: written by the platform or by the firm that owns them, seen by the firms they name."""

from collections.abc import Iterable, Sequence
from dataclasses import fields

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, or_, select, true, update

from matcher.errors import MatcherError
from matcher.registers import Entry, Register, registers
from service.auth import Actor, Scope
from service.expected import ANY, Expected
from service.store.database import Ledger, upsert
from service.store.register_schema import register_entries
from service.store.rights import require
from service.store.room import Room
from service.store.rows import Page, batches, check_key, check_limit, page, storable, version_of
from service.store.schema import enterprises
from service.store.sequenced import not_found

_FIELDS = tuple(field.name for field in fields(Entry))
_ENTRY = TypeAdapter(Entry)
_FIRMS = (register_entries.c.subject, register_entries.c.other)


class Registers(Room):
    """The registers of a tenant."""

    def put(self, actor: Actor, entries: Sequence[Entry], *, expected: Expected = ANY) -> None:
        """Keep entries, all or none; one of a known id is replaced.

        :raises MatcherError: `forbidden` for an entry that is another firm's to write, `unknown_enterprise`,
            `bad_record`, `unknown_tenant`, `precondition_failed` when one is not as expected.
        """
        require(actor, Scope.WRITE)
        # One writer at a time, so that what is expected of an entry is so until the commit.
        with self._database.sequenced(actor) as ledger:
            _check_firms(ledger.connection, actor, entries)
            for one in entries:
                self._put(ledger.connection, actor, one, expected)

    def _put(self, connection: Connection, actor: Actor, one: Entry, expected: Expected) -> None:
        _require_owner(actor, one)
        held = _held(connection, actor, one.register, one.id)
        if held is not None:
            _require_owner(actor, _entry(held))
        expected.check(None if held is None else version_of(_entry(held)))
        row = {
            "tenant": actor.tenant,
            "register": one.register.value,
            "id": check_key(one.id, "id"),
            "subject": one.subject or None,
            "other": one.other,
            "values": storable(dict(one.values), one.id),
            "organisation": actor.organisation,
            "user": actor.user,
            "updated_at": self._database.now(),
        }
        upsert(connection, register_entries, row)

    def get(self, actor: Actor, register: Register, id_: str) -> Entry:
        """Return an entry.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.READ)
        with self._database.read() as connection:
            row = _held(connection, actor, register, id_, seen=_seen_by(actor))
        if row is None:
            raise not_found(register_entries, id_)
        return _entry(row)

    def list(
        self,
        actor: Actor,
        register: Register,
        *,
        enterprise_id: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Entry]:
        """Return entries by id: all, or those that name an enterprise.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.READ)
        table = register_entries.c
        naming = or_(*(column == enterprise_id for column in _FIRMS)) if enterprise_id else true()
        query = select(register_entries).where(
            _of(actor, register), _seen_by(actor), naming, table.id > after if after else true()
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(table.id).limit(check_limit(limit) + 1)).mappings()
            found = [(row["id"], _entry(row)) for row in rows]
        return page(found, limit)

    def about(self, actor: Actor, register: Register, subjects: Iterable[str] | None = None) -> tuple[Entry, ...]:
        """Return the entries about some enterprises, of the whole tenant, whoever asks; None: about all.

        For summaries that name no second party; it is the caller who must not pass on more.
        """
        require(actor, Scope.READ)
        found: list[Entry] = []
        query = select(register_entries).where(_of(actor, register)).order_by(register_entries.c.id)
        chosen = [None] if subjects is None else list(batches(subjects))
        with self._database.read() as connection:
            for batch in chosen:
                mine = query if batch is None else query.where(register_entries.c.subject.in_(batch))
                rows = connection.execute(mine).mappings()
                found += [_entry(row) for row in rows]
        return tuple(found)

    def delete(self, actor: Actor, register: Register, id_: str, *, expected: Expected = ANY) -> None:
        """Remove an entry.

        :raises MatcherError: `forbidden`, `not_found`, `precondition_failed`.
        """
        require(actor, Scope.READ)
        with self._database.sequenced(actor) as ledger:
            row = _held(ledger.connection, actor, register, id_, seen=_seen_by(actor))
            if row is None:
                raise not_found(register_entries, id_)
            _require_owner(actor, _entry(row))
            expected.check(version_of(_entry(row)))
            gone = delete(register_entries).where(_of(actor, register), register_entries.c.id == id_)
            ledger.connection.execute(gone)


def move_entries(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the entries that name one enterprise to another."""
    for column in (*_FIRMS, register_entries.c.organisation):
        moved = update(register_entries).where(register_entries.c.tenant == ledger.tenant, column == from_id)
        ledger.connection.execute(moved.values({column.name: into_id}))


def remove_entries(ledger: Ledger, enterprise_id: str) -> None:
    """Delete every entry that names an enterprise."""
    naming = or_(*(column == enterprise_id for column in _FIRMS))
    ledger.connection.execute(delete(register_entries).where(register_entries.c.tenant == ledger.tenant, naming))


def _entry(row: RowMapping) -> Entry:
    return _ENTRY.validate_python({name: row[name] for name in _FIELDS} | {"subject": row["subject"] or ""})


def _of(actor: Actor, register: Register) -> ColumnElement[bool]:
    return (register_entries.c.tenant == actor.tenant) & (register_entries.c.register == register.value)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.platform else or_(*(column == actor.organisation for column in _FIRMS))


def _held(
    connection: Connection, actor: Actor, register: Register, id_: str, *, seen: ColumnElement[bool] | None = None
) -> RowMapping | None:
    query = select(register_entries).where(_of(actor, register), register_entries.c.id == id_)
    return connection.execute(query if seen is None else query.where(seen)).mappings().first()


def _require_owner(actor: Actor, one: Entry) -> None:
    require(actor, Scope.WRITE)
    kind = registers()[one.register]
    owner = {kind.subject: one.subject, kind.other: one.other}.get(kind.owner) if kind.owner else None
    if actor.platform or (owner is not None and owner == actor.organisation):
        return
    message = f"“{kind.label}”由平台{'或收款方等登记方本企业' if kind.owner else ''}登记：请使用平台的密钥"
    raise MatcherError("forbidden", message, register=one.register.value)


def _check_firms(connection: Connection, actor: Actor, entries: Sequence[Entry]) -> None:
    wanted = {id_ for one in entries for id_ in (one.subject, one.other) if id_}
    known: set[str] = set()
    for batch in batches(sorted(wanted)):
        query = select(enterprises.c.id).where(
            enterprises.c.tenant == actor.tenant, ~enterprises.c.deleted, enterprises.c.id.in_(batch)
        )
        known |= set(connection.execute(query).scalars())
    if missing := sorted(wanted - known):
        raise MatcherError(
            "unknown_enterprise", f"企业 {'、'.join(missing[:5])} 不存在，请先写入该企业", ids=missing[:20]
        )
