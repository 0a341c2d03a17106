"""Split an order over the idle windows of those that match it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher.allocate import Allocation, Machine, Objective, Offer, Order, Slot
from matcher.allocate_check import verify
from matcher.allocate_solve import allocate
from matcher.capacity import Commitment, Days, supplies
from matcher.conditions import condition_text
from matcher.domain import ConditionResult, Match, MatchResult, Posting, PostingKind, Verdict, Window
from matcher.errors import MatcherError
from matcher.quantity.units import is_counted
from matcher.text import normalise
from service.auth import Actor
from service.deps import Parts
from service.usecases.capacity import promises_on
from service.usecases.match import Ask, match

_MOST_OFFERS = 1000
_MOST_FIRMS = 10
_MACHINES = 50
_ORDERS = (PostingKind.CAPACITY_NEED, PostingKind.NEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order to split: a posting, or text with amount and days. `None` leaves what the posting says.

    `hours_per_unit` are machine hours one piece takes on a line that sells hours; `machine_hours` those it takes on a
    borrowed machine. Offers that fit less than `floor` (0…1) are not used, `strict` leaves out those that fall short of
    what the order's text asks.
    """

    posting_id: str | None = None
    text: str | None = None
    quantity: float | None = None
    unit: str | None = None
    windows: tuple[Window, ...] = ()
    most: int | None = None
    objective: Objective = Objective.COST
    hours_per_unit: float | None = None
    machine_hours: float | None = None
    floor: float = 0.3
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """An order, its split, what a check of its own finds wrong with it (nothing), the postings that were asked.

    `titles` name them and the machines lent.
    """

    order: Order
    allocation: Allocation
    violations: tuple[str, ...]
    offers: Mapping[str, Match]
    titles: Mapping[str, str]
    list_id: str


def split(parts: Parts, actor: Actor, wanted: Wanted) -> Split:
    """Return the split of an order over those that match it, at least cost or best fit.

    :raises MatcherError: `bad_order` naming what is missing, and what a match raises.
    """
    today = parts.today()
    posting = parts.store.records.get_posting(actor, wanted.posting_id) if wanted.posting_id else None
    if posting is not None and posting.kind not in _ORDERS:
        raise MatcherError("bad_order", f"{posting.id} 不是加工与订单需求，不能拆分：请给出订单类条目", id=posting.id)
    order = _order(wanted, posting, today)
    answer = match(parts, actor, _ask(wanted, posting, today))
    found = {one.posting.id: one for one in answer.result.matches if _has_windows(one.posting)}
    promised = promises_on(parts.store, actor, found)
    hours = wanted.hours_per_unit or _number(posting, "hours_per_unit")
    offers = {id_: _offer(one, order, promised.get(id_, ()), hours, wanted) for id_, one in found.items()}
    machines = _machines(
        parts, actor, offers, found, wanted.machine_hours or _number(posting, "machine_hours_per_unit")
    )
    lent = {id_ for machine in machines for id_ in machine.lines}
    asked = [_lacking(offer, found[id_].posting, lent) for id_, offer in offers.items()]
    asked = [offer for offer in asked if offer.id not in {machine.id for machine in machines}]
    made = allocate(order, asked, machines)
    lenders = parts.store.records.postings_by_id(actor, [machine.id for machine in machines])
    titles = {id_: one.posting.title for id_, one in found.items()} | {id_: one.title for id_, one in lenders.items()}
    return Split(order, made, verify(order, asked, machines, made), found, titles, answer.list_id)


def _ask(wanted: Wanted, posting: Posting | None, today: date) -> Ask:
    hard = tuple(condition_text(one) for one in posting.conditions if one.hard) if posting else ()
    return Ask(
        today=today,
        posting_id=wanted.posting_id,
        text=wanted.text,
        kind=None if posting else PostingKind.CAPACITY_NEED,
        k=_MOST_OFFERS,
        relax=hard,
    )


def _has_windows(posting: Posting) -> bool:
    return posting.kind in (PostingKind.IDLE_CAPACITY, PostingKind.IDLE_RESOURCE)


def _order(wanted: Wanted, posting: Posting | None, today: date) -> Order:
    windows = wanted.windows or (posting.windows if posting else ())
    unit = wanted.unit or next((w.unit for w in windows if w.unit), None) or _text(posting, "quantity_unit")
    quantity = wanted.quantity or _number(posting, "quantity")
    splits = posting is None or posting.attributes.get("splittable") is not False
    most = wanted.most or (_number(posting, "max_suppliers") if splits else 1) or _MOST_FIRMS
    return Order(
        slots=_slots(windows, quantity, _text(posting, "deadline"), today),
        unit=unit,
        most=int(most),
        objective=wanted.objective,
        whole=unit is None or is_counted(unit),
    )


