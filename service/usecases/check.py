"""Check a posting before it is published: its quality, the conditions in its text, and the industries it speaks of."""

from dataclasses import dataclass

from matcher.check import Checked, check
from matcher.domain import Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from matcher.tagging import Tag
from matcher.taxonomy import kinds
from matcher.text import split_title
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Store
from service.store.rights import require
from service.usecases.records import checked_posting

DRAFT = "draft"
_LEAST = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A posting's check, the likeliest GB/T 4754 classes of what it is about, and the 高精尖 industries, likeliest first."""

    checked: Checked
    industries: tuple[Tag, ...]
    hightech: tuple[Tag, ...]


def review(parts: Parts, actor: Actor, posting: Posting) -> Review:
    """Return the review of a posting that need not be written yet; a firm called `DRAFT` stands for none given.

    :raises MatcherError: what writing the posting would raise; `forbidden`.
    """
    require(actor, Scope.READ)
    canonical, _ = checked_posting(posting, _owner(parts.store, actor, posting))
    checked = check(canonical, as_of=parts.today())
    about = f"{checked.sought.title}。{checked.sought.detail or ''}"
    tagger = parts.engine.tagger
    hightech = tuple(found for found in tagger.tag_hightech(about) if found.confidence >= _LEAST)
    return Review(checked=checked, industries=tagger.tag(about), hightech=hightech)


def draft(text: str, kind: PostingKind) -> Posting:
    """Return a text as the posting it would make.

    :raises MatcherError: `empty_text`.
    """
    if not text.strip():
        raise MatcherError("empty_text", "没有可检查的文字：请写明要什么或能提供什么")
    title, detail = split_title(text)
    return Posting(id=DRAFT, enterprise_id=DRAFT, kind=kind, title=title, detail=detail)


def written(store: Store, actor: Actor, name: str) -> Posting:
    """Return a posting that is written already, to be checked again.

    :raises MatcherError: `not_found`, `forbidden`.
    """
    return store.records.get_posting(actor, name)


def _owner(store: Store, actor: Actor, posting: Posting) -> Enterprise | None:
    if posting.enterprise_id != DRAFT:
        return store.records.enterprises_by_id(actor, {posting.enterprise_id}).get(posting.enterprise_id)
    return Enterprise(id=DRAFT, name=DRAFT, party=kinds()[posting.kind].parties[0])
