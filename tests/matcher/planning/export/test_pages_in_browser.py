"""The pages in a real browser, under the strictest policy that lets a linked style in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from matcher.planning.document import Document, document
from matcher.planning.export.pages import STYLESHEET, agendas_page, hall_page, overview_page, style
from matcher.planning.model import Event, EventSide, Plan, Programme, Rules
from tests.matcher.planning.export.documents import sound
from tests.matcher.planning.small import START, meeting, participant, slots

POLICY = "default-src 'none'; style-src 'self'"
ORIGIN = "http://pages.test"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield found
        found.close()


def opened(browser: Browser, html: str, wrong: list[str]) -> Page:
    """Return a page served under the policy; what the browser objects to is added to `wrong`."""

    def served(route: Route) -> None:
        css = route.request.url.endswith(STYLESHEET)
        body, kind = (style(), "text/css") if css else (html, "text/html; charset=utf-8")
        route.fulfill(body=body, content_type=kind, headers={"content-security-policy": POLICY})

    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route(f"{ORIGIN}/**", served)
    page.goto(f"{ORIGIN}/page")
    return page


def groups(guests: int) -> Document:
    """Return eight hosts that stay at their tables, each with that many guests now and as many next."""
    hosts = [replace(participant(f"h{n}", EventSide.HOST), name=f"青岛第{n}高端装备集团股份有限公司") for n in range(8)]
    others = [
        replace(participant(f"g{n}", EventSide.GUEST), name=f"合肥第{n}精密机械科技有限公司")
        for n in range(16 * guests)
    ]
    event = Event(name="装备制造专场", slots=slots(), tables=8, rules=Rules(guests=guests))
    held = tuple(
        meeting(f"h{n // guests % 8}", f"g{n}", n // guests // 8, n // guests % 8 + 1) for n in range(16 * guests)
    )
    return document(Programme(event=event, participants=(*hosts, *others)), Plan(meetings=held), {})


@pytest.mark.parametrize("guests", [1, 4])
def test_the_screen_shows_whole_names_without_scrolling(browser: Browser, guests: int) -> None:
    wrong: list[str] = []
    page = opened(browser, hall_page(groups(guests), at=START + timedelta(minutes=5)), wrong)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("[...document.querySelectorAll('article')].every(one => one.scrollHeight <= one.clientHeight)")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.names i')).fontSize)") >= 24
    assert wrong == []


def test_each_agenda_prints_on_a_page_of_its_own(browser: Browser) -> None:
    wrong: list[str] = []
    pdf = opened(browser, agendas_page(sound()), wrong).pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 5
    assert wrong == []


def test_the_overview_prints_its_figure_on_a_sheet_of_its_own(browser: Browser) -> None:
    wrong: list[str] = []
    page = opened(browser, overview_page(sound()), wrong)
    assert page.locator("svg .meeting").count() == 4
    assert page.locator("svg .meeting rect").first.bounding_box() is not None
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    assert wrong == []
