"""The plan as a workbook to print and to carry about: overview, agendas, tables, sign-in, name plates, figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

from xlsxwriter.worksheet import Worksheet

from matcher.planning.diff import Difference, in_total
from matcher.planning.document import Document
from matcher.planning.export.agenda import Agendas, Entry, clock, day, level, masked, person
from matcher.planning.export.book import PAGES, Book
from matcher.planning.export.overview import overview
from matcher.planning.export.words import FIGURES, GROUPS, stage_words
from matcher.planning.model import Delegate, Meeting, Participant
from matcher.planning.statistics import statistics
from matcher.planning.verify import verify

T = TypeVar("T")

_AGENDA = MappingProxyType(
    {"单位": 24, "代表": 12, "日期": 15, "时间": 13, "桌号": 7, "对方": 26, "对方代表": 14, "适配": 7, "理由": 46}
)
_TABLES = MappingProxyType({"桌号": 8, "日期": 15, "时间": 14, "一方": 32, "另一方": 46})
_SIGN_IN = MappingProxyType({"序号": 7, "单位": 32, "姓名": 12, "职务": 16, "电话尾号": 14, "会面场数": 10, "签名": 22})
_LEFT_OVER = MappingProxyType({"参会方": 28, "至少": 7, "已排": 7, "说明": 44, "候补对象（按适配度）": 60})
_FIGURES = MappingProxyType({"项目": 34, "数值": 16})
_GROUPS = MappingProxyType({"分组": 18, "类别": 30, "参会方": 10, "有会面的": 10, "会面场数": 10})
_CHECKS = MappingProxyType({"项目": 26, "结果": 40, "说明": 80})
_OVERVIEW = MappingProxyType({"项目": 12, "对象": 34, "说明": 84})
_CHANGES = MappingProxyType({"类别": 10, "说明": 120})
_PLATE_WIDTH = (135,)
_PLATE_ROW, _SEAT_ROW = 130, 60


def workbook(document: Document, changes: Sequence[Difference] = ()) -> bytes:
    """Return an XLSX file, the same bytes for the same document; cells that look like formulas are text.

    `changes` from the plan before, if any, have a sheet of their own.
    """
    agendas = Agendas(document)
    book = Book(agendas.event.name, agendas.start)
    book.table("总览", *_columns(_OVERVIEW), overview(agendas), landscape=True)
    if changes:
        told = [(change.kind.value, change.text) for change in changes]
        book.table("改动", *_columns(_CHANGES), [("合计", in_total(changes)), *told], landscape=True)
    _grid(book, agendas)
    _agendas(book, agendas)
    _tables(book, agendas)
    book.table("签到表", *_columns(_SIGN_IN), _sign_in(agendas))
    _plates(book, agendas)
    book.table("未满足与候补", *_columns(_LEFT_OVER), _left_over(agendas), landscape=True)
    book.table("统计", *_columns(_FIGURES), _figures(document))
    book.table("分组统计", *_columns(_GROUPS), _groups(document))
    book.table("校验", *_columns(_CHECKS), _checks(document), landscape=True)
    return book.bytes()


def _columns(named: Mapping[str, int]) -> tuple[Sequence[str], Sequence[float]]:
    return tuple(named), tuple(named.values())


def _grid(book: Book, agendas: Agendas) -> None:
    tables, seated = agendas.tables(), agendas.seated()
    sheet = book.sheet("时间表", [16, *[22] * len(tables)], landscape=True)
    book.row(sheet, 0, (agendas.event.name,), book.title)
    book.row(sheet, 1, ("时间", *(f"{table} 号桌" for table in tables)), book.head)
    for line, slot in enumerate(agendas.event.slots, 2):
        cells = (_pair(agendas, seated.get((table, slot.number), ())) for table in tables)
        book.row(sheet, line, (f"{day(slot)}\n{clock(slot)}", *cells))
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0)
    sheet.fit_to_pages(0, 1)


def _pair(agendas: Agendas, held: Sequence[Meeting]) -> str:
    return f"{agendas.name(held[0].a)}\n{'、'.join(agendas.name(one.b) for one in held)}" if held else ""


def _agendas(book: Book, agendas: Agendas) -> None:
    """Write one list with a page for each participant: a thousand sheets could be neither found nor printed."""
    for name, people in _parted("日程", list(agendas.entries.items())):
        rows = [row for who, entries in people for row in _agenda(agendas.people[who], entries)]
        _paged(book, name, _AGENDA, rows, [who for who, entries in people for _ in entries or (None,)])


def _agenda(participant: Participant, entries: Sequence[Entry]) -> Iterator[Sequence[object]]:
    for one in entries:
        when = (day(one.slot), clock(one.slot), one.table)
        why = (level(one.meeting.score), "；".join(one.meeting.reasons))
        yield participant.name, person(one.own), *when, one.partner.name, person(one.partner_delegate), *why
    if not entries:
        everyone = "、".join(filter(None, map(person, participant.delegates)))
        yield participant.name, everyone, "", "", "", "", "", "", "暂未安排会面"


def _tables(book: Book, agendas: Agendas) -> None:
    rows = list(_table_cards(agendas))
    _paged(book, "桌卡", _TABLES, rows, [row[0] for row in rows])


def _table_cards(agendas: Agendas) -> Iterator[Sequence[object]]:
    seated = agendas.seated()
    for table in agendas.tables():
        for slot in agendas.event.slots:
            if held := seated.get((table, slot.number)):
                guests = "、".join(agendas.name(one.b) for one in held)
                yield table, day(slot), clock(slot), agendas.name(held[0].a), guests


def _paged(
    book: Book, name: str, columns: Mapping[str, int], rows: Sequence[Sequence[object]], owners: Sequence[object]
) -> None:
    """Write a list in which the rows of each owner start a page."""
    header, widths = _columns(columns)
    sheet = book.table(name, header, widths, rows, landscape=True)
    ends = [line for line, (one, after) in enumerate(pairwise(owners), 2) if one != after]
    book.pages(sheet, ends, widths, landscape=True)


def _parted(name: str, held: Sequence[T]) -> Iterator[tuple[str, Sequence[T]]]:
    """Yield sheets' names and contents, no more pages on one than can be broken; at least one sheet."""
    for n, start in enumerate(range(0, max(1, len(held)), PAGES), 1):
        yield name if n == 1 else f"{name}（{n}）", held[start : start + PAGES]


