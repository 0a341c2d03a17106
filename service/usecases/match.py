"""Match a posting or a text, as the asker may see it, and keep what was shown."""

from dataclasses import dataclass, replace
from datetime import date

from matcher.domain import Filters, Match, MatchResult, Posting, PostingKind, Query
from matcher.errors import MatcherError
from matcher.reciprocal import asking
from matcher.taxonomy import industry_code, region_code
from matcher.text import split_title
from service.auth import Actor, Scope
from service.deps import Parts
from service.shownlog import Shown, ShownItem, new_list_id, query_hash
from service.store import Store
from service.store.database import utc_now
from service.store.rights import require


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What to match and how: either `posting_id`, or `text` with its own `kind`; the rest is as in `Query`."""

    today: date
    posting_id: str | None = None
    text: str | None = None
    kind: PostingKind | None = None
    k: int = 10
    filters: Filters = Filters()
    min_seq: int | None = None
    strict: bool = False
    relax: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The matches as the asker saw them, and the id under which that list is kept."""

    list_id: str
    result: MatchResult


def match(parts: Parts, actor: Actor, ask: Ask) -> Answer:
    """Return the matches of a posting or text, each posting as the actor may see it.

    :raises MatcherError: `not_found`, `bad_match` (neither or both of posting and text), `forbidden`, `bad_relax`,
        unknown codes.
    """
    query, result = looked(parts, actor, ask)
    return shown(parts, actor, query, result)


def looked(parts: Parts, actor: Actor, ask: Ask) -> tuple[Query, MatchResult]:
    """Return the query and its matches as the asker may see them; nothing is kept of it.

    :raises MatcherError: as `match`.
    """
    require(actor, Scope.READ)
    query = _query(parts.store, actor, ask)
    return query, _visible(parts.store, actor, parts.engine.match(query, min_seq=ask.min_seq))


def shown(parts: Parts, actor: Actor, query: Query, result: MatchResult) -> Answer:
    """Return matches as an answer, under an id by which it is kept that they were shown."""
    list_id = new_list_id()
    parts.shown.put(_kept(list_id, actor, query, result))
    return Answer(list_id, result)


def _visible(store: Store, actor: Actor, result: MatchResult) -> MatchResult:
    if actor.platform:
        return result
    seen = store.records.postings_by_id(actor, [found.posting.id for found in result.matches])
    visible = (as_seen(found, seen[found.posting.id]) for found in result.matches if found.posting.id in seen)
    return replace(result, matches=tuple(replace(found, rank=rank) for rank, found in enumerate(visible, start=1)))


def _kept(list_id: str, actor: Actor, query: Query, result: MatchResult) -> Shown:
    return Shown(
        id=list_id,
        tenant=actor.tenant,
        organisation=actor.organisation,
        user=actor.user,
        posting_id=query.posting_id,
        enterprise_id=query.enterprise_id,
        kind=query.kind,
        query_hash=query_hash(query),
        as_of=query.as_of,
        created_at=utc_now(),
        versions=result.versions,
        no_match=result.no_match,
        items=tuple(shown_item(found, rank=found.rank, score=found.score) for found in result.matches),
    )


def shown_item(found: Match, *, rank: int, score: float) -> ShownItem:
    """Return a candidate as it is kept in the log of what was shown."""
    return ShownItem(
        rank=rank,
        posting_id=found.posting.id,
        enterprise_id=found.enterprise.id,
        score=score,
        features=found.features,
    )


def _query(store: Store, actor: Actor, ask: Ask) -> Query:
    viewer = None if actor.platform else actor.organisation
    filters = _canonical(ask.filters)
    if (ask.posting_id is None) == (ask.text is None):
        raise MatcherError("bad_match", "请给出 posting_id，或给出 text 和 kind，二者选一")
    if ask.posting_id is not None:
        posting = store.records.get_posting(actor, ask.posting_id)
        query = asking(posting, tenant=actor.tenant, as_of=ask.today, viewer=viewer)
    else:
        query = _of_text(actor, ask, viewer)
    buys_from = store.feedback.suppliers(actor, query.enterprise_id) if query.enterprise_id else ()
    return replace(query, filters=filters, k=ask.k, strict=ask.strict, relax=ask.relax, suppliers=buys_from)


def _of_text(actor: Actor, ask: Ask, viewer: str | None) -> Query:
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
    )


def _canonical(filters: Filters) -> Filters:
    return replace(
        filters,
        region=tuple(region_code(region) for region in filters.region),
        industry=tuple(industry_code(industry) for industry in filters.industry),
    )


def as_seen(match: Match, posting: Posting) -> Match:
    """Return the match with the posting's public part; what would quote the rest is left out."""
    return match if posting == match.posting else replace(unquoted(match), posting=posting)


def unquoted(match: Match) -> Match:
    """Return the match without what its reasons and conditions quote of the candidate."""
    conditions = tuple(replace(condition, offer_span=None) for condition in match.conditions)
    reasons = tuple(replace(reason, text=reason.text.split("：")[0]) for reason in match.reasons)
    return replace(match, conditions=conditions, reasons=reasons)
