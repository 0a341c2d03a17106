"""The figure, parsed as XML."""

from dataclasses import replace
from itertools import product
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from matcher.planning.document import Document, document
from matcher.planning.export.figure import figure
from matcher.planning.model import Plan
from tests.matcher.planning.export.documents import MAIL, NASTY, PHONE, REASON, empty, named, sound, timeless
from tests.matcher.planning.small import meeting, programme

SVG = "{http://www.w3.org/2000/svg}"


def parsed(found: Document) -> Element:
    return ElementTree.fromstring(figure(found))


def meetings(root: Element) -> list[Element]:
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == "meeting"]


def title(group: Element) -> str:
    return group.findtext(f"{SVG}title") or ""


def texts(root: Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def box(group: Element) -> tuple[float, ...]:
    rect = group.find(f"{SVG}rect")
    assert rect is not None
    return tuple(float(rect.get(name, "")) for name in ("x", "y", "width", "height"))


def test_every_meeting_is_drawn_once_with_its_story() -> None:
    found = sound()
    told = [title(group).split("\n") for group in meetings(parsed(found))]
    assert sorted(lines[0] for lines in told) == [
        "12月1日（周二）09:00–09:20 1 号桌",
        "12月1日（周二）09:00–09:20 2 号桌",
        "12月1日（周二）09:20–09:40 1 号桌",
        "12月1日（周二）09:20–09:40 2 号桌",
    ]
    first = next(lines for lines in told if "G1 李敏 总监" in lines and "H1 李敏 总监" in lines)
    assert first[3:] == ["适配度：高（主办方锁定）", REASON, "同城"]


def test_colours_tell_the_score_and_a_lock_has_an_edge() -> None:
    rects = [group.find(f"{SVG}rect") for group in meetings(parsed(sound()))]
    assert len({rect.get("fill") for rect in rects if rect is not None}) == 2, "two are 高, two 中"
    assert sum(rect.get("stroke-width") == "2" for rect in rects if rect is not None) == 1


def test_nothing_overlaps_and_nothing_lies_outside() -> None:
    together = Plan(meetings=(meeting("h1", "g1", 0, 1), meeting("h1", "g2", 0, 1), meeting("h2", "g3", 0, 2)))
    root = parsed(document(programme(), together, {}))
    boxes = [box(group) for group in meetings(root)]
    _, _, wide, tall = map(float, root.get("viewBox", "").split())
    assert all(x >= 0 and y >= 0 and x + w <= wide and y + h <= tall for x, y, w, h in boxes)
    for (n, one), (k, other) in product(enumerate(boxes), repeat=2):
        apart = one[0] + one[2] <= other[0] or one[1] + one[3] <= other[1]
        assert n >= k or apart or other[1] + other[3] <= one[1]
    assert texts(root).count("H1") == 1, "a group's host is written once"


def test_it_has_no_script_no_style_and_no_contacts() -> None:
    found = replace(sound(), programme=named(sound().programme, h1="<script>alert(1)</script>", g1=NASTY))
    picture = figure(found)
    root = ElementTree.fromstring(picture)
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "rect", "text", "g")
    }
    assert not any(name == "style" or name.startswith("on") for element in root.iter() for name in element.keys())  # noqa: SIM118
    assert PHONE not in picture
    assert MAIL not in picture
    assert any(NASTY in title(group) for group in meetings(root))


def test_characters_xml_cannot_hold_are_left_out() -> None:
    found = replace(sound(), programme=named(sound().programme, h1="甲\x00\x0b\ud800乙\ufffe"))
    assert any("甲乙 李敏" in title(group) for group in meetings(parsed(found)))


def test_a_long_name_is_cut_in_the_cell_and_whole_in_the_title() -> None:
    name = "青岛" + "很长" * 30
    found = replace(sound(), programme=named(sound().programme, g1=name, g2="short" * 40))
    root = parsed(found)
    assert sum(text.endswith("…") for text in texts(root)) == 3
    assert sum(name in title(group) for group in meetings(root)) == 2


def test_names_are_shown_without_their_legal_form_while_they_differ() -> None:
    names = {"h1": "海纳股份有限公司", "g1": "同名有限公司", "g2": "同名有限责任公司"}
    told = texts(parsed(replace(sound(), programme=named(sound().programme, **names))))
    assert "海纳" in told
    assert {"同名有限公司", "同名有限责任公司"} <= set(told)


def test_closed_tables_are_not_drawn() -> None:
    found = sound()
    event = replace(found.programme.event, tables=4, closed_tables=frozenset({3}))
    told = texts(parsed(replace(found, programme=replace(found.programme, event=event))))
    assert [text for text in told if text.endswith("号桌")] == ["1 号桌", "2 号桌", "4 号桌"]


@pytest.mark.parametrize("found", [empty(), timeless()])
def test_nothing_planned_is_an_empty_picture(found: Document) -> None:
    root = parsed(found)
    assert meetings(root) == []
    assert title(root) == f"{found.programme.event.name} 时间表"
