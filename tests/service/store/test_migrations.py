"""Opening creates or upgrades the database, once, however many open it at the same moment."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from matcher.domain import Contact, Enterprise
from matcher.errors import MatcherError
from service.auth import local_admin
from service.store import Store
from service.store.copying import contents
from service.store.database import Database, parse_url, utc_now
from service.store.migrate import alembic_config
from service.store.schema import metadata
from tests.databases import ADMIN, VAULT, size_by_employees
from tests.filled import fill

OPENERS = 4
OPEN = """
import sys
from matcher.domain import SizeClass
from service.store import Store
from service.vault import Vault
Store.open(sys.argv[1], size_of=lambda firm: SizeClass.UNKNOWN, vault=Vault(b"0" * 32)).close()
"""


def opened(url: str) -> Store:
    return Store.open(url, size_of=size_by_employees, vault=VAULT)


def test_tables_and_migrations_agree(empty_database: str) -> None:
    opened(empty_database).close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
        command.check(alembic_config(connection, VAULT))
    engine.dispose()


def test_migrations_can_be_undone(empty_database: str) -> None:
    opened(empty_database).close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection, VAULT), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    opened(empty_database).close()


def rows_of(url: str) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, as plain values."""
    database = Database.connect(parse_url(url), utc_now, VAULT)
    with contents(database) as found:
        rows = {name: list(found.rows(name)) for name in found.names}
    database.engine.dispose()
    return rows


def test_every_step_down_and_up_keeps_the_rows_of_what_remains(empty_database: str) -> None:
    store = opened(empty_database)
    fill(store, local_admin("a"), "甲方")
    store.close()
    last = rows_of(empty_database)
    assert [name for name, rows in last.items() if not rows] == []
    engine = create_engine(parse_url(empty_database))
    with engine.connect() as connection:
        config = alembic_config(connection, VAULT)
        steps = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    for step in [*steps[1:], *reversed(steps[:-1])]:
        with engine.begin() as connection:
            config = alembic_config(connection, VAULT)
            (command.downgrade if step < at(connection) else command.upgrade)(config, step)
        now = rows_of(empty_database)
        for table in set(now) & set(last):
            assert len(now[table]) == len(last[table]), (step, table)
            for before, after in zip(last[table], now[table], strict=True):
                # What is sealed on one side of a step and not on the other differs by that alone.
                sealed = {
                    name for row in (before, after) for name, value in row.items() if str(value).startswith("gAAAA")
                }
                shared = (set(before) & set(after)) - sealed
                assert {name: before[name] for name in shared} == {name: after[name] for name in shared}, (step, table)
        last = now
    engine.dispose()


def at(connection: Connection) -> str:
    """Return the revision of a database."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_opening_again_keeps_everything(empty_database: str) -> None:
    first = opened(empty_database)
    first.identity.ensure_tenant(ADMIN, "t")
    first.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="甲")])
    origin = first.follow.origin(ADMIN)
    first.close()
    second = opened(empty_database)
    assert second.records.get_enterprise(ADMIN, "e1").name == "甲"
    assert second.follow.seq(ADMIN) == 1
    assert second.follow.origin(ADMIN) == origin
    second.close()


def test_each_database_has_an_origin_of_its_own(tmp_path: Path) -> None:
    stores = [opened(f"sqlite:///{tmp_path / name}") for name in ("a.db", "b.db")]
    assert len({store.follow.origin(ADMIN) for store in stores}) == len(stores)
    for store in stores:
        store.close()


def test_threads_may_open_an_empty_database_together(empty_database: str) -> None:
    with ThreadPoolExecutor(OPENERS) as pool:
        stores = list(pool.map(opened, [empty_database] * OPENERS))
    assert [store.follow.seq(ADMIN) for store in stores] == [0] * OPENERS
    for store in stores:
        store.close()


def test_processes_may_open_an_empty_database_together(empty_database: str) -> None:
    openers = [subprocess.Popen([sys.executable, "-c", OPEN, empty_database]) for _ in range(OPENERS)]
    assert [opener.wait() for opener in openers] == [0] * OPENERS


def test_a_database_of_a_newer_version_is_left_alone(empty_database: str) -> None:
    opened(empty_database).close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MatcherError) as error:
        opened(empty_database)
    assert error.value.code == "database_newer"
    engine.dispose()


def test_what_was_readable_is_sealed_and_readable_again_after_going_back(empty_database: str) -> None:
    store = opened(empty_database)
    store.identity.ensure_tenant(ADMIN, "t")
    store.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="甲")])
    people = [Contact(name="赵工", phone="13800000000"), Contact(email="q@example.cn")]
    store.records.put_contacts(ADMIN, "e1", people, source="表")
    store.events.create(ADMIN, id="v", name="会", document='{"phone": "13800000000"}')
    store.close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        assert "1380000" not in str(connection.execute(text("SELECT * FROM contacts")).all())
        assert "1380000" not in str(connection.execute(text("SELECT * FROM event_versions")).all())
        command.downgrade(alembic_config(connection, VAULT), "0008")
        plain = connection.execute(text("SELECT name, phone, email, source FROM contacts ORDER BY n")).all()
        assert [tuple(row) for row in plain] == [
            ("赵工", "13800000000", None, "表"),
            (None, None, "q@example.cn", "表"),
        ]
        assert connection.execute(text("SELECT document FROM event_versions")).scalar() == '{"phone": "13800000000"}'
    engine.dispose()
    again = opened(empty_database)
    assert again.records.contacts(ADMIN, "e1") == tuple(people)
    assert again.events.version(ADMIN, "v").document == '{"phone": "13800000000"}'
    again.close()
