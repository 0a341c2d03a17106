"""Every request to change something is written to the audit log before it is answered."""

import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import Actor

log = logging.getLogger(__name__)

ACTOR = "rongtong.actor"
"""Where in a request's state its actor is left for the log."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

Record = Callable[[Actor, str, str, int], None]


class Auditing:
    """Writes the requests of known callers; a log that cannot be written is reported, the request stands as it is."""

    def __init__(self, app: ASGIApp, *, record: Record) -> None:
        self.app = app
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self.app(scope, receive, send)
            return

        async def audited(message: Message) -> None:
            who = scope.get("state", {}).get(ACTOR)
            if message["type"] == "http.response.start" and isinstance(who, Actor):
                try:
                    await run_in_threadpool(self._record, who, scope["method"], scope["path"], message["status"])
                except Exception:
                    # What was asked is done already: to fail now would tell the caller otherwise.
                    log.exception("审计日志写入失败：%s %s", scope["method"], scope["path"])
            await send(message)

        await self.app(scope, receive, audited)
