"""Every request to change something is written to the audit log before it is answered."""

import logging
import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import Actor
from service.logs import masked, one_line

log = logging.getLogger(__name__)

ACTOR = "rongtong.actor"
"""Where in a request's state its actor is left, once proved to be who it says."""

CLAIMED = "rongtong.claimed"
"""Where is left for the log alone who a request says it is of, or is let in by a link to be."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

_ASKING = re.compile(r"/v1/(match|postings:check|policy/[^/]+|allocations|consortia|reserve-plans|finance/lists)")
"""Paths that are asked by POST, and change nothing either."""

Record = Callable[[Actor, str, str, int], None]


class Auditing:
    """Writes the requests of known callers and of those who claim to be one; a log that cannot be written is reported,
    the request stands as it is.
    """

    def __init__(self, app: ASGIApp, *, record: Record) -> None:
        self.app = app
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in READING or _ASKING.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def audited(message: Message) -> None:
            who, path = _who(scope)
            if message["type"] == "http.response.start" and who is not None:
                try:
                    await run_in_threadpool(self._record, who, scope["method"], path, message["status"])
                except Exception:
                    # What was asked is done already: to fail now would tell the caller otherwise.
                    log.exception("审计日志写入失败：%s %s", scope["method"], one_line(masked(path)))
            await send(message)

        await self.app(scope, receive, audited)


def _who(scope: Scope) -> tuple[Actor | None, str]:
    state, path = scope.get("state", {}), scope["path"]
    if isinstance(proved := state.get(ACTOR), Actor):
        return proved, path
    claimed = state.get(CLAIMED)
    # The path of a link is what opens it: the log, which others read, holds its template only.
    return (claimed, getattr(scope.get("route"), "path", "-")) if isinstance(claimed, Actor) else (None, path)
