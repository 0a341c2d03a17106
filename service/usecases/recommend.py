"""Recommend to a firm whom it could serve and who could serve it, and keep what was shown."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from matcher.domain import Posting, PostingKind, Query
from matcher.exposure import limits
from matcher.reciprocal import Direction, Wish
from matcher.recommend import Recommendation, Recommendations
from service.auth import Actor, Scope
from service.deps import Parts
from service.shownlog import Shown, ShownItem, new_list_id, query_hash
from service.store import Store
from service.store.database import utc_now
from service.store.rights import require_own
from service.usecases.exposure import Exposure, exposure_since
from service.usecases.match import as_seen, shown_item


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """Recommendations as the asker saw them; the id of the kept list, None when nobody was found.

    `exposure` is how the platform's lists stood before this one.
    """

    list_id: str | None
    result: Recommendations
    exposure: Exposure


def recommend(
    parts: Parts, actor: Actor, enterprise_id: str, *, k: int = 10, direction: Direction = Direction.BOTH
) -> Recommended:
    """Return whom a firm could serve and who could serve it, each posting as the actor may see it.

    :raises MatcherError: `not_found`, `forbidden` for another's enterprise, `bad_k`.
    """
    require_own(actor, enterprise_id, Scope.READ)
    parts.store.records.get_enterprise(actor, enterprise_id)
    # Room is made for firms across the platform, whoever asks.
    before = exposure_since(parts, actor.tenant, utc_now() - timedelta(days=limits().days))
    wish = Wish(
        tenant=actor.tenant,
        enterprise_id=enterprise_id,
        as_of=parts.today(),
        viewer=None if actor.platform else actor.organisation,
        suppliers=parts.store.feedback.suppliers(actor, enterprise_id),
        shown=before.shown,
        k=k,
        direction=direction,
    )
    result = _visible(parts.store, actor, parts.engine.recommend(wish))
    list_id = new_list_id() if result.serves or result.served_by else None
    if list_id is not None:
        parts.shown.put(_kept(list_id, actor, wish.as_of, enterprise_id, result))
    return Recommended(list_id=list_id, result=result, exposure=before)


def _visible(store: Store, actor: Actor, result: Recommendations) -> Recommendations:
    if actor.platform:
        return result
    sides = (result.serves, result.served_by)
    ids = [one.forward.posting.id for side in sides for one in side]
    seen = store.records.postings_by_id(actor, ids)
    serves, served_by = (_side(side, seen) for side in sides)
    return replace(result, serves=serves, served_by=served_by)


def _side(side: tuple[Recommendation, ...], seen: dict[str, Posting]) -> tuple[Recommendation, ...]:
    shown = [_as_seen(one, seen[one.forward.posting.id]) for one in side if one.forward.posting.id in seen]
    return tuple(replace(one, rank=rank) for rank, one in enumerate(shown, start=1))


def _as_seen(one: Recommendation, posting: Posting) -> Recommendation:
    """Return the recommendation with the candidate's public part; nothing quotes the rest from either side."""
    if posting == one.forward.posting:
        return one
    reasons = tuple(replace(reason, text=reason.text.split("：")[0]) for reason in one.backward.reasons)
    return replace(
        one, forward=as_seen(one.forward, posting), backward=replace(one.backward, reasons=reasons, conditions=())
    )


def _kept(list_id: str, actor: Actor, as_of: date, enterprise_id: str, result: Recommendations) -> Shown:
    items = _in_turn(result)
    return Shown(
        id=list_id,
        tenant=actor.tenant,
        organisation=actor.organisation,
        user=actor.user,
        posting_id=None,
        enterprise_id=enterprise_id,
        kind=items[0].backward.posting.kind,
        query_hash=_hash(actor.tenant, enterprise_id, items[0].backward.posting.kind, as_of),
        as_of=as_of,
        created_at=utc_now(),
        versions=result.versions,
        items=tuple(_item(one, rank) for rank, one in enumerate(items, start=1)),
    )


def _in_turn(result: Recommendations) -> list[Recommendation]:
    """Return both sides of a list as they are read, side by side: the first of each, then the second of each."""
    return sorted((*result.serves, *result.served_by), key=lambda one: one.rank)


def _item(one: Recommendation, rank: int) -> ShownItem:
    return replace(shown_item(one.forward, rank=rank, score=one.score), adjustments=dict(one.adjustments))


def _hash(tenant: str, enterprise_id: str, kind: PostingKind, as_of: date) -> str:
    return query_hash(Query(tenant=tenant, kind=kind, title=enterprise_id, as_of=as_of))
