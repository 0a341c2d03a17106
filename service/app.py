"""The composition root: settings → store, encoder, index → HTTP API and command line."""

import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.security.utils import get_authorization_scheme_param

from matcher import __version__
from matcher.errors import MatcherError
from service import api, errors
from service.api import docs
from service.audit import Auditing
from service.cli import build
from service.cli.console import reporting, state
from service.cli.usage import run
from service.deps import Parts
from service.limits import Limits
from service.runtime import open_parts
from service.usecases.event_job import EVENT, do_event
from service.usecases.import_job import IMPORT, do_import
from service.usecases.jobs import Worker
from service.web import reply
from service.web.reply import hide_links

_FORM_BYTES = 1024 * 1024
_ABOUT = """
大中小企业融通匹配服务。请求头带 `Authorization: Bearer <密钥>`；密钥由 `rongtong keys create --name 名称` 生成。

平台可用请求头 `X-Actor` 写明是哪个人在操作（1 到 100 个字符，非 ASCII 按 URL 编码），各处的记录与审计日志都记这个人。

错误一律为 `{"error": {"code", "message", "details"}}`；写入返回 `seq`，匹配时作 `min_seq` 可保证看到该次写入。
"""


def create_app(parts: Parts) -> FastAPI:
    """Return the application; it closes its parts when it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker = Worker(parts, {IMPORT: do_import, EVENT: do_event})
        parts.engine.start()
        worker.start()
        try:
            yield
        finally:
            worker.stop()
            parts.close()

    app = FastAPI(
        title="融通 API",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    uploads = {"/v1/imports": parts.settings.max_upload + _FORM_BYTES}
    app.add_middleware(Limits, uploads=uploads, admits=lambda header: _admitted(parts, header))
    app.add_middleware(
        Auditing,
        record=lambda who, method, path, status: parts.store.audit.record(who, method=method, path=path, status=status),
    )
    errors.install(app)
    for router in api.ROUTERS:
        app.include_router(router, responses=api.ERRORS)
    app.include_router(reply.router)
    docs.mount(app)
    return app


def _admitted(parts: Parts, header: str) -> bool:
    scheme, key = get_authorization_scheme_param(header)
    return scheme.lower() == "bearer" and parts.store.identity.authenticate(key) is not None


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="端口，默认取 RONGTONG_PORT 或 8000")] = None,
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 RONGTONG_HOST 或 127.0.0.1")] = None,
) -> None:
    """启动接口服务与接口文档页（/docs）。"""
    with reporting(as_json=False), suppress(KeyboardInterrupt):
        settings = state(context).settings()
        with _listening(host or settings.host, settings.port if port is None else port) as listener:
            app = create_app(open_parts(settings, today=date.today))
            config = uvicorn.Config(app, log_level=settings.log_level, timeout_graceful_shutdown=10)
            logging.getLogger("uvicorn.access").addFilter(hide_links)
            uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        message = f"无法监听 {host}:{port}（{error.strerror}）：端口可能已被占用，请用 --port 换一个"
        raise MatcherError("cannot_listen", message) from error


def command_line() -> typer.Typer:
    """Return the command line with every verb."""
    verbs = build()
    verbs.command("serve")(serve)
    return verbs


def main() -> None:
    """Run the command line."""
    sys.exit(run(command_line()))
