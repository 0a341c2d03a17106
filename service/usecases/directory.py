"""The directory of platforms and bases: 双创平台, 示范基地, 公共服务平台, by service, owner, stage, title and equity."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from matcher.domain import Enterprise, Posting, PostingKind, Status
from matcher.policy.cultivation import Title, titles
from matcher.taxonomy import region_covers
from service.auth import Actor
from service.store import Store
from service.store.rows import Page

_OWNERS = {"国企": ("市属国企", "其他国企")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to look for; None leaves it open. `owner` 国企 means 市属 and other alike."""

    service: str | None = None
    owner: str | None = None
    stage: str | None = None
    title: str | None = None
    region: str | None = None
    equity: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A platform: what it offers, whose it is, and the titles its firm holds on the day."""

    posting: Posting
    firm: Enterprise
    titles: tuple[Title, ...]


def directory(
    store: Store, actor: Actor, asked: Asked, as_of: date, *, after: str | None = None, limit: int = 100
) -> Page[Listed]:
    """Return published services that fit, in id order; a page may hold fewer than `limit`, its `next` goes on.

    :raises MatcherError: `forbidden`, `bad_limit`.
    """
    page = store.records.list_postings(
        actor, kind=PostingKind.SERVICE, status=Status.PUBLISHED, after=after, limit=limit
    )
    firms = store.records.enterprises_by_id(actor, {one.enterprise_id for one in page.items})
    found = (
        Listed(posting=one, firm=firm, titles=titles(firm.qualifications, as_of))
        for one in page.items
        if (firm := firms.get(one.enterprise_id)) and (one.valid_until or as_of) >= as_of
    )
    return Page(tuple(one for one in found if all(_fits(one, asked))), page.next)


def _fits(one: Listed, asked: Asked) -> Iterator[bool]:
    held = one.posting.attributes
    if asked.service:
        yield held.get("service_type") == asked.service
    if asked.owner:
        yield held.get("owner_type") in _OWNERS.get(asked.owner, (asked.owner,))
    if asked.stage:
        yield held.get("stage") == asked.stage
    if asked.equity is not None:
        yield held.get("equity") is asked.equity
    if asked.title:
        yield any(asked.title in title.name for title in one.titles)
    if asked.region:
        region = one.posting.region or one.firm.region
        yield region is not None and region_covers(asked.region, region)
