"""Who sits where and when, read off a plan for people: the one view that every export prints."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from matcher.planning.document import Document
from matcher.planning.model import Delegate, Meeting, Participant, Slot

_HIGH, _MIDDLE = 700, 400
_DAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as one of the two sees it."""

    slot: Slot
    table: int
    own: Delegate
    partner: Participant
    partner_delegate: Delegate
    meeting: Meeting


class Agendas:
    """A plan by participant, by delegate, by table and by slot."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.event = document.programme.event
        self.people = {participant.id: participant for participant in document.programme.participants}

    @cached_property
    def entries(self) -> Mapping[str, tuple[Entry, ...]]:
        """Every participant's meetings in the order of time."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for meeting in sorted(self.document.plan.meetings, key=lambda one: (one.slot, one.table, one.b)):
            a, b = self.people[meeting.a], self.people[meeting.b]
            one, other = _delegate(a, meeting.delegate_a), _delegate(b, meeting.delegate_b)
            slot = self.event.slots[meeting.slot]
            found[a.id].append(Entry(slot, meeting.table, one, b, other, meeting))
            found[b.id].append(Entry(slot, meeting.table, other, a, one, meeting))
        return {participant.id: tuple(found[participant.id]) for participant in self.document.programme.participants}

    def of_delegate(self, participant: Participant, delegate: Delegate) -> tuple[Entry, ...]:
        """Return one person's meetings in the order of time."""
        return tuple(entry for entry in self.entries[participant.id] if entry.own.id == delegate.id)

    def seated(self) -> Mapping[tuple[int, int], tuple[Meeting, ...]]:
        """Return the meetings of each (table, slot); more than one where a host sits with a group."""
        found: dict[tuple[int, int], list[Meeting]] = defaultdict(list)
        for meeting in self.document.plan.meetings:
            found[meeting.table, meeting.slot].append(meeting)
        return {place: tuple(sorted(held, key=lambda one: one.b)) for place, held in found.items()}

    def tables(self) -> list[int]:
        """Return the tables that are open, by number."""
        return [table for table in range(1, self.event.tables + 1) if table not in self.event.closed_tables]

    def name(self, participant: str) -> str:
        """Return a participant's name."""
        return self.people[participant].name

    def delegates(self) -> Iterator[tuple[Participant, Delegate]]:
        """Yield everyone who comes, firm by firm."""
        for participant in self.document.programme.participants:
            for delegate in participant.delegates:
                yield participant, delegate


def _delegate(participant: Participant, name: str) -> Delegate:
    return next(delegate for delegate in participant.delegates if delegate.id == name)


def clock(slot: Slot) -> str:
    """Return a slot's time in words: 09:00–09:20."""
    return f"{slot.start:%H:%M}–{slot.end:%H:%M}"


def day(slot: Slot) -> str:
    """Return a slot's day in words: 12月1日（周二）."""
    return f"{slot.start.month}月{slot.start.day}日（周{_DAYS[slot.start.weekday()]}）"


def level(score: int) -> str:
    """Return 高, 中 or 低 for a score in thousandths."""
    return "高" if score >= _HIGH else "中" if score >= _MIDDLE else "低"


def masked(phone: str | None) -> str:
    """Return a phone number of which only the last four digits can be read."""
    if not phone:
        return ""
    return "*" * max(0, len(phone) - 4) + phone[-4:]
