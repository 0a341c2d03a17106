"""Opening creates or upgrades the database, once, however many open it at the same moment."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text

from matcher.domain import Enterprise
from matcher.errors import MatcherError
from service.store import Store
from service.store.database import parse_url
from service.store.migrate import alembic_config
from service.store.schema import metadata
from tests.databases import ADMIN, size_by_employees

OPENERS = 4
OPEN = """
import sys
from matcher.domain import SizeClass
from service.store import Store
Store.open(sys.argv[1], size_of=lambda firm: SizeClass.UNKNOWN).close()
"""


def opened(url: str) -> Store:
    return Store.open(url, size_of=size_by_employees)


def test_tables_and_migrations_agree(empty_database: str) -> None:
    opened(empty_database).close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
        command.check(alembic_config(connection))
    engine.dispose()


def test_migrations_can_be_undone(empty_database: str) -> None:
    opened(empty_database).close()
    engine = create_engine(parse_url(empty_database))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    opened(empty_database).close()


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
