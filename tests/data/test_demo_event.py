"""The demo event's sheet as shipped: messy, but read whole, of firms that the demo set knows."""

import json
from collections import Counter
from datetime import date
from functools import lru_cache

from matcher.assets import asset
from matcher.planning.candidates import candidates
from matcher.planning.draft import Draft, Setup, draft
from matcher.planning.model import EventSide, Stance
from matcher.tabular.attendees import Registry
from matcher.tabular.model import Severity

UNUSED = ("1540000", "010-0000")
"""Number ranges that no one is given."""


def known() -> dict[str, str]:
    files = asset("data", "demo").glob("enterprises-*.jsonl")
    rows = (json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row["name"] for row in rows}


@lru_cache(maxsize=1)
def read() -> Draft:
    path = asset("data", "demo", "event", "参会报名表.xlsx")
    return draft(path, Setup(), as_of=date(2026, 11, 23), known=Registry(known().items()))


def test_twenty_large_and_sixty_small_firms_of_the_demo_set() -> None:
    people = read().programme.participants
    assert Counter(one.side for one in people) == {EventSide.HOST: 20, EventSide.GUEST: 60}
    assert {one.enterprise_id for one in people} <= known().keys()
    assert all(one.delegates for one in people)


def test_the_event_has_two_sessions_with_a_break_and_twenty_tables() -> None:
    event = read().programme.event
    assert (len(event.slots), event.tables, max(slot.session for slot in event.slots)) == (15, 20, 2)


def test_what_is_messy_is_told_and_the_rest_is_read() -> None:
    attendance = read().attendance
    assert sum(attendance.counts.values()) == len(attendance.problems)
    assert (attendance.rows, attendance.left_out) == (90, 4)
    assert [p.code for p in attendance.problems if p.severity is Severity.ERROR] == ["firm_missing"]
    expected = {"phone_lost", "person_twice", "firm_spelling", "name_guessed", "name_unknown", "name_ambiguous"}
    assert expected | {"wish_contradicts", "time_unclear", "example_row", "total_row"} <= attendance.counts.keys()
    assert all(problem.message and problem.remedy for problem in attendance.problems)


def test_it_can_be_planned() -> None:
    made = read().programme
    assert Counter(wish.stance for wish in made.wishes)[Stance.WANT] > 100
    assert len(candidates(made).first) > 60


def test_nobody_can_be_called() -> None:
    phones = [person.phone for one in read().programme.participants for person in one.delegates if person.phone]
    assert len(phones) > 70
    assert all(phone.startswith(UNUSED) for phone in phones)
    assert not any(person.email for one in read().programme.participants for person in one.delegates)