def _sign_in(agendas: Agendas) -> Iterator[Sequence[object]]:
    for n, (participant, delegate) in enumerate(agendas.delegates(), 1):
        who = (participant.name, delegate.name or "", delegate.title or "", masked(delegate.phone))
        yield n, *who, len(agendas.of_delegate(participant, delegate)), ""


def _plates(book: Book, agendas: Agendas) -> None:
    """Write a page for each person: the name to stand on the table, the firm below."""
    for name, people in _parted("桌签", list(agendas.delegates())):
        sheet = book.sheet(name, _PLATE_WIDTH, landscape=True)
        for line, (participant, delegate) in enumerate(people):
            _plate(book, sheet, 2 * line, participant, delegate)
        book.pages(sheet, range(2, 2 * len(people), 2), _PLATE_WIDTH, landscape=True)
        sheet.center_horizontally()
        sheet.center_vertically()


def _plate(book: Book, sheet: Worksheet, line: int, participant: Participant, delegate: Delegate) -> None:
    name = delegate.name or participant.name
    seat = "　".join(word for word in (participant.name if delegate.name else "", delegate.title) if word)
    sheet.set_row(line, _PLATE_ROW)
    sheet.set_row(line + 1, _SEAT_ROW)
    book.row(sheet, line, (name,), book.plate(name))
    book.row(sheet, line + 1, (seat,), book.seat)


def _left_over(agendas: Agendas) -> Iterator[Sequence[object]]:
    plan = agendas.document.plan
    for unmet in plan.unmet:
        partner = f"（对方：{agendas.name(unmet.partner)}）" if unmet.partner else ""
        others = "、".join(agendas.name(other) for other in plan.alternates.get(unmet.participant, ()))
        yield agendas.name(unmet.participant), unmet.wanted, unmet.got, unmet.reason + partner, others
    told = {unmet.participant for unmet in plan.unmet}
    for name, others_of in plan.alternates.items():
        if name not in told and others_of:
            met = len(agendas.entries[name])
            yield agendas.name(name), "", met, "", "、".join(agendas.name(other) for other in others_of)


def _figures(document: Document) -> Iterator[Sequence[object]]:
    found = asdict(statistics(document.programme, document.plan))
    for name, label in FIGURES.items():
        yield label, found[name]


def _groups(document: Document) -> Iterator[Sequence[object]]:
    found = asdict(statistics(document.programme, document.plan))
    for name, label in GROUPS.items():
        for group, counts in found[name].items():
            yield label, group, counts["参会"], counts["有会面"], counts["会面"]


def _checks(document: Document) -> Iterable[Sequence[object]]:
    violations = verify(document.programme, document.plan)
    yield "规则校验", f"{len(violations)} 处问题" if violations else "通过", ""
    for violation in violations:
        yield "违反规则", violation.message, f"代码：{violation.rule}"
    for stage in document.plan.stages:
        yield stage_words(stage)
    yield "输入摘要（SHA-256）", "", document.manifest.input_sha256
    for name, version in document.manifest.versions.items():
        yield "版本", name, version
