"""Passwords of people: what makes one good enough, and its Argon2id digest (RFC 9106)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from matcher.errors import MatcherError

SHORTEST, LONGEST = 10, 200
_FEWEST_CHARACTERS = 5
_HASHER = PasswordHasher()
# Verified when there is no such user, so that the time of an answer does not tell who exists.
_NOBODY = _HASHER.hash("nobody")


def digest(password: str, *, user: str) -> str:
    """Return the digest to keep of a password.

    :raises MatcherError: `weak_password` unless it has 10 to 200 characters, at least 5 different ones, and not the
        user's id within.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise MatcherError("weak_password", f"密码应为 {SHORTEST} 到 {LONGEST} 个字符")
    if len(set(password)) < _FEWEST_CHARACTERS or user.casefold() in password.casefold():
        raise MatcherError("weak_password", f"密码过于简单：至少 {_FEWEST_CHARACTERS} 种字符，且不含用户编号")
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def verify(password: str, kept: str | None) -> bool:
    """Return whether a password has a digest; it takes as long when there is none."""
    try:
        return _HASHER.verify(kept or _NOBODY, password.encode("utf-8", "surrogatepass")) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
