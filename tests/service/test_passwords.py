"""Passwords open with themselves only, and weak ones are refused."""

import pytest

from matcher.errors import MatcherError
from service.passwords import LONGEST, SHORTEST, digest, verify

GOOD = "correct-horse"


def test_a_password_opens_with_itself_only() -> None:
    kept = digest(GOOD, user="u1")
    assert GOOD not in kept
    assert kept != digest(GOOD, user="u1")
    assert verify(GOOD, kept)
    assert not any(verify(wrong, kept) for wrong in ("", GOOD + " ", GOOD.upper()))
    assert not verify(GOOD, None)
    assert not verify("nobody", None)
    assert not verify(GOOD, "not a digest")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("abcde" * 2, True),
        ("abcd" * 3, False),
        ("a1b2c" + "x" * (SHORTEST - 6), False),
        ("a1b2c" + "x" * (SHORTEST - 5), True),
        ("a1b2c" + "x" * (LONGEST - 5), True),
        ("a1b2c" + "x" * (LONGEST - 4), False),
        ("一二三四五六七八九十", True),
        ("prefix-U1-suffix", False),
    ],
)
def test_what_is_good_enough(password: str, *, good: bool) -> None:
    if good:
        assert verify(password, digest(password, user="u1"))
    else:
        with pytest.raises(MatcherError) as error:
            digest(password, user="u1")
        assert error.value.code == "weak_password"
