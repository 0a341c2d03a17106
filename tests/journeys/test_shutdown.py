"""Told to end, the service finishes what it has begun and takes nothing new."""

import json
import socket
import time
from pathlib import Path

import pytest

from tests.journeys.process import PATIENCE, Server, done, free_port


def test_a_request_begun_before_the_signal_is_answered(tmp_path: Path) -> None:
    key = done(tmp_path, "keys", "create", "--name", "试").strip()
    port = free_port()
    server = Server(tmp_path, port)
    body = json.dumps({"name": "精工"}).encode()
    head = (
        f"PUT /v1/enterprises/f HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    try:
        server.until_ready()
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as begun:
            begun.sendall(head.encode())
            assert begun.recv(4096).startswith(b"HTTP/1.1 100")  # The application is reading: the request is at work.
            server.ask_to_end()
            until_closed(port)
            begun.sendall(body)
            answer = begun.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert server.ended() == 0
    finally:
        server.kill()


def until_closed(port: int) -> None:
    """Wait until nobody listens any more."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    pytest.fail("the service still listens")
