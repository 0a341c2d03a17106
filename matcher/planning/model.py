"""The vocabulary of an event: who comes, what they want of whom, and the plan that results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

PairKey: TypeAlias = tuple[str, str]
"""Two participants by id, the smaller id first: `pair_key`."""

MILLI = 1000


class EventSide(StrEnum):
    """Which side of the table a participant sits on; without sides any two may meet."""

    HOST = "大企业"
    GUEST = "中小企业"


class Stance(StrEnum):
    """What a participant says of another. `NO` of either side is a veto."""

    MUST = "必见"
    WANT = "想见"
    FINE = "可见"
    NO = "不见"


class Bar(StrEnum):
    """Why two participants may not meet. Never broken."""

    VETO = "一方不见"
    MET = "此前已见"
    GROUP = "同一集团"
    RIVAL = "相互竞争"
    TYPE = "双方类型不安排会面"
    SIDE = "同属一方"
    TIME = "没有共同空闲的时段"
    FLOOR = "相关度低于下限"
    FORBIDDEN = "主办方禁止"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A stretch without a break, local time of the venue; what does not fill a whole slot at its end stays free."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time to meet: its 0-based number over the event, and the 0-based number of its session."""

    number: int
    session: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for all; a participant's own minimum and maximum go before these.

    `floor` is in thousandths of a score (0…1000): no pair below it meets unless a side asked for the other. `guests`
    is how many guests one host may meet in a slot at its table (1: one to one). `streak` is the most meetings in a row
    without a free slot or a break; None: no limit. `meet` lists pairs of types that may meet; empty: any.
    """

    minimum: int = 0
    maximum: int | None = None
    floor: int = 0
    guests: int = 1
    streak: int | None = None
    meet: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """When and where: `tables` are numbered from 1; `closed_tables` are out of use."""

    name: str
    slots: tuple[Slot, ...]
    tables: int
    rules: Rules = Rules()
    closed_tables: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """A person who comes for a participant. `available` holds slot numbers."""

    id: str
    name: str | None = None
    title: str | None = None
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    available: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A firm at the event: it meets as often at a time as it has delegates free.

    `side` None: any two may meet. `keeps_table` wants all its meetings of one delegate at one table (hosts do).
    `offers` and `needs` are its own words, for scoring; `rivals` are ids or groups' names it must not be sat with.
    """

    id: str
    name: str
    delegates: tuple[Delegate, ...]
    side: EventSide | None = None
    enterprise_id: str | None = None
    type: str | None = None
    group: str | None = None
    rivals: frozenset[str] = frozenset()
    minimum: int | None = None
    maximum: int | None = None
    keeps_table: bool = False
    offers: str = ""
    needs: str = ""
    industry: str | None = None
    region: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one participant (`of`) says about another (`about`)."""

    of: str
    about: str
    stance: Stance


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScore:
    """How well two fit, in thousandths (0…1000), with the reason in words for each of them to read."""

    pair: PairKey
    score: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A meeting fixed by hand; `slot` and `table` None leave when and where open."""

    pair: PairKey
    slot: int | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """All that a plan is made from. `met` and `forbidden` are pairs; ids of participants are unique."""

    event: Event
    participants: tuple[Participant, ...]
    scores: tuple[PairScore, ...] = ()
    wishes: tuple[Wish, ...] = ()
    met: frozenset[PairKey] = frozenset()
    forbidden: frozenset[PairKey] = frozenset()
    locks: tuple[Lock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two participants, when and where, and who sits there. Guests of one host at one table and slot form a group.

    `a` is the host where there are sides. `score` is in thousandths.
    """

    a: str
    b: str
    slot: int
    table: int
    score: int
    delegate_a: str
    delegate_b: str
    reasons: tuple[str, ...] = ()
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A participant that has fewer meetings than its minimum, or a must-meet that is missing, and why."""

    participant: str
    wanted: int
    got: int
    reason: str
    partner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one stage of the plan reached: `value` beside the best that is possible, `bound`; equal when proven.

    Shortfall in meetings (less is better), worst share in [0, 1], total in thousandths.
    """

    name: str
    value: float
    bound: float
    proven: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a plan breaks, or a figure that it states wrongly; `rule` is a stable English code."""

    rule: str
    message: str
    participants: tuple[str, ...] = ()
    slot: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who meets whom, when and where; who remains short and why; whom to ask next; and how good it is, with proofs.

    `alternates` lists for each participant further partners, best first, that may meet it and do not. `relaxations`
    are what would make more fit, in words, the smallest first. `notes` are what the reader should know: rules that
    contradict each other and what was done about it.
    """

    meetings: tuple[Meeting, ...]
    unmet: tuple[Unmet, ...] = ()
    alternates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    relaxations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def pair_key(one: str, other: str) -> PairKey:
    """Return two participants' ids as a pair, the smaller first."""
    return (one, other) if one <= other else (other, one)
