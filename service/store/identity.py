"""Tenants and their keys."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, bindparam, case, delete, insert, select, true, update

from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope, key_id, new_key, proves
from service.store.audit_schema import audit
from service.store.capacity_schema import commitments
from service.store.database import require_tenant, upsert
from service.store.deal_schema import deal_steps, deals, disclosures, mutes
from service.store.event_schema import event_versions, events, issued_lists
from service.store.feedback_schema import outcomes, shown, shown_items
from service.store.outbox_schema import deliveries, webhooks
from service.store.people_schema import sessions, users
from service.store.register_schema import register_entries
from service.store.rights import require_platform
from service.store.room import Room
from service.store.rows import check_key, check_name
from service.store.schema import (
    Moment,
    api_keys,
    contacts,
    enterprises,
    idempotency,
    import_problems,
    jobs,
    name_aliases,
    name_suggestions,
    postings,
    tenants,
)
from service.store.search_schema import recipients, search_seen, searches
from service.store.sequenced import bury
from service.store.trouble import Unavailable

log = logging.getLogger(__name__)

_TENANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NOTED_EVERY = timedelta(minutes=10)
_ERASED = (
    *(deal_steps, disclosures, deals, mutes, audit, deliveries, webhooks),
    *(search_seen, searches, recipients),
    *(outcomes, shown_items, shown, event_versions, events, issued_lists, register_entries, commitments),
    *(import_problems, jobs, idempotency, contacts, name_aliases, name_suggestions, sessions, users, api_keys),
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A platform; `is_demo` marks one whose records are made up."""

    id: str
    label: str
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """A key without its secret."""

    id: str
    name: str
    user: str
    organisation: str | None
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class Identity(Room):
    """Who may come in. All but `authenticate` is for the administrators of a tenant."""

    def authenticate(self, secret: str) -> Actor | None:
        """Return who holds a key, or None when it is unknown, expired or revoked."""
        if (id_ := key_id(secret)) is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.id == id_)).mappings().one_or_none()
        if row is None or not proves(secret, row["hash"]):
            return None
        ends = [end for end in (row["expires_at"], row["revoked_at"]) if end is not None]
        if ends and min(ends) <= self._database.now():
            return None
        self._note_use(row)
        roles, scopes = frozenset(map(Role, row["roles"])), frozenset(map(Scope, row["scopes"]))
        return Actor(row["tenant"], row["organisation"], row["user"], roles, scopes, key=row["id"])

    def ensure_tenant(self, actor: Actor, tenant: str, *, label: str = "", is_demo: bool = False) -> Tenant:
        """Return the tenant, made or brought back when it does not exist; an existing one is left as it is.

        :raises MatcherError: `bad_tenant`, `forbidden`.
        """
        _require_admin_of(actor, tenant)
        if not _TENANT_ID.fullmatch(tenant):
            raise MatcherError("bad_tenant", f"平台编号 {tenant!r} 无效：只用 1 到 64 个字母、数字和 . _ -")
        made = {"label": label or tenant, "is_demo": is_demo, "deleted": False, "created_at": self._database.now()}
        with self._database.write() as connection:
            known = select(tenants).where(tenants.c.id == tenant, ~tenants.c.deleted)
            row = connection.execute(known).mappings().one_or_none()
            if row is None:
                upsert(connection, tenants, {"id": tenant, **made})
        return _tenant(row or {"id": tenant, **made})

    def tenants(self, actor: Actor) -> list[Tenant]:
        """Return the actor's tenant; all of them for `SYSTEM`."""
        require_platform(actor, Scope.ADMIN)
        own = true() if actor.system else tenants.c.id == actor.tenant
        query = select(tenants).where(own, ~tenants.c.deleted).order_by(tenants.c.id)
        with self._database.read() as connection:
            return [_tenant(row) for row in connection.execute(query).mappings()]

    def delete_tenant(self, actor: Actor, tenant: str) -> int:
        """Remove a tenant with everything in it; returns the last sequence number, at which followers have let go.

        :raises MatcherError: `unknown_tenant`, `forbidden`.
        """
        _require_admin_of(actor, tenant)
        with self._database.sequenced(replace(actor, tenant=tenant)) as ledger:
            for table in (postings, enterprises):
                alive = select(table.c.id).where(table.c.tenant == tenant, ~table.c.deleted)
                bury(ledger, table, ledger.connection.execute(alive).scalars().all())
            for table in _ERASED:
                ledger.connection.execute(delete(table).where(table.c.tenant == tenant))
            gone = update(tenants).where(tenants.c.id == tenant).values(label="", deleted=True)
            ledger.connection.execute(gone)
            return ledger.seq

    def create_key(
        self,
        actor: Actor,
        name: str,
        *,
        scopes: Iterable[Scope],
        roles: Iterable[Role] = (),
        organisation: str | None = None,
        user: str | None = None,
        good_for: timedelta | None = None,
    ) -> tuple[KeyInfo, str]:
        """Make a key; returns what is known of it, and the secret, which cannot be shown again.

        Without `user` the key stands for itself, without `good_for` it does not expire.
        :raises MatcherError: `forbidden`, `bad_record`, `unknown_tenant`.
        """
        require_platform(actor, Scope.ADMIN)
        if good_for is not None and good_for <= timedelta(0):
            raise MatcherError("bad_record", "密钥的有效期应大于 0")
        fresh, now = new_key(), self._database.now()
        info = KeyInfo(
            id=fresh.id,
            name=check_name(name, "name"),
            user=check_key(user or f"key:{fresh.id}", "user"),
            organisation=organisation,
            roles=frozenset(roles),
            scopes=frozenset(scopes),
            created_at=now,
            last_used_at=None,
            expires_at=now + good_for if good_for else None,
            revoked_at=None,
        )
        row = {**asdict(info), "roles": sorted(info.roles), "scopes": sorted(info.scopes), "hash": fresh.digest}
        with self._database.write() as connection:
            require_tenant(connection, actor)
            connection.execute(insert(api_keys).values({**row, "tenant": actor.tenant}))
        return info, fresh.secret

    def rotate_key(self, actor: Actor, id_: str, *, grace: timedelta = timedelta(0)) -> tuple[KeyInfo, str]:
        """Make a key in the place of another, with its rights and as long a life; the old one ends after `grace`.

        :raises MatcherError: `not_found`, `forbidden`, `key_revoked` for one that is over.
        """
        old = next((key for key in self.list_keys(actor) if key.id == id_), None)
        if old is None:
            raise _no_key(id_)
        if old.revoked_at is not None:
            raise MatcherError("key_revoked", f"密钥 {id_} 已吊销：请另外生成", id=id_)
        made = self.create_key(
            actor,
            old.name,
            scopes=old.scopes,
            roles=old.roles,
            organisation=old.organisation,
            user=old.user,
            good_for=old.expires_at - old.created_at if old.expires_at else None,
        )
        self._end_key(actor, id_, self._database.now() + grace)
        return made

    def list_keys(self, actor: Actor) -> list[KeyInfo]:
        """Return the keys of the tenant, revoked ones included, the oldest first.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        query = select(api_keys).where(api_keys.c.tenant == actor.tenant).order_by(api_keys.c.created_at, api_keys.c.id)
        with self._database.read() as connection:
            return [_KEY.validate_python(dict(row)) for row in connection.execute(query).mappings()]

    def revoke_key(self, actor: Actor, id_: str) -> None:
        """Make a key useless from now on; doing it twice changes nothing.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        self._end_key(actor, id_, self._database.now())

    def _end_key(self, actor: Actor, id_: str, end: datetime) -> None:
        """Let a key end at a moment, or before if it was to end before."""
        mine = (api_keys.c.tenant == actor.tenant) & (api_keys.c.id == id_)
        at = bindparam("end", end, Moment)
        sooner = case((api_keys.c.revoked_at < at, api_keys.c.revoked_at), else_=at)
        with self._database.write() as connection:
            if not connection.execute(update(api_keys).where(mine).values(revoked_at=sooner)).rowcount:
                raise _no_key(id_)

    def _note_use(self, row: RowMapping) -> None:
        now, last = self._database.now(), row["last_used_at"]
        if last is None or now - last >= _NOTED_EVERY:
            key = {"tenant": row["tenant"], "id": row["id"]}
            try:
                with self._database.write() as connection:
                    connection.execute(update(api_keys).filter_by(**key).values(last_used_at=now))
            except Unavailable as error:
                # Who only reads is served all the same while nothing can be written.
                log.warning("密钥 %s 的最近使用时间未能记下：%s", row["id"], error)


_KEY = TypeAdapter(KeyInfo)


def _no_key(id_: str) -> MatcherError:
    return MatcherError("not_found", f"密钥 {id_} 不存在：用 rongtong keys list 查看编号", id=id_)


def _require_admin_of(actor: Actor, tenant: str) -> None:
    require_platform(actor, Scope.ADMIN)
    if not (actor.system or actor.tenant == tenant):
        raise MatcherError("forbidden", f"只能管理自己的平台（{actor.tenant}）", tenant=tenant)


def _tenant(row: Mapping[Any, Any]) -> Tenant:
    return Tenant(row["id"], row["label"], row["is_demo"])
