"""Bring a request and offers together: why they fit, what is still to be asked, and who has agreed so far."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher.challenge import put_up
from matcher.deals import (
    Deal,
    DealSide,
    DealStage,
    Question,
)
from matcher.domain import Filters, Match, Posting, Side, Status, Verdict, Visibility
from matcher.errors import MatcherError
from matcher.taxonomy import candidate_kinds, kinds
from service.auth import Actor, Scope, local_admin
from service.deps import Parts
from service.store import Step
from service.store.rights import public_part, require
from service.usecases.match import Ask, as_seen, match, unquoted

MOST_PROPOSED = 100
_PAGE = 1000
_REASONS = 3
_MET = Verdict.MET


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Which offers to bring together with a request, and how."""

    request_posting_id: str
    offer_posting_ids: Sequence[str]
    list_id: str | None = None
    department: str | None = None
    answer_by: date | None = None
    requester_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """The deals that came of a proposal, and the offers whose firms do not want to be asked."""

    deals: tuple[Deal, ...]
    muted: tuple[str, ...]


def propose(parts: Parts, actor: Actor, wanted: Proposal) -> Proposed:
    """Return the deals of a proposal: 推荐, or 应约 where both sides have agreed by proposing or by putting up a 榜.

    A pair that has an open deal keeps it. Whoever muted the requester is left out and named.
    :raises MatcherError: `not_found`, `bad_deal` for postings that do not answer each other or are not published,
        `forbidden` also for speaking for the requester.
    """
    require(actor, Scope.WRITE)
    if not 1 <= len(wanted.offer_posting_ids) <= MOST_PROPOSED:
        raise MatcherError("bad_deal", f"一次推荐 1 到 {MOST_PROPOSED} 个条目")
    request = parts.store.records.get_posting(actor, wanted.request_posting_id)
    offers = [parts.store.records.get_posting(actor, id_) for id_ in dict.fromkeys(wanted.offer_posting_ids)]
    if wanted.requester_agreed and not (actor.platform or actor.organisation == request.enterprise_id):
        raise MatcherError("forbidden", "需求方是否同意只能由需求方或平台说明")
    if wanted.list_id is not None:
        parts.shown.flush()
        parts.store.feedback.require_listed(actor, wanted.list_id, [one.id for one in offers])
    for offer in offers:
        _check_pair(request, offer)
    # Whether a firm wants to be asked is for it to say, and for the requester only to notice.
    closed = parts.store.deals.muted(local_admin(actor.tenant), request.enterprise_id)
    asked = [one for one in offers if actor.organisation == one.enterprise_id or one.enterprise_id not in closed]
    list_id, found = _judged(parts, actor, request, asked)
    list_id = wanted.list_id or list_id
    made = [_made(parts, actor, request, one, found.get(one.id), replace(wanted, list_id=list_id)) for one in asked]
    step = Step(action="推荐", on=parts.today(), values={"department": wanted.department})
    deals = parts.store.deals.create(actor, made, step) if made else ()
    return Proposed(deals, tuple(one.id for one in offers if one not in asked))


def _check_pair(request: Posting, offer: Posting) -> None:
    if kinds()[request.kind].side is not Side.REQUEST or offer.kind not in candidate_kinds(request.kind):
        message = f"“{kinds()[offer.kind].label}”（{offer.id}）不能应答“{kinds()[request.kind].label}”（{request.id}）"
        raise MatcherError("bad_deal", message)
    if closed := [one.id for one in (request, offer) if one.status is not Status.PUBLISHED]:
        raise MatcherError("bad_deal", f"{'、'.join(closed)} 没有发布，不能推荐")
    if request.enterprise_id == offer.enterprise_id:
        raise MatcherError("bad_deal", f"{request.id} 与 {offer.id} 属于同一企业")


def _judged(
    parts: Parts, actor: Actor, request: Posting, offers: Sequence[Posting]
) -> tuple[str | None, Mapping[str, Match]]:
    """Return the list in which the offers were judged for the request, and the match of each that was not excluded, as
    both firms may be told of it.
    """
    if not offers:
        return None, {}
    firms = Filters(enterprise_id=tuple({one.enterprise_id for one in offers}))
    answer = match(
        parts,
        local_admin(actor.tenant),
        Ask(today=parts.today(), posting_id=request.id, k=_PAGE, filters=firms),
    )
    return answer.list_id, {one.posting.id: _told(one, request) for one in answer.result.matches}


def _told(found: Match, request: Posting) -> Match:
    found = as_seen(found, public_part(found.posting))
    if request.visibility is Visibility.PUBLIC:
        return found
    # What is stated as a condition is there to be asked of the other side; what stands in the detail is not.
    stated = (one for one in found.conditions if one.request_span is None or one.request_span.field != "detail")
    return replace(unquoted(found), conditions=tuple(stated))


def _made(parts: Parts, actor: Actor, request: Posting, offer: Posting, found: Match | None, wanted: Proposal) -> Deal:
    agreed = {DealSide.SUPPLIER} if actor.organisation == offer.enterprise_id else set[DealSide]()
    if actor.organisation == request.enterprise_id or wanted.requester_agreed or put_up(request):
        agreed.add(DealSide.REQUESTER)
    both = len(agreed) == len((DealSide.REQUESTER, DealSide.SUPPLIER))
    return Deal(
        id=f"deal_{secrets.token_hex(8)}",
        requester_id=request.enterprise_id,
        supplier_id=offer.enterprise_id,
        title=request.title,
        entered=parts.today(),
        request_posting_id=request.id,
        offer_posting_id=offer.id,
        list_id=wanted.list_id if found else None,
        stage=DealStage.ACCEPTED if both else DealStage.RECOMMENDED,
        department=wanted.department,
        answer_by=wanted.answer_by,
        agreed=tuple(sorted(agreed)),
        why=why_of(found) if found else (),
        questions=_questions(found) if found else (),
    )


def why_of(found: Match) -> tuple[str, ...]:
    """Return what to tell people of a match: the reasons that quote something first, then what it meets."""
    told = sorted((one for one in found.reasons if one.contribution > 0), key=lambda one: -one.contribution)
    told.sort(key=lambda one: "：" not in one.text)
    met = [one.request_span.text if one.request_span else one.name for one in found.conditions if one.outcome is _MET]
    proved = (f"满足：{'、'.join(dict.fromkeys(met))}",) if met else ()
    return (*(one.text for one in told[:_REASONS]), *proved)


def _questions(found: Match) -> tuple[Question, ...]:
    return tuple(
        Question(asked=one.request_span.text, question=one.question, hard=one.hard)
        for one in found.conditions
        if one.outcome is Verdict.UNKNOWN and one.question and one.request_span
    )
