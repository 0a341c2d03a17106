"""A service that listens on a port, and a page in a real browser that takes down all that goes wrong on it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Page, Request, sync_playwright

from service.app import create_app
from tests.service.instance import PATIENCE, Instance, open_instance_parts

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip


@dataclass
class Browsed:
    """A page, the origin it came from, and all that went wrong on it."""

    page: Page
    origin: str
    wrong: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Take down a request that leaves the origin."""
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.wrong.append(request.url)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Instance]]:
    """Serve an instance over `folder` until the block ends; yields its origin and the instance."""
    parts = open_instance_parts(folder)
    app = create_app(parts)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", Instance(app, parts)
    server.should_exit = True
    thread.join()
    listener.close()


@contextmanager
def browsing(origin: str, **page_options: Any) -> Iterator[Browsed]:
    """Open a page in Chromium; errors, violations of the policy and requests elsewhere are taken down."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(locale="zh-CN", **page_options)
        found = Browsed(page, origin)
        page.on("request", found.note)
        page.on("console", lambda message: found.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: found.wrong.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
        )
        yield found
        browser.close()
