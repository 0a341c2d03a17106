"""Meetings as iCalendar (RFC 5545), which every phone reads."""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar import Event as Entry_

from matcher.planning.document import Document
from matcher.planning.export.agenda import Agendas, Entry

VENUE = ZoneInfo("Asia/Shanghai")
_UID = 24


def calendar(document: Document, participant: str, *, version: int = 0, stamp: datetime | None = None) -> bytes:
    """Return a participant's meetings as an .ics file, times in Asia/Shanghai with its VTIMEZONE.

    A meeting keeps its UID when it is moved, so that a later file replaces it; `version` counts the plan's versions
    (SEQUENCE), `stamp` is when the file was made (an aware datetime; the event's start by default).
    """
    agendas = Agendas(document)
    made = stamp or agendas.event.slots[0].start.replace(tzinfo=VENUE)
    found = Calendar()
    found.add("prodid", "-//rongtong//event plan//ZH")
    found.add("version", "2.0")
    found.add("x-wr-calname", agendas.event.name)
    for entry in agendas.entries[participant]:
        found.add_component(_entry(agendas.event.name, participant, entry, version, made))
    found.add_missing_timezones()
    data: bytes = found.to_ical()
    return data


def _entry(event: str, participant: str, entry: Entry, version: int, made: datetime) -> Entry_:
    told = Entry_()
    own = f"{event}\n{participant}\n{entry.partner.id}"
    told.add("uid", f"{hashlib.sha256(own.encode()).hexdigest()[:_UID]}@rongtong")
    told.add("dtstamp", made.astimezone(UTC))
    told.add("dtstart", entry.slot.start.replace(tzinfo=VENUE))
    told.add("dtend", entry.slot.end.replace(tzinfo=VENUE))
    told.add("summary", f"{event}：与{entry.partner.name}会面")
    told.add("location", f"{entry.table} 号桌")
    told.add("sequence", version)
    if entry.meeting.reasons:
        told.add("description", "\n".join(entry.meeting.reasons))
    return told
