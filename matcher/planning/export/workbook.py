"""The plan as a workbook to print and to carry about: overview, agendas, tables, sign-in, name plates, figures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise

from matcher.planning.document import Document
from matcher.planning.export.agenda import Agendas, clock, day, level, masked
from matcher.planning.export.book import Book
from matcher.planning.export.words import FIGURES, GROUPS, stage_words
from matcher.planning.model import Meeting
from matcher.planning.statistics import statistics
from matcher.planning.verify import verify

_AGENDA = ("单位", "代表", "日期", "时间", "桌号", "对方", "对方代表", "适配", "理由")
_SIGN_IN = ("序号", "单位", "姓名", "职务", "电话尾号", "会面场数", "签名")
_LEFT_OVER = ("参会方", "至少", "已排", "说明", "候补对象（按适配度）")
_PLATE_ROW, _SEAT_ROW = 110, 60
_BREAKS = 1000  # Excel knows no more page breaks on a sheet.


def workbook(document: Document) -> bytes:
    """Return an XLSX file, the same bytes for the same document; cells that look like formulas are text."""
    agendas = Agendas(document)
    book = Book(agendas.event.name, agendas.event.slots[0].start)
    _overview(book, agendas)
    _agendas(book, agendas)
    book.table("桌卡", ("桌号", "日期", "时间", "一方", "另一方"), _tables(agendas), [8, 14, 14, 30, 44])
    book.table("签到表", _SIGN_IN, _sign_in(agendas), [7, 32, 12, 16, 14, 10, 22])
    _plates(book, agendas)
    book.table("未满足与候补", _LEFT_OVER, _left_over(agendas), [28, 7, 7, 44, 60])
    book.table("统计", ("项目", "类别", "数值", "有会面", "会面"), _figures(document), [26, 26, 14, 10, 10])
    book.table("校验", ("项目", "结果", "说明"), _checks(document), [30, 22, 80])
    return book.bytes()


def _overview(book: Book, agendas: Agendas) -> None:
    tables, seated = agendas.tables(), agendas.seated()
    sheet = book.sheet("总览", [16, *[22] * len(tables)], landscape=True)
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
    widths = [22, 12, 14, 13, 7, 24, 12, 7, 44]
    rows = list(_agenda_rows(agendas))
    sheet = book.table("日程", _AGENDA, rows, widths)
    ends = [line for line, (row, after) in enumerate(pairwise(rows), 2) if row[0] != after[0]]
    sheet.set_landscape()
    sheet.set_h_pagebreaks(ends[:_BREAKS])


def _agenda_rows(agendas: Agendas) -> Iterator[Sequence[object]]:
    for name, entries in agendas.entries.items():
        for one in entries:
            when = (day(one.slot), clock(one.slot), one.table)
            other = (one.partner.name, one.partner_delegate.name or "")
            why = (level(one.meeting.score), "；".join(one.meeting.reasons))
            yield (agendas.name(name), one.own.name or "", *when, *other, *why)


def _tables(agendas: Agendas) -> Iterator[Sequence[object]]:
    seated = agendas.seated()
    for table in agendas.tables():
        for slot in agendas.event.slots:
            if held := seated.get((table, slot.number)):
                guests = "、".join(agendas.name(one.b) for one in held)
                yield table, day(slot), clock(slot), agendas.name(held[0].a), guests


def _sign_in(agendas: Agendas) -> Iterator[Sequence[object]]:
    for n, (participant, delegate) in enumerate(agendas.delegates(), 1):
        who = (participant.name, delegate.name or "", delegate.title or "", masked(delegate.phone))
        yield n, *who, len(agendas.of_delegate(participant, delegate)), ""


def _plates(book: Book, agendas: Agendas) -> None:
    """Write a page for each person: the name to stand on the table, the firm below."""
    sheet = book.sheet("桌签", [110], landscape=True)
    breaks, line = [], 0
    for participant, delegate in agendas.delegates():
        sheet.set_row(line, _PLATE_ROW)
        sheet.set_row(line + 1, _SEAT_ROW)
        book.row(sheet, line, (delegate.name or participant.name,), book.plate)
        seat = "　".join(word for word in (participant.name if delegate.name else "", delegate.title) if word)
        book.row(sheet, line + 1, (seat,), book.seat)
        line += 2
        breaks.append(line)
    sheet.set_h_pagebreaks(breaks[:-1][:_BREAKS])
    sheet.center_horizontally()
    sheet.center_vertically()


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
        yield label, "", found[name], "", ""
    for name, label in GROUPS.items():
        for group, counts in found[name].items():
            yield label, group, counts["参会"], counts["有会面"], counts["会面"]


def _checks(document: Document) -> Iterable[Sequence[object]]:
    violations = verify(document.programme, document.plan)
    yield "规则校验", "通过" if not violations else f"{len(violations)} 处问题", ""
    for violation in violations:
        yield "违反规则", violation.rule, violation.message
    for stage in document.plan.stages:
        yield stage_words(stage)
    for note in (*document.plan.notes, *document.plan.relaxations):
        yield "提示", "", note
    yield "输入摘要（SHA-256）", "", document.manifest.input_sha256
    for name, version in document.manifest.versions.items():
        yield "版本", name, version
