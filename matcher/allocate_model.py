"""The split of an order as an integer linear program: what each window makes on which days, of which firms."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from matcher.allocate import Machine, Objective, Offer, Order, room
from matcher.capacity import Days, cut
from matcher.choosing import Choices
from matcher.linear import Floats, Program


@dataclass(frozen=True, slots=True)
class Making:
    """A column: so much of offer `offer`, out of its window at `window`, on the days `piece`, perhaps on a machine."""

    offer: int
    window: int
    piece: int
    machine: int | None
    room: float
    price: float | None


@dataclass(slots=True)
class _Rows:
    columns: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add(self, columns: Sequence[int], values: Sequence[float], least: float, most: float) -> None:
        self.columns += columns
        self.values += values
        self.rows += [len(self.least)] * len(columns)
        self.least.append(least)
        self.most.append(most)


@dataclass(frozen=True, slots=True)
class Model:
    """The program with its columns: makings first, then flows of pieces to slots, what is short, and choices.

    `choices` says which columns are the firms' (1: has a part) and which firm each column is of.
    """

    program: Program
    makings: tuple[Making, ...]
    pieces: tuple[Days, ...]
    firms: tuple[str, ...]
    short: slice
    choices: Choices

    def all_whole(self) -> "Model":
        """Return the model in which what is made is a whole number too; the relaxation nearly always gives one."""
        whole = self.choices.whole.copy()
        whole[: len(self.makings)] = True
        return replace(self, choices=replace(self.choices, whole=whole))

    def cost(self, order: Order, offers: Sequence[Offer]) -> Floats:
        """Return the objective to be made least; what has no price counts as the dearest that has one."""
        found = np.zeros(len(self.choices.whole))
        dearest = max((making.price for making in self.makings if making.price is not None), default=0.0)
        for n, making in enumerate(self.makings):
            price = dearest if making.price is None else making.price
            found[n] = price if order.objective is Objective.COST else -offers[making.offer].score
        return found

    def covered(self) -> Program:
        """Return the program in which nothing stays short."""
        high = self.program.high.copy()
        high[self.short] = 0.0
        return replace(self.program, high=high)

    def shortage(self) -> Floats:
        """Return the objective of covering as much as possible."""
        found = np.zeros(len(self.choices.whole))
        found[self.short] = 1.0
        return found


def build(order: Order, offers: Sequence[Offer], machines: Sequence[Machine]) -> Model:
    """Return the program of an order."""
    pieces = cut([slot.days for slot in order.slots])
    reach = [_reachable(order, piece) for piece in pieces]
    makings = [one for n, offer in enumerate(offers) for one in _makings(order, n, offer, machines, pieces)]
    firms = tuple(dict.fromkeys([offer.firm for offer in offers] + [machine.firm for machine in machines]))
    return _Builder(order, offers, machines, pieces, reach, makings, firms).model()


def _reachable(order: Order, piece: Days) -> float:
    return sum(slot.amount for slot in order.slots if slot.days.common(piece))


def _makings(order: Order, n: int, offer: Offer, machines: Sequence[Machine], pieces: Sequence[Days]) -> list[Making]:
    if offer.barred is not None:
        return []
    borrowed: list[int | None] = [m for m, machine in enumerate(machines) if offer.id in machine.lines]
    found = []
    for number, piece in enumerate(pieces):
        left = room(offer.supplies, offer.commitments, piece, whole=order.whole)
        for window, amount in enumerate(left):
            if amount <= 0:
                continue
            own = offer.supplies[window].price
            for m in borrowed or [None]:
                hire = 0.0 if m is None else _hire(machines[m])
                price = None if own is None or hire is None else own + hire
                found.append(Making(n, window, number, m, amount, price))
    return found


def _hire(machine: Machine) -> float | None:
    prices = [supply.price for supply in machine.supplies if supply.price is not None]
    return machine.per_unit * max(prices) if prices else None


@dataclass(frozen=True, slots=True)
class _Builder:
    order: Order
    offers: Sequence[Offer]
    machines: Sequence[Machine]
    pieces: tuple[Days, ...]
    reach: list[float]
    makings: list[Making]
    firms: tuple[str, ...]
    rows: _Rows = field(default_factory=_Rows)
    high: list[float] = field(default_factory=list)
    of_firm: list[int] = field(default_factory=list)

    def model(self) -> Model:
        firm_at = {firm: n for n, firm in enumerate(self.firms)}
        for making in self.makings:
            self._column(min(making.room, self.reach[making.piece]), firm_at[self.offers[making.offer].firm])
        short = self._demand()
        first_choice = len(self.high)
        for n in range(len(self.firms)):
            self._column(1.0, n)
        choice = slice(first_choice, len(self.high))
        self.rows.add(list(range(*choice.indices(len(self.high)))), [1.0] * len(self.firms), 0, self.order.most)
        self._offers(first_choice, firm_at)
        self._machines(first_choice, firm_at)
        whole = np.zeros(len(self.high), dtype=np.bool_)
        whole[first_choice:] = True
        return Model(
            self._program(),
            tuple(self.makings),
            self.pieces,
            self.firms,
            short,
            Choices(whole, choice, np.array(self.of_firm, dtype=np.int64)),
        )

    def _program(self) -> Program:
        shape = (len(self.rows.least), len(self.high))
        matrix = sparse.csr_matrix((self.rows.values, (self.rows.rows, self.rows.columns)), shape=shape)
        ends = np.array(self.rows.least), np.array(self.rows.most)
        return Program(matrix, *ends, np.zeros(shape[1]), np.array(self.high))

    def _column(self, high: float, firm: int = -1) -> int:
        self.high.append(high)
        self.of_firm.append(firm)
        return len(self.high) - 1

    def _demand(self) -> slice:
        """Add what flows from each piece of time to the slots it lies in, and what stays short of each slot."""
        made: dict[int, list[int]] = {n: [] for n in range(len(self.pieces))}
        for column, making in enumerate(self.makings):
            made[making.piece].append(column)
        flows: dict[int, list[int]] = {n: [] for n in range(len(self.order.slots))}
        for n, piece in enumerate(self.pieces):
            within = [m for m, slot in enumerate(self.order.slots) if slot.days.common(piece)]
            columns = [self._column(self.order.slots[m].amount) for m in within]
            for m, column in zip(within, columns, strict=True):
                flows[m].append(column)
            values = [1.0] * len(made[n]) + [-1.0] * len(columns)
            self.rows.add([*made[n], *columns], values, 0, 0)
        first = len(self.high)
        for n, slot in enumerate(self.order.slots):
            columns = [*flows[n], self._column(slot.amount)]
            self.rows.add(columns, [1.0] * len(columns), slot.amount, slot.amount)
        return slice(first, len(self.high))

    def _offers(self, first_choice: int, firm_at: dict[str, int]) -> None:
        mine: dict[int, list[int]] = {}
        for column, making in enumerate(self.makings):
            mine.setdefault(making.offer, []).append(column)
        for n, columns in mine.items():
            offer = self.offers[n]
            firm = first_choice + firm_at[offer.firm]
            gate = self._gate(columns, offer.least, offer.largest, firm)
            for window in sorted({self.makings[column].window for column in columns}):
                some = [column for column in columns if self.makings[column].window == window]
                least = offer.supplies[window].min_order
                self._rooms(some, self._gate(some, least, None, gate))

    def _gate(self, columns: list[int], least: float, largest: float | None, above: int) -> int:
        """Return the choice that opens some columns: the one above, or one of their own when they have a least amount."""
        if largest is not None:
            self.rows.add(columns, [1.0] * len(columns), 0, largest)
        if least <= 0:
            return above
        gate = self._column(1.0, self.of_firm[above])
        self.rows.add([*columns, gate], [1.0] * len(columns) + [-least], 0, np.inf)
        self.rows.add([gate, above], [1.0, -1.0], -np.inf, 0)
        return gate

    def _rooms(self, columns: list[int], gate: int) -> None:
        """Keep what a window makes on some days, on whatever machine, within its room there and behind its gate."""
        by_piece: dict[int, list[int]] = {}
        for column in columns:
            by_piece.setdefault(self.makings[column].piece, []).append(column)
        for same in by_piece.values():
            self.rows.add([*same, gate], [1.0] * len(same) + [-self.high[same[0]]], -np.inf, 0)

    def _machines(self, first_choice: int, firm_at: dict[str, int]) -> None:
        used: dict[tuple[int, int], list[int]] = {}
        for column, making in enumerate(self.makings):
            if making.machine is not None:
                used.setdefault((making.machine, making.piece), []).append(column)
        for (m, piece), columns in used.items():
            machine = self.machines[m]
            left = sum(room(machine.supplies, machine.commitments, self.pieces[piece], whole=False))
            lender = first_choice + firm_at[machine.firm]
            self.rows.add([*columns, lender], [machine.per_unit] * len(columns) + [-left], -np.inf, 0)
