"""Looks through the saved searches as their owners would, and tells of what they have not been told of yet."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from matcher.domain import Filters, Match, MatchResult, PostingKind, Query, SizeClass
from matcher.errors import MatcherError
from matcher.rank import level
from service.auth import SYSTEM, Actor, Role, Scope, local_admin
from service.deps import Parts
from service.store.database import Clock, utc_now
from service.store.recipients import Recipient
from service.store.searches import Digest, Looked, NewSearch, Search
from service.usecases.deals import why_of
from service.usecases.match import Ask, looked, shown

log = logging.getLogger(__name__)

BEIJING = timezone(timedelta(hours=8))
LEVELS = ("低", "中", "高")

_LEASE = timedelta(minutes=5)
_PAUSE = timedelta(seconds=5)
_PUT_OFF = timedelta(hours=1)
_AT_A_TIME = 20
_FIRST, _ALL = 100, 1000
_TOLD_AT_ONCE = 50


class Lookout:
    """Looks through what is due; several processes may each have one, each search is with one of them at a time."""

    def __init__(self, parts: Parts, now: Clock = utc_now) -> None:
        self._parts = parts
        self._now = now

    def once(self) -> int:
        """Return how many searches one round looked through, at most 20."""
        for done in range(_AT_A_TIME):
            seq = self._parts.engine.seq
            search = self._parts.store.searches.claim(SYSTEM, seq=seq, lease=_LEASE)
            if search is None:
                return done
            self._parts.store.searches.finish(SYSTEM, search, self._look(search, seq))
        return _AT_A_TIME

    def _look(self, search: Search, seq: int) -> Looked:
        now = self._now()
        today = now.astimezone(BEIJING).date()
        window = next_window(search, now)
        if search.told_on == today and search.told >= search.most_per_day:
            return Looked(next_at=window)
        if not (listening := [one for one in search.recipients if one.listens(today)]):
            return Looked(next_at=window)
        if self._told_enough(search, listening, today):
            # Tomorrow's turn comes just before those who were told today, so that none is passed over for ever.
            return Looked(next_at=next_window(replace(search, digest=Digest.DAILY), now) - timedelta.resolution)
        reader = reader_of(search.tenant, search.owner, search)
        try:
            query, found = _matches(self._parts, reader, search)
        except MatcherError as error:
            return Looked(next_at=now + _PUT_OFF, error=error.message)
        except Exception:
            # A search that cannot be looked through keeps no other waiting.
            log.exception("订阅 %s 未能匹配，稍后重试", search.id)
            return Looked(next_at=now + _PUT_OFF, error="内部错误，稍后重试")
        told = self._parts.store.searches.seen(SYSTEM, search)
        fresh = [one for one in found.matches if one.posting.id not in told]
        next_at = now + _PAUSE if search.digest is Digest.IMMEDIATE else window
        if not fresh:
            return Looked(next_at=next_at, after=seq)
        first = fresh[:_TOLD_AT_ONCE]
        answer = shown(self._parts, reader, query, replace(found, matches=_ranked(first)))
        return Looked(
            next_at=next_at,
            after=seq if first == fresh else None,
            postings=[one.posting.id for one in first],
            recipients=listening,
            message=_message(search, first, answer.list_id, left=len(fresh) - len(first)),
            on=today,
        )

    def _told_enough(self, search: Search, listening: Sequence[Recipient], today: date) -> bool:
        ids = [one.id for one in listening]
        since = datetime.combine(today, time(), BEIJING)
        return self._parts.store.searches.told_enough(local_admin(search.tenant), search.owner, ids, since=since)


def reader_of(tenant: str, owner: str, search: NewSearch) -> Actor:
    """Return with whose eyes a search looks: the enterprise's, or the platform's."""
    firm = search.enterprise_id or owner or None
    role = Role.OWNER if firm else Role.ADMIN
    return Actor(tenant, firm, f"search:{search.id}", frozenset({role}), frozenset({Scope.READ}))


def next_window(search: NewSearch, now: datetime) -> datetime:
    """Return when the next digest goes out: at the hour of the next day, of next Monday for weekly ones."""
    local = now.astimezone(BEIJING)
    day = local.date()
    while (at := datetime.combine(day, time(search.hour), BEIJING)) <= local or (
        search.digest is Digest.WEEKLY and day.weekday() != 0
    ):
        day += timedelta(days=1)
    return at.astimezone(UTC)


def first_look(search: NewSearch, now: datetime) -> datetime:
    """Return when a search that was just written looks first; one that is muted waits until the mute ends."""
    at = now if search.digest is Digest.IMMEDIATE else next_window(search, now)
    if search.muted_until is not None:
        end = datetime.combine(search.muted_until, time(search.hour), BEIJING).astimezone(UTC)
        at = max(at, end if search.digest is Digest.IMMEDIATE else next_window(search, end - timedelta.resolution))
    return at


def ask_of(search: NewSearch, today: date, k: int = 1) -> Ask:
    """Return the match that a search asks for."""
    held = search.filters
    filters = Filters(
        region=tuple(held.get("region", ())),
        industry=tuple(held.get("industry", ())),
        kind=tuple(map(PostingKind, held.get("kind", ()))),
        enterprise_id=tuple(held.get("enterprise_id", ())),
        size=tuple(map(SizeClass, held.get("size", ()))),
    )
    text = search.text if search.posting_id is None else None
    return Ask(today=today, posting_id=search.posting_id, text=text, kind=search.kind, k=k, filters=filters)


def _matches(parts: Parts, reader: Actor, search: Search) -> tuple[Query, MatchResult]:
    """Return the query and all matches from the wanted level on; few have more than a hundred."""
    for k in (_FIRST, _ALL):
        query, result = looked(parts, reader, ask_of(search, parts.today(), k))
        good = tuple(one for one in result.matches if LEVELS.index(level(one.score)) >= LEVELS.index(search.level))
        if len(good) < k:
            break
    return query, replace(result, matches=good)


def _ranked(matches: Sequence[Match]) -> tuple[Match, ...]:
    return tuple(replace(one, rank=rank) for rank, one in enumerate(matches, start=1))


def _message(search: Search, matches: Sequence[Match], list_id: str, *, left: int) -> dict[str, object]:
    return {
        "search": search.id,
        "name": search.name,
        "level": search.level,
        "digest": search.digest.value,
        "list_id": list_id,
        "left": left,
        "matches": [
            {
                "posting_id": one.posting.id,
                "enterprise_id": one.enterprise.id,
                "enterprise": one.enterprise.name,
                "kind": one.posting.kind.value,
                "title": one.posting.title,
                "level": level(one.score),
                "score": round(one.score, 4),
                "reasons": list(why_of(one)),
            }
            for one in matches
        ],
    }
