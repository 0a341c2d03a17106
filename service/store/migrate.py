"""Bring a database to the present schema; safe when several processes open it at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from matcher.errors import MatcherError
from service.store.database import Database, unhurried
from service.store.trouble import Unavailable
from service.vault import Vault

_SCRIPTS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x726F6E67


def migrate(database: Database) -> None:
    """Create or upgrade every table, in one transaction.

    :raises MatcherError: `database_unavailable`, `database_newer`.
    """
    try:
        with alone(database) as connection:
            command.upgrade(alembic_config(connection, database.vault), "head")
    except CommandError as error:
        raise MatcherError("database_newer", "数据库由更新的版本建立：请升级 rongtong 后再打开") from error
    except (DatabaseError, sqlite3.Error, OSError) as error:
        raise _unavailable(database, error) from error
    except Unavailable as error:
        if error.error.code != "database_unavailable":
            raise
        raise _unavailable(database, error) from error


def alembic_config(connection: Connection, vault: Vault) -> Config:
    """Return the settings with which Alembic works on an open connection, sealing and unsealing with a vault."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["vault"] = vault
    return config


def newest_revision() -> str:
    """Return the revision of the schema that this version has."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return str(ScriptDirectory.from_config(config).get_current_head())


@contextmanager
def alone(database: Database) -> Iterator[Connection]:
    """Run a block in a transaction that changes the schema; of several processes, one at a time."""
    file = database.file
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock") if file else nullcontext():
        if file:
            _use_wal(database)
        with database.write() as connection:
            unhurried(connection)
            if not file:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection


def _use_wal(database: Database) -> None:
    # Readers and a writer then work side by side. The mode is kept in the file and cannot change in a transaction, and
    # changing it fails at once when another process does the same, whatever the busy timeout: hence the lock file.
    # `synchronous` stays FULL, its default, because acknowledged means committed even when the power fails.
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _unavailable(database: Database, error: Exception) -> MatcherError:
    place = str(database.file or database.engine.url.render_as_string(hide_password=True))
    remedy = "请检查文件是否完好、目录是否可写" if database.file else "请确认服务已启动，地址和口令正确"
    return MatcherError("database_unavailable", f"无法打开数据库 {place}：{remedy}", database=place, cause=str(error))
