"""What a request needs, found once: the parts of the running service and who is asking."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from matcher.encoder.cached import CachedEncoder
from matcher.errors import MatcherError
from matcher.stages import stage
from service.audit import ACTOR, READING
from service.auth import Actor, csrf_token
from service.config import Settings
from service.engine import Engine
from service.errors import unauthorized
from service.shownlog import ShownLog
from service.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The running service: settings, store, index, what day it is, the log of what was shown, and whether it is told to end."""

    settings: Settings
    store: Store
    engine: Engine
    encoder: CachedEncoder
    today: Callable[[], date]
    shown: ShownLog = field(init=False)
    draining: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Give the store its log."""
        object.__setattr__(self, "shown", ShownLog(self.store))

    def close(self) -> None:
        """Write out what was shown, save the index and let go of files and connections."""
        self.shown.stop()
        self.engine.stop()
        self.encoder.close()
        self.store.close()


_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="API 密钥：rongtong keys create 生成")


async def parts(request: Request) -> Parts:
    """Return the parts of the running service; a coroutine, which costs no change of threads."""
    found: Parts = request.app.state.parts
    return found


PartsDep = Annotated[Parts, Depends(parts)]


def actor(
    request: Request,
    found: PartsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Return who is asking: the user of a session, or of a key, or the person whom a platform names in `X-Actor`.

    :raises MatcherError: `unauthorized` without a valid key or session, `bad_csrf` for a change that a page of another
        site could have sent, `bad_actor` for a name that cannot be one.
    """
    with stage("auth"):
        who = found.store.identity.authenticate(credentials.credentials) if credentials else _in_session(request, found)
    if who is None:
        raise unauthorized()
    # Every route takes this header; as a parameter it would stand in the documentation of each.
    told = request.headers.get("x-actor")
    if told is not None and credentials is not None and who.platform:
        who = replace(who, user=_person(told))
    setattr(request.state, ACTOR, who)
    return who


def _in_session(request: Request, found: Parts) -> Actor | None:
    if (token := session_token(request, found.settings)) is None or (who := found.store.people.whose(token)) is None:
        return None
    sent = request.headers.get("x-csrf-token", "")
    if request.method not in READING and not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        raise MatcherError("bad_csrf", "页面请求缺少或带错 X-CSRF-Token：请刷新页面后重试")
    return who


def cookie_name(settings: Settings) -> str:
    """Return the name of the session's cookie; over HTTPS browsers bind one so named to this very host."""
    return "__Host-rongtong" if settings.base_url.startswith("https:") else "rongtong"


def session_token(request: Request, settings: Settings) -> str | None:
    """Return the token of the session of a request, if it has one."""
    return request.cookies.get(cookie_name(settings))


def _person(told: str) -> str:
    name = unquote(told).strip()
    if not 1 <= len(name) <= _NAME or not name.isprintable():
        raise MatcherError("bad_actor", f"X-Actor 应为 1 到 {_NAME} 个可见字符，非 ASCII 按 URL 编码")
    return name


ActorDep = Annotated[Actor, Depends(actor)]


_NAME = 100
_IN_TURN = tuple(threading.Lock() for _ in range(64))


class Once:
    """Runs a write once per `Idempotency-Key`: a repeat of the same request gets the first answer."""

    def __init__(self, found: Parts, who: Actor, key: str | None, path: str) -> None:
        self._parts = found
        self._who = who
        self._key = key
        self._path = path

    def run(self, content: str, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the answer of `action`, or the remembered one.

        :raises MatcherError: `idempotency_conflict` when the key came with another request.
        """
        if self._key is None:
            return action()
        digest = hashlib.sha256(f"{self._path}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()
        # Lists on their way into the store are not to be part of the action's transaction.
        self._parts.shown.flush()
        # Those who wait for the same key hold no connection meanwhile.
        with _IN_TURN[hash(self._key) % len(_IN_TURN)]:
            answer: dict[str, Any] = self._parts.store.idempotency.once(self._who, self._key, digest, action)
        return answer


async def once(
    request: Request,
    found: PartsDep,
    who: ActorDep,
    idempotency_key: Annotated[str | None, Header(max_length=200, description="同一个键的重复请求只执行一次")] = None,
) -> Once:
    """Return the guard of this request's write."""
    return Once(found, who, idempotency_key, f"{request.method} {request.url.path}")


OnceDep = Annotated[Once, Depends(once)]
