"""The timetable as a picture (SVG): tables down, time across, every meeting coloured by how well the two fit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element, SubElement, tostring

from matcher.planning.document import Document
from matcher.planning.export.agenda import Agendas, clock, day, level, person
from matcher.planning.model import Meeting, Slot

_CELL, _LINE, _GAP, _LABEL, _HEAD, _PAD = 160, 18, 14, 72, 92, 10
_SIZE = 11
_FILLS = MappingProxyType({"高": "#8ed4a8", "中": "#d5f0dd", "低": "#f8dcae"})
_HOST, _EMPTY, _LOCKED, _INK, _FAINT = "#e3ebf6", "#f5f6f8", "#1d4ed8", "#1c2430", "#5b6675"
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def figure(document: Document) -> str:
    """Return an SVG picture of the plan, each meeting a `<g class="meeting">` with its whole story as `<title>`.

    It holds no script and no style that a content policy would refuse; names too long for a cell are cut, the title
    has them whole. Without meetings it shows the empty timetable.
    """
    agendas = Agendas(document)
    seated, tables = agendas.seated(), agendas.tables()
    lefts = _lefts(agendas.event.slots)
    tops, bottom = _tops(tables, seated)
    wide = max([_LABEL + 4 * _CELL, *(left + _CELL for left in lefts)]) + _PAD
    tall = bottom + _PAD
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {wide} {tall}", role="img")
    root.set("width", str(wide))
    root.set("height", str(tall))
    root.set("font-family", "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif")
    root.set("font-size", str(_SIZE))
    root.set("fill", _INK)
    SubElement(root, "title").text = _clean(f"{agendas.event.name} 时间表")
    _rect(root, (0, 0, wide, tall), "#ffffff")
    _head(root, agendas, wide)
    _times(root, agendas.event.slots, lefts)
    for table in tables:
        top, high = tops[table]
        _text(root, _LABEL - 8, top + high / 2, f"{table} 号桌", anchor="end", weight="bold")
        for slot, left in zip(agendas.event.slots, lefts, strict=True):
            _cell(root, agendas, seated.get((table, slot.number), ()), (left, top, _CELL - 4, high - 4))
    return tostring(root, encoding="unicode")


def _lefts(slots: Sequence[Slot]) -> list[int]:
    """Return where each slot's column begins; a gap stands for a break."""
    sessions = sorted({slot.session for slot in slots})
    return [_LABEL + n * _CELL + sessions.index(slot.session) * _GAP for n, slot in enumerate(slots)]


def _tops(
    tables: Iterable[int], seated: Mapping[tuple[int, int], Sequence[Meeting]]
) -> tuple[dict[int, tuple[int, int]], int]:
    """Return where each table's row begins and how tall it is, and where the last one ends."""
    most: dict[int, int] = {}
    for (table, _), held in seated.items():
        most[table] = max(most.get(table, 1), len(held))
    found, top = {}, _HEAD
    for table in tables:
        found[table] = (top, (1 + most.get(table, 1)) * _LINE + 4)
        top += found[table][1]
    return found, top


def _head(root: Element, agendas: Agendas, wide: int) -> None:
    _text(root, _PAD, 22, _fit(agendas.event.name, wide - 2 * _PAD, size=18), size=18, weight="bold")
    left = _PAD
    for name, fill in _FILLS.items():
        _rect(root, (left, 37, 14, 14), fill)
        left = _legend(root, left, f"适配度{name}")
    _rect(root, (left, 37, 14, 14), "#ffffff", edge=_LOCKED)
    left = _legend(root, left, "主办方锁定")
    plan, people = agendas.document.plan, agendas.document.programme.participants
    words = f"{len(people)} 家参会，{len(plan.meetings)} 场会面，{len(agendas.tables())} 张桌"
    _text(root, left, 44, words, colour=_FAINT)


def _legend(root: Element, left: int, words: str) -> int:
    _text(root, left + 20, 44, words, colour=_FAINT)
    return left + 36 + len(words) * _SIZE


def _times(root: Element, slots: Sequence[Slot], lefts: Sequence[int]) -> None:
    shown = None
    for slot, left in zip(slots, lefts, strict=True):
        if slot.start.date() != shown:
            shown = slot.start.date()
            _text(root, left, 66, day(slot), weight="bold")
        _text(root, left, 82, clock(slot), colour=_FAINT)


def _cell(root: Element, agendas: Agendas, held: Sequence[Meeting], box: tuple[int, int, int, int]) -> None:
    left, top, wide, _ = box
    if not held:
        _rect(root, box, _EMPTY)
        return
    _rect(root, (left, top, wide, _LINE), _HOST)
    _text(root, left + 5, top + _LINE / 2, _fit(agendas.briefs[held[0].a], wide - 10), weight="bold")
    for n, meeting in enumerate(held, 1):
        _meeting(root, agendas, meeting, (left, top + n * _LINE, wide, _LINE))


def _meeting(root: Element, agendas: Agendas, meeting: Meeting, box: tuple[float, float, float, float]) -> None:
    left, top, wide, tall = box
    group = SubElement(root, "g", {"class": "meeting"})
    SubElement(group, "title").text = _clean(_story(agendas, meeting))
    edge = _LOCKED if meeting.locked else "#ffffff"
    _rect(group, (left, top, wide, tall), _FILLS[level(meeting.score)], edge=edge)
    _text(group, left + 5, top + tall / 2, _fit(agendas.briefs[meeting.b], wide - 10))


def _story(agendas: Agendas, meeting: Meeting) -> str:
    slot = agendas.event.slots[meeting.slot]
    entry = next(one for one in agendas.entries[meeting.a] if one.meeting is meeting)
    lines = [
        f"{day(slot)}{clock(slot)} {meeting.table} 号桌",
        f"{agendas.name(meeting.a)} {person(entry.own)}".rstrip(),
        f"{agendas.name(meeting.b)} {person(entry.partner_delegate)}".rstrip(),
        f"适配度：{level(meeting.score)}{'（主办方锁定）' if meeting.locked else ''}",
        *meeting.reasons,
    ]
    return "\n".join(lines)


def _rect(parent: Element, box: tuple[float, float, float, float], fill: str, *, edge: str | None = None) -> None:
    left, top, wide, tall = (f"{value:g}" for value in box)
    rect = SubElement(parent, "rect", x=left, y=top, width=wide, height=tall, fill=fill)
    if edge:
        rect.set("stroke", edge)
        rect.set("stroke-width", "2" if edge == _LOCKED else "1")


def _text(
    parent: Element,
    left: float,
    middle: float,
    words: str,
    *,
    size: int = _SIZE,
    colour: str | None = None,
    weight: str | None = None,
    anchor: str | None = None,
) -> None:
    found = SubElement(parent, "text", x=f"{left:g}", y=f"{middle + size * 0.36:g}")
    for name, value in (("fill", colour), ("font-weight", weight), ("text-anchor", anchor)):
        if value:
            found.set(name, value)
    if size != _SIZE:
        found.set("font-size", str(size))
    found.text = _clean(words)


def _fit(words: str, wide: float, *, size: int = _SIZE) -> str:
    """Return a text cut to a width in pixels."""
    room = wide / size
    used = 0.0
    for n, letter in enumerate(words):
        used += 1.0 if east_asian_width(letter) in "WFA" else 0.62
        if used > room:
            return words[: max(0, n - 1)] + "…"
    return words


def _clean(words: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _UNFIT.sub("", words)
