"""Who is served when: how often a caller may ask, how much is worked on at once, and for how long one waits in line."""

import asyncio
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from time import monotonic
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from matcher.errors import MatcherError
from matcher.stages import stage
from service.audit import ACTOR
from service.auth import Actor
from service.bodies import Bodies
from service.errors import overloaded, unauthorized
from service.limits import header

OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that are always answered."""

_CALLERS = 10_000
_MINUTE = 60.0

_MATCH = re.compile(r"POST /v1/(match|postings:check)|GET /v1/enterprises/.+/recommendations")
_HEAVY = re.compile(
    r"POST /v1/(allocations|commitments|consortia|reserve-plans|finance/lists|deals|events/[^/]+/(edits|issue)"
    r"|registers/[^/]+/import|deals/(import|replies)|reports/ledgers/[^/]+/(close|fill))"
    r"|GET /v1/(events/[^/]+/(files/.+|pages/.+|results)|registers/[^/]+/export|deals/(export|replies)|reports/.+"
    r"|parks/.+|cultivation/library|finance/.+|postings/.+/capacity-fits|capacity/ending)"
)


def kind_of(method: str, path: str) -> str:
    """Return which line a request stands in: match, heavy or light."""
    asked = f"{method} {path}"
    return "match" if _MATCH.fullmatch(asked) else "heavy" if _HEAVY.fullmatch(asked) else "light"


class Buckets:
    """A token bucket per caller, filled at a steady rate; only the latest callers are remembered."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = monotonic, most: int = _CALLERS) -> None:
        self._full = float(per_minute)
        self._rate = per_minute / _MINUTE
        self._clock = clock
        self._most = most
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> float:
        """Return 0 when the caller had a token left and gave it, else the seconds until it has one."""
        if not self._full:
            return 0.0
        now = self._clock()
        with self._lock:
            held, at = self._held.pop(caller, (self._full, now))
            held = min(self._full, held + (now - at) * self._rate)
            short = max(0.0, 1.0 - held)
            self._held[caller] = (held if short else held - 1.0, now)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return short / self._rate

    def __len__(self) -> int:
        return len(self._held)


@dataclass(frozen=True, slots=True)
class Line:
    """How many are served at once, how many may wait for a place, and for how many seconds."""

    at_once: int
    waiting: int
    patience: float


class Gate:
    """Lets requests through a line in the order in which they came; of one event loop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._places = asyncio.Semaphore(line.at_once)
        self._waiting = 0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Hold a place for the block.

        :raises MatcherError: `overloaded` when the line is full, or no place came free in time.
        """
        if self._places.locked() and self._waiting >= self._line.waiting:
            raise overloaded()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._line.patience):
                with stage("line"):
                    await self._places.acquire()
        except TimeoutError as error:
            raise overloaded() from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


class Admission:
    """Refuses those who ask too often, then lets the rest in as there is room.

    A key or session that has been seen to be good has a bucket of its own; everybody else draws on that of their
    address, so that keys cannot be tried out at will. `uploads`, and large bodies, are read only from callers that
    `admits` lets in. All but uploads are read whole before they take a place: who sends slowly holds none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_key: int,
        per_address: int,
        lines: Mapping[str, Line],
        uploads: Collection[str],
        admits: Callable[[Scope], bool],
    ) -> None:
        self._app = app
        self._keys = Buckets(per_key)
        self._addresses = Buckets(per_address)
        self._lines = lines
        self._uploads = uploads
        self._admits = admits
        self._bodies = Bodies()
        self._good: OrderedDict[str, str] = OrderedDict()
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Gate]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        caller = self._counted(scope)
        try:
            await self._served(scope, receive, send)
        finally:
            who = scope.get("state", {}).get(ACTOR)
            if caller and isinstance(who, Actor):
                self._remember(caller, f"{who.tenant} {who.key or who.user}")

    def _counted(self, scope: Scope) -> str | None:
        """Return what stands for the key or session of a request that may come in.

        :raises MatcherError: `rate_limited`.
        """
        proof = header(scope, b"authorization") or header(scope, b"cookie")
        caller = hashlib.sha256(proof.encode()).hexdigest() if proof else None
        client = scope.get("client")
        known = self._good.get(caller) if caller else None
        wait = self._keys.take(known) if known else self._addresses.take(client[0] if client else "")
        if wait:
            message = "请求过于频繁，请按 Retry-After 所示的秒数之后重试"
            raise MatcherError("rate_limited", message, retry_after=ceil(wait))
        return caller

    def _remember(self, caller: str, key: str) -> None:
        self._good.pop(caller, None)
        self._good[caller] = key
        if len(self._good) > _CALLERS:
            self._good.pop(next(iter(self._good)), None)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def known() -> bool:
            return await run_in_threadpool(self._admits, scope)

        if scope["path"] in self._uploads and scope["method"] == "POST":
            if not await known():
                raise unauthorized()
            async with self._gate("upload").passed():
                await self._app(scope, receive, send)
            return
        async with (
            self._bodies.read(receive, known) as again,
            self._gate(kind_of(scope["method"], scope["path"])).passed(),
        ):
            await self._app(scope, again, send)

    def _gate(self, kind: str) -> Gate:
        gates = self._gates.setdefault(asyncio.get_running_loop(), {})
        if kind not in gates:
            gates[kind] = Gate(self._lines[kind])
        return gates[kind]
