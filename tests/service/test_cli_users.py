"""Users from the command line: made, given a password from a pipe, listed, removed."""

import io

import pytest

from service.cli.console import State
from service.runtime import open_store
from service.usecases.sessions import sign_in
from tests.service.cli import Rongtong, rongtong

__all__ = ["rongtong"]
PASSWORD = "correct-horse"


def test_a_user_is_made_given_a_password_and_removed(rongtong: Rongtong, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rongtong("users", "put", "zhao", "--name", "赵工", "--role", "admin").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert rongtong("users", "password", "zhao").code == 0
    store = open_store(State(tenant=None).settings())
    assert sign_in(store, "default", "zhao", PASSWORD).actor.user == "zhao"
    store.close()
    listed = rongtong("users", "list", "--json").json["users"]
    assert listed == [{"id": "zhao", "name": "赵工", "organisation": None, "roles": ["admin"]}]
    assert "赵工" in rongtong("users", "list").out
    assert rongtong("users", "remove", "zhao", "--json").json == {"id": "zhao", "removed": True}
    assert rongtong("users", "list", "--json").json == {"users": []}


@pytest.mark.parametrize(("user", "password", "said"), [("zhao", "short", "10 到 200"), ("qian", PASSWORD, "不存在")])
def test_what_will_not_do_is_told(
    rongtong: Rongtong, monkeypatch: pytest.MonkeyPatch, user: str, password: str, said: str
) -> None:
    rongtong("users", "put", "zhao", "--name", "赵工", "--role", "owner", "--organisation", "e1")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    ran = rongtong("users", "password", user)
    assert (ran.code, said in ran.err) == (1, True)
