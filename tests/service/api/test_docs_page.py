"""The documentation page in a real browser: Chinese, self-contained, and it can send a request."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.service.instance import put_some
from tests.service.served import Browsed, browsing, serving

ENGLISH = re.compile(
    r"\b(Parameters|Responses|Request body|Execute|Cancel|Try it out|Authorize|Schemas|Example Value|Media type|"
    r"Details|Links|Response body|Successful Response|Description|required|Edit Value|Controls|header|Close|Value)\b"
)


@dataclass
class Documented(Browsed):
    """The documentation page, and a key."""

    key: str = ""


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    with serving(tmp_path_factory.mktemp("docs")) as (origin, instance), browsing(origin) as found:
        caller = instance.caller()
        put_some(caller)
        found.page.goto(f"{origin}/docs")
        found.page.wait_for_selector(".opblock")
        yield Documented(found.page, origin, found.wrong, caller.headers["Authorization"].split()[1])


def test_the_page_is_in_chinese_and_lists_every_route(browsed: Documented) -> None:
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


def test_a_request_is_sent_with_the_key_from_the_page(browsed: Documented) -> None:
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


def test_a_list_with_parameters_opens_in_chinese(browsed: Documented) -> None:
    block = browsed.page.locator(".opblock", has_text="条目列表")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").wait_for()
    assert not ENGLISH.search(block.locator(".parameters-container").inner_text())
    browsed.page.locator(".opblock", has_text="/v1/parks/{id}").locator(".opblock-summary-control").click()
    browsed.page.locator(".parameter__name.required").first.wait_for()
    marks = browsed.page.evaluate(
        "getComputedStyle(document.querySelector('.parameter__name.required'), '::after').content"
    )
    assert marks == '"必填"'


def test_nothing_went_wrong_and_nothing_left_the_origin(browsed: Documented) -> None:
    assert browsed.wrong == []
