"""The calendar, parsed back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from matcher.planning.document import Document
from matcher.planning.export.calendar import calendar, calendars
from tests.matcher.planning.export.documents import REASON, empty, named, sound, timeless

STAMP = datetime(2026, 11, 20, 8, tzinfo=UTC)


def events(data: bytes) -> list[Any]:
    return list(Calendar.from_ical(data).walk("VEVENT"))


def moved(found: Document) -> Document:
    """Return the plan with h1's first meeting an afternoon later, at another table and by another delegate."""
    first, *others = found.plan.meetings
    later = replace(first, slot=3, table=2, delegate_a="h1.2")
    return replace(found, plan=replace(found.plan, meetings=(*others, later)))


def without_first(found: Document) -> Document:
    return replace(found, plan=replace(found.plan, meetings=found.plan.meetings[1:]))


def test_an_event_tells_when_where_with_whom_and_why() -> None:
    first, second = events(calendar(sound(), "h1", stamp=STAMP, version=3))
    assert str(first["summary"]) == "对接会：与G1会面"
    assert first["dtstart"].dt.isoformat() == "2026-12-01T09:00:00+08:00"
    assert first["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert first["dtend"].dt - first["dtstart"].dt == timedelta(minutes=20)
    assert str(first["location"]) == "1 号桌"
    assert str(first["description"]) == f"对方代表：李敏 总监\n{REASON}\n同城"
    assert (first["sequence"], str(first["status"]), first["dtstamp"].dt) == (3, "CONFIRMED", STAMP)
    assert str(second["summary"]) == "对接会：与G2会面"


def test_a_file_names_its_time_zone_and_has_no_contacts() -> None:
    data = calendar(sound(), "h1")
    (zone,) = Calendar.from_ical(data).walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Asia/Shanghai"
    assert b"1381234" not in data
    assert b"example.com" not in data


def test_every_line_fits_and_commas_and_line_breaks_come_back() -> None:
    name = "甲,乙;丙\\丁\n戊" + "很长" * 60
    found = replace(sound(), programme=named(sound().programme, g1=name))
    data = calendar(found, "h1")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert str(events(data)[0]["summary"]) == f"对接会：与{name}会面"
    assert data.count(b"BEGIN:VEVENT") == 2


def test_a_moved_meeting_is_the_same_event() -> None:
    before, after = sound(), moved(sound())
    old = {str(one["uid"]): one for one in events(calendar(before, "h1", stamp=STAMP))}
    new = {str(one["uid"]): one for one in events(calendar(after, "h1", stamp=STAMP + timedelta(days=1), version=1))}
    assert old.keys() == new.keys()
    assert len(old) == 2
    uid = next(uid for uid, one in old.items() if "G1" in one["summary"])
    assert new[uid]["dtstart"].dt.hour == 14
    assert new[uid]["dtstamp"].dt - old[uid]["dtstamp"].dt == timedelta(days=1)
    assert (old[uid]["sequence"], new[uid]["sequence"]) == (0, 1)


def test_a_meeting_of_another_year_is_another() -> None:
    found = sound()
    slots = tuple(
        replace(slot, start=slot.start.replace(year=2027), end=slot.end.replace(year=2027))
        for slot in found.programme.event.slots
    )
    programme = replace(found.programme, event=replace(found.programme.event, slots=slots))
    later = replace(found, programme=programme)
    uids = [{str(one["uid"]) for one in events(calendar(each, "h1"))} for each in (found, later)]
    assert uids[0].isdisjoint(uids[1])


def test_uids_differ_between_meetings_and_between_the_two_sides() -> None:
    found = sound()
    uids = [str(one["uid"]) for who in found.programme.participants for one in events(calendar(found, who.id))]
    assert len(set(uids)) == len(uids) == 2 * len(found.plan.meetings)


def test_a_meeting_that_is_no_more_is_cancelled() -> None:
    before, after = sound(), without_first(sound())
    (gone,) = [one for one in events(calendar(after, "h1", before=before)) if str(one["status"]) == "CANCELLED"]
    uids = {str(one["uid"]) for one in events(calendar(before, "h1")) if "G1" in one["summary"]}
    assert {str(gone["uid"])} == uids
    assert all(str(one["status"]) == "CONFIRMED" for one in events(calendar(after, "h1")))


def test_each_delegate_has_a_file_of_its_own_meetings() -> None:
    files = calendars(moved(sound()), before=sound(), version=1)
    told = {
        person: {(one["summary"][-4:], str(one["status"])) for one in events(data)} for person, data in files.items()
    }
    assert len(files) == 6
    assert told["h1.1"] == {("G2会面", "CONFIRMED"), ("G1会面", "CANCELLED")}
    assert told["h1.2"] == {("G1会面", "CONFIRMED")}
    assert told["g1.1"] == {("H1会面", "CONFIRMED"), ("H2会面", "CONFIRMED")}


@pytest.mark.parametrize("name", ["h1", "h2", "g1", "g2", "g3"])
def test_one_delegates_file_is_the_firms(name: str) -> None:
    found = sound()
    assert calendars(found)[f"{name}.1"] == calendar(found, name)


def test_nobody_meets() -> None:
    assert events(calendar(empty(), "h1")) == []
    assert calendars(timeless()) == {}


def test_the_same_plan_is_the_same_file() -> None:
    assert calendar(sound(), "h1") == calendar(sound(), "h1")
