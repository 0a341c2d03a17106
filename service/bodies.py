"""Requests read whole before they are served: how large a stranger's may be, how much all hold, how long one may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.types import Message, Receive

from matcher.errors import MatcherError
from service.errors import overloaded, unauthorized

STRANGER_BYTES = 512 * 1024
"""What anybody may send; more is read only from those with a valid key or session."""
ALL_BYTES = 512 * 1024 * 1024
SECONDS = 60.0


class Bodies:
    """The bodies that are in memory now; of one event loop."""

    def __init__(self, *, most: int = ALL_BYTES, seconds: float = SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._held = 0

    @asynccontextmanager
    async def read(self, receive: Receive, known: Callable[[], Awaitable[bool]]) -> AsyncIterator[Receive]:
        """Hold a request's body for the block, from which it can be received again.

        :raises MatcherError: `unauthorized` for a large body of one who is not `known`, `overloaded` when all bodies
            together are too large, `too_slow`.
        """
        messages: list[Message] = []
        try:
            await self._take(messages, receive, known)
            yield _again(messages, receive)
        finally:
            self._held -= sum(map(_size, messages))

    async def _take(self, messages: list[Message], receive: Receive, known: Callable[[], Awaitable[bool]]) -> None:
        size, asked = 0, False
        try:
            async with asyncio.timeout(self._seconds):
                while not messages or messages[-1].get("more_body"):
                    messages.append(await receive())
                    arrived = _size(messages[-1])
                    size, self._held = size + arrived, self._held + arrived
                    if self._held > self._most:
                        raise overloaded()
                    if size > STRANGER_BYTES and not asked:
                        asked = True
                        if not await known():
                            raise unauthorized()
        except TimeoutError as error:
            raise MatcherError("too_slow", f"请求在 {self._seconds:g} 秒内没有发完：请检查网络后重发") from error


def _size(message: Message) -> int:
    return len(message.get("body", b""))


def _again(messages: list[Message], receive: Receive) -> Receive:
    coming = iter(messages)

    async def replayed() -> Message:
        return next(coming, None) or await receive()

    return replayed
