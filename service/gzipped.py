"""gzip both ways: answers to whom asks for it, and bodies that arrive so, unpacked piece by piece."""

import re
import zlib

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.errors import MatcherError

_FROM = 1024
_LEVEL = 5
_PIECE = 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_PACKED = ("application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_WANTED = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)


class Zipping(GZipMiddleware):
    """Compresses answers, save those that are small or packed already, that have an `ETag` or are not to be stored.

    A strong `ETag` names the very bytes; beside words of the caller the length of a compressed secret tells of it, and
    what is secret is marked `no-store`.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=_FROM, compresslevel=_LEVEL, exclude_content_types=_PACKED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = _WANTED.search(Headers(scope=scope).get("accept-encoding", ""))
        make = _Zipper if wanted else IdentityResponder
        await make(self.app, _FROM, exclude_content_types=self.exclude_content_types)(scope, receive, send)


class _Zipper(GZipResponder):
    _whole = False

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            self._whole = "etag" in headers or "no-store" in headers.get("cache-control", "")
        await (self.send(message) if self._whole else super().send_with_compression(message))


def unpacked(scope: Scope, receive: Receive) -> Receive:
    """Return what reads the body of a request, unpacked if it arrives as gzip; its headers then tell of a plain one.

    :raises MatcherError: `unsupported_encoding` for an encoding other than gzip.
    """
    encoding = Headers(scope=scope).get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return receive
    if encoding not in ("gzip", "x-gzip"):
        raise MatcherError("unsupported_encoding", "请求体的 Content-Encoding 只支持 gzip", encoding=encoding[:50])
    # In place: what is outside looks into this very scope for what is noted of the request.
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in (b"content-encoding", b"content-length")]
    return _Unpacking(receive).receive


class _Unpacking:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._unpack = zlib.decompressobj(_GZIP)
        self._rest = b""
        self._more = True

    async def receive(self) -> Message:
        """Return the next piece, no larger than it may be.

        :raises MatcherError: `bad_request` for a broken or unfinished body.
        """
        if not self._rest and self._more:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._rest, self._more = message.get("body", b""), message.get("more_body", False)
        try:
            body = self._unpack.decompress(self._rest, _PIECE)
        except zlib.error as error:
            raise _broken() from error
        self._rest = self._unpack.unconsumed_tail
        if self._unpack.unused_data:
            raise _broken()
        # A full piece may have more behind it, though everything was read.
        more = self._more or bool(self._rest) or (len(body) == _PIECE and not self._unpack.eof)
        if not more and not self._unpack.eof:
            raise _broken()
        return {"type": "http.request", "body": body, "more_body": more}


def _broken() -> MatcherError:
    return MatcherError("bad_request", "请求体不是完整的 gzip：请检查 Content-Encoding 与内容")
