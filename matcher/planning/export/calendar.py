"""Meetings as iCalendar (RFC 5545), which every phone reads."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache

from icalendar import Calendar, Timezone
from icalendar import Event as Entry_

from matcher.planning.document import Document
from matcher.planning.export.agenda import VENUE, Agendas, Entry, person

_UID = 24
_SINCE = date(2000, 1, 1)  # China has had no summer time since 1991.


def calendar(
    document: Document,
    participant: str,
    *,
    version: int = 0,
    stamp: datetime | None = None,
    before: Document | None = None,
) -> bytes:
    """Return a participant's meetings as an .ics file, times in Asia/Shanghai with its VTIMEZONE.

    A meeting keeps its UID when it is moved or taken over by a colleague, so that a later file replaces it; `version`
    counts the plan's versions (SEQUENCE), `stamp` is when the file was made (an aware datetime; the event's start by
    default). Meetings of `before` that are no more are told as cancelled.
    """
    agendas, past = Agendas(document), Agendas(before) if before else None
    old = past.entries.get(participant, ()) if past else ()
    return _file(agendas, agendas.entries[participant], old, version=version, stamp=stamp)


def calendars(
    document: Document, *, version: int = 0, stamp: datetime | None = None, before: Document | None = None
) -> dict[str, bytes]:
    """Return each delegate's own meetings by delegate id, otherwise as `calendar`; no events for who has none."""
    agendas, past = Agendas(document), Agendas(before) if before else None
    old = {one.id: past.of_delegate(firm, one) for firm, one in past.delegates()} if past else {}
    return {
        one.id: _file(agendas, agendas.of_delegate(firm, one), old.get(one.id, ()), version=version, stamp=stamp)
        for firm, one in agendas.delegates()
    }


def _file(
    agendas: Agendas, held: Iterable[Entry], before: Iterable[Entry], *, version: int, stamp: datetime | None
) -> bytes:
    partners = {entry.partner.id for entry in held}
    gone = [entry for entry in before if entry.partner.id not in partners]
    found = Calendar()
    found.add("prodid", "-//rongtong//event plan//ZH")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", agendas.event.name)
    found.add_component(_venue_time())
    made = stamp or agendas.start.replace(tzinfo=VENUE)
    for status, entries in (("CONFIRMED", held), ("CANCELLED", gone)):
        for entry in entries:
            told = _entry(agendas, entry)
            told.add("dtstamp", made.astimezone(UTC))
            told.add("sequence", version)
            told.add("status", status)
            found.add_component(told)
    data: bytes = found.to_ical()
    return data


@lru_cache(maxsize=1)
def _venue_time() -> Timezone:
    """Return the venue's time zone; made once, for it costs more than all else in a file."""
    return Timezone.from_tzid(VENUE.key, first_date=_SINCE)


def _entry(agendas: Agendas, entry: Entry) -> Entry_:
    told, event = Entry_(), agendas.event.name
    held = entry.meeting
    participant = held.b if entry.partner.id == held.a else held.a
    own = f"{event}\n{agendas.start.date()}\n{participant}\n{entry.partner.id}"
    told.add("uid", f"{hashlib.sha256(own.encode()).hexdigest()[:_UID]}@rongtong")
    told.add("dtstart", entry.slot.start.replace(tzinfo=VENUE))
    told.add("dtend", entry.slot.end.replace(tzinfo=VENUE))
    told.add("summary", f"{event}：与{entry.partner.name}会面")
    told.add("location", f"{entry.table} 号桌")
    who = person(entry.partner_delegate)
    if lines := [*([f"对方代表：{who}"] if who else []), *held.reasons]:
        told.add("description", "\n".join(lines))
    return told
