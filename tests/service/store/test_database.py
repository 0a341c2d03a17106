"""Which databases are accepted, how the others are refused, and how SQLite is set up."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from matcher.domain import SizeClass
from matcher.errors import MatcherError
from service.store import Store
from service.store.database import Database, parse_url, utc_now


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:////tmp/x.db", "sqlite"),
        ("postgres://u:p@h/d", "postgresql+psycopg"),
        ("postgresql://u:p@h:5433/d", "postgresql+psycopg"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg"),
    ],
)
def test_addresses_of_the_two_databases_are_accepted(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize("url", ["", "x", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "/tmp/x.db"])
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(MatcherError) as error:
        parse_url(url)
    assert error.value.code == "unsupported_database"
    assert "secret" not in f"{error.value} {error.value.details}"


def open_store(url: str) -> Store:
    return Store.open(url, size_of=lambda _: SizeClass.UNKNOWN)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(MatcherError) as error:
        open_store(f"sqlite:///{file}")
    assert error.value.code == "database_unavailable"
    assert str(file) in error.value.message
    assert file.read_bytes() == b"not a database" * 100


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MatcherError) as error:
        open_store(f"sqlite:///{tmp_path / 'file' / 'store.db'}")
    assert error.value.code == "database_unavailable"


def test_a_server_that_is_not_there_is_reported_without_the_password() -> None:
    with pytest.raises(MatcherError) as error:
        open_store("postgresql://u:secret@127.0.0.1:1/d?connect_timeout=2")
    assert error.value.code == "database_unavailable"
    assert "secret" not in f"{error.value} {error.value.details}"


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'a' / 'b' / 'store.db'}").close()
    assert (tmp_path / "a" / "b" / "store.db").exists()


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    open_store(url).close()
    database = Database.connect(parse_url(url), utc_now)
    with database.read() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_snapshot_does_not_move(store: Store, database_url: str) -> None:
    database = Database.connect(parse_url(database_url), utc_now)
    count = text("SELECT count(*) FROM tenants")
    with database.read() as connection:
        before = connection.execute(count).scalar_one()
        with database.write() as writer:
            writer.execute(text("DELETE FROM tenants"))
        assert connection.execute(count).scalar_one() == before == 1
    with database.read() as connection:
        assert connection.execute(count).scalar_one() == 0
    database.engine.dispose()


def test_a_failure_does_not_repeat_what_was_to_be_kept(database_url: str) -> None:
    open_store(database_url).close()
    database = Database.connect(parse_url(database_url), utc_now)
    with pytest.raises(DatabaseError) as error, database.write() as connection:
        connection.execute(text("INSERT INTO absent VALUES (:note)"), {"note": "张三"})
    database.engine.dispose()
    assert "absent" in str(error.value)
    assert "张三" not in str(error.value)
