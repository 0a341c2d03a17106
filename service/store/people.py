"""The people of a tenant, and the sessions in which they work on pages."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, delete, insert, or_, select, update

from matcher.errors import MatcherError
from service.auth import SCOPE_OF, Actor, Role, Scope, token_digest
from service.store.database import require_tenant, upsert
from service.store.people_schema import sessions, users
from service.store.rights import require_platform
from service.store.room import Room
from service.store.rows import check_key, check_name
from service.store.sequenced import not_found

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
_FIELDS = ("id", "name", "organisation_id", "roles")


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenant, for an organisation (an enterprise id) or for the platform."""

    id: str
    name: str
    organisation_id: str | None
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Credentials:
    """The digest of a user's password, None where there is none, and until when none opens anything after failures."""

    password: str | None = field(repr=False)
    locked_until: datetime | None


class People(Room):
    """Users and sessions. All but `whose` is for the administrators of a tenant."""

    def put_user(self, actor: Actor, user: User) -> None:
        """Add or replace a user; the password stays.

        :raises MatcherError: `forbidden`, `bad_record`, `unknown_tenant`.
        """
        require_platform(actor, Scope.ADMIN)
        row = {**asdict(user), "id": check_key(user.id, "id"), "name": check_name(user.name, "name")}
        with self._database.write() as connection:
            require_tenant(connection, actor)
            upsert(connection, users, {**row, "roles": sorted(user.roles), "tenant": actor.tenant})

    def get_user(self, actor: Actor, id_: str) -> User:
        """Return a user.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        return _USER.validate_python({name: row for name, row in self._row(actor, id_).items() if name in _FIELDS})

    def list_users(self, actor: Actor) -> list[User]:
        """Return the users of the tenant in id order.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        query = select(*(users.c[name] for name in _FIELDS)).where(users.c.tenant == actor.tenant).order_by(users.c.id)
        with self._database.read() as connection:
            return [_USER.validate_python(dict(row)) for row in connection.execute(query).mappings()]

    def remove_user(self, actor: Actor, id_: str) -> None:
        """Remove a user with every session.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        with self._database.write() as connection:
            connection.execute(delete(sessions).filter_by(tenant=actor.tenant, user=id_))
            if not connection.execute(delete(users).filter_by(tenant=actor.tenant, id=id_)).rowcount:
                raise not_found(users, id_)

    def set_password(self, actor: Actor, id_: str, digest: str) -> None:
        """Keep the digest of a user's new password; every session of the user ends.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        values = {"password": digest, "failures": 0, "locked_until": None}
        with self._database.write() as connection:
            if not connection.execute(update(users).filter_by(tenant=actor.tenant, id=id_).values(values)).rowcount:
                raise not_found(users, id_)
            connection.execute(delete(sessions).filter_by(tenant=actor.tenant, user=id_))

    def credentials(self, actor: Actor, id_: str) -> Credentials | None:
        """Return by what a user proves who it is, None for nobody.

        :raises MatcherError: `forbidden`.
        """
        try:
            row = self._row(actor, id_)
        except MatcherError as error:
            if error.code == "not_found":
                return None
            raise
        return Credentials(row["password"], row["locked_until"])

    def count_try(self, actor: Actor, id_: str) -> bool:
        """Return whether a password of a user may be tried now: not while the user is locked out, or where there is none.

        Every try counts as a failure until a session is opened, so that many at once are no more than the same one by
        one; the fifth in a row locks the user out for a quarter of an hour, and tries meanwhile change nothing.
        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        now = self._database.now()
        me = (users.c.tenant == actor.tenant) & (users.c.id == id_)
        free = or_(users.c.locked_until.is_(None), users.c.locked_until <= now)
        full = update(users).where(me, users.c.failures >= MOST_FAILURES)
        with self._database.write() as connection:
            counted = update(users).where(me, free).values(failures=users.c.failures + 1, locked_until=None)
            may = connection.execute(counted).rowcount > 0
            connection.execute(full.values(failures=0, locked_until=now + LOCKED_FOR))
        return may

    def open_session(self, actor: Actor, id_: str, digest: str, *, good_for: timedelta) -> datetime:
        """Return until when a new session, known by the digest of its token, is good; those that are over are dropped.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        self._row(actor, id_)
        now = self._database.now()
        row = {"tenant": actor.tenant, "user": id_, "digest": digest, "created_at": now, "expires_at": now + good_for}
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(insert(sessions).values(row))
            connection.execute(
                update(users).filter_by(tenant=actor.tenant, id=id_).values(failures=0, locked_until=None)
            )
        return now + good_for

    def close_session(self, actor: Actor, token: str) -> None:
        """End a session of the tenant.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        with self._database.write() as connection:
            connection.execute(delete(sessions).filter_by(tenant=actor.tenant, digest=token_digest(token)))

    def whose(self, token: str) -> Actor | None:
        """Return who works in a session, with the rights of the moment; None when it is unknown or over."""
        same = (sessions.c.tenant == users.c.tenant) & (sessions.c.user == users.c.id)
        query = select(users, sessions.c.expires_at).join(sessions, same)
        with self._database.read() as connection:
            row = connection.execute(query.where(sessions.c.digest == token_digest(token))).mappings().first()
        if row is None or row["expires_at"] <= self._database.now():
            return None
        roles = frozenset(map(Role, row["roles"]))
        scopes = frozenset(SCOPE_OF[role] for role in roles)
        return Actor(row["tenant"], row["organisation_id"], row["id"], roles, scopes)

    def _row(self, actor: Actor, id_: str) -> RowMapping:
        require_platform(actor, Scope.ADMIN)
        query = select(users).where(users.c.tenant == actor.tenant, users.c.id == id_)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise not_found(users, id_)
        return row


_USER = TypeAdapter(User)
