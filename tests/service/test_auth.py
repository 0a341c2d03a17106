"""What keys look like and what actors may do."""

import pytest

from service.auth import SYSTEM, Actor, Role, Scope, key_id, local_admin, new_key, proves


def test_a_key_proves_itself_only() -> None:
    key, other = new_key(), new_key()
    prefix, id_, tail = key.secret.split("_", 2)
    assert (prefix, id_, len(id_)) == ("rt", key.id, 8)
    assert len(tail) >= 32
    assert proves(key.secret, key.digest)
    assert not proves(other.secret, key.digest)
    assert not proves("", key.digest)
    assert tail not in key.digest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rt_abcd1234_secret", "abcd1234"),
        ("rt_abcd1234_se_cr-et", "abcd1234"),
        ("rt_abcd1234_", None),
        ("rt_abcd123_secret", None),
        ("xx_abcd1234_secret", None),
        ("rt_abcd1234", None),
        ("rt_abcd123\0_secret", None),
        ("", None),
    ],
)
def test_the_id_is_read_from_a_key(text: str, expected: str | None) -> None:
    assert key_id(text) == expected


@pytest.mark.parametrize(
    ("organisation", "roles", "platform"),
    [
        (None, set(), True),
        ("e1", set(), False),
        ("e1", {Role.OWNER, Role.OBSERVER}, False),
        ("e1", {Role.REVIEWER}, True),
        ("e1", {Role.ORGANISER}, True),
        ("e1", {Role.ADMIN}, True),
    ],
)
def test_who_sees_the_whole_platform(organisation: str | None, roles: set[Role], *, platform: bool) -> None:
    assert Actor("t", organisation, "u", frozenset(roles), frozenset()).platform is platform


def test_the_service_and_the_command_line_may_do_everything() -> None:
    for actor in (SYSTEM, local_admin("t")):
        assert actor.platform
        assert all(actor.allows(scope) for scope in Scope)
    assert SYSTEM.system
    assert not local_admin("t").system
