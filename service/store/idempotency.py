"""Answers already given, so that a request sent twice is done once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.rights import require
from service.store.room import Room
from service.store.rows import Row, check_key, storable
from service.store.schema import idempotency

KEPT = timedelta(days=7)
_DONE = 200


class Idempotency(Room):
    """Answers by the caller's own key, each user's apart, kept for a week."""

    def once(self, actor: Actor, key: str, request_hash: str, action: Callable[[], Any]) -> Any:
        """Return the answer of `action`, or the one it gave when the key first came.

        The answer is committed with all that the action writes: no crash comes between them, and of several processes
        one acts while the others wait for it to end.
        :raises MatcherError: `idempotency_conflict` when the key came with another request; what `action` raises, and
            the key is free again; `bad_record`, `unknown_tenant`.
        """
        require(actor, Scope.ORGANISE)
        self._forget(actor)
        mine = {"tenant": actor.tenant, "caller": _caller(actor), "key": check_key(key, "Idempotency-Key")}
        with self._database.together() as connection:
            require_tenant(connection, actor)
            fresh = {"request_hash": request_hash, "status": _DONE, "response": {}, "created_at": self._database.now()}
            if not _claimed(connection, {**mine, **fresh}):
                row = connection.execute(select(idempotency).filter_by(**mine)).mappings().one()
                if row["request_hash"] != request_hash:
                    message = f"Idempotency-Key {key} 已用于另一个请求：请换一个新的"
                    raise MatcherError("idempotency_conflict", message, key=key)
                return row["response"]
            answer = action()
            kept = update(idempotency).filter_by(**mine).values(response=storable(answer, key))
            connection.execute(kept)
            return answer

    def _forget(self, actor: Actor) -> None:
        old = idempotency.c.created_at < self._database.now() - KEPT
        with self._database.write() as connection:
            connection.execute(delete(idempotency).filter_by(tenant=actor.tenant).where(old))


def _claimed(connection: Connection, row: Row) -> bool:
    """Return whether the key is new; where another process is at it, wait for that to end."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = make(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
    return connection.execute(new).first() is not None


def _caller(actor: Actor) -> str:
    return f"{actor.organisation or ''}/{actor.user}"
