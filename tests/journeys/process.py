"""`rongtong` as its own process, seen through a terminal so that its progress can be read, and killed at will."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx

COMMAND = str(Path(sys.executable).with_name("rongtong"))
PATIENCE = 60.0

_COUNT = re.compile(r"(\d+)/\?")


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an instance in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
    return {**kept, "RONGTONG_DATA_DIR": str(folder), "TERM": "xterm", "COLUMNS": "80"}


def done(folder: Path, *arguments: str) -> str:
    """Run a command to its end and return what it wrote; it must succeed."""
    ran = subprocess.run(
        [COMMAND, *arguments], env=environment(folder), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def killed_at_progress(folder: Path, *arguments: str) -> int:
    """Run a command, kill it as soon as it shows progress, and return the largest number of rows it had shown."""
    main, side = pty.openpty()
    process = subprocess.Popen([COMMAND, *arguments], env=environment(folder), stdout=side, stderr=side)
    os.close(side)
    seen, shown = "", 0
    deadline = time.monotonic() + PATIENCE
    try:
        while not shown and time.monotonic() < deadline:
            if select.select([main], [], [], 0.05)[0]:
                seen += os.read(main, 65536).decode(errors="replace")
                shown = max((int(count) for count in _COUNT.findall(seen)), default=0)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, seen
    finally:
        process.kill()
        os.close(main)
    return shown


def free_port() -> int:
    """Return a port nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


class Server:
    """`rongtong serve` on a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [COMMAND, "serve", "--port", str(port)],
            env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def until_ready(self) -> None:
        """Wait until the service answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the server ended"
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server did not get ready")

    def kill(self) -> None:
        """End it without a word of warning."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=PATIENCE)
