"""A small event to break rules in: two hosts, three guests, three slots of one session and one of another, two tables."""

from dataclasses import replace
from datetime import datetime, timedelta

from matcher.planning.model import (
    Delegate,
    Event,
    EventSide,
    Meeting,
    PairScore,
    Participant,
    Plan,
    Programme,
    Rules,
    Slot,
)

START = datetime(2026, 12, 1, 9)
ALL = frozenset(range(4))
SCORES = {("g1", "h1"): 800, ("g2", "h1"): 600, ("g1", "h2"): 700, ("g3", "h2"): 400}


def slots() -> tuple[Slot, ...]:
    starts = [START + timedelta(minutes=minutes) for minutes in (0, 20, 40, 300)]
    return tuple(
        Slot(number=n, session=n // 3, start=start, end=start + timedelta(minutes=20)) for n, start in enumerate(starts)
    )


def participant(name: str, side: EventSide | None, **facts: object) -> Participant:
    own = Participant(id=name, name=name.upper(), side=side, delegates=(Delegate(id=f"{name}.1", available=ALL),))
    return replace(own, **facts)  # type: ignore[arg-type]


def programme(rules: Rules | None = None, **facts: object) -> Programme:
    people = [participant(name, EventSide.HOST) for name in ("h1", "h2")]
    people += [participant(name, EventSide.GUEST) for name in ("g1", "g2", "g3")]
    scores = tuple(PairScore(pair=pair, score=score) for pair, score in SCORES.items())
    event = Event(name="对接会", slots=slots(), tables=2, rules=rules or Rules())
    return replace(Programme(event=event, participants=tuple(people), scores=scores), **facts)  # type: ignore[arg-type]


def meeting(a: str, b: str, slot: int, table: int, **facts: object) -> Meeting:
    score = SCORES.get((b, a), 0)
    own = Meeting(a=a, b=b, slot=slot, table=table, score=score, delegate_a=f"{a}.1", delegate_b=f"{b}.1")
    return replace(own, **facts)  # type: ignore[arg-type]


def plan(*meetings: Meeting, **facts: object) -> Plan:
    return replace(Plan(meetings=meetings), **facts)  # type: ignore[arg-type]


SOUND = (meeting("h1", "g1", 0, 1), meeting("h2", "g3", 0, 2), meeting("h2", "g1", 1, 2), meeting("h1", "g2", 1, 1))
