"""Pages to print and to show (HTML): agendas, table cards, the overview with the figure, and the screen in the hall."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from itertools import groupby

from markupsafe import Markup

from matcher.assets import asset
from matcher.errors import MatcherError
from matcher.planning.document import Document
from matcher.planning.export.agenda import VENUE, Agendas, Entry, clock, day, level, person
from matcher.planning.export.figure import figure
from matcher.planning.export.overview import overview
from matcher.planning.model import Meeting, Slot
from matcher.templates import templates

STYLESHEET = "pages.css"
_SHOWN = ((2, 9), (4, 6))  # most guests at one table, and how many tables a screen then holds
_LEAST = 3


def style() -> str:
    """Return the style of all pages, for a file or a path of its own: the pages hold none and obey `style-src 'self'`."""
    return asset("data", "pages", STYLESHEET).read_text(encoding="utf-8")


def agendas_page(document: Document, *, participants: Sequence[str] | None = None, stylesheet: str = STYLESHEET) -> str:
    """Return the agendas of `participants` (all by default) by id as HTML, each on a page of its own.

    Partners appear by name and title, never with telephone or mail. `stylesheet` is the path of the style.
    :raises MatcherError: `unknown_participant`.
    """
    agendas = Agendas(document)
    chosen = list(agendas.people) if participants is None else participants
    if strange := set(chosen) - set(agendas.people):
        raise MatcherError("unknown_participant", f"没有编号为“{min(strange)}”的参会方")
    title = f"{agendas.name(chosen[0])} 日程" if len(chosen) == 1 else f"{agendas.event.name} 日程"
    return _page("agendas", agendas, stylesheet, title=title, people=[_agenda(agendas, name) for name in chosen])


def tables_page(document: Document, *, stylesheet: str = STYLESHEET) -> str:
    """Return a card for each table at which anybody sits, as HTML, each on a page of its own."""
    agendas = Agendas(document)
    seated = agendas.seated()
    cards = []
    for table in agendas.tables():
        rows = [(slot, seated[table, slot.number]) for slot in agendas.event.slots if (table, slot.number) in seated]
        if rows:
            cards.append(
                {"table": table, "days": _by_day([(slot, _sitting(agendas, slot, held)) for slot, held in rows])}
            )
    return _page("tables", agendas, stylesheet, title=f"{agendas.event.name} 桌卡", cards=cards)


def overview_page(document: Document, *, stylesheet: str = STYLESHEET) -> str:
    """Return what is to be said of the whole plan, for the organiser, and the figure of its timetable, as HTML."""
    agendas = Agendas(document)
    # The figure is XML of our own making, its texts escaped there.
    picture = Markup(figure(document))  # noqa: S704
    title = f"{agendas.event.name} 总览"
    return _page("overview", agendas, stylesheet, title=title, lines=overview(agendas), picture=picture)


def hall_page(document: Document, *, at: datetime, refresh: int = 20, stylesheet: str = STYLESHEET) -> str:
    """Return the screen for the hall at a moment: who sits at each table, and who is next there, as HTML.

    `at` is the venue's local time, or aware. The page asks for itself again after `refresh` seconds; where there are
    more tables than fit, each time shows the next nine (six or three where groups meet). Firms' names only.
    :raises MatcherError: `bad_refresh` for less than a second.
    """
    if refresh < 1:
        raise MatcherError("bad_refresh", f"大屏的刷新间隔至少 1 秒，现为 {refresh} 秒")
    agendas = Agendas(document)
    local = at.astimezone(VENUE).replace(tzinfo=None) if at.tzinfo else at
    now, after = _now_and_next(agendas.event.slots, local)
    cards = list(_cards(agendas, now, after))
    most = max((len(held) for held in agendas.seated().values()), default=1)
    size = next((size for guests, size in _SHOWN if most <= guests), _LEAST)
    pages = max(1, -(-len(cards) // size))
    seconds = int((local - datetime.combine(local.date(), time())).total_seconds())
    shown = seconds // refresh % pages
    return _page(
        "hall",
        agendas,
        stylesheet,
        title=agendas.event.name,
        refresh=refresh,
        clock=f"{local:%H:%M}",
        state=_state(local, now, after),
        cards=cards[shown * size : (shown + 1) * size],
        rows=size // 3,
        page=shown + 1,
        pages=pages,
    )


def _now_and_next(slots: Sequence[Slot], at: datetime) -> tuple[Slot | None, Slot | None]:
    now = next((slot for slot in slots if slot.start <= at < slot.end), None)
    return now, next((slot for slot in slots if slot.start > at), None)


def _state(at: datetime, now: Slot | None, after: Slot | None) -> str:
    """Return what is going on, in words."""
    date = f"{day(after)} " if after and after.start.date() != at.date() else ""
    coming = f"下一场 {date}{clock(after)}" if after else ""
    if now:
        return f"正在会面 {clock(now)}　{coming or '这是最后一场'}"
    return f"{coming}，请提前 5 分钟到桌" if after else "会面已全部结束，感谢参加"


def _cards(agendas: Agendas, now: Slot | None, after: Slot | None) -> Iterator[Mapping[str, object]]:
    """Yield what is on at each table; a firm that stays there is named once."""
    seated = agendas.seated()
    for table in agendas.tables():
        lines = [
            (label, kind, *_names(agendas, seated[table, slot.number]))
            for label, kind, slot in (("正在", "now", now), ("下一场", "next", after))
            if slot and (table, slot.number) in seated
        ]
        hosts = {host for _, _, host, _ in lines}
        if lines:
            yield {"table": table, "lines": lines, "host": hosts.pop() if len(hosts) == 1 else None}


def _names(agendas: Agendas, held: Sequence[Meeting]) -> tuple[str, str]:
    return agendas.briefs[held[0].a], "、".join(agendas.briefs[one.b] for one in held)


def _agenda(agendas: Agendas, participant: str) -> Mapping[str, object]:
    held, entries = agendas.people[participant], agendas.entries[participant]
    return {
        "name": held.name,
        "delegates": "、".join(filter(None, map(person, held.delegates))),
        "several": len(held.delegates) > 1,
        "count": len(entries),
        "days": _by_day([(entry.slot, _meeting(entry)) for entry in entries]),
    }


def _meeting(entry: Entry) -> Mapping[str, object]:
    return {
        "time": clock(entry.slot),
        "table": entry.table,
        "partner": entry.partner.name,
        "delegate": person(entry.partner_delegate),
        "own": person(entry.own),
        "level": level(entry.meeting.score),
        "reasons": entry.meeting.reasons,
    }


def _sitting(agendas: Agendas, slot: Slot, held: Sequence[Meeting]) -> Mapping[str, object]:
    return {
        "time": clock(slot),
        "host": agendas.name(held[0].a),
        "guests": [agendas.name(meeting.b) for meeting in held],
    }


def _by_day(rows: Iterable[tuple[Slot, Mapping[str, object]]]) -> list[tuple[str, list[Mapping[str, object]]]]:
    return [(date, [row for _, row in held]) for date, held in groupby(rows, key=lambda item: day(item[0]))]


def _page(template: str, agendas: Agendas, path: str, **facts: object) -> str:
    return templates().get_template(f"{template}.html.j2").render(event=agendas.event.name, stylesheet=path, **facts)
