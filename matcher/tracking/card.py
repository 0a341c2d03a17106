"""A buyer's card for small firms: how often and how soon it answers, what it awards, when it pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from matcher.deals import Amount, DealSide, DealStage, Ending, amount, reached
from matcher.policy.arrears import PaymentRecord
from matcher.tracking.standing import Tracked

LEAST = 3
"""Rates over fewer cases than this say nothing and could point at one firm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerCard:
    """What is known of a buyer from its deals and its payments; None where too few cases say.

    `answer_rate` is the share of willing suppliers that it met or told no, `answer_days` the median until then;
    `award_rate` the share of those it then signed with; `payment_days` the mean from delivery to payment.
    """

    asked: int
    willing: int
    answer_rate: float | None
    answer_days: float | None
    awards: int
    award_rate: float | None
    signed_wan: float
    payment_days: float | None
    warning: str | None


def buyer_card(tracked: Sequence[Tracked], record: PaymentRecord) -> BuyerCard:
    """Return the card of the requester of these deals; its payment record settles the rest."""
    willing = [one for one in tracked if DealStage.ACCEPTED in one.first or DealSide.SUPPLIER in one.deal.agreed]
    answered = [one for one in willing if _answered(one)]
    signed = [one for one in willing if reached(one.deal, DealStage.SIGNED)]
    days = [day for one in answered if (day := _days(one)) is not None]
    many = len(willing) >= LEAST
    return BuyerCard(
        asked=len(tracked),
        willing=len(willing),
        answer_rate=len(answered) / len(willing) if many else None,
        answer_days=median(days) if many and days else None,
        awards=len(signed),
        award_rate=len(signed) / len(willing) if many else None,
        signed_wan=round(sum(amount(one.deal, Amount.SIGNED) or 0.0 for one in signed), 6),
        payment_days=record.mean_days_to_pay,
        warning=record.warning,
    )


def _answered(one: Tracked) -> bool:
    return reached(one.deal, DealStage.MET) or one.deal.ending is Ending.FAILED


def _days(one: Tracked) -> int | None:
    """Return the days from when the supplier was willing to when the buyer met it or told it no."""
    start = one.first.get(DealStage.ACCEPTED)
    end = one.first.get(DealStage.MET) or (one.deal.entered if one.deal.ending else None)
    return max(0, (end - start).days) if start and end else None


def card_lines(card: BuyerCard) -> list[tuple[str, str]]:
    """Return the card in words, as (what, how much); nothing of a buyer whom nobody has answered yet."""
    lines = [("对接", f"邀请 {card.asked} 次，{card.willing} 家愿意，签约 {card.awards} 家")] if card.willing else []
    if card.answer_rate is not None:
        days = f"，通常 {card.answer_days:g} 天内" if card.answer_days is not None else ""
        lines.append(("答复", f"对愿意的供应商答复 {card.answer_rate:.0%}{days}"))
    if card.award_rate is not None:
        lines.append(("签约", f"愿意者中 {card.award_rate:.0%} 签约"))
    if card.payment_days is not None:
        lines.append(("付款", f"从交付到付款平均 {card.payment_days:.0f} 天"))
    return lines
