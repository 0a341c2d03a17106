"""The pages, read as HTML."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from matcher.errors import MatcherError
from matcher.planning.document import Document, document
from matcher.planning.export.pages import agendas_page, hall_page, overview_page, style, tables_page
from matcher.planning.model import Event, Plan, Programme, Rules
from tests.matcher.planning.export.documents import MAIL, NASTY, PHONE, REASON, empty, named, sound, timeless
from tests.matcher.planning.small import START, meeting, participant, programme, slots

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its text without tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())

    def count(self, tag: str, of: str | None = None) -> int:
        return sum(name == tag and of in (None, *(held.get("class") or "").split()) for name, held in self.elements)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def pages(found: Document) -> list[str]:
    return [agendas_page(found), tables_page(found), overview_page(found), hall_page(found, at=at(0))]


def wide(tables: int, guests: int = 1) -> Document:
    """Return an event with a meeting at each of many tables in the first slot, or several with groups."""
    people = [participant(f"h{n}", None) for n in range(tables)]
    others = [participant(f"g{n}", None) for n in range(tables * guests)]
    event = Event(name="对接会", slots=slots(), tables=tables, rules=Rules(guests=guests))
    held = tuple(meeting(f"h{n // guests}", f"g{n}", 0, n // guests + 1) for n in range(tables * guests))
    return document(Programme(event=event, participants=(*people, *others)), Plan(meetings=held), {})


@pytest.mark.parametrize("found", [sound(), empty(), timeless()])
def test_pages_are_whole_and_fit_a_strict_policy(found: Document) -> None:
    for html in pages(found):
        page = Page(html)
        assert page.open == []
        assert not {tag for tag, _ in page.elements} & {"script", "style", "iframe", "form"}
        assert not any(name == "style" or name.startswith("on") for _, held in page.elements for name in held)
        assert ("html", {"lang": "zh-CN"}) in page.elements
        assert ("link", {"rel": "stylesheet", "href": "pages.css"}) in page.elements


@pytest.mark.parametrize("n", range(4))
def test_names_are_text(n: int) -> None:
    name = f"{NASTY}<script>alert(1)</script>"
    found = replace(sound(), programme=named(sound().programme, h1=name))
    page = Page(pages(found)[n])
    assert page.count("script") == page.count("b", NASTY) == 0
    assert any(name in text for text in page.text)


def test_the_style_is_linked_where_it_is_said_to_be() -> None:
    html = hall_page(sound(), at=at(0), stylesheet='/assets/p.css?"v=1')
    assert ("link", {"rel": "stylesheet", "href": '/assets/p.css?"v=1'}) in Page(html).elements
    assert ".hall" in style()
    assert "url(" not in style(), "it needs nothing from elsewhere"


def test_contacts_are_on_no_page() -> None:
    assert not any(PHONE in html or PHONE[-4:] in html or MAIL in html for html in pages(sound()))


def test_each_participant_has_an_agenda_with_each_meeting_once() -> None:
    found = sound()
    page = Page(agendas_page(found))
    assert page.count("section", "sheet") == 5
    assert page.count("tr", "meeting") == 2 * len(found.plan.meetings)
    told = Counter(page.text)
    assert all(told[name] == 1 + meetings for name, meetings in {"H1": 2, "G1": 2, "G3": 1}.items())
    assert told[REASON] == 2, "each of the two reads why"


def test_an_agenda_alone_tells_all_its_reader_needs() -> None:
    page = Page(agendas_page(sound(), participants=["g1"]))
    assert page.count("section", "sheet") == 1
    assert page.text[0] == "G1 日程"
    for words in ("12月1日（周二）", "09:00–09:20", "1 号", "H1", "李敏 总监", "高", REASON, "同城"):
        assert words in page.text
    assert "G2" not in page.text
    assert "我方" not in page.text, "there is but one of them"
    assert "我方" in Page(agendas_page(sound(), participants=["h1"])).text
    assert "暂未安排会面" in agendas_page(empty(), participants=["g1"])


def test_an_agenda_of_nobody_known_is_an_error() -> None:
    with pytest.raises(MatcherError) as caught:
        agendas_page(sound(), participants=["g1", "who"])
    assert caught.value.code == "unknown_participant"


def test_each_table_has_a_card() -> None:
    page = Page(tables_page(sound()))
    assert page.count("section", "card") == 2
    assert page.count("tr", "meeting") == 4
    assert "没有安排会面。" in Page(tables_page(empty())).text


def test_the_overview_has_the_figure_and_what_falls_short() -> None:
    page = Page(overview_page(sound()))
    assert page.count("svg") == 1
    assert page.count("g", "meeting") == 4
    assert page.count("tr", "alert") == 2
    assert {"至少 2 场，已排 1 场：可安排的对象只有 1 个", "加 1 张桌可多排 2 场"} <= set(page.text)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (-1440, "下一场 12月1日（周二） 09:00–09:20，请提前 5 分钟到桌"),
        (-1, "下一场 09:00–09:20，请提前 5 分钟到桌"),
        (0, "正在会面 09:00–09:20　下一场 09:20–09:40"),
        (19, "正在会面 09:00–09:20　下一场 09:20–09:40"),
        (20, "正在会面 09:20–09:40　下一场 09:40–10:00"),
        (59, "正在会面 09:40–10:00　下一场 14:00–14:20"),
        (60, "下一场 14:00–14:20，请提前 5 分钟到桌"),
        (300, "正在会面 14:00–14:20　这是最后一场"),
        (320, "会面已全部结束，感谢参加"),
    ],
)
def test_the_screen_tells_what_is_on_and_what_is_next(minutes: int, state: str) -> None:
    assert state in Page(hall_page(sound(), at=at(minutes))).text


def test_the_screen_shows_who_sits_and_who_is_next() -> None:
    now = Page(hall_page(sound(), at=at(0)))
    assert now.text[now.text.index("1") :][:6] == ["1", "号桌", "H1", "正在", "G1", "下一场"]
    assert now.count("article") == 2
    before = Page(hall_page(sound(), at=at(-30)))
    assert "正在" not in before.text
    assert "G1" in before.text
    assert Page(hall_page(sound(), at=at(320))).count("article") == 0


def test_two_firms_at_one_table_are_both_named() -> None:
    whole = Plan(meetings=(meeting("h1", "g1", 0, 1), meeting("h2", "g3", 1, 1)))
    page = Page(hall_page(document(programme(), whole, {}), at=at(0)))
    assert page.text[page.text.index("1") :] == ["1", "号桌", "正在", "H1", "G1", "下一场", "H2", "G3"]


def test_the_screen_goes_by_the_venues_clock() -> None:
    aware = at(0).replace(tzinfo=UTC) - timedelta(hours=8)
    assert hall_page(sound(), at=aware) == hall_page(sound(), at=at(0))
    assert "09:00" in Page(hall_page(sound(), at=aware)).text


@pytest.mark.parametrize(("tables", "guests", "size"), [(9, 1, 9), (10, 1, 9), (7, 2, 9), (8, 3, 6), (4, 5, 3)])
def test_all_tables_come_round(tables: int, guests: int, size: int) -> None:
    found = wide(tables, guests)
    count = -(-tables // size)
    rounds = [Page(hall_page(found, at=START + timedelta(seconds=20 * n))) for n in range(count + 1)]
    assert [page.count("article") for page in rounds[:count]] == [min(size, tables - size * n) for n in range(count)]
    shown = [page.text[i] for page in rounds[:count] for i in range(len(page.text) - 1) if page.text[i + 1] == "号桌"]
    assert shown == [str(n + 1) for n in range(tables)]
    assert rounds[count].text[4:] == rounds[0].text[4:], "then the first comes again"


@pytest.mark.parametrize("refresh", [1, 20])
def test_the_screen_asks_for_itself_again(refresh: int) -> None:
    elements = Page(hall_page(sound(), at=at(0), refresh=refresh)).elements
    assert ("meta", {"http-equiv": "refresh", "content": str(refresh)}) in elements
    assert not any(held.get("http-equiv") for _, held in Page(agendas_page(sound())).elements)


def test_a_screen_that_never_rests_is_an_error() -> None:
    with pytest.raises(MatcherError) as caught:
        hall_page(sound(), at=at(0), refresh=0)
    assert caught.value.code == "bad_refresh"
