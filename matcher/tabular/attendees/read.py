"""An attendee spreadsheet → who comes to an event and what they want."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from matcher.errors import MatcherError
from matcher.planning.model import Participant, Session, Slot
from matcher.tabular.attendees.columns import headers
from matcher.tabular.attendees.facts import is_event_sheet
from matcher.tabular.attendees.firms import Registry, group_entries, link, participant_of
from matcher.tabular.attendees.model import MAX_ROWS, Attendance, Notes, Place
from matcher.tabular.attendees.rows import Entry, RowReader
from matcher.tabular.attendees.times import TimeWords
from matcher.tabular.attendees.wishes import WishReader
from matcher.tabular.model import Limits, Problem
from matcher.tabular.read import read_rows

LIMITS = Limits(file_bytes=64 << 20, packed_bytes=64 << 20, inflated_bytes=512 << 20, rows=MAX_ROWS, cell_chars=20_000)


def read_attendees(
    path: Path,
    *,
    slots: Sequence[Slot],
    sessions: Sequence[Session] = (),
    known: Iterable[tuple[str, str]] = (),
    earlier: Iterable[tuple[str, str]] = (),
    limits: Limits = LIMITS,
) -> Attendance:
    """Return who comes, from an XLSX, XLS or CSV file with one row per person; several rows of a firm are its delegates.

    `sessions` give names to times (上午场). `known` are the (id, name) of enterprises on record, `earlier` those of the
    participants of the sheet's last version, whose ids are kept when a name is merely spelt otherwise.
    :raises MatcherError: when the file as a whole cannot be read (`file_…`, `zip_bomb`, `csv_quote`,
        `too_many_columns`), has more than 50,000 rows (`too_many_rows`), no header we know (`header_missing`) or
        nobody in it (`no_attendees`).
    """
    notes = Notes()
    reader = RowReader(headers(), TimeWords(slots, sessions), notes)
    entries: list[Entry] = []
    rows = 0
    for entry in _entries(path, reader, notes, limits):
        rows += 1
        entries += [entry] if entry else []
    if not entries:
        reason = notes.tally.first[0].message if notes.tally.first else "没有数据行"
        raise MatcherError(
            "no_attendees",
            f"文件“{path.name}”里没有读到参会单位（{reason}）：请在“单位名称”列填写参会单位",
            file=path.name,
        )
    firms = link(group_entries(entries, notes), known=Registry(known), earlier=Registry(earlier), notes=notes)
    participants = tuple(participant_of(firm, notes) for firm in firms)
    _check_sides(participants, notes)
    wishes = WishReader(participants, firms, notes)
    stated, met = wishes.wishes(), wishes.met()
    return Attendance(
        participants=wishes.related(),
        wishes=stated,
        met=met,
        problems=tuple(replace(problem, file=path.name) for problem in notes.tally.first),
        counts=dict(notes.tally.counts),
        rows=rows,
        left_out=rows - len(entries),
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


def _check_sides(participants: Sequence[Participant], notes: Notes) -> None:
    without = [participant.name for participant in participants if participant.side is None]
    if without and len(without) < len(participants):
        notes.warn(
            Place("", None),
            "side_missing",
            f"有 {len(without)} 家看不出是大企业还是中小企业（如“{without[0]}”），可与任何一方会面",
            "请在“类型”列填写，或按两方分成两个工作表",
        )
