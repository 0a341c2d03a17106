"""One order split over several suppliers' idle windows, at least cost or best fit, proven best."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from matcher.capacity import Commitment, Days, Supply, committed, within

TINY = 1e-9


class Objective(StrEnum):
    """What is made least or best once as much as possible is covered."""

    COST = "cost"
    FIT = "fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A part of an order: `amount` to be made on some days."""

    days: Days
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: the slots in `unit`, over at most `most` firms; `whole` for things that are counted."""

    slots: tuple[Slot, ...]
    unit: str | None = None
    most: int = 3
    objective: Objective = Objective.COST
    whole: bool = True

    @property
    def quantity(self) -> float:
        """The whole amount."""
        return sum(slot.amount for slot in self.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one posting has to give, in the order's unit.

    `score` in 0…1 says how well it fits, `least` and `largest` bound what is taken of it in all. `barred` says why it
    cannot be used at all (a hard condition not met); `open` lists what is 待核实 of it.
    """

    id: str
    firm: str
    score: float
    supplies: tuple[Supply, ...]
    commitments: tuple[Commitment, ...] = ()
    least: float = 0.0
    largest: float | None = None
    barred: str | None = None
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """An idle resource that lines may borrow: `supplies` in its own unit (班, 小时), `per_unit` of it for one of the order.

    `lines` are the offers that lack it and could use it.
    """

    id: str
    firm: str
    supplies: tuple[Supply, ...]
    lines: frozenset[str]
    per_unit: float
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the order that one offer makes out of one of its windows, with the machine it borrows if it lacks one.

    `price` is in 元 per unit, the machine's included; None when not stated.
    """

    offer: str
    firm: str
    window: int
    days: Days
    amount: float
    price: float | None
    machine: str | None = None
    lender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An offer that is not used, and why, in words."""

    offer: str
    firm: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much of the idle amount of an offer, or of a machine in its own unit, is used on the order's days.

    `before` and `after` are shares of 1, without and with the order.
    """

    offer: str
    idle: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Who makes what. `short` is what nobody can make, proven least when `proven`; `cost` in 元 of what has a price.

    `bound` is the proven best value of the objective (元, or score times amount); `unpriced` the amount without price.
    """

    shares: tuple[Share, ...]
    covered: float
    short: float
    cost: float
    unpriced: float
    fit: float
    objective: Objective
    bound: float
    proven: bool
    left_out: tuple[LeftOut, ...] = ()
    uses: tuple[Use, ...] = ()
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def firms(self) -> tuple[str, ...]:
        """The firms with a share, those that lend a machine included, in order of their first share."""
        return tuple(dict.fromkeys(firm for share in self.shares for firm in (share.firm, share.lender) if firm))


def room(
    supplies: Sequence[Supply], commitments: Sequence[Commitment], days: Days, *, whole: bool
) -> tuple[float, ...]:
    """Return what each window has left on some days; what is promised already is taken from the windows in order."""
    taken = committed(commitments, supplies[0].unit, days, supplies[0].factor) if supplies else 0.0
    left: list[float] = []
    for supply in supplies:
        free = within(supply, days)
        used = min(free, taken)
        taken -= used
        left.append(math.floor(free - used + TINY) if whole else free - used)
    return tuple(left)
