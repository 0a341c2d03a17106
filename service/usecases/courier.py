"""Sends what is in the outbox: claims what is due, tries, and tries again later what failed."""

import logging
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from service.auth import SYSTEM
from service.store import Store
from service.store.database import Clock, utc_now
from service.store.delivery import Delivery, DeliveryState, Settled
from service.usecases.senders import Sender, Sent

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600, 1800, 7200, 28800))
"""How long to wait after the first, second… failure; after one more the delivery is dead."""

LEASE = timedelta(minutes=2)
"""How long a sender has, unless its courier is told otherwise."""

_HELD = timedelta(minutes=1)
_KEPT = timedelta(days=30)
_TIDY = timedelta(hours=1)
_AT_ONCE = 8
_JITTER = 0.2


class Courier:
    """Sends what is due with a few threads; several processes may each have some. Attempts end within the lease."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        lease: timedelta = LEASE,
        now: Clock = utc_now,
    ) -> None:
        self._store = store
        self._senders = senders
        self._lease = lease
        self._now = now
        self._tidied: datetime | None = None
        self._stop = threading.Event()

    def stop(self) -> None:
        """Take nothing more; what is on its way is brought to its end."""
        self._stop.set()

    def once(self) -> int:
        """Return how many deliveries one round tried."""
        self._store.outbox.follow(SYSTEM)
        tried = 0
        while not self._stop.is_set():
            batch = self._store.outbox.claim(SYSTEM, channels=list(self._senders), lease=self._lease, limit=_AT_ONCE)
            if not batch:
                break
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="courier") as pool:
                tried += len(list(pool.map(self._deliver, batch)))
        self._tidy()
        return tried

    def _deliver(self, delivery: Delivery) -> None:
        try:
            sent = self._senders[delivery.channel].send(delivery, self._now())
        except Exception as error:
            # One delivery that cannot even be tried keeps no other back. What it says may hold an address: not logged.
            log.warning("投递 %s 未能发出：%s", delivery.id, type(error).__name__)
            sent = Sent(ok=False, error=type(error).__name__)
        self._store.outbox.settle(SYSTEM, delivery, settled(delivery, sent, self._now()))

    def _tidy(self) -> None:
        now = self._now()
        if self._tidied is None or now - self._tidied >= _TIDY:
            self._store.outbox.forget(SYSTEM, now - _KEPT)
            self._tidied = now


def settled(delivery: Delivery, sent: Sent, now: datetime) -> Settled:
    """Return what becomes of a delivery after an attempt."""
    if sent.ok or sent.dropped:
        state = DeliveryState.SENT if sent.ok else DeliveryState.DROPPED
        return Settled(state=state, status=sent.status, error=sent.error)
    if sent.final or delivery.failures >= len(WAITS):
        return Settled(state=DeliveryState.DEAD, status=sent.status, error=sent.error)
    wait = WAITS[delivery.failures] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
    return Settled(
        state=DeliveryState.WAITING,
        status=sent.status,
        error=sent.error,
        due_at=now + wait,
        held=now + min(wait, _HELD),
    )
