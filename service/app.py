"""The composition root: the running parts become the HTTP application and what works beside it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.security.utils import get_authorization_scheme_param

from matcher import __version__
from service import conditional, errors
from service.admission import Admission, Line
from service.api import docs, routes
from service.audit import Auditing
from service.config import Settings
from service.deps import Parts, session_token
from service.gzipped import Zipping
from service.language import Speaking
from service.limits import Limits
from service.telemetry import Metrics, Observed
from service.usecases.event_job import EVENT, do_event
from service.usecases.import_job import IMPORT, do_import
from service.usecases.jobs import Worker
from service.usecases.lookout import Lookout
from service.usecases.loop import Loop
from service.usecases.senders_all import couriers
from service.web import reply, unsubscribe

_FORM_BYTES = 1024 * 1024
_LIGHT, _LIGHT_WAITING = 12, 256
_UPLOADS = 8
_ABOUT = """
大中小企业融通匹配服务。请求头带 `Authorization: Bearer <密钥>`；密钥由 `rongtong keys create --name 名称` 生成。

平台可用请求头 `X-Actor` 写明是哪个人在操作（1 到 100 个字符，非 ASCII 按 URL 编码），各处的记录与审计日志都记这个人。

错误一律为 `{"error": {"code", "message", "details"}}`，消息为中文，请求头 `Accept-Language: en` 时为英文。

写入返回 `seq`，匹配时作 `min_seq` 可保证看到该次写入。
"""


def create_app(parts: Parts) -> FastAPI:
    """Return the application; it closes its parts when it ends."""
    app = FastAPI(
        title="融通 API",
        version=__version__,
        description=_ABOUT,
        lifespan=lambda _: _at_work(parts),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation,
        redirect_slashes=False,
    )
    app.state.parts = parts
    app.add_middleware(Zipping)
    uploads = {"/v1/imports": parts.settings.max_upload + _FORM_BYTES}
    app.state.metrics = metrics = Metrics(parts)
    app.add_middleware(
        Admission,
        per_key=parts.settings.rate_per_minute,
        per_address=parts.settings.address_rate_per_minute,
        lines=_lines(parts.settings),
        uploads=uploads,
        admits=lambda scope: _admitted(parts, Request(scope)),
    )
    https = parts.settings.base_url.startswith("https:")
    app.add_middleware(Limits, uploads=uploads, https=https)
    app.add_middleware(
        Auditing,
        record=lambda who, method, path, status: parts.store.audit.record(who, method=method, path=path, status=status),
    )
    app.add_middleware(Observed, metrics=metrics)
    app.add_middleware(Speaking)
    errors.install(app)
    conditional.install(app)
    for router in routes.ROUTERS:
        app.include_router(router, responses=routes.ERRORS)
    app.include_router(reply.router)
    app.include_router(unsubscribe.router)
    docs.mount(app)
    return app


@asynccontextmanager
async def _at_work(parts: Parts) -> AsyncIterator[None]:
    """Run what works beside the requests until the block ends, then close the parts."""
    worker = Worker(parts, {IMPORT: do_import, EVENT: do_event})
    sending = couriers(parts)
    loops = (*(Loop("courier", one.once) for one in sending), Loop("lookout", Lookout(parts).once))
    parts.engine.start()
    worker.start()
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for courier in sending:
            courier.stop()
        # All are asked before any is waited for; what is left undone is taken up by the next process.
        until = monotonic() + parts.settings.shutdown_seconds
        ending: tuple[Worker | Loop, ...] = (worker, *loops)
        for one in ending:
            one.ask_to_stop()
        for one in ending:
            one.stop(max(0.0, until - monotonic()))
        parts.close()


def _lines(settings: Settings) -> dict[str, Line]:
    """Return the lines of requests: computing is for the processors, all else for the threads that are left."""
    at_once = settings.concurrency or os.cpu_count() or 1
    computing = Line(at_once, settings.queue, settings.queue_seconds)
    return {
        "match": computing,
        "heavy": computing,
        "light": Line(_LIGHT, _LIGHT_WAITING, settings.queue_seconds),
        "upload": Line(_UPLOADS, _UPLOADS, settings.queue_seconds),
    }


def _operation(route: APIRoute) -> str:
    """Return the name of a route in the document, by which generators name what calls it."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


def _admitted(parts: Parts, request: Request) -> bool:
    if (header := request.headers.get("authorization")) is None:
        token = session_token(request, parts.settings)
        return token is not None and parts.store.people.whose(token) is not None
    scheme, key = get_authorization_scheme_param(header)
    return scheme.lower() == "bearer" and parts.store.identity.authenticate(key) is not None
