"""Saved searches: each is looked at by one process at a time, and tells nobody of the same posting twice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.delivery import Delivery, delivery_of
from service.store.outbox import MATCHES, in_turn, owner_of, queue, queue_again
from service.store.outbox_schema import deliveries, webhooks
from service.store.recipients import NewRecipient, Recipient, RecipientRoom, sweep
from service.store.rights import require
from service.store.rows import Page, Row, check_key, check_limit, check_name, page, storable
from service.store.search_schema import search_seen, searches

MOST = 200
_LOOKED_AT_LEAST = timedelta(days=1)
_UNSEEN = -1


class Digest(StrEnum):
    """When people are told: as soon as something is found, once a day, or once a week."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSearch:
    """What to look for (`posting_id`, or `text` with its `kind`), for whom, from which level on, and when to tell.

    `enterprise_id` is the enterprise with whose eyes the platform looks; `hour` is the hour of digests in Beijing.
    """

    id: str
    name: str
    enterprise_id: str | None = None
    posting_id: str | None = None
    text: str | None = field(default=None, repr=False)
    kind: PostingKind | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    level: str = "中"
    digest: Digest = Digest.DAILY
    hour: int = 9
    most_per_day: int = 5
    muted_until: date | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Search(NewSearch):
    """A search as it is kept: `after` is how far it has looked, `told` how many messages it sent on `told_on`."""

    tenant: str
    owner: str
    recipients: tuple[Recipient, ...]
    after: int
    next_at: datetime
    told_on: date | None
    told: int
    error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a look: the postings to tell of in one message to `recipients`, and when to look again.

    `after` is how far it looked, None where something is left to tell.
    """

    next_at: datetime
    after: int | None = None
    postings: Collection[str] = ()
    recipients: Collection[Recipient] = ()
    message: Mapping[str, object] = field(default_factory=dict)
    on: date | None = None
    error: str | None = None


class Searches(RecipientRoom):
    """The searches of the platform and of each enterprise: each keeps its own, under ids of its own."""

    def put(self, actor: Actor, search: NewSearch, recipients: Sequence[NewRecipient], *, next_at: datetime) -> Search:
        """Return a search, added or replaced, that looks again from `next_at`; what it told of it does not tell again.

        :raises MatcherError: `forbidden`, `bad_record`, `unknown_tenant`, `too_many_searches`.
        """
        require(actor, Scope.WRITE)
        now = self._database.now()
        key = {"tenant": actor.tenant, "owner": owner_of(actor), "id": check_key(search.id, "id")}
        row = _row(search) | {"after": _UNSEEN, "next_at": next_at, "error": None, "updated_at": now}
        with self._database.write() as connection:
            in_turn(connection, actor)
            row["recipients"] = self._keep(connection, actor, recipients)
            if connection.execute(update(searches).filter_by(**key).values(row)).rowcount == 0:
                _require_room(connection, actor)
                connection.execute(insert(searches).values(row | key | {"told": 0, "created_at": now}))
            sweep(connection, self._database.vault, actor.tenant, owner_of(actor))
        return self.get(actor, search.id)

    def get(self, actor: Actor, id_: str) -> Search:
        """Return a search with its recipients.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        with self._database.read() as connection:
            row = connection.execute(_mine(actor).where(searches.c.id == id_)).mappings().first()
            if row is None:
                raise _none(id_)
            return self._search(connection, row)

    def list(self, actor: Actor, *, after: str | None = None, limit: int = 100) -> Page[Search]:
        """Return the actor's searches by id.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.WRITE)
        query = _mine(actor).where(searches.c.id > after if after else true()).order_by(searches.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(check_limit(limit) + 1)).mappings().all()
            return page([(row["id"], self._search(connection, row)) for row in rows], limit)

    def delete(self, actor: Actor, id_: str) -> None:
        """Remove a search with what it told; addresses that no other search tells are forgotten.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        key = {"tenant": actor.tenant, "owner": owner_of(actor)}
        with self._database.write() as connection:
            if not connection.execute(delete(searches).filter_by(**key, id=id_)).rowcount:
                raise _none(id_)
            connection.execute(delete(search_seen).filter_by(**key, search_id=id_))
            connection.execute(delete(deliveries).where(_told_by(actor, id_)))
            sweep(connection, self._database.vault, actor.tenant, owner_of(actor))

    def deliveries(self, actor: Actor, id_: str, *, after: str | None = None, limit: int = 100) -> Page[Delivery]:
        """Return what a search told or is to tell, the newest first; what ended a month ago is gone.

        :raises MatcherError: `forbidden`, `not_found`, `bad_limit`.
        """
        self.get(actor, id_)
        before = deliveries.c.id < after if after else true()
        query = select(deliveries).where(_told_by(actor, id_), before).order_by(deliveries.c.id.desc())
        with self._database.read() as connection:
            rows = connection.execute(query.limit(check_limit(limit) + 1)).mappings()
            return page([(row["id"], delivery_of(row)) for row in rows], limit)

    def replay(self, actor: Actor, id_: str, delivery: str) -> Delivery:
        """Queue a message of a search again, under the id it had; returns it.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        self.get(actor, id_)
        with self._database.write() as connection:
            return queue_again(connection, self._database.now(), _told_by(actor, id_), delivery)

    def claim(self, actor: Actor, *, seq: int, lease: timedelta) -> Search | None:
        """Take the search that has been due for longest, given that the index stands at `seq`; None when none is.

        Nobody else is given it until the lease ends. One that tells at once is due when something has changed, and
        once a day besides, for what begins to be valid. `SYSTEM` takes the searches of every tenant.
        """
        require(actor, Scope.WRITE)
        now, table = self._database.now(), searches.c
        waits = or_(table.digest != Digest.IMMEDIATE.value, table.after < seq, table.next_at <= now - _LOOKED_AT_LEAST)
        due = and_(_reach(actor), table.active, table.next_at <= now, waits)
        with self._database.read() as connection:
            if connection.execute(select(table.id).where(due).limit(1)).first() is None:
                return None
        with self._database.write() as connection:
            query = select(searches).where(due).order_by(table.next_at, table.id).limit(1)
            row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            key = {name: row[name] for name in ("tenant", "owner", "id")}
            connection.execute(update(searches).filter_by(**key).values(next_at=now + lease))
            return self._search(connection, {**row, "next_at": now + lease})

    def seen(self, actor: Actor, search: Search) -> frozenset[str]:
        """Return the postings of which a search has told.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.READ)
        own = true() if actor.system else search_seen.c.tenant == actor.tenant
        mine = true() if actor.platform else search_seen.c.owner == actor.organisation
        key = {"tenant": search.tenant, "owner": search.owner, "search_id": search.id}
        with self._database.read() as connection:
            query = select(search_seen.c.posting_id).filter_by(**key).where(own, mine)
            return frozenset(connection.execute(query).scalars())

    def finish(self, actor: Actor, search: Search, looked: Looked) -> bool:
        """Keep what came of a look and queue its message; returns False, and does nothing, where the claim was lost.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.WRITE)
        now = self._database.now()
        key = {"tenant": search.tenant, "owner": search.owner}
        values: Row = {"next_at": looked.next_at, "error": looked.error}
        if looked.after is not None:
            values["after"] = max(looked.after, search.after)
        if looked.postings:
            values |= {"told_on": looked.on, "told": 1 + (search.told if search.told_on == looked.on else 0)}
        claimed = update(searches).filter_by(**key, id=search.id, next_at=search.next_at).where(_reach(actor))
        with self._database.write() as connection:
            if not connection.execute(claimed.values(values)).rowcount:
                return False
            if looked.postings:
                rows = [key | {"search_id": search.id, "posting_id": one, "at": now} for one in looked.postings]
                connection.execute(insert(search_seen), rows)
                hooks = _hooks(connection, search)
                for one in looked.recipients:
                    if one.channel == "webhook" and one.to not in hooks:
                        continue
                    target = one.to if one.channel == "webhook" else one.id
                    where = {"owner": search.owner, "target": target, "channel": one.channel, "search_id": search.id}
                    queue(connection, now, search.tenant, event=MATCHES, data=looked.message, **where)
        return True

    def _search(self, connection: Connection, row: RowMapping | Row) -> Search:
        told = self._named(connection, row["tenant"], row["owner"], ids=row["recipients"])
        held = {name: row[name] for name in _FIELDS}
        kind = PostingKind(row["kind"]) if row["kind"] else None
        return Search(**held | {"recipients": told, "digest": Digest(row["digest"]), "kind": kind})


def _row(search: NewSearch) -> Row:
    row: Row = {one.name: getattr(search, one.name) for one in fields(NewSearch)}
    check_name(search.name, "name")
    return row | {
        "kind": search.kind.value if search.kind else None,
        "digest": search.digest.value,
        "filters": storable(dict(search.filters), search.id),
    }


def _require_room(connection: Connection, actor: Actor) -> None:
    count = connection.execute(select(func.count()).select_from(_mine(actor).subquery())).scalar_one()
    if count >= MOST:
        raise MatcherError("too_many_searches", f"最多 {MOST} 个订阅：请先删除不用的")


def _mine(actor: Actor) -> Select[Any]:
    return select(searches).where(searches.c.tenant == actor.tenant, searches.c.owner == owner_of(actor))


def _told_by(actor: Actor, id_: str) -> ColumnElement[bool]:
    mine = and_(deliveries.c.tenant == actor.tenant, deliveries.c.owner == owner_of(actor))
    return and_(mine, deliveries.c.search_id == id_)


def _hooks(connection: Connection, search: Search) -> frozenset[str]:
    """Return the webhooks of the owner of a search that want to be told of matches."""
    query = select(webhooks.c.id, webhooks.c.events).filter_by(tenant=search.tenant, owner=search.owner)
    return frozenset(id_ for id_, events in connection.execute(query.where(webhooks.c.active)) if MATCHES in events)


def _reach(actor: Actor) -> ColumnElement[bool]:
    if actor.system:
        return true()
    own = true() if actor.platform else searches.c.owner == actor.organisation
    return and_(searches.c.tenant == actor.tenant, own)


def _none(id_: str) -> MatcherError:
    return MatcherError("not_found", f"没有订阅 {id_}：请核对编号", id=id_)


_FIELDS = tuple(one.name for one in fields(Search))
