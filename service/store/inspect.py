"""A look at a database as it stands: nothing is created, upgraded or written, whatever its state."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from matcher.errors import MatcherError
from service.store.database import parse_url
from service.store.jobs import JobState
from service.store.migrate import newest_revision
from service.store.schema import api_keys, counter, jobs, postings

_CONNECT_SECONDS = 5
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Schema:
    """The revision that a database stands at (None: no tables yet), and the one that this version has."""

    found: str | None
    newest: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What an index follows: the database's own name, its last sequence number, living postings by tenant."""

    origin: str
    seq: int
    postings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs whose worker has fallen silent, that wait for long, and that failed of late."""

    silent: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of living keys that end soon, and of those made some time ago and never used."""

    ending: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server: its version, its clients and how many it takes."""

    version: str
    clients: int
    most: int


class Inspection:
    """Reads of one database for whoever runs the instance; they cross tenants and tell counts and names of keys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Inspection":
        """Return the inspection of a database; nothing is opened yet.

        :raises MatcherError: `unsupported_database`.
        """
        parsed = parse_url(url)
        if parsed.drivername == "sqlite":
            # Escaped as in a URI: the file's name may hold a question mark.
            path = Path(parsed.database or "").absolute().as_uri()
            return cls(create_engine(f"sqlite:///{path}?mode=ro&uri=true", connect_args={"timeout": _CONNECT_SECONDS}))
        options = {"connect_timeout": _CONNECT_SECONDS, "options": "-c default_transaction_read_only=on"}
        return cls(create_engine(parsed, connect_args=options))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @property
    def in_file(self) -> bool:
        """Whether the database is a file of SQLite."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            why = str(error.orig).strip().splitlines()
            raise MatcherError("database_unavailable", why[0] if why else type(error.orig).__name__) from error

    def schema(self) -> Schema:
        """Return where the schema stands.

        :raises MatcherError: `database_unavailable`, as everything here does when the database does not answer.
        """
        with self._read() as connection:
            there = connection.dialect.has_table(connection, "alembic_version")
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if there else None
        return Schema(found, newest_revision())

    def damage(self) -> list[str]:
        """Return what a file of SQLite finds wrong with itself, a few lines of it; PostgreSQL minds its own pages."""
        if not self.in_file:
            return []
        with self._read() as connection:
            said = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(5)"))]
            orphans = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(_LISTED)
        return [line for line in said if line != "ok"] + [f"{row[0]} → {row[2]} 的引用落空" for row in orphans]

    def server(self) -> Server | None:
        """Return the server; None for SQLite."""
        if self.in_file:
            return None
        asked = "SELECT current_setting('server_version'), (SELECT count(*) FROM pg_stat_activity), "
        with self._read() as connection:
            row = connection.execute(text(f"{asked} current_setting('max_connections')::int")).one()
        return Server(str(row[0]), int(row[1]), int(row[2]))

    def now(self) -> datetime | None:
        """Return the server's clock; None for SQLite, which has none of its own."""
        if self.in_file:
            return None
        with self._read() as connection:
            found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found

    def followed(self) -> Followed:
        """Return what an index of this database should hold."""
        living = select(postings.c.tenant, func.count()).where(~postings.c.deleted).group_by(postings.c.tenant)
        with self._read() as connection:
            row = connection.execute(select(counter.c.origin, counter.c.seq)).one()
            held = {str(tenant): int(count) for tenant, count in connection.execute(living)}
        return Followed(str(row.origin), int(row.seq), held)

    def queue(self, now: datetime, *, silence: timedelta, patience: timedelta) -> Queue:
        """Return the jobs in trouble: unheard of for `silence`, queued or failed within `patience`."""
        running = (jobs.c.state == JobState.RUNNING) & (jobs.c.heartbeat_at < now - silence)
        waiting = (jobs.c.state == JobState.QUEUED) & (jobs.c.created_at < now - silence)
        failed = (jobs.c.state == JobState.FAILED) & (jobs.c.finished_at > now - patience)
        with self._read() as connection:
            return Queue(*(_count(connection, which) for which in (running, waiting, failed)))

    def keys(self, now: datetime, *, ahead: timedelta, idle: timedelta) -> Keys:
        """Return the living keys that end within `ahead`, and those older than `idle` that were never used."""
        ends = func.coalesce(api_keys.c.revoked_at, api_keys.c.expires_at)
        alive = ends.is_(None) | (ends > now)
        ending = alive & (ends <= now + ahead)
        unused = alive & api_keys.c.last_used_at.is_(None) & (api_keys.c.created_at < now - idle)
        with self._read() as connection:
            return Keys(*(_names(connection, which) for which in (ending, unused)))


def _count(connection: Connection, which: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(jobs).where(which)).scalar_one())


def _names(connection: Connection, which: Any) -> tuple[str, ...]:
    found = select(api_keys.c.tenant, api_keys.c.name).where(which).order_by(api_keys.c.tenant, api_keys.c.name)
    return tuple(f"{row.tenant}/{row.name}" for row in connection.execute(found))
