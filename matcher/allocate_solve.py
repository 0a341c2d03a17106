"""Solve the split of an order to proven optimality, and say why each offer that is not used is left out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from matcher.allocate import TINY, Allocation, LeftOut, Machine, Objective, Offer, Order, Share, Use, room
from matcher.allocate_model import Model, build
from matcher.capacity import Days, Doubt
from matcher.choosing import SLACK, Best
from matcher.linear import Floats


def allocate(order: Order, offers: Sequence[Offer], machines: Sequence[Machine] = ()) -> Allocation:
    """Return the split that leaves least short, then is best by the order's objective; equal input, equal split.

    Cost grows with offers times windows times pieces of time: 12,000 columns take seconds. Firms whose use is proven
    to be worse than a split at hand (reduced costs of the relaxation) are left out before the search, so it stays exact.
    """
    model = build(order, offers, machines)
    cost = model.cost(order, offers)
    best = _best(model, cost, whole=order.whole)
    made = best.columns[: len(model.makings)]
    if order.whole and np.abs(made - made.round()).max(initial=0.0) > SLACK:
        model = model.all_whole()
        best = _best(model, cost, whole=order.whole)
    return _allocation(order, offers, machines, model, best)


def _best(model: Model, cost: Floats, *, whole: bool) -> Best:
    least = _least_short(model, cost)
    if whole:
        least = float(np.ceil(least - SLACK))
    held = model.covered() if least <= SLACK else model.program.at_most(model.shortage(), least * (1 + SLACK))
    return model.choices.best(held, cost)


def _least_short(model: Model, cost: Floats) -> float:
    """Return the least that must stay short: nothing, if the firms that a relaxation likes can make it all."""
    shortage = model.shortage()
    choices = model.choices
    liked = choices.relaxed(model.program, shortage * (1.0 + np.abs(cost).max(initial=0.0)) + cost)
    quick = choices.among(model.program, shortage, choices.first(liked))
    if quick is not None and shortage @ quick < SLACK:
        return 0.0
    found = choices.best(model.program, shortage, liked=liked.liked)
    return max(0.0, found.value)


def _allocation(
    order: Order, offers: Sequence[Offer], machines: Sequence[Machine], model: Model, best: Best
) -> Allocation:
    shares = tuple(_shares(order, offers, machines, model, best.columns))
    covered = sum(share.amount for share in shares)
    cost = sum(share.amount * share.price for share in shares if share.price is not None)
    score = {offer.id: offer.score for offer in offers}
    return Allocation(
        shares=shares,
        covered=covered,
        short=max(0.0, order.quantity - covered),
        cost=cost,
        unpriced=sum(share.amount for share in shares if share.price is None),
        fit=sum(share.amount * score[share.offer] for share in shares),
        objective=order.objective,
        bound=best.value if order.objective is Objective.COST else -best.value,
        proven=True,
        left_out=tuple(_left_out(order, offers, model, best, shares)),
        uses=tuple(_uses(order, offers, machines, shares)),
        open={offer.id: offer.open for offer in offers if offer.open and offer.id in {share.offer for share in shares}},
    )


def _shares(
    order: Order, offers: Sequence[Offer], machines: Sequence[Machine], model: Model, columns: Floats
) -> Iterator[Share]:
    for making, amount in zip(model.makings, columns, strict=False):
        made = round(float(amount)) if order.whole else float(amount)
        if made <= TINY:
            continue
        offer, piece = offers[making.offer], model.pieces[making.piece]
        window = offer.supplies[making.window].window
        machine = None if making.machine is None else machines[making.machine]
        yield Share(
            offer=offer.id,
            firm=offer.firm,
            window=offer.supplies[making.window].number,
            days=Days(
                max(piece.first, window.from_date or piece.first), min(piece.last, window.until_date or piece.last)
            ),
            amount=made,
            price=making.price,
            machine=machine.id if machine else None,
            lender=machine.firm if machine else None,
        )


def _uses(order: Order, offers: Sequence[Offer], machines: Sequence[Machine], shares: Sequence[Share]) -> Iterator[Use]:
    """Yield what each used offer and machine has idle on the days of the order, and how much is promised of it."""
    pieces = [slot.days for slot in order.slots]
    span = Days(min(days.first for days in pieces), max(days.last for days in pieces))
    used = {offer.id: sum(share.amount for share in shares if share.offer == offer.id) for offer in offers}
    used |= {one.id: one.per_unit * sum(s.amount for s in shares if s.machine == one.id) for one in machines}
    sources: list[Offer | Machine] = [*offers, *machines]
    for source in sources:
        if taken := used[source.id]:
            idle = sum(room(source.supplies, (), span, whole=False))
            left = sum(room(source.supplies, source.commitments, span, whole=False))
            before = 1 - left / idle if idle else 0.0
            yield Use(offer=source.id, idle=idle, before=before, after=before + taken / idle if idle else 0.0)


def _left_out(
    order: Order, offers: Sequence[Offer], model: Model, best: Best, shares: Sequence[Share]
) -> Iterator[LeftOut]:
    could = {making.offer for making in model.makings}
    entry = dict(zip(model.firms, best.entry.tolist(), strict=True))
    scores = {offer.id: offer.score for offer in offers}
    used = {share.offer for share in shares}
    for n, offer in enumerate(offers):
        if offer.id not in used:
            code, reason = _why(order, offer, n in could)
            if code is None:
                code, reason = _not_needed(order, offer, shares, scores, entry[offer.firm], best.value)
            yield LeftOut(offer=offer.id, firm=offer.firm, code=code, reason=reason)


def _why(order: Order, offer: Offer, has_room: bool) -> tuple[str | None, str]:
    if offer.barred is not None:
        return "condition", offer.barred
    doubts = [supply.doubt for supply in offer.supplies]
    if all(doubts):
        doubt = doubts[0] or Doubt.NO_WINDOW
        return (
            ("unit", f"单位与订单的“{order.unit}”不同，无法换算")
            if doubt is Doubt.UNIT
            else ("open", f"待核实：{doubt}")
        )
    if not has_room:
        spare = offer.commitments and any(supply.amount for supply in offer.supplies)
        return ("taken", "空闲时段内的产能已被占用") if spare else ("time", "空闲时段与订单时段没有交集")
    least = max(offer.least, min((supply.min_order for supply in offer.supplies if not supply.doubt), default=0.0))
    if least > order.quantity:
        return "min_order", f"起订量 {least:g} 大于订单数量 {order.quantity:g}"
    return None, ""


def _not_needed(
    order: Order, offer: Offer, shares: Sequence[Share], scores: Mapping[str, float], entry: float, value: float
) -> tuple[str, str]:
    """Return why an offer with room is not used: dearer (or fitting less) than all that are, or no better with it."""
    by_cost = order.objective is Objective.COST
    own = [supply.price for supply in offer.supplies if supply.price is not None and not supply.doubt]
    used = [share.price for share in shares if share.price is not None]
    if by_cost and own and used and min(own) > max(used):
        return "worse", f"单价 {min(own):g} 元，高于入选的最高单价 {max(used):g} 元"
    lowest = min((scores[share.offer] for share in shares), default=0.0)
    if not by_cost and offer.score < lowest:
        return "worse", f"契合度 {offer.score:.2f}，低于入选的最低 {lowest:.2f}"
    if offer.firm not in {share.firm for share in shares} and entry > value:
        what = (
            f"总成本至少 {entry:.6g} 元，现为 {value:.6g} 元"
            if by_cost
            else f"总契合度至多 {-entry:.6g}，现为 {-value:.6g}"
        )
        return "not_better", f"若用它，{what}"
    limit = f"（至多用 {order.most} 家）" if len({share.firm for share in shares}) >= order.most else ""
    return "not_better", f"与入选的组合相比，用它不能使{'总成本更低' if by_cost else '总契合度更高'}{limit}"
