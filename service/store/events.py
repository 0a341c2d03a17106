"""Events: every change makes a new version and none is lost; lists that were issued stay as they were.

Documents name persons and how to reach them: they are kept sealed.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.event_schema import event_versions, events, issued_lists
from service.store.rights import require, require_platform
from service.store.room import Room
from service.store.rows import Page, check_key, check_limit, check_name, page
from service.store.sequenced import not_found
from service.store.shown import own


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event as it is kept; `version` counts its changes from 1."""

    id: str
    name: str
    organisation: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventVersion:
    """One state of an event: its document as JSON text (which names persons), what was done, by whom and when."""

    version: int
    document: str = field(repr=False)
    action: str
    note: str | None
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedList:
    """A list as it was issued: JSON text and its SHA-256."""

    id: str
    kind: str
    subject: str
    title: str
    content: str = field(repr=False)
    sha256: str
    organisation: str | None
    user: str
    at: datetime


PURPOSE = "event"
_EVENT = tuple(one.name for one in fields(EventRecord))
_VERSION = tuple(one.name for one in fields(EventVersion))
_ISSUED = tuple(one.name for one in fields(IssuedList))


class Events(Room):
    """Events and issued lists of a tenant. Whoever works for one enterprise meets only its own."""

    def create(
        self, actor: Actor, *, name: str, document: str, id: str | None = None, action: str = "新建"
    ) -> EventRecord:
        """Keep a new event at version 1.

        :raises MatcherError: `forbidden`, `unknown_tenant`, `bad_record`, `event_exists`.
        """
        require(actor, Scope.ORGANISE)
        known = check_key(id, "id") if id else f"event_{secrets.token_hex(8)}"
        check_name(name, "name")
        with self._database.write() as connection:
            require_tenant(connection, actor)
            if connection.execute(select(events.c.id).where(_of(actor, events), events.c.id == known)).first():
                raise MatcherError("event_exists", f"已有编号为 {known} 的活动，请换一个编号", id=known)
            now = self._database.now()
            row = {"tenant": actor.tenant, "id": known, "organisation": actor.organisation, "name": name}
            connection.execute(insert(events).values(**row, version=1, created_at=now, updated_at=now))
            self._keep(connection, actor, known, 1, document, action, None)
        return self.get(actor, known)

    def change(
        self, actor: Actor, id: str, *, since: int, document: str, action: str, note: str | None = None
    ) -> EventRecord:
        """Keep the next version of an event, made from version `since`.

        :raises MatcherError: `forbidden`, `not_found`, `version_conflict` when someone changed it in between.
        """
        require(actor, Scope.ORGANISE)
        with self._database.write() as connection:
            mine = (own(actor, events), events.c.id == id)
            changed = connection.execute(
                update(events)
                .where(*mine, events.c.version == since)
                .values(version=since + 1, updated_at=self._database.now())
            )
            if not changed.rowcount:
                if connection.execute(select(events.c.id).where(*mine)).first() is None:
                    raise not_found(events, id)
                raise MatcherError("version_conflict", "活动已被他人修改：请重新打开后再改", id=id, since=since)
            self._keep(connection, actor, id, since + 1, document, action, note)
        return self.get(actor, id)

    def get(self, actor: Actor, id: str) -> EventRecord:
        """Return an event.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.READ)
        with self._database.read() as connection:
            row = connection.execute(select(events).where(own(actor, events), events.c.id == id)).mappings().first()
        if row is None:
            raise not_found(events, id)
        return EventRecord(**{name: row[name] for name in _EVENT})

    def list(self, actor: Actor, *, after: str | None = None, limit: int = 100) -> Page[EventRecord]:
        """Return events by id.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.READ)
        query = select(events).where(own(actor, events), events.c.id > (after or "")).order_by(events.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(check_limit(limit) + 1)).mappings().all()
        return page([(row["id"], EventRecord(**{name: row[name] for name in _EVENT})) for row in rows], limit)

    def version(self, actor: Actor, id: str, version: int | None = None) -> EventVersion:
        """Return one state of an event, the latest by default.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        record = self.get(actor, id)
        wanted = version or record.version
        table = event_versions.c
        query = select(event_versions).where(
            table.tenant == actor.tenant, table.event_id == id, table.version == wanted
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise not_found(event_versions, f"{id} 第 {wanted} 版")
        document = self._database.vault.unseal(row["document"], PURPOSE)
        return EventVersion(**{**{name: row[name] for name in _VERSION}, "document": document})

    def history(self, actor: Actor, id: str) -> tuple[EventVersion, ...]:
        """Return what was done to an event, oldest first, without the documents.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        self.get(actor, id)
        table = event_versions.c
        columns = [table[name] for name in _VERSION if name != "document"]
        query = select(*columns).where(table.tenant == actor.tenant, table.event_id == id).order_by(table.version)
        with self._database.read() as connection:
            return tuple(EventVersion(**row, document="") for row in connection.execute(query).mappings())

    def every_document(self, actor: Actor) -> Iterator[tuple[str, int, str]]:
        """Yield (event id, version, document) of every state of every event: to be searched they must be read.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        table = event_versions.c
        query = select(table.event_id, table.version, table.document).where(table.tenant == actor.tenant)
        with self._database.read() as connection:
            for id, version, sealed in connection.execute(query.order_by(table.event_id, table.version)):
                yield id, version, self._database.vault.unseal(sealed, PURPOSE)

    def redact(self, actor: Actor, documents: Mapping[tuple[str, int], str]) -> None:
        """Put documents without what had to be erased in the place of those of (event id, version).

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        with self._database.write() as connection:
            for (id, version), document in documents.items():
                row = {"tenant": actor.tenant, "event_id": id, "version": version}
                sealed = self._database.vault.seal(document, PURPOSE)
                connection.execute(update(event_versions).filter_by(**row).values(document=sealed))

    def issue(
        self, actor: Actor, *, kind: str, subject: str, title: str, content: str, once: bool = False
    ) -> IssuedList:
        """Freeze a list; what is issued twice unchanged is one list. `once`: a subject's first list stands for good.

        :raises MatcherError: `forbidden`, `unknown_tenant`.
        """
        require(actor, Scope.ORGANISE)
        digest = hashlib.sha256(content.encode()).hexdigest()
        own_key = "\n".join((kind, subject, *(() if once else (digest, actor.organisation or ""))))
        known = f"issued_{hashlib.sha256(own_key.encode()).hexdigest()[:24]}"
        with self._database.write() as connection:
            require_tenant(connection, actor)
            held = select(issued_lists.c.id).where(_of(actor, issued_lists), issued_lists.c.id == known)
            if connection.execute(held).first() is None:
                row = {"id": known, "kind": kind, "subject": subject, "title": title, "content": content}
                signed = {"sha256": digest, "organisation": actor.organisation, "user": actor.user}
                values = {"tenant": actor.tenant, **row, **signed, "at": self._database.now()}
                connection.execute(insert(issued_lists).values(**values))
        return self.issued(actor, known)

    def issued(self, actor: Actor, id: str) -> IssuedList:
        """Return an issued list as it was issued.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.READ)
        query = select(issued_lists).where(own(actor, issued_lists), issued_lists.c.id == id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise not_found(issued_lists, id)
        return IssuedList(**{name: row[name] for name in _ISSUED})

    def lists(
        self, actor: Actor, *, subject: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[IssuedList]:
        """Return issued lists by id without their contents: all, or those of one subject.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.READ)
        table = issued_lists.c
        columns = [table[name] for name in _ISSUED if name != "content"]
        query = select(*columns).where(own(actor, issued_lists), table.id > (after or ""))
        if subject is not None:
            query = query.where(table.subject == subject)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(table.id).limit(check_limit(limit) + 1)).mappings().all()
        return page([(row["id"], IssuedList(**row, content="")) for row in rows], limit)

    def _keep(
        self, connection: Connection, actor: Actor, id: str, version: int, document: str, action: str, note: str | None
    ) -> None:
        sealed = self._database.vault.seal(document, PURPOSE)
        row = {"tenant": actor.tenant, "event_id": id, "version": version, "document": sealed, "action": action}
        connection.execute(insert(event_versions).values(**row, note=note, user=actor.user, at=self._database.now()))


def _of(actor: Actor, table: Table) -> ColumnElement[bool]:
    """Return the condition that a row is of the actor's tenant: ids are unique in it, whoever may see them."""
    return table.c.tenant == actor.tenant
