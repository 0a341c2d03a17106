"""Signing in and out: a person's password becomes a session, which a page carries in a cookie."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from matcher.errors import MatcherError
from service.auth import Actor, csrf_token, local_admin, new_session
from service.passwords import digest, verify
from service.store import Store

GOOD_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session: the token for the cookie, what a page must send beside it, and until when it is good."""

    actor: Actor
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    expires: datetime


def sign_in(store: Store, tenant: str, user: str, password: str) -> SignedIn:
    """Return a new session of a user.

    Who does not exist, has no password, gives a wrong one or is locked out is told the same, after the same work.
    :raises MatcherError: `sign_in_failed`.
    """
    admin = local_admin(tenant)
    if not _proves(store, admin, user, password):
        raise MatcherError("sign_in_failed", "平台、用户或密码不正确；连续错 5 次，该用户 15 分钟内不能登录")
    made = new_session()
    expires = store.people.open_session(admin, user, made.digest, good_for=GOOD_FOR)
    actor = store.people.whose(made.token)
    assert actor is not None
    return SignedIn(actor, made.token, csrf_token(made.token), expires.astimezone(UTC))


def _proves(store: Store, admin: Actor, user: str, password: str) -> bool:
    """Return whether a password is the user's; to one who is locked out no password is told from another."""
    held = store.people.credentials(admin, user)
    counted = store.people.count_try(admin, user)
    return verify(password, held.password if held else None) and counted


def sign_out(store: Store, actor: Actor, token: str) -> None:
    """End a session."""
    store.people.close_session(local_admin(actor.tenant), token)


def change_password(store: Store, actor: Actor, *, old: str, new: str) -> None:
    """Give the actor, who is a user, a new password; every session ends, the present one too.

    Wrong ones count as at signing in.
    :raises MatcherError: `sign_in_failed` for a wrong old one or a user locked out, `weak_password`.
    """
    admin = local_admin(actor.tenant)
    if not _proves(store, admin, actor.user, old):
        raise MatcherError("sign_in_failed", "原密码不正确；连续错 5 次，15 分钟内不能再试")
    store.people.set_password(admin, actor.user, digest(new, user=actor.user))


def give_password(store: Store, actor: Actor, user: str, password: str) -> None:
    """Give a user a password, as an administrator; every session of the user ends.

    :raises MatcherError: `weak_password`, `not_found`, `forbidden`.
    """
    store.people.set_password(actor, user, digest(password, user=user))
