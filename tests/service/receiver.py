"""A real HTTP receiver on a port of its own, which answers as it is told and keeps what it got."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

from tests.service.instance import PATIENCE


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Answers 200, or the next of `statuses`; `location` and `answer` go with it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: list[Got] = []
        self.statuses: list[int] = []
        self.location: str | None = None
        self.answer = b"{}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of_type(self, event: str) -> list[Got]:
        return [one for one in list(self.got) if one.json.get("type") == event]

    def until(self, enough: Callable[[], bool]) -> None:
        """Wait until the requests that came are as wanted."""
        deadline = monotonic() + PATIENCE
        while not enough():
            assert monotonic() < deadline, self.got
            sleep(0.02)


def verified(got: Got, secret: str) -> bool:
    """Whether a request is signed with a secret and fresh, written from the Standard Webhooks text alone."""
    headers = {name.lower(): value for name, value in got.headers.items()}
    content = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + got.body
    key = base64.b64decode(secret[len("whsec_") :])
    mac = hmac.new(key, content, hashlib.sha256).digest()
    given = [one.split(",", 1)[1] for one in headers["webhook-signature"].split(" ") if one.startswith("v1,")]
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and any(hmac.compare_digest(base64.b64decode(one), mac) for one in given)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.got.append(Got(self.path, dict(self.headers), body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
