"""rongtong serve"""

import signal
import socket
import sys
from contextlib import suppress
from datetime import date
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from matcher.errors import MatcherError
from service.app import create_app
from service.cli.console import reporting, state
from service.deps import Parts
from service.logs import configure
from service.runtime import open_parts
from service.safety import check_safe

# Longer than the minute that proxies and clients keep an idle connection: it is theirs to close.
_KEEP_ALIVE_SECONDS = 75
# While matches compute, the loop that takes and refuses requests waits this long for its turn at the interpreter, at
# every step of every request; with Python's own 5 ms it falls seconds behind under load.
_SWITCH_SECONDS = 0.0005


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="端口，默认取 RONGTONG_PORT 或 8000")] = None,
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 RONGTONG_HOST 或 127.0.0.1")] = None,
) -> None:
    """启动接口服务与接口文档页（/docs）。"""
    with reporting(as_json=False), suppress(KeyboardInterrupt):
        settings = state(context).settings()
        check_safe(settings, host or settings.host)
        with _listening(host or settings.host, settings.port if port is None else port) as listener:
            configure(settings.log_level, settings.log_format)
            sys.setswitchinterval(_SWITCH_SECONDS)
            parts = open_parts(settings, today=date.today)
            config = uvicorn.Config(
                create_app(parts),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
            _Server(config, parts).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends on a signal as one that was asked to: no longer ready at once, what is at work done, exit status 0."""

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; asked again by Ctrl+C, do not wait."""
        self._parts.draining.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        message = f"无法监听 {host}:{port}（{error.strerror}）：端口可能已被占用，请用 --port 换一个"
        raise MatcherError("cannot_listen", message) from error
