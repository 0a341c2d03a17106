"""典型案例: signed matches whose both sides consent, picked for what they brought and for being different."""

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.deals import Amount, Deal, DealSide, DealStage, amount, reached
from matcher.domain import Enterprise, Posting
from matcher.templates import templates
from matcher.tracking.standing import Tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A draft: the deal, its title, and the text in Markdown to be worked over by hand."""

    deal: Deal
    title: str
    text: str


def consented(one: Tracked) -> bool:
    """Return whether a deal was signed, did not fail and may be told of by both sides."""
    both = {DealSide.REQUESTER, DealSide.SUPPLIER} <= set(one.deal.consents)
    return both and reached(one.deal, DealStage.SIGNED) and one.deal.ending is None


def pick(tracked: Sequence[Tracked], k: int, *, least_wan: float = 0.0) -> tuple[Tracked, ...]:
    """Return up to `k` consented deals signed for at least `least_wan` 万元, each time the one most unlike those picked.

    Unlike in kind, industry, district and buyer; among equals the larger sum goes first.
    """
    left = [one for one in tracked if consented(one) and (amount(one.deal, Amount.SIGNED) or 0.0) >= least_wan]
    found: list[Tracked] = []
    while left and len(found) < k:
        best = min(
            left, key=lambda one: (_likeness(one, found), -(amount(one.deal, Amount.SIGNED) or 0.0), one.deal.id)
        )
        left.remove(best)
        found.append(best)
    return tuple(found)


def _likeness(one: Tracked, others: Sequence[Tracked]) -> int:
    return sum(
        (one.kind == other.kind)
        + (one.industry == other.industry)
        + (one.district == other.district)
        + (one.deal.requester_id == other.deal.requester_id)
        for other in others
    )


def draft(
    one: Tracked, requester: Enterprise, supplier: Enterprise, request: Posting | None, offer: Posting | None
) -> Case:
    """Return the draft of a case, from what was recorded and nothing else; sums are those of the deal."""
    deal, first = one.deal, one.first
    began, signed = first.get(DealStage.RECOMMENDED), first.get(DealStage.SIGNED)
    text = (
        templates()
        .get_template("case.md.j2")
        .render(
            deal=deal,
            requester=requester,
            supplier=supplier,
            request=request,
            offer=offer,
            kind=one.kind,
            district=one.district,
            size=one.size,
            began=began,
            met=first.get(DealStage.MET),
            signed=signed,
            delivered=first.get(DealStage.DELIVERED),
            days=(signed - began).days if began and signed else None,
            signed_wan=amount(deal, Amount.SIGNED),
            paid_wan=amount(deal, Amount.PAID),
        )
    )
    return Case(deal=deal, title=f"{requester.name}与{supplier.name}：{deal.title}", text=text)
