"""The documentation page in a real browser: Chinese, self-contained, and it can send a request."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Page, Request, sync_playwright

from service.app import create_app
from tests.service.instance import PATIENCE, Instance, open_instance_parts, put_some

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
ENGLISH = re.compile(
    r"\b(Parameters|Responses|Request body|Execute|Cancel|Try it out|Authorize|Schemas|Example Value|Media type|"
    r"Details|Links|Response body|Successful Response|Description|required|Edit Value|Controls|header|Close|Value)\b"
)


@dataclass
class Browsed:
    """A page, the origin it came from, a key, and all that went wrong on it."""

    page: Page
    origin: str
    key: str
    wrong: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Take down a request that leaves the origin."""
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.wrong.append(request.url)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Instance]]:
    parts = open_instance_parts(tmp_path_factory.mktemp("docs"))
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


@pytest.fixture(scope="module")
def browsed(served: tuple[str, Instance]) -> Iterator[Browsed]:
    origin, instance = served
    caller = instance.caller()
    put_some(caller)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(locale="zh-CN")
        found = Browsed(page, origin, caller.headers["Authorization"].split()[1])
        page.on("request", found.note)
        page.on("console", lambda message: found.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: found.wrong.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
        )
        page.goto(f"{origin}/docs")
        page.wait_for_selector(".opblock")
        yield found
        browser.close()


def test_the_page_is_in_chinese_and_lists_every_route(browsed: Browsed) -> None:
    page = browsed.page
    assert page.title() == "融通 接口文档"
    assert page.get_attribute("html", "lang") == "zh-CN"
    paths = [text.replace("\u200b", "") for text in page.locator(".opblock-summary-path").all_inner_texts()]
    assert {"/v1/match", "/v1/enterprises/{id}", "/v1/postings:batch", "/v1/imports/{id}/rejects"} <= set(paths)
    summaries = page.locator(".opblock-summary-description").all_inner_texts()
    assert all(re.search(r"[\u4e00-\u9fff]", summary) for summary in summaries)
    assert len(summaries) == len(paths)
    assert page.locator(".btn.authorize").first.inner_text() == "填写密钥"
    assert not ENGLISH.search(page.locator("#swagger-ui").inner_text())


def test_a_request_is_sent_with_the_key_from_the_page(browsed: Browsed) -> None:
    page = browsed.page
    page.click(".btn.authorize")
    assert not ENGLISH.search(page.locator(".modal-ux").inner_text())
    page.fill(".modal-ux input", browsed.key)
    page.click(".modal-ux .modal-btn.authorize")
    page.click(".modal-ux .btn-done")
    block = page.locator(".opblock", has_text="匹配：按条目编号")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").click()
    area = block.locator("textarea.body-param__text")
    assert json.loads(area.input_value())["kind"] == "need", "the example can be sent as it stands"
    area.fill('{"text": "钛合金五轴加工", "kind": "need"}')
    block.locator(".btn.execute").click()
    answer = block.locator(".live-responses-table")
    answer.wait_for()
    assert answer.locator(".response-col_status").last.inner_text().strip() == "200"
    assert '"p0"' in answer.inner_text()
    shown = re.sub(r"(?s)(curl|content-length).*?(?=\n[\u4e00-\u9fff])", "", block.inner_text())
    assert not ENGLISH.search(shown), ENGLISH.search(shown)


def test_a_list_with_parameters_opens_in_chinese(browsed: Browsed) -> None:
    block = browsed.page.locator(".opblock", has_text="条目列表")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").wait_for()
    assert not ENGLISH.search(block.locator(".parameters-container").inner_text())
    marks = browsed.page.evaluate(
        "getComputedStyle(document.querySelector('.parameter__name.required'), '::after').content"
    )
    assert marks == '"必填"'


def test_nothing_went_wrong_and_nothing_left_the_origin(browsed: Browsed) -> None:
    assert browsed.wrong == []
