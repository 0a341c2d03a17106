"""A tick-list for every participant as a workbook: its suggested partners, why, and what it wants, to be filled in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.errors import MatcherError
from matcher.planning.model import PairScore, Participant, Programme, Stance
from matcher.tabular.rejects import write_cell

OVERVIEW = "名单"
LISTED = "推荐家数"
OVERVIEW_HEADERS = ("编号", "单位", "类别", LISTED, "工作表")
HEADERS = ("序号", "对方单位", "理由", "意愿", "本方编号", "对方编号")
CHOICES = (Stance.WANT, Stance.FINE, Stance.NO)
SPARE_ROWS = 5
_HEAD = 2
_WIDTHS = (6, 36, 64, 10)
_BAD_IN_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def tick_list(
    programme: Programme, suggested: Mapping[str, Sequence[PairScore]], *, only: Collection[str] | None = None
) -> bytes:
    """Return an XLSX workbook: 名单, then a sheet a participant with its suggested partners, why, and 意愿 to fill in.

    `only` keeps it to some participants, e.g. one to whom its own list is sent. All but 意愿 and five spare rows is
    protected (without a password); ids are hidden; no text can run as a formula.
    :raises MatcherError: `no_suggestions` when none of the participants has any.
    """
    chosen = [p for p in programme.participants if suggested.get(p.id) and (only is None or p.id in only)]
    if not chosen:
        raise MatcherError("no_suggestions", "没有可推荐的对接对象：请先计算匹配度，或降低相关度下限")
    people = {participant.id: participant for participant in programme.participants}
    stances = {(wish.of, wish.about): wish.stance for wish in programme.wishes}
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        styles = _Styles.of(book)
        overview = book.add_worksheet(OVERVIEW)
        names = [_sheet_name(number, participant.name) for number, participant in enumerate(chosen, 1)]
        _write_overview(overview, chosen, names, suggested, styles)
        for participant, name in zip(chosen, names, strict=True):
            rows = [_row(participant.id, scored, people, stances) for scored in suggested[participant.id]]
            _write_list(book.add_worksheet(name), programme, participant, rows, styles)
    return stream.getvalue()


@dataclass(frozen=True, slots=True)
class _Styles:
    title: Format
    head: Format
    text: Format
    open: Format

    @classmethod
    def of(cls, book: xlsxwriter.Workbook) -> "_Styles":
        cell = {"text_wrap": True, "valign": "vcenter", "border": 1}
        return cls(
            book.add_format({"bold": True, "font_size": 13, "text_wrap": True, "valign": "vcenter"}),
            book.add_format({**cell, "bold": True, "bg_color": "#DDEBF7"}),
            book.add_format(cell),
            book.add_format({**cell, "locked": False, "bg_color": "#FFF9E5"}),
        )


@dataclass(frozen=True, slots=True)
class _Row:
    partner: Participant
    reason: str
    stance: Stance | None


def _row(
    of: str,
    scored: PairScore,
    people: Mapping[str, Participant],
    stances: Mapping[tuple[str, str], Stance],
) -> _Row:
    about = scored.pair[1] if scored.pair[0] == of else scored.pair[0]
    partner = people[about]
    own = ((label, text) for label, text in (("对方提供：", partner.offers), ("对方需求：", partner.needs)) if text)
    reason = "；".join(scored.reasons) or "".join(next(own, ()))
    return _Row(partner, reason, stances.get((of, about)))


def _write_overview(
    page: Worksheet,
    chosen: Sequence[Participant],
    names: Sequence[str],
    suggested: Mapping[str, Sequence[PairScore]],
    styles: _Styles,
) -> None:
    page.set_column(1, 1, 40)
    for i, header in enumerate(OVERVIEW_HEADERS):
        page.write_string(0, i, header, styles.head)
    for line, (participant, name) in enumerate(zip(chosen, names, strict=True), 1):
        side = participant.side or participant.type or ""
        for i, value in enumerate((line, participant.name, side, len(suggested[participant.id]))):
            write_cell(page, line, i, value)
        page.write_url(line, 4, f"internal:'{name}'!A1", string=name)
    page.freeze_panes(1, 0)
    page.protect()


def _write_list(
    page: Worksheet, programme: Programme, participant: Participant, rows: Sequence[_Row], styles: _Styles
) -> None:
    title = f"{programme.event.name} 对接意愿表：{participant.name}"
    page.merge_range(0, 0, 0, 3, "", styles.title)
    page.write_string(0, 0, title, styles.title)
    guide = f"请在“意愿”列选择：{'、'.join(CHOICES)}；不选视为未表态。名单以外想见的单位，请写在末尾空行。"
    page.merge_range(1, 0, 1, 3, "", styles.text)
    page.write_string(1, 0, guide, styles.text)
    for i, header in enumerate(HEADERS):
        page.write_string(_HEAD, i, header, styles.head)
    for line, row in enumerate(rows, _HEAD + 1):
        page.write_number(line, 0, line - _HEAD, styles.text)
        for i, text in enumerate((row.partner.name, row.reason), 1):
            page.write_string(line, i, text[:2000], styles.text)
        (page.write_string if row.stance else page.write_blank)(line, 3, row.stance or "", styles.open)
        page.write_string(line, 5, row.partner.id)
    last = _HEAD + len(rows) + SPARE_ROWS
    for line in range(_HEAD + len(rows) + 1, last + 1):
        for i in range(1, 4):
            page.write_blank(line, i, None, styles.open)
    for line in range(_HEAD + 1, last + 1):
        page.write_string(line, 4, participant.id)
    page.data_validation(_HEAD + 1, 3, last, 3, {"validate": "list", "source": list(CHOICES), "error_type": "warning"})
    _lay_out(page)


def _lay_out(page: Worksheet) -> None:
    for i, width in enumerate(_WIDTHS):
        page.set_column(i, i, width)
    page.set_column(4, 5, None, None, {"hidden": True})
    page.set_row(0, 24)
    page.set_row(1, 30)
    page.freeze_panes(_HEAD + 1, 0)
    page.repeat_rows(0, _HEAD)
    page.fit_to_pages(1, 0)
    page.set_landscape()
    page.protect("", {"format_rows": True, "format_columns": True, "sort": True, "autofilter": True})


def _sheet_name(number: int, name: str) -> str:
    """Return a sheet's name that no other has: at most 31 characters, without those a workbook forbids."""
    return f"{number} {name.translate(_BAD_IN_SHEET)}"[:31].strip()
