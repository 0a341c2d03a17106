"""A whole database as rows of plain JSON values, and back: one form for SQLite and PostgreSQL."""

import logging
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.util import CommandError
from sqlalchemy import JSON, URL, Connection, Date, DateTime, MetaData, Table, delete, event, inspect, select, text
from sqlalchemy import insert as insert_into

from matcher.errors import MatcherError
from service.store.database import Database, unhurried
from service.store.migrate import alembic_config, alone
from service.store.rows import Row
from service.store.trouble import Unavailable

log = logging.getLogger(__name__)

_PIECE = 500
_VERSION = "alembic_version"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_PARTS = ("", "-wal", "-shm")


class Contents:
    """One state of a database, as long as the block that gave it lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in _reflected(connection)}
        self.names: Sequence[str] = tuple(self._tables)

    @property
    def revision(self) -> str:
        """Return the schema's revision."""
        return str(self._connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())

    @property
    def seq(self) -> int:
        """Return the number of the latest change."""
        return int(self._connection.execute(select(self._tables["counter"].c.seq)).scalar_one())

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a table as JSON values, in the order of its primary key."""
        table = self._tables[name]
        found = self._connection.execution_options(yield_per=_PIECE).execute(select(table).order_by(*table.primary_key))
        for row in found.mappings():
            yield {column: _plain(value) for column, value in row.items()}

    def unfinished_uploads(self) -> list[str]:
        """Return where the files of jobs lie that are still to be done."""
        jobs = self._tables["jobs"]
        waiting = select(jobs.c.payload).where(jobs.c.state.in_(("queued", "running")))
        found = (payload.get("path") for payload in self._connection.execute(waiting).scalars())
        return sorted({str(path) for path in found if path})


@contextmanager
def contents(database: Database) -> Iterator[Contents]:
    """Yield one state of a database, whatever its schema and whatever is written meanwhile.

    :raises MatcherError: `nothing_there`.
    """
    if database.file and not database.file.is_file():
        raise _nothing_there()
    with database.read() as connection:
        unhurried(connection)
        if not inspect(connection).has_table(_VERSION):
            raise _nothing_there()
        yield Contents(connection)


@contextmanager
def sound_place(url: URL, *, replace: bool) -> Iterator[URL]:
    """Yield where to put a database: at its address, or beside a damaged file, whose place it takes at the end.

    :raises MatcherError: `not_empty` for a damaged file unless `replace`, `database_in_use`.
    """
    file = Path(url.database or "")
    if url.drivername != "sqlite" or not file.exists() or _sound(file):
        yield url
        return
    if not replace:
        raise MatcherError("not_empty", f"数据库 {file} 已损坏：确要换成备份中的，请加 --force，损坏的文件留在一旁")
    fresh = file.with_name(f"{file.name}.fresh")
    for part in _PARTS:
        Path(f"{fresh}{part}").unlink(missing_ok=True)
    yield url.set(database=str(fresh))
    aside = file.with_name(f"{file.name}.damaged-{secrets.token_hex(4)}")
    for part in _PARTS:
        if os.path.exists(f"{file}{part}"):
            os.replace(f"{file}{part}", f"{aside}{part}")
    os.replace(fresh, file)
    Path(f"{fresh}.lock").unlink(missing_ok=True)
    log.warning("损坏的数据库已移到 %s，不再需要时可删去", aside)


def _sound(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        _be_alone(connection, None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            said: tuple[str] = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise _in_use() from error
            return error.sqlite_errorcode & 0xFF not in _DAMAGED
    return said == ("ok",)


def refill(
    database: Database,
    revision: str,
    names: Sequence[str],
    rows: Callable[[str], Iterator[Row]],
    *,
    replace: bool,
    before_commit: Callable[[], None],
) -> None:
    """Put the rows of tables at a revision into a database, brought to the present schema, in one transaction.

    Its index is no longer that of the history before: the database gets a new origin.
    :raises MatcherError: `not_empty` unless `replace`, `database_in_use`, `backup_newer`, `bad_backup`.
    """
    if database.file:
        event.listen(database.engine, "connect", _be_alone)
    try:
        with alone(database) as connection:
            _check_unused(connection)
            _clear(connection, replace=replace)
            config = alembic_config(connection, database.vault)
            command.upgrade(config, revision)
            _fill(connection, names, rows)
            command.upgrade(config, "head")
            before_commit()
    except CommandError as error:
        raise MatcherError("backup_newer", "备份由更新的版本写成：请升级 rongtong 后再恢复") from error
    except sqlite3.OperationalError as error:
        raise _in_use() from error
    except Unavailable as error:
        if error.error.code != "database_busy":
            raise
        raise _in_use() from error


def _fill(connection: Connection, names: Sequence[str], rows: Callable[[str], Iterator[Row]]) -> None:
    tables = _reflected(connection)
    if {table.name for table in tables} != set(names):
        raise MatcherError("bad_backup", "备份中的表与它写明的版本不符：请换一份备份")
    for table in reversed(tables):
        connection.execute(delete(table))  # What the migrations put in.
    for table in tables:
        piece: list[Row] = []
        for row in rows(table.name):
            piece.append({name: _value(table, name, value) for name, value in row.items()})
            if len(piece) == _PIECE:
                _insert(connection, table, piece)
                piece = []
        _insert(connection, table, piece)
    connection.execute(text("UPDATE counter SET origin = :origin"), {"origin": secrets.token_hex(16)})


def _insert(connection: Connection, table: Table, piece: Sequence[Row]) -> None:
    if piece:
        connection.execute(insert_into(table), piece)


def _clear(connection: Connection, *, replace: bool) -> None:
    filled = text("SELECT 1 FROM tenants LIMIT 1")
    if not replace and inspect(connection).has_table("tenants") and connection.execute(filled).first() is not None:
        raise MatcherError("not_empty", "这里已有数据：确要换成备份中的，请加 --force")
    found = MetaData()
    found.reflect(bind=connection)
    found.drop_all(connection)


def _check_unused(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    if connection.execute(others).scalar_one():
        raise _in_use()


def _nothing_there() -> MatcherError:
    return MatcherError("nothing_there", "数据库中还没有本程序的数据，没有可备份的：请检查设置")


def _in_use() -> MatcherError:
    return MatcherError("database_in_use", "数据库正被使用：请先停止用它的服务，再恢复")


def _be_alone(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 1000")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")


def _reflected(connection: Connection) -> list[Table]:
    """Return the tables as they are, what is referred to before what refers to it."""
    found = MetaData()
    found.reflect(bind=connection)
    for column in (column for table in found.tables.values() for column in table.c):
        if isinstance(column.type, JSON):
            column.type.none_as_null = bool(column.nullable)  # A JSON null stands only where a value must.
    return [table for table in found.sorted_tables if table.name != _VERSION]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _value(table: Table, name: str, value: Any) -> Any:
    if name not in table.c:
        raise MatcherError("bad_backup", f"备份中表 {table.name} 的列 {name} 与它写明的版本不符：请换一份备份")
    column = table.c[name]
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value
