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
PATIENCE = 180.0

_COUNT = re.compile(r"(\d+)/\?")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of an instance in `folder`, with settings such as `database_url`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RONGTONG_")}
    chosen = {f"RONGTONG_{name.upper()}": value for name, value in settings.items()}
    return {**kept, **chosen, "RONGTONG_DATA_DIR": str(folder), "TERM": "xterm", "COLUMNS": "80"}


def done(folder: Path, *arguments: str, **settings: str) -> str:
    """Run a command to its end and return what it wrote; it must succeed."""
    ran = subprocess.run(
        [COMMAND, *arguments],
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
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
    """`rongtong serve` on a port of its own, with further settings by the names of their variables."""

    def __init__(self, folder: Path, port: int, **settings: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log = folder / "serve.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [COMMAND, "serve", "--port", str(port)],
                env=environment(folder, **settings), stdout=log, stderr=log,
            )  # fmt: skip

    def until_ready(self) -> None:
        """Wait until the service answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self._log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not get ready\n{self._log.read_text()}")

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def kill(self) -> None:
        """End it without a word of warning."""
        self._process.kill()
        self._process.wait()

    def ask_to_end(self) -> None:
        """Tell it to end as a service manager does."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Return its exit status once it has ended."""
        return self._process.wait(timeout=PATIENCE)
