"""Whom idle capacity could serve, and which idle resource a line could use: matches with what their windows share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.capacity import Commitment, Days, Supply, committed, horizon, supplies, within
from matcher.domain import Match, Posting, Verdict
from service.auth import Actor
from service.deps import Parts
from service.usecases.capacity import IDLE, promises_on
from service.usecases.match import Ask, match


@dataclass(frozen=True, slots=True)
class Fit:
    """A match with the days both have, what is left of the offer on them, and how much of the wanted that is."""

    match: Match
    days: int | None
    available: float | None
    unit: str | None
    share: float | None
    outcome: Verdict
    question: str | None


def fits(parts: Parts, actor: Actor, posting_id: str, k: int) -> tuple[Fit, ...]:
    """Return the matches of a posting, each with how their windows meet; 待核实 comes with the question to ask.

    Between an idle resource and idle capacity the days alone are compared: what the one has in hours the other makes
    in pieces.
    :raises MatcherError: what a match raises.
    """
    own = parts.store.records.get_posting(actor, posting_id)
    found = match(parts, actor, Ask(today=parts.today(), posting_id=posting_id, k=k)).result.matches
    held = promises_on(parts.store, actor, [own.id, *(one.posting.id for one in found)])
    return tuple(
        _fit(own, one, held, Days(parts.today(), parts.today().replace(year=parts.today().year + 5))) for one in found
    )


def _fit(own: Posting, found: Match, held: Mapping[str, Sequence[Commitment]], ahead: Days) -> Fit:
    other = found.posting
    if own.kind in IDLE and other.kind in IDLE:
        return _paired(own, found, ahead)
    offer, order = (own, other) if own.kind in IDLE else (other, own)
    if offer.kind not in IDLE:
        return Fit(found, None, None, None, None, Verdict.UNKNOWN, "这类条目没有按时段计的数量")
    wanted = [days for window in order.windows if (days := _ahead(horizon(window), ahead))]
    unit = next((window.unit for window in order.windows if window.unit), None) or _unit(order)
    return _measured(found, supplies(offer, unit), wanted, held.get(offer.id, ()), unit, _amount(order))


def _measured(
    found: Match,
    supplied: Sequence[Supply],
    wanted: Sequence[Days],
    promised: Sequence[Commitment],
    unit: str | None,
    amount: float | None,
) -> Fit:
    known = [supply for supply in supplied if supply.doubt is None]
    if not known:
        return Fit(found, None, None, unit, None, Verdict.UNKNOWN, f"请供方确认：{supplied[0].doubt}")
    if not wanted:
        return Fit(found, None, None, unit, None, Verdict.UNKNOWN, "请需方确认：需要的时段与数量")
    left = sum(
        max(0.0, sum(within(s, days) for s in known) - committed(promised, known[0].unit, days, known[0].factor))
        for days in wanted
    )
    shared = sum(days.count for days in wanted if any(within(s, days) > 0 for s in known))
    share = None if not amount else min(1.0, left / amount)
    outcome = Verdict.UNMET if left <= 0 else Verdict.MET if share is None or share >= 1 else Verdict.UNMET
    return Fit(found, shared, left, unit, share, outcome, None)


def _paired(own: Posting, found: Match, ahead: Days) -> Fit:
    mine = [_ahead(horizon(window), ahead) for window in own.windows]
    theirs = [_ahead(horizon(window), ahead) for window in found.posting.windows]
    if not all(mine) or not all(theirs) or not mine or not theirs:
        return Fit(found, None, None, None, None, Verdict.UNKNOWN, "请双方确认空闲时段")
    days = sum(a.common(b) for a in mine for b in theirs if a and b)
    return Fit(found, days, None, None, None, Verdict.MET if days else Verdict.UNMET, None)


def _ahead(days: Days | None, ahead: Days) -> Days | None:
    if days is None or days.last < ahead.first:
        return None
    return Days(max(days.first, ahead.first), days.last)


def _unit(posting: Posting) -> str | None:
    value = posting.attributes.get("quantity_unit")
    return str(value) if value else None


def _amount(posting: Posting) -> float | None:
    amounts = [window.amount for window in posting.windows if window.amount]
    quantity = posting.attributes.get("quantity")
    if amounts:
        return sum(amounts)
    return float(quantity) if isinstance(quantity, int | float) and not isinstance(quantity, bool) else None
