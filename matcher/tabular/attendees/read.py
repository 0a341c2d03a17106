"""An attendee spreadsheet → who comes to an event and what they want."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from matcher.errors import MatcherError
from matcher.planning.model import Delegate, Participant, Session, Slot
from matcher.tabular.attendees.columns import headers
from matcher.tabular.attendees.facts import is_event_sheet
from matcher.tabular.attendees.firms import participant_of, people_in_two_firms
from matcher.tabular.attendees.link import Firm, Registry, group_entries, link
from matcher.tabular.attendees.model import LIMITS, MOST_PARTICIPANTS, Attendance, Notes, Place
from matcher.tabular.attendees.rows import Entry, RowReader
from matcher.tabular.attendees.times import TimeWords
from matcher.tabular.attendees.wishes import WishReader
from matcher.tabular.model import Limits, Problem
from matcher.tabular.read import read_rows


def read_attendees(
    path: Path,
    *,
    slots: Sequence[Slot],
    sessions: Sequence[Session] = (),
    known: Registry | None = None,
    earlier: Sequence[Participant] = (),
    stay: bool = False,
    limits: Limits = LIMITS,
) -> Attendance:
    """Return who comes, from an XLSX, XLS or CSV file with one row per person; several rows of a firm are its delegates.

    `sessions` give names to times (上午场). `known` are the enterprises on record, `earlier` the participants of the
    sheet's last version, whose ids are kept when a name is merely spelt otherwise. Those the sheet no longer names are
    gone, unless they `stay`: then the sheet adds firms, and delegates to firms that were there.
    :raises MatcherError: when the file as a whole cannot be read (`file_…`, `zip_bomb`, `csv_quote`,
        `too_many_columns`), has more than 50,000 rows (`too_many_rows`) or 500,000 names in wishes (`too_many_names`),
        more than 5,000 firms (`too_many_participants`), no header we know (`header_missing`) or nobody in it
        (`no_attendees`).
    """
    notes = Notes()
    reader = RowReader(headers(), TimeWords(slots, sessions), notes)
    read = list(_entries(path, reader, notes, limits))
    entries = [entry for entry in read if entry is not None]
    before = Registry((one.id, one.name) for one in earlier)
    firms = link(group_entries(entries, notes), known=known or Registry(), earlier=before, notes=notes)
    participants = tuple(participant_of(firm, notes) for firm in firms)
    if stay:
        participants = _joined(earlier, participants)
    _check_number(len(firms), len(participants), path, notes)
    people_in_two_firms(firms, notes)
    _check_sides(participants, notes)
    _check_tables(firms, notes)
    wishes = WishReader(participants, firms, notes)
    stated, met = wishes.wishes(), wishes.met()
    return Attendance(
        participants=wishes.related(),
        wishes=stated,
        met=met,
        problems=tuple(replace(problem, file=path.name) for problem in notes.tally.first),
        counts=dict(notes.tally.counts),
        rows=len(read),
        left_out=len(read) - len(entries),
    )


def _entries(path: Path, reader: RowReader, notes: Notes, limits: Limits) -> Iterator[Entry | None]:
    def report(problem: Problem) -> None:
        if is_event_sheet(problem.sheet):
            return
        if problem.code == "section_row" and problem.value:
            reader.heading(problem.sheet, problem.value)
        if problem.code == "sheet_no_header":
            problem = replace(problem, remedy="如果它是名单，请补上“单位名称”“姓名”等列名；否则可以忽略")
        notes.tally.add(problem)

    columns = headers()
    try:
        for row in read_rows(path, limits=limits, known=columns.known, expected=columns.expected, report=report):
            if not is_event_sheet(row.sheet):
                yield reader.read(row)
    except MatcherError as error:
        if error.code != "header_missing":
            raise
        raise MatcherError(
            error.code,
            f"文件“{path.name}”里没有找到名单的表头：请把列名改为“{'、'.join(columns.expected)}”等",
            **error.details,
        ) from error


def _joined(earlier: Sequence[Participant], fresh: Sequence[Participant]) -> tuple[Participant, ...]:
    """Return those of before, with the delegates that the new rows give them, then the others."""
    rows = {one.id: one for one in fresh}
    before = {one.id: replace(one, delegates=_delegates(one, rows.get(one.id))) for one in earlier}
    return (*before.values(), *(one for one in fresh if one.id not in before))


def _delegates(before: Participant, now: Participant | None) -> tuple[Delegate, ...]:
    found = {one.id: one for one in before.delegates}
    return tuple((found | {one.id: one for one in (now.delegates if now else ())}).values())


def _check_number(read: int, firms: int, path: Path, notes: Notes) -> None:
    if not read:
        reason = notes.tally.first[0].message if notes.tally.first else "没有数据行"
        raise MatcherError(
            "no_attendees",
            f"文件“{path.name}”里没有读到参会单位（{reason}）：请在“单位名称”列填写参会单位",
            file=path.name,
        )
    if firms > MOST_PARTICIPANTS:
        raise MatcherError(
            "too_many_participants",
            f"文件“{path.name}”里有 {firms} 家单位，一场活动最多排 {MOST_PARTICIPANTS} 家：请按专场或日期拆成几份名单，分别排",
            file=path.name,
        )


def _check_sides(participants: Sequence[Participant], notes: Notes) -> None:
    without = [participant.name for participant in participants if participant.side is None]
    if without and len(without) < len(participants):
        notes.warn(
            Place("", None),
            "side_missing",
            f"有 {len(without)} 家看不出是大企业还是中小企业（如“{without[0]}”），可与任何一方会面",
            "请在“类型”列填写，或按两方分成两个工作表",
        )


def _check_tables(firms: Sequence[Firm], notes: Notes) -> None:
    entry = next((entry for firm in firms for entry in firm.entries if entry.cells.text("table")), None)
    if entry is not None:
        notes.warn(
            Place(entry.place.sheet, None, entry.cells.found["table"].header),
            "table_noted",
            "桌号已记录，并让这些单位固定在一张桌上；具体是几号桌由排会安排，可能与表里不同",
            "如必须坐某一桌，请在计划里移动会面并锁定",
        )
