"""Requests no larger than they may be, and answers with safe headers."""

import json
import logging
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.errors import MatcherError
from service.errors import body, note, respond
from service.gzipped import unpacked
from service.logs import REQUEST, masked, one_line
from service.store import Unavailable

log = logging.getLogger(__name__)

JSON_LIMIT = 32 * 1024 * 1024

HEADERS: Mapping[bytes, bytes] = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
}


HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")
"""What is added where people reach the service over HTTPS."""


class TooLarge(Exception):
    """The request's body passed its limit."""


class Limits:
    """Refuses a body over the limit while it arrives, packed or not, whatever its declared length; adds the safe headers.

    `uploads` are the limits of paths that take large bodies. What nobody caught is logged and answered here, so that
    this answer too has the one shape and the headers.
    """

    def __init__(self, app: ASGIApp, *, uploads: Mapping[str, int], https: bool = False) -> None:
        self._app = app
        self._uploads = uploads
        self._headers = dict([*HEADERS.items(), *([HTTPS_ONLY] if https else [])])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads.get(scope["path"], JSON_LIMIT)
        arriving, answer = _Request(receive, limit), _Answer(send, self._headers)
        request = arriving

        async def answered(message: Message) -> None:
            # The framework takes the broken-off body for a malformed one and would answer 400.
            if max(arriving.seen, request.seen) > limit and not answer.started:
                raise TooLarge
            await answer.send(message)

        try:
            if _declared(scope) > limit:
                raise TooLarge
            request = _Request(unpacked(scope, arriving.receive), limit)
            await self._app(scope, request.receive, answered)
        except TooLarge:
            message = f"请求超过 {limit // 1024 // 1024} MB，请拆分后再传"
            await answer.end(413, body("too_large", message, {}))
        except (MatcherError, Unavailable) as error:
            told = error.error if isinstance(error, Unavailable) else error
            note(scope, told)
            await respond(told)(scope, request.receive, answer.send)
        except Exception:
            if answer.started:
                raise
            log.exception("处理 %s %s 时出错", scope["method"], one_line(masked(scope["path"])))
            message = f"服务内部错误，已记录（编号 {REQUEST.get() or '无'}）；请稍后重试"
            await answer.end(500, body("internal", message, {}))


class _Request:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self.seen = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self._limit:
            raise TooLarge
        return message


class _Answer:
    def __init__(self, send: Send, headers: Mapping[bytes, bytes]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = {name for name, _ in message["headers"]}
            safe = [one for one in self._headers.items() if one[0] not in own]
            message["headers"] = [*message["headers"], *safe]
        await self._send(message)

    async def end(self, status: int, content: Mapping[str, object]) -> None:
        text = json.dumps(content, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": text})


def _declared(scope: Scope) -> int:
    length = header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, or an empty text."""
    found: bytes = dict(scope["headers"]).get(name, b"")
    return found.decode("latin-1")
