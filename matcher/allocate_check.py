"""Whether an allocation keeps every rule; it shares nothing with the solver but the offers themselves."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from matcher.allocate import TINY, Allocation, Machine, Offer, Order, Share, room
from matcher.capacity import Days, cut

_NOBODY = Offer(id="", firm="", score=0.0, supplies=())


def verify(
    order: Order, offers: Sequence[Offer], machines: Sequence[Machine], allocation: Allocation
) -> tuple[str, ...]:
    """Return every rule that an allocation breaks, in words; none when it can be carried out."""
    known = {offer.id: offer for offer in offers}
    lent = {machine.id: machine for machine in machines}
    return (
        *_sums(order, allocation),
        *_parties(order, known, lent, allocation),
        *_rooms(order, known, lent, allocation),
        *_least(known, allocation),
    )


def _sums(order: Order, allocation: Allocation) -> Iterator[str]:
    made = sum(share.amount for share in allocation.shares)
    if abs(made - allocation.covered) > TINY or abs(order.quantity - made - allocation.short) > 1e-6:
        yield f"合计 {made:g} 与已覆盖 {allocation.covered:g}、缺口 {allocation.short:g} 不符"
    if order.whole and any(share.amount != round(share.amount) for share in allocation.shares):
        yield "按件计的数量不是整数"
    if (idle := _not_wanted(order, allocation)) > 1e-6:
        yield f"有 {idle:g} 做在不需要的时候"
    cost = sum(share.amount * share.price for share in allocation.shares if share.price is not None)
    if abs(cost - allocation.cost) > 1e-6 * max(1.0, cost):
        yield f"成本 {allocation.cost:g} 与各份合计 {cost:g} 不符"


def _not_wanted(order: Order, allocation: Allocation) -> float:
    """Return what no slot can take: made in order of time, given to the open slot that ends first."""
    missing = {n: slot.amount for n, slot in enumerate(order.slots)}
    by_end = sorted(missing, key=lambda n: order.slots[n].days.last)
    idle = 0.0
    for share in sorted(allocation.shares, key=lambda share: share.days.first):
        left = share.amount
        for n in by_end:
            if order.slots[n].days.common(share.days) == share.days.count:
                taken = min(left, missing[n])
                missing[n], left = missing[n] - taken, left - taken
        idle += left
    return idle


def _parties(order: Order, known: dict[str, Offer], lent: dict[str, Machine], allocation: Allocation) -> Iterator[str]:
    if len(allocation.firms) > order.most:
        yield f"用了 {len(allocation.firms)} 家，多于 {order.most} 家"
    for share in allocation.shares:
        offer = known.get(share.offer)
        if offer is None or offer.firm != share.firm:
            yield f"{share.offer} 不是 {share.firm} 的供给"
        elif offer.barred is not None:
            yield f"{share.offer} 不可用：{offer.barred}"
        needs = [machine.id for machine in lent.values() if share.offer in machine.lines]
        if bool(needs) != (share.machine is not None) or (share.machine and share.machine not in needs):
            yield f"{share.offer} 所用设备不符"


def _rooms(order: Order, known: dict[str, Offer], lent: dict[str, Machine], allocation: Allocation) -> Iterator[str]:
    pieces = cut([slot.days for slot in order.slots])
    windows: dict[tuple[str, int, Days], float] = defaultdict(float)
    borrowed: dict[tuple[str, Days], float] = defaultdict(float)
    for share in allocation.shares:
        piece = _piece(share, pieces)
        if piece is None:
            yield f"{share.offer} 的时段 {share.days.first}–{share.days.last} 不在订单时段内"
            continue
        windows[share.offer, share.window, piece] += share.amount
        if share.machine in lent:
            borrowed[share.machine, piece] += share.amount * lent[share.machine].per_unit
    for (id_, number, piece), amount in windows.items():
        offer = known.get(id_, _NOBODY)
        rooms = room(offer.supplies, offer.commitments, piece, whole=order.whole)
        left = sum(one for one, supply in zip(rooms, offer.supplies, strict=True) if supply.number == number)
        if amount > left + 1e-6:
            yield f"{id_} 第 {number} 段做 {amount:g}，只有 {left:g}"
    for (id_, piece), amount in borrowed.items():
        left = sum(room(lent[id_].supplies, lent[id_].commitments, piece, whole=False))
        if amount > left + 1e-6:
            yield f"设备 {id_} 占用 {amount:g}，只有 {left:g}"


def _piece(share: Share, pieces: Sequence[Days]) -> Days | None:
    return next((piece for piece in pieces if share.days.common(piece) == share.days.count), None)


def _least(known: dict[str, Offer], allocation: Allocation) -> Iterator[str]:
    whole: dict[str, float] = defaultdict(float)
    windows: dict[tuple[str, int], float] = defaultdict(float)
    for share in allocation.shares:
        whole[share.offer] += share.amount
        windows[share.offer, share.window] += share.amount
    for id_, amount in whole.items():
        offer = known.get(id_, _NOBODY)
        if amount < offer.least - 1e-6 or (offer.largest is not None and amount > offer.largest + 1e-6):
            yield f"{id_} 共 {amount:g}，不在起订量与最大批量之间"
    for (id_, number), amount in windows.items():
        least = max((s.min_order for s in known.get(id_, _NOBODY).supplies if s.number == number), default=0.0)
        if amount < least - 1e-6:
            yield f"{id_} 第 {number} 段 {amount:g}，不足起订量 {least:g}"
