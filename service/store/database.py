"""One database: how it is opened, and what a transaction is on SQLite and on PostgreSQL."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from matcher.errors import MatcherError
from service.auth import Actor
from service.store.schema import counter, tenants
from service.store.trouble import told
from service.vault import Vault

Clock = Callable[[], datetime]

_BUSY_SECONDS = 30
# A process that freezes or is cut off must not hold its locks for good: either end hangs up on the other.
_TO_SERVER = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_OF_SERVER = {
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "20s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def parse_url(url: str) -> URL:
    """Return the address of a supported database, with its driver.

    :raises MatcherError: `unsupported_database` for anything but an SQLite file or PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("unreadable")
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    raise MatcherError(
        "unsupported_database",
        "RONGTONG_DATABASE_URL 不可用：请写 sqlite:////绝对路径/文件.db 或 postgresql://用户:口令@主机/库名",
        scheme=parsed.drivername,
    )


class Ledger:
    """A write transaction that hands out sequence numbers; nobody else gets one until it ends."""

    def __init__(self, connection: Connection, tenant: str, *, seq: int, now: datetime, vault: Vault) -> None:
        self.connection = connection
        self.tenant = tenant
        self.seq = seq
        self.now = now
        self.vault = vault

    def next_seq(self) -> int:
        """Take the next number."""
        self.seq += 1
        return self.seq


class Database:
    """Transactions over one engine: `read` is a snapshot, `write` and `sequenced` commit when their block ends."""

    def __init__(self, engine: Engine, now: Clock, vault: Vault) -> None:
        self.engine = engine
        self.now = now
        self.vault = vault
        in_file = engine.dialect.name == "sqlite"
        self._reader = engine.execution_options(**_SQLITE_READ if in_file else _POSTGRES_READ)
        self._writer = engine.execution_options(**_SQLITE_WRITE if in_file else {})
        self._thread = threading.local()

    @classmethod
    def connect(cls, url: URL, now: Clock, vault: Vault) -> "Database":
        """Return the database at an address; nothing is opened before the first transaction."""
        options: dict[str, Any] = {"json_serializer": _to_json, "hide_parameters": True}
        if url.drivername != "sqlite":
            url = url.update_query_dict({**_TO_SERVER, **url.query})
            engine = create_engine(url, pool_pre_ping=True, **options)
            event.listen(engine, "connect", _prepare_postgres)
            return cls(engine, now, vault)
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, now, vault)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, None for PostgreSQL."""
        return Path(self.engine.url.database or "") if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a block that sees one state of the database throughout."""
        with self._begun(self._reader) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run a block whose changes are committed when it ends, or not at all."""
        with self._begun(self._writer) as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """Run a block in which all transactions of this thread are parts of one, committed together or not at all."""
        with self.write() as connection:
            self._thread.connection = connection
            try:
                yield connection
            finally:
                self._thread.connection = None

    @property
    def joined(self) -> bool:
        """Whether this thread is within `together`."""
        return getattr(self._thread, "connection", None) is not None

    @contextmanager
    def _begun(self, engine: Engine) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._thread, "connection", None)
        with told():
            if outer is None:
                with engine.begin() as connection:
                    yield connection
            else:
                with outer.begin_nested():
                    yield outer

    @contextmanager
    def sequenced(self, actor: Actor) -> Iterator[Ledger]:
        """Run a block that changes records of the actor's tenant.

        The counter stays locked until the commit, so numbers become visible in the order they were taken.
        :raises MatcherError: `unknown_tenant`.
        """
        with self.write() as connection:
            lock = select(counter.c.seq).where(counter.c.id == 1).with_for_update()
            before = connection.execute(lock).scalar_one()
            require_tenant(connection, actor)
            ledger = Ledger(connection, actor.tenant, seq=before, now=self.now(), vault=self.vault)
            yield ledger
            if ledger.seq != before:
                connection.execute(update(counter).values(seq=ledger.seq).where(counter.c.id == 1))


def upsert(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row, or set its other columns where its primary key exists."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    key = [column.name for column in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in key}
    statement = make(table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))


def unhurried(connection: Connection) -> None:
    """Let a transaction wait and pause as long as it has to, as one that copies or changes a whole database may."""
    if connection.dialect.name != "sqlite":
        for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {name} = 0"))


def require_tenant(connection: Connection, actor: Actor) -> None:
    """Check that the actor's tenant exists.

    :raises MatcherError: `unknown_tenant`.
    """
    found = select(tenants.c.id).where(tenants.c.id == actor.tenant, ~tenants.c.deleted)
    if connection.execute(found).first() is None:
        raise MatcherError("unknown_tenant", f"平台 {actor.tenant} 不存在：请先建立该平台", tenant=actor.tenant)


_SQLITE_READ = {"rongtong_begin": "BEGIN"}
_SQLITE_WRITE = {"rongtong_begin": "BEGIN IMMEDIATE"}
_POSTGRES_READ = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _prepare_postgres(connection: Any, _record: object) -> None:
    # What the address itself sets stands, and what the server does not know is left out.
    known = "SELECT set_config(name, value, false) FROM pg_settings JOIN json_each_text(%s) ON name = key"
    connection.autocommit = True
    connection.execute(f"{known} WHERE source <> 'client'", [json.dumps(_OF_SERVER)])
    connection.autocommit = False


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would otherwise begin by itself, and too late
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(str(connection.get_execution_options().get("rongtong_begin", "BEGIN")))


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
