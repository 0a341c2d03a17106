"""Evidence on firms: answers to what was 待核实, certificates and statements, dated and expiring."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.deals import Deal
from matcher.domain import Evidence
from matcher.errors import MatcherError
from service.auth import Actor
from service.deps import Parts

GOOD_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A firm's answer to a question: whether it meets what was `asked`, or None with only its own words; how long."""

    asked: str
    met: bool | None = None
    said: str | None = None
    expires: date | None = None


def evidence_of(answers: Sequence[Answered], *, on: date, source: str, posting_id: str | None) -> tuple[Evidence, ...]:
    """Return answers as evidence, good for a year unless they say how long; a later answer to the same takes its place.

    :raises MatcherError: `bad_evidence` for one that says nothing or expires before it begins.
    """
    found = []
    for one in answers:
        if one.met is None and not one.said:
            raise MatcherError("bad_evidence", f"对“{one.asked}”请回答是否满足，或写明情况")
        expires = one.expires or on + GOOD_FOR
        if expires < on:
            raise MatcherError("bad_evidence", f"有效期止 {expires} 早于 {on}")
        found.append(
            Evidence(
                id=_id(one.asked or one.said or ""),
                on=on,
                source=source,
                asked=one.asked,
                met=one.met,
                said=one.said,
                expires=expires,
                posting_id=posting_id,
            )
        )
    return tuple(found)


def _id(text: str) -> str:
    return f"ev_{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


def answer_questions(parts: Parts, actor: Actor, deal: Deal, answers: Sequence[Answered], *, source: str) -> int:
    """Keep the supplier's answers to a deal's questions as evidence of the firm; returns the sequence number.

    :raises MatcherError: `bad_evidence` also for what the deal does not ask, `forbidden`, `not_found`.
    """
    known = {one.asked for one in deal.questions}
    if strange := [one.asked for one in answers if one.asked not in known]:
        raise MatcherError("bad_evidence", f"这次对接没有问“{'、'.join(strange)}”")
    made = evidence_of(answers, on=parts.today(), source=source, posting_id=deal.offer_posting_id)
    return parts.store.records.add_evidence(actor, deal.supplier_id, made)


def unanswered(deal: Deal, held: Sequence[Evidence], as_of: date) -> tuple[str, ...]:
    """Return what a deal asks that no valid evidence answers, in words."""
    answered = {one.asked for one in held if one.on <= as_of and (one.expires is None or as_of <= one.expires)}
    return tuple(one.asked for one in deal.questions if one.asked not in answered)
