"""Who sits where and when, read off a plan for people: the one view that every export prints."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from matcher.planning.document import Document
from matcher.planning.model import Delegate, Meeting, Participant, Slot

VENUE = ZoneInfo("Asia/Shanghai")
_UNDATED = datetime(2000, 1, 1)
_HIGH, _MIDDLE = 700, 400
_LEGAL = re.compile(r"(集团)?(股份|责任)?有限(责任)?公司(（[^（）]*）|\([^()]*\))?$")
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

    @property
    def start(self) -> datetime:
        """When the first slot begins; a fixed day for an event without slots."""
        return self.event.slots[0].start if self.event.slots else _UNDATED

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
        """Return the tables that are open or sat at, by number."""
        sat_at = {meeting.table for meeting in self.document.plan.meetings}
        return sorted({*range(1, self.event.tables + 1)} - self.event.closed_tables | sat_at)

    def name(self, participant: str) -> str:
        """Return a participant's name."""
        return self.people[participant].name

    @cached_property
    def briefs(self) -> Mapping[str, str]:
        """Every participant's name without its legal form, where that still tells it from all others."""
        short = {
            name: _LEGAL.sub("", participant.name) or participant.name for name, participant in self.people.items()
        }
        used = Counter(short.values())
        return {name: brief if used[brief] == 1 else self.people[name].name for name, brief in short.items()}

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


def span(slots: Sequence[Slot]) -> str:
    """Return when slots begin and end in words, by day: 12月1日（周二）09:00–16:30；12月2日（周三）09:00–12:00."""
    days = [list(held) for _, held in groupby(slots, key=lambda slot: slot.start.date())]
    return "；".join(f"{day(held[0])}{held[0].start:%H:%M}–{held[-1].end:%H:%M}" for held in days) or "未定"


def person(delegate: Delegate) -> str:
    """Return a delegate's name and title; empty when neither is known."""
    return " ".join(word for word in (delegate.name, delegate.title) if word)


def level(score: int) -> str:
    """Return 高, 中 or 低 for a score in thousandths."""
    return "高" if score >= _HIGH else "中" if score >= _MIDDLE else "低"


def masked(phone: str | None) -> str:
    """Return a phone number of which only the last four digits can be read."""
    if not phone:
        return ""
    return "*" * max(0, len(phone) - 4) + phone[-4:]
