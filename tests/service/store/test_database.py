"""Which databases are accepted, how the others are refused, and how SQLite is set up."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from matcher.domain import Enterprise, SizeClass
from matcher.errors import MatcherError
from service.store import Store, Unavailable
from service.store.copying import contents
from service.store.database import Database, parse_url, utc_now
from service.store.migrate import alone
from tests.databases import ADMIN, VAULT, new_postgres

PATIENCE = 30.0


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
    return Store.open(url, size_of=lambda _: SizeClass.UNKNOWN, vault=VAULT)


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
    database = Database.connect(parse_url(url), utc_now, VAULT)
    with database.read() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_snapshot_does_not_move(store: Store, database_url: str) -> None:
    database = Database.connect(parse_url(database_url), utc_now, VAULT)
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
    database = Database.connect(parse_url(database_url), utc_now, VAULT)
    with pytest.raises(DatabaseError) as error, database.write() as connection:
        connection.execute(text("INSERT INTO absent VALUES (:note)"), {"note": "张三"})
    database.engine.dispose()
    assert "absent" in str(error.value)
    assert "张三" not in str(error.value)


def test_a_writer_that_freezes_blocks_the_others_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {"idle_in_transaction_session_timeout": "2s", "lock_timeout": "200ms", "no_such_setting": "1"}
    monkeypatch.setattr("service.store.database._OF_SERVER", short)
    url = new_postgres()
    store = open_store(url)
    store.identity.ensure_tenant(ADMIN, ADMIN.tenant)
    frozen = Database.connect(parse_url(url), utc_now, VAULT)

    def freeze() -> None:
        with frozen.sequenced(ADMIN) as ledger:
            with pytest.raises(Unavailable) as busy:
                store.records.put_enterprises(ADMIN, [Enterprise(id="e", name="甲")])
            assert busy.value.error.code == "database_busy"
            until(lambda: written(store))
            ledger.connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable) as cut:
        freeze()
    assert cut.value.error.code == "database_unavailable"
    store.close()
    frozen.engine.dispose()


def written(store: Store) -> bool:
    """Return whether a write goes through."""
    try:
        store.records.put_enterprises(ADMIN, [Enterprise(id="e", name="甲")])
    except Unavailable:
        return False
    return True


def until(reached: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not reached():
        assert monotonic() < deadline


def test_limits_of_a_session_leave_those_of_the_address_and_of_slow_work_alone() -> None:
    url = new_postgres()
    names = ("lock_timeout", "idle_in_transaction_session_timeout")
    plain = Database.connect(parse_url(url), utc_now, VAULT)
    chosen = Database.connect(parse_url(url).update_query_dict({"options": "-c lock_timeout=7s"}), utc_now, VAULT)

    def limits(connection: Connection) -> list[str]:
        return [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]

    with plain.write() as connection:
        assert limits(connection) == ["20s", "1min"]
    with chosen.read() as connection:
        assert limits(connection) == ["7s", "1min"]
    with alone(plain) as connection:
        assert limits(connection) == ["0", "0"]
    with plain.read() as connection:
        assert limits(connection) == ["20s", "1min"]
    for database in (plain, chosen):
        database.engine.dispose()


def test_a_copy_may_pause_longer_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.database._OF_SERVER", {"idle_in_transaction_session_timeout": "100ms"})
    url = new_postgres()
    open_store(url).close()
    database = Database.connect(parse_url(url), utc_now, VAULT)
    with contents(database) as found:
        sleep(0.5)
        assert found.seq == 0
    database.engine.dispose()


def test_a_disk_that_fills_up_within_a_step_is_told_as_that(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    store.identity.ensure_tenant(ADMIN, ADMIN.tenant)
    store.close()
    database = Database.connect(parse_url(url), utc_now, VAULT)

    def fill() -> None:
        with database.together() as connection:
            connection.execute(text("PRAGMA max_page_count = 1"))
            with database.write() as inner:
                for n in range(10_000):
                    inner.execute(text("INSERT INTO alembic_version VALUES (:n)"), {"n": f"{n:032}"})

    with pytest.raises(Unavailable) as error:
        fill()
    assert error.value.error.code == "disk_full"
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    database.engine.dispose()
