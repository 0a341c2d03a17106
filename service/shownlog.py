"""Keeps what was shown, beside the requests rather than within them."""

import hashlib
import logging
import secrets
import threading

from matcher.domain import Query
from matcher.errors import MatcherError
from service.auth import SYSTEM
from service.store import Shown, ShownItem, Store

__all__ = ["Shown", "ShownItem", "ShownLog", "new_list_id", "query_hash"]

log = logging.getLogger(__name__)

_FLUSH_SECONDS = 0.2
_HELD_ITEMS = 10_000


def new_list_id() -> str:
    """Return a fresh id of a list."""
    return f"list_{secrets.token_hex(8)}"


def query_hash(query: Query) -> str:
    """Return the SHA-256, in hex, of what a query asks in words: its kind, title, detail and keywords."""
    text = "\x1f".join((query.kind, query.title, query.detail or "", *query.keywords))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class ShownLog:
    """A bounded queue and the thread that empties it into the store, which starts with the first list.

    A list is in the store 0.2 s after `put`, or when `flush` or `stop` returns. When the queue is full, `put` writes it
    out first: nothing is dropped but what the store refuses for good.
    """

    def __init__(self, store: Store, *, held_items: int = _HELD_ITEMS) -> None:
        self._store = store
        self._most = held_items
        self._pending: list[Shown] = []
        self._items = 0
        self._holding = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, shown: Shown) -> None:
        """Take a list to be kept.

        :raises Exception: the database's own when the queue is full and cannot be written out.
        """
        while not self._taken(shown):
            self.flush()
        if self._stop.is_set():
            self.flush()

    def flush(self) -> None:
        """Write out every list put before the call; within a larger transaction, which may yet be undone, nothing.

        :raises Exception: the database's own; the lists are kept for the next time.
        """
        if self._store.joined:
            return
        with self._writing:
            with self._holding:
                batch, self._pending, self._items = self._pending, [], 0
            if not batch:
                return
            try:
                self._write(batch)
            except BaseException:
                with self._holding:
                    self._pending[:0] = batch
                    self._items += sum(map(_size, batch))
                raise

    def stop(self) -> None:
        """Write out the rest and end the thread; a list put later is written at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._flush_or_report()

    def _taken(self, shown: Shown) -> bool:
        with self._holding:
            if self._pending and self._items + _size(shown) > self._most and not self._store.joined:
                return False
            self._pending.append(shown)
            self._items += _size(shown)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="shown-log", daemon=True)
                self._thread.start()
            return True

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_SECONDS):
            self._flush_or_report()

    def _flush_or_report(self) -> None:
        try:
            self.flush()
        except Exception:
            # The thread must outlive a passing failure of the database; the lists wait for the next round.
            log.exception("展示记录未能写入数据库，稍后重试")

    def _write(self, batch: list[Shown]) -> None:
        """Write lists in one transaction; if the store refuses them together, one by one without the bad."""
        try:
            self._store.feedback.record_shown(SYSTEM, batch)
        except (MatcherError, TypeError, ValueError) as error:
            if len(batch) == 1:
                log.error("展示记录 %s 无法保存，已略去：%s", batch[0].id, error)
                return
            for shown in batch:
                self._write([shown])


def _size(shown: Shown) -> int:
    return len(shown.items) + 1
