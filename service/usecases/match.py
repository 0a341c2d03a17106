"""Match a posting or a text, as the asker may see it."""

from dataclasses import dataclass, replace
from datetime import date

from matcher.domain import Filters, Match, MatchResult, Posting, PostingKind, Query
from matcher.errors import MatcherError
from matcher.taxonomy import industry_code, region_code
from matcher.text import split_title
from service.auth import Actor, Scope
from service.engine import Engine
from service.store import Store
from service.store.rights import require


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What to match and how: either `posting_id`, or `text` with its own `kind`."""

    today: date
    posting_id: str | None = None
    text: str | None = None
    kind: PostingKind | None = None
    k: int = 10
    filters: Filters = Filters()
    min_seq: int | None = None
    strict: bool = False


def match(store: Store, engine: Engine, actor: Actor, ask: Ask) -> MatchResult:
    """Return the matches of a posting or text, each posting as the actor may see it.

    :raises MatcherError: `not_found`, `bad_match` (neither or both of posting and text), `forbidden`, unknown codes.
    """
    require(actor, Scope.READ)
    query = _query(store, actor, ask)
    result = engine.match(query, min_seq=ask.min_seq)
    if actor.platform:
        return result
    seen = store.records.postings_by_id(actor, [found.posting.id for found in result.matches])
    visible = (_as_seen(found, seen[found.posting.id]) for found in result.matches if found.posting.id in seen)
    return replace(result, matches=tuple(replace(found, rank=rank) for rank, found in enumerate(visible, start=1)))


def _query(store: Store, actor: Actor, ask: Ask) -> Query:
    viewer = None if actor.platform else actor.organisation
    filters = _canonical(ask.filters)
    if (ask.posting_id is None) == (ask.text is None):
        raise MatcherError("bad_match", "请给出 posting_id，或给出 text 和 kind，二者选一")
    if ask.posting_id is not None:
        posting = store.records.get_posting(actor, ask.posting_id)
        return _of_posting(posting, actor.tenant, viewer, replace(ask, filters=filters))
    if ask.kind is None:
        raise MatcherError(
            "bad_match", "按文本匹配时须给出 kind，即文本自身的类型，如 need（需求）、capability（能力）"
        )
    title, detail = split_title(ask.text or "")
    return Query(
        tenant=actor.tenant,
        kind=ask.kind,
        title=title,
        detail=detail,
        as_of=ask.today,
        enterprise_id=actor.organisation,
        viewer=viewer,
        filters=filters,
        k=ask.k,
        strict=ask.strict,
    )


def _of_posting(posting: Posting, tenant: str, viewer: str | None, ask: Ask) -> Query:
    return Query(
        tenant=tenant,
        kind=posting.kind,
        title=posting.title,
        detail=posting.detail,
        keywords=posting.keywords,
        industry=posting.industry,
        region=posting.region,
        as_of=ask.today,
        posting_id=posting.id,
        enterprise_id=posting.enterprise_id,
        viewer=viewer,
        conditions=posting.conditions,
        filters=ask.filters,
        k=ask.k,
        strict=ask.strict,
    )


def _canonical(filters: Filters) -> Filters:
    return replace(
        filters,
        region=tuple(region_code(region) for region in filters.region),
        industry=tuple(industry_code(industry) for industry in filters.industry),
    )


def _as_seen(match: Match, posting: Posting) -> Match:
    """Return the match with the posting's public part; what would quote the rest is left out."""
    if posting == match.posting:
        return match
    conditions = tuple(replace(condition, offer_span=None) for condition in match.conditions)
    reasons = tuple(replace(reason, text=reason.text.split("：")[0]) for reason in match.reasons)
    return replace(match, posting=posting, conditions=conditions, reasons=reasons)
