"""The language of error messages: Chinese, or English for a caller who asks for it."""

import tomllib
from contextvars import ContextVar
from functools import cache

from starlette.types import ASGIApp, Receive, Scope, Send

from matcher.assets import asset

_ENGLISH: ContextVar[bool] = ContextVar("english", default=False)


class Speaking:
    """Notes which language a request's `Accept-Language` prefers (RFC 9110 §12.5.4)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        told: bytes = dict(scope.get("headers", ())).get(b"accept-language", b"")
        token = _ENGLISH.set(prefers_english(told.decode("latin-1")))
        try:
            await self.app(scope, receive, send)
        finally:
            _ENGLISH.reset(token)


def prefers_english(accept: str) -> bool:
    """Return whether English stands before Chinese in an `Accept-Language`; a header that names neither does not."""
    weight = {"en": 0.0, "zh": 0.0}
    for part in accept.split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        if language in weight:
            weight[language] = max(weight[language], _quality(rest))
    return weight["en"] > weight["zh"]


def _quality(parameter: str) -> float:
    name, _, value = parameter.replace(" ", "").partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def english() -> bool:
    """Return whether the request at work is answered in English."""
    return _ENGLISH.get()


def message(code: str, chinese: str) -> str:
    """Return what to say of an error in the language of the request at work."""
    return english_messages().get(code, chinese) if english() else chinese


@cache
def english_messages() -> dict[str, str]:
    """Return the English message of every error code."""
    found: dict[str, str] = tomllib.loads(asset("data", "messages", "en.toml").read_text(encoding="utf-8"))
    return found
