"""Who acts, in which tenant and for which organisation, and the keys that prove it."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

EVERY_TENANT = "*"
_ID_ALPHABET = string.ascii_lowercase + string.digits
_ID_LENGTH = 8
_SECRET_BYTES = 32
_KEY = re.compile(rf"rt_([a-z0-9]{{{_ID_LENGTH}}})_(.+)")


class Role(StrEnum):
    """What a user is in its organisation or on the platform."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    ORGANISER = "organiser"
    OBSERVER = "observer"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a key or a role may do, each including those before it.

    `OBSERVE` reads sums that name nobody, `READ` records, `ORGANISE` plans events and issues lists, `WRITE` changes
    records, `ADMIN` manages people and keys.
    """

    OBSERVE = "observe"
    READ = "read"
    ORGANISE = "organise"
    WRITE = "write"
    ADMIN = "admin"


_ORDER = tuple(Scope)
SCOPE_OF: Mapping[Role, Scope] = {
    Role.OBSERVER: Scope.OBSERVE,
    Role.ORGANISER: Scope.ORGANISE,
    Role.OWNER: Scope.WRITE,
    Role.REVIEWER: Scope.WRITE,
    Role.ADMIN: Scope.ADMIN,
}
"""What a user may do in a role."""
_PLATFORM_ROLES = frozenset({Role.ADMIN, Role.ORGANISER, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a user of a tenant, acting for an organisation (an enterprise id) or, with None, for the platform.

    `key` is the public id of the key it came with, if any.
    """

    tenant: str
    organisation: str | None
    user: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    key: str | None = field(default=None, compare=False)

    @property
    def platform(self) -> bool:
        """Whether the actor sees its tenant whole, not only its own organisation and others' public part."""
        return self.organisation is None or bool(self.roles & _PLATFORM_ROLES)

    @property
    def system(self) -> bool:
        """Whether the actor is the service itself, at work across tenants."""
        return self.tenant == EVERY_TENANT

    def allows(self, scope: Scope) -> bool:
        """Return whether one of the actor's scopes includes `scope`; who only observes sees sums, whatever its key."""
        if self.roles == {Role.OBSERVER} and scope is not Scope.OBSERVE:
            return False
        return any(_ORDER.index(scope) <= _ORDER.index(held) for held in self.scopes)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: its public `id`, the `secret` to show once, and the `digest` to keep."""

    id: str
    secret: str
    digest: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just made: the `token` for the cookie, and the `digest` to keep."""

    token: str
    digest: str


SYSTEM = Actor(EVERY_TENANT, None, "system", frozenset({Role.ADMIN}), frozenset(Scope))


def local_admin(tenant: str) -> Actor:
    """Return the actor of the command line: whoever may read the database file administers the tenant."""
    return Actor(tenant, None, "cli", frozenset({Role.ADMIN}), frozenset(Scope))


def new_key() -> NewKey:
    """Return a fresh key `rt_<id>_<secret>` with 256 bits of entropy."""
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
    tail = secrets.token_urlsafe(_SECRET_BYTES)
    return NewKey(key_id, f"rt_{key_id}_{tail}", _digest(tail))


def new_session() -> NewSession:
    """Return a fresh session with 256 bits of entropy."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    return NewSession(token, token_digest(token))


def token_digest(token: str) -> str:
    """Return under what a session's token is kept."""
    return _digest(token)


def csrf_token(token: str) -> str:
    """Return what a page must send beside the session's cookie, which other sites' pages cannot read."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def key_id(secret: str) -> str | None:
    """Return the public id inside a key, or None when the text is not shaped like a key."""
    shaped = _KEY.fullmatch(secret)
    return shaped[1] if shaped else None


def proves(secret: str, digest: str) -> bool:
    """Return whether a key belongs to a stored digest, in constant time."""
    tail = secret.split("_", 2)[-1]
    return hmac.compare_digest(_digest(tail), digest)


def _digest(tail: str) -> str:
    # A slow hash protects guessable passwords; 256 random bits cannot be guessed, and every request pays for the hash.
    return hashlib.sha256(tail.encode("utf-8", "surrogatepass")).hexdigest()