def _slots(windows: Sequence[Window], quantity: float | None, deadline: str | None, today: date) -> tuple[Slot, ...]:
    """Return when how much is wanted: dated windows with amounts, one window or the time to the deadline with the whole."""
    if not windows and deadline:
        windows = (Window(from_date=today, until_date=date.fromisoformat(deadline)),)
    if len(windows) == 1 and windows[0].amount is None:
        windows = (replace(windows[0], amount=quantity),)
    found = []
    for n, window in enumerate(windows, start=1):
        if window.amount is None or window.until_date is None:
            raise MatcherError(
                "bad_order", f"订单第 {n} 段缺少{'数量' if window.amount is None else '结束日期'}：请补全"
            )
        if window.until_date >= today and window.amount > 0:
            days = Days(max(today, window.from_date or today), window.until_date)
            found.append(Slot(days=days, amount=window.amount))
    if not found:
        raise MatcherError("bad_order", "订单没有可排的时段：请给出数量，以及今天之后的时段或交货时间")
    return tuple(found)


def _offer(found: Match, order: Order, promised: tuple[Commitment, ...], hours: float | None, wanted: Wanted) -> Offer:
    posting = found.posting
    unmet = [one for one in found.conditions if one.outcome is Verdict.UNMET]
    barred = next((one for one in unmet if one.hard or wanted.strict), None)
    doubts = [one.question or one.name for one in found.conditions if one.outcome is Verdict.UNKNOWN]
    doubts += [f"文中要求可能不满足：{one.name}" for one in unmet if not one.hard]
    return Offer(
        id=posting.id,
        firm=found.enterprise.id,
        score=found.score,
        supplies=supplies(posting, order.unit, hours_per_unit=hours),
        commitments=promised,
        least=_number(posting, "min_order") or 0.0,
        largest=_number(posting, "max_batch"),
        barred=_barred(barred, found.score, wanted.floor),
        open=tuple(doubts),
    )


def _barred(unmet: ConditionResult | None, score: float, floor: float) -> str | None:
    if unmet is not None:
        return f"不满足：{unmet.request_span.text if unmet.request_span else unmet.name}"
    return f"契合度 {score:.2f}，低于 {floor:g}" if score < floor else None


def _lacking(offer: Offer, posting: Posting, lent: set[str]) -> Offer:
    """Return a line that lacks a machine which nobody lends as one that cannot be used, with what it lacks."""
    missing = posting.attributes.get("missing_equipment")
    if not missing or offer.id in lent or offer.barred:
        return offer
    names = "、".join(map(str, missing)) if isinstance(missing, list | tuple) else str(missing)
    return replace(offer, barred=f"缺少设备（{names}），没有可借的闲置资源，或单件占用机时待核实")


def _machines(
    parts: Parts, actor: Actor, offers: Mapping[str, Offer], found: Mapping[str, Match], hours: float | None
) -> tuple[Machine, ...]:
    """Return the idle resources that lines of the order lack, each with those lines; none without the hours they take."""
    if not hours:
        return ()
    lines: dict[str, set[str]] = {}
    held: dict[str, Posting] = {}
    for id_ in offers:
        for posting in _lendable(parts, actor, found[id_].posting):
            lines.setdefault(posting.id, set()).add(id_)
            held[posting.id] = posting
    promised = promises_on(parts.store, actor, held)
    return tuple(
        Machine(
            id=id_,
            firm=posting.enterprise_id,
            supplies=supplies(posting, "小时"),
            lines=frozenset(lines[id_]),
            per_unit=hours,
            commitments=promised.get(id_, ()),
        )
        for id_, posting in sorted(held.items())
    )


def _lendable(parts: Parts, actor: Actor, line: Posting) -> Sequence[Posting]:
    """Return the idle resources that answer a line's posting and whose words name a machine that it lacks."""
    missing = line.attributes.get("missing_equipment")
    if line.kind is not PostingKind.IDLE_CAPACITY or not isinstance(missing, list | tuple) or not missing:
        return ()
    result = match(parts, actor, Ask(today=parts.today(), posting_id=line.id, k=_MACHINES)).result
    return [one.posting for one in _resources(result) if any(_names(one.posting, str(name)) for name in missing)]


def _resources(result: MatchResult) -> Sequence[Match]:
    return [one for one in result.matches if one.posting.kind is PostingKind.IDLE_RESOURCE]


def _names(posting: Posting, machine: str) -> bool:
    said = normalise(" ".join((posting.title, posting.detail or "", str(posting.attributes.get("model") or ""))))
    return normalise(machine) in said


def _number(posting: Posting | None, name: str) -> float | None:
    value = posting.attributes.get(name) if posting else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(posting: Posting | None, name: str) -> str | None:
    value = posting.attributes.get(name) if posting else None
    return str(value) if value else None
