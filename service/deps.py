"""What a request needs, found once: the parts of the running service and who is asking."""

import hashlib
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
from service.audit import ACTOR
from service.auth import Actor
from service.config import Settings
from service.engine import Engine
from service.errors import unauthorized
from service.shownlog import ShownLog
from service.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The running service: settings, store, index, what day it is, and the log of what was shown."""

    settings: Settings
    store: Store
    engine: Engine
    encoder: CachedEncoder
    today: Callable[[], date]
    shown: ShownLog = field(init=False)

    def __post_init__(self) -> None:
        """Give the store its log."""
        object.__setattr__(self, "shown", ShownLog(self.store))

    def close(self) -> None:
        """Write out what was shown, save the index and let go of files and connections."""
        self.shown.stop()
        self.engine.stop()
        self.encoder.close()
        self.store.close()


_bearer = HTTPBearer(auto_error=False, scheme_name="API 密钥", description="rongtong keys create 生成的密钥")


def parts(request: Request) -> Parts:
    """Return the parts of the running service."""
    found: Parts = request.app.state.parts
    return found


PartsDep = Annotated[Parts, Depends(parts)]


def actor(
    request: Request,
    found: PartsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Return who is asking: the person whom a platform names in `X-Actor`, else the user of the key.

    :raises MatcherError: `unauthorized` without a valid key, `bad_actor` for a name that cannot be one.
    """
    who = found.store.identity.authenticate(credentials.credentials) if credentials else None
    if who is None:
        raise unauthorized()
    # Every route takes this header; as a parameter it would stand in the documentation of each.
    told = request.headers.get("x-actor")
    if told is not None and who.platform:
        who = replace(who, user=_person(told))
    setattr(request.state, ACTOR, who)
    return who


def _person(told: str) -> str:
    name = unquote(told).strip()
    if not 1 <= len(name) <= _NAME or not name.isprintable():
        raise MatcherError("bad_actor", f"X-Actor 应为 1 到 {_NAME} 个可见字符，非 ASCII 按 URL 编码")
    return name


ActorDep = Annotated[Actor, Depends(actor)]


_DONE = 200
_NAME = 100
_IN_TURN = tuple(threading.Lock() for _ in range(64))


class Once:
    """Runs a write once per `Idempotency-Key`: a repeat of the same request gets the first answer."""

    def __init__(self, store: Store, who: Actor, key: str | None, path: str) -> None:
        self._store = store
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
        with _IN_TURN[hash(self._key) % len(_IN_TURN)]:
            known = self._store.idempotency.remembered(self._who, self._key, digest)
            if known is not None:
                stored: dict[str, Any] = known.response
                return stored
            answer = action()
            self._store.idempotency.remember(self._who, self._key, digest, status=_DONE, response=answer)
            return answer


def once(
    request: Request,
    found: PartsDep,
    who: ActorDep,
    idempotency_key: Annotated[str | None, Header(max_length=200, description="同一个键的重复请求只执行一次")] = None,
) -> Once:
    """Return the guard of this request's write."""
    return Once(found.store, who, idempotency_key, f"{request.method} {request.url.path}")


OnceDep = Annotated[Once, Depends(once)]
