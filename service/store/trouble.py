"""Failures of the database that pass: it is gone, busy, or has no room. They say nothing about what was asked."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, PendingRollbackError, TimeoutError

from matcher.errors import MatcherError

_FULL = MatcherError("disk_full", "磁盘已满或无法写入，这次的内容没有保存：请清理空间后重试，不必重启服务")
_BUSY = MatcherError("database_busy", "数据库正忙，这次的内容没有保存：请稍后重试")
_GONE = MatcherError("database_unavailable", "数据库暂时无法使用：请稍后重试；若持续如此，请检查数据库服务")

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: _GONE,
    sqlite3.SQLITE_READONLY: _GONE,
    sqlite3.SQLITE_CORRUPT: _GONE,
    sqlite3.SQLITE_NOTADB: _GONE,
}
# By SQLSTATE, whole or its class: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    **{"53100": _FULL, "58030": _FULL, "40001": _BUSY, "40P01": _BUSY, "55P03": _BUSY, "57014": _BUSY},
    **{"25006": _GONE, "25P03": _GONE, "08": _GONE, "53": _GONE, "57": _GONE, "58": _GONE},
}


class Unavailable(Exception):
    """What `error` says, and no `MatcherError` itself: a row met by it is not a bad row, and a job has not failed."""

    def __init__(self, error: MatcherError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def told() -> Iterator[None]:
    """Turn the failures of a transaction within the block into errors that a person can act on.

    :raises MatcherError: `bad_value` for content that the database cannot hold.
    :raises Unavailable: `disk_full`, `database_busy`, `database_unavailable`.
    """
    try:
        yield
    except (DataError, UnicodeEncodeError, OverflowError) as error:
        message = "请求中有数据库无法接受的内容（空字符、残缺的字符或过大的数）：请清理后重试"
        raise MatcherError("bad_value", message, cause=type(error).__name__) from error
    except (TimeoutError, PendingRollbackError) as error:
        raise Unavailable(_BUSY if isinstance(error, TimeoutError) else _GONE) from error
    except DBAPIError as error:
        if (passing := _passing(error)) is None:
            raise
        raise Unavailable(passing) from error


def _passing(error: DBAPIError) -> MatcherError | None:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_ERROR:
            # What failed may have ended the whole transaction; then the way back to the savepoint fails as well.
            return next((_passing(one) for one in _before(error) if isinstance(one, DBAPIError)), None)
        return _SQLITE.get(code)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # The server did not get to say anything.
        return _GONE
    return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or (_GONE if error.connection_invalidated else None)


def _before(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors during whose handling this one came up, the latest first."""
    while error.__context__ is not None:
        error = error.__context__
        yield error
