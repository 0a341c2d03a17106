"""The audit log: every request to change something, by whom, and how it was answered; nothing of its content."""

import secrets
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import insert, select, true

from service.auth import Actor, Scope
from service.store.audit_schema import audit
from service.store.rights import require_platform
from service.store.room import Room
from service.store.rows import Page, check_limit, page

_PATH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One request: `user` is the person where the caller names one, `key` the key it came with."""

    id: str
    at: datetime
    user: str
    key: str | None
    organisation: str | None
    method: str
    path: str
    status: int


_FIELDS = tuple(one.name for one in fields(Audited))


class Audit(Room):
    """The audit log of a tenant. Anybody's requests are written, administrators read them."""

    def record(self, actor: Actor, *, method: str, path: str, status: int) -> None:
        """Keep a request of the actor's."""
        now = self._database.now()
        row = {
            "tenant": actor.tenant,
            "id": f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}",
            "at": now,
            "user": actor.user,
            "key": actor.key,
            "organisation": actor.organisation,
            "method": method,
            "path": path[:_PATH],
            "status": status,
        }
        with self._database.write() as connection:
            connection.execute(insert(audit).values(row))

    def list(
        self, actor: Actor, *, user: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[Audited]:
        """Return requests in the order in which they came: all, or one user's.

        :raises MatcherError: `forbidden` to all but administrators of the platform, `bad_limit`.
        """
        require_platform(actor, Scope.ADMIN)
        chosen = (
            audit.c.tenant == actor.tenant,
            audit.c.user == user if user else true(),
            audit.c.id > after if after else true(),
        )
        query = select(audit).where(*chosen).order_by(audit.c.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = [(row["id"], Audited(**{name: row[name] for name in _FIELDS})) for row in rows]
        return page(found, limit)
