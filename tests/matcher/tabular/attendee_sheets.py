"""Small events and attendee sheets for tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from matcher.planning.calendar import slots_of
from matcher.planning.model import Participant, Session
from matcher.tabular.attendees import Attendance, Registry, read_attendees
from tests.matcher.tabular.sheets import workbook

SESSIONS = (
    Session(name="上午场", start=datetime(2026, 6, 18, 9), end=datetime(2026, 6, 18, 11, 30)),
    Session(name="下午场", start=datetime(2026, 6, 18, 13, 30), end=datetime(2026, 6, 18, 17)),
)
SLOTS = slots_of(SESSIONS, 30)
"""0…4 from 09:00 to 11:30, 5…11 from 13:30 to 17:00."""
ALL = frozenset(range(12))


def read_sheets(
    folder: Path,
    sheets: Mapping[str, list[Any]],
    *,
    merged: Sequence[str] = (),
    known: Sequence[tuple[str, str]] = (),
    earlier: Sequence[tuple[str, str]] = (),
) -> Attendance:
    """Return what a workbook of these sheets says."""
    path = workbook(folder / "名单.xlsx", sheets, merged=merged)
    before = [Participant(id=id_, name=name, delegates=()) for id_, name in earlier]
    return read_attendees(path, slots=SLOTS, sessions=SESSIONS, known=Registry(known), earlier=before)


def by_name(attendance: Attendance) -> dict[str, Participant]:
    """Return the participants by name."""
    return {participant.name: participant for participant in attendance.participants}


def wishes_in_words(attendance: Attendance) -> set[tuple[str, str, str]]:
    """Return the wishes by name and stance."""
    names = {participant.id: participant.name for participant in attendance.participants}
    return {(names[wish.of], str(wish.stance), names[wish.about]) for wish in attendance.wishes}
