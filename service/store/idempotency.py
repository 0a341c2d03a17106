"""Answers already given, so that a request sent twice is done once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant, upsert
from service.store.rights import require
from service.store.room import Room
from service.store.rows import check_key, storable
from service.store.schema import idempotency

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer that an earlier request with the same key was given."""

    status: int
    response: Any


class Idempotency(Room):
    """Answers by the caller's own key, each user's apart, kept for a week."""

    def remembered(self, actor: Actor, key: str, request_hash: str) -> Remembered | None:
        """Return the earlier answer, or None for a new key.

        :raises MatcherError: `idempotency_conflict` when the key came with another request.
        """
        require(actor, Scope.WRITE)
        query = select(idempotency).filter_by(tenant=actor.tenant, caller=_caller(actor), key=key)
        fresh = idempotency.c.created_at >= self._database.now() - KEPT
        with self._database.read() as connection:
            row = connection.execute(query.where(fresh)).mappings().one_or_none()
        if row is None:
            return None
        if row["request_hash"] != request_hash:
            raise MatcherError("idempotency_conflict", f"Idempotency-Key {key} 已用于另一个请求：请换一个新的", key=key)
        return Remembered(row["status"], row["response"])

    def remember(self, actor: Actor, key: str, request_hash: str, *, status: int, response: object) -> None:
        """Keep an answer, and drop those that are a week old.

        :raises MatcherError: `bad_record`, `unknown_tenant`.
        """
        require(actor, Scope.WRITE)
        now = self._database.now()
        row = {
            "tenant": actor.tenant,
            "caller": _caller(actor),
            "key": check_key(key, "Idempotency-Key"),
            "request_hash": request_hash,
            "status": status,
            "response": storable(response, key),
            "created_at": now,
        }
        with self._database.write() as connection:
            require_tenant(connection, actor)
            old = delete(idempotency).filter_by(tenant=actor.tenant).where(idempotency.c.created_at < now - KEPT)
            connection.execute(old)
            upsert(connection, idempotency, row)


def _caller(actor: Actor) -> str:
    return f"{actor.organisation or ''}/{actor.user}"
