"""The outbox: what is to be sent, written with what it tells of, and sent at least once by one process at a time."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, select, true, update

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.delivery import Delivery, DeliveryState, Settled, delivery_of
from service.store.outbox_schema import deliveries, webhooks
from service.store.rights import require
from service.store.room import Room
from service.store.rows import Row
from service.store.schema import counter, enterprises, postings, tenants

POSTINGS, ENTERPRISES, DEALS = "posting.changed", "enterprise.changed", "deal.changed"
IMPORTS, MATCHES, PING = "import.finished", "match.found", "ping"
EVENTS = (POSTINGS, ENTERPRISES, DEALS, IMPORTS, MATCHES)
RECORDS = frozenset({POSTINGS, ENTERPRISES})
PLATFORM = ""
"""The owner of what belongs to no enterprise."""

_PAGE = 500
_MOST_LOST = 5


class Outbox(Room):
    """What the couriers take from. `SYSTEM` works for every tenant."""

    def follow(self, actor: Actor) -> int:
        """Queue what changed in the records for the webhooks that follow them; returns how many changes were taken in.

        Each webhook has a place in the sequence of its own, moved on in the transaction that queues.
        """
        require(actor, Scope.WRITE)
        taken = 0
        while self._behind(actor):
            with self._database.write() as connection:
                latest = int(connection.execute(select(counter.c.seq)).scalar_one())
                query = select(webhooks).where(_behind(actor, latest)).limit(1).with_for_update(skip_locked=True)
                row = connection.execute(query).mappings().first()
                if row is None:
                    return taken
                taken += _follow(connection, row, latest, self._database.now())
        return taken

    def _behind(self, actor: Actor) -> bool:
        with self._database.read() as connection:
            latest = int(connection.execute(select(counter.c.seq)).scalar_one())
            return connection.execute(select(webhooks.c.id).where(_behind(actor, latest)).limit(1)).first() is not None

    def claim(self, actor: Actor, *, channels: Collection[str], lease: timedelta, limit: int = 8) -> list[Delivery]:
        """Take the deliveries that are due, the longest due first; nobody else is given them until the lease ends.

        One whose sender was not heard of again is taken alone, and is dead once that has happened five times.
        """
        require(actor, Scope.WRITE)
        now, table = self._database.now(), deliveries.c
        due = and_(
            _reach(actor),
            table.channel.in_(channels),
            table.state == DeliveryState.WAITING.value,
            table.due_at <= now,
        )
        with self._database.read() as connection:
            if connection.execute(select(table.id).where(due).limit(1)).first() is None:
                return []
        with self._database.write() as connection:
            _give_up(connection, and_(due, table.lost >= _MOST_LOST), now)
            query = select(deliveries).where(due).order_by(table.due_at, table.id).limit(limit)
            rows = connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            # What ended its process may end this one too, and would take others with it.
            rows = rows[:1] if rows and rows[0]["lost"] else [row for row in rows if not row["lost"]]
            for row in rows:
                taken = update(deliveries).filter_by(tenant=row["tenant"], id=row["id"])
                counted = {"attempts": table.attempts + 1, "lost": table.lost + 1}
                connection.execute(taken.values(**counted, due_at=now + lease))
        return [delivery_of({**row, "attempts": row["attempts"] + 1, "due_at": now + lease}) for row in rows]

    def settle(self, actor: Actor, delivery: Delivery, end: Settled) -> bool:
        """Note how an attempt ended; returns False, and notes nothing, where the delivery was claimed again since."""
        require(actor, Scope.WRITE)
        now = self._database.now()
        over = end.state is not DeliveryState.WAITING
        values: Row = {
            "state": end.state.value,
            "status": end.status,
            "error": end.error,
            "due_at": end.due_at or now,
            "finished_at": now if over else None,
            "failures": delivery.failures + (end.state in (DeliveryState.WAITING, DeliveryState.DEAD)),
            "lost": 0,
        }
        key = {"tenant": delivery.tenant, "id": delivery.id, "attempts": delivery.attempts}
        mine = update(deliveries).where(_reach(actor), deliveries.c.state == DeliveryState.WAITING.value)
        with self._database.write() as connection:
            if not connection.execute(mine.filter_by(**key).values(values)).rowcount:
                return False
            if end.held is not None:
                # What else waits for a target that does not answer would keep the couriers from the others.
                others = mine.filter_by(tenant=delivery.tenant, owner=delivery.owner, target=delivery.target)
                connection.execute(others.where(deliveries.c.due_at < end.held).values(due_at=end.held))
        return True

    def pending(self, actor: Actor, *, channel: str, limit: int = 100) -> list[Delivery]:
        """Return what an actor has waiting in a channel, the oldest first.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.WRITE)
        query = select(deliveries).where(_own(actor, channel)).order_by(deliveries.c.id).limit(limit)
        with self._database.read() as connection:
            return [delivery_of(row) for row in connection.execute(query).mappings()]

    def sent(self, actor: Actor, ids: Sequence[str], *, channel: str) -> int:
        """Note that an actor has sent some of what it has waiting in a channel; returns how many.

        :raises MatcherError: `forbidden`.
        """
        return self._end(actor, ids, channel, state=DeliveryState.SENT)

    def drop(self, actor: Actor, ids: Sequence[str], *, channel: str) -> int:
        """Note that nobody wants some of what an actor has waiting in a channel any more; returns how many.

        :raises MatcherError: `forbidden`.
        """
        return self._end(actor, ids, channel, state=DeliveryState.DROPPED)

    def forget(self, actor: Actor, before: datetime) -> int:
        """Remove what was over before a moment; returns how many deliveries."""
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            return connection.execute(
                delete(deliveries).where(_reach(actor), deliveries.c.finished_at < before)
            ).rowcount

    def _end(self, actor: Actor, ids: Sequence[str], channel: str, *, state: DeliveryState) -> int:
        require(actor, Scope.WRITE)
        over = {"state": state.value, "finished_at": self._database.now()}
        chosen = update(deliveries).where(_own(actor, channel), deliveries.c.id.in_(ids))
        with self._database.write() as connection:
            return connection.execute(chosen.values(over)).rowcount


def emit(
    connection: Connection, now: datetime, tenant: str, *, event: str, data: Mapping[str, object], about: Sequence[str]
) -> None:
    """Queue an event for the webhooks that want it: the platform's, and those of the enterprises it is about."""
    query = select(webhooks).where(
        webhooks.c.tenant == tenant, webhooks.c.active, webhooks.c.owner.in_([PLATFORM, *about])
    )
    for row in connection.execute(query).mappings().all():
        if event in row["events"]:
            queue(connection, now, tenant, owner=row["owner"], target=row["id"], event=event, data=data)


def tell_of_job(connection: Connection, now: datetime, job: Row) -> None:
    """Queue the end of an import for the platform and the enterprise that asked for it; other news of jobs are none."""
    if job["kind"] == "import" and job["finished_at"] is not None:
        about = [job["organisation"]] if job["organisation"] else []
        data = {"id": job["id"], "state": job["state"]}
        emit(connection, now, job["tenant"], event=IMPORTS, data=data, about=about)


def queue(
    connection: Connection,
    now: datetime,
    tenant: str,
    *,
    owner: str,
    target: str,
    event: str,
    data: Mapping[str, object],
    channel: str = "webhook",
    search_id: str | None = None,
) -> str:
    """Write one delivery; returns its id, which sorts by time."""
    row = {
        "tenant": tenant,
        "id": f"msg_{now:%Y%m%dT%H%M%S%f}_{secrets.token_hex(6)}",
        "owner": owner,
        "channel": channel,
        "target": target,
        "search_id": search_id,
        "type": event,
        "body": json.dumps({"type": event, "at": now.isoformat(), "data": data}, ensure_ascii=False),
        "state": DeliveryState.WAITING.value,
        **dict.fromkeys(("attempts", "failures", "lost"), 0),
        "due_at": now,
        "created_at": now,
    }
    connection.execute(insert(deliveries).values(row))
    return str(row["id"])


def queue_again(connection: Connection, now: datetime, chosen: ColumnElement[bool], delivery: str) -> Delivery:
    """Queue one of the deliveries chosen again, under the id it had; returns it.

    Its claims are counted on, so that who may still be sending it cannot end it for the next one.
    :raises MatcherError: `not_found`.
    """
    one = and_(chosen, deliveries.c.id == delivery)
    again: Row = {"state": DeliveryState.WAITING.value, "failures": 0, "lost": 0, "due_at": now, "error": None}
    connection.execute(update(deliveries).where(one).values(**again, finished_at=None))
    row = connection.execute(select(deliveries).where(one)).mappings().first()
    if row is None:
        raise MatcherError("not_found", f"没有投递 {delivery}：请核对编号", id=delivery)
    return delivery_of(row)


def _give_up(connection: Connection, chosen: ColumnElement[bool], now: datetime) -> None:
    error = f"发送的进程已中断 {_MOST_LOST} 次，不再重试：可重送"
    over = {"state": DeliveryState.DEAD.value, "error": error, "finished_at": now}
    query = select(deliveries.c.tenant, deliveries.c.id).where(chosen).with_for_update(skip_locked=True)
    for row in connection.execute(query).mappings().all():
        connection.execute(update(deliveries).filter_by(**row).values(over))


def _follow(connection: Connection, hook: RowMapping, latest: int, now: datetime) -> int:
    found = []
    for event, table, firm in ((POSTINGS, postings, postings.c.enterprise_id), (ENTERPRISES, enterprises, None)):
        own = true() if hook["owner"] == PLATFORM else (enterprises.c.id if firm is None else firm) == hook["owner"]
        if event in hook["events"]:
            query = select(table.c.id, table.c.seq, table.c.deleted).where(
                table.c.tenant == hook["tenant"], table.c.seq > hook["after"], table.c.seq <= latest, own
            )
            rows = connection.execute(query.order_by(table.c.seq).limit(_PAGE)).all()
            found += [(row.seq, event, row) for row in rows]
    found = sorted(found, key=lambda one: one[0])[:_PAGE]
    for event in sorted({one[1] for one in found}):
        kind = event.split(".")[0]
        items = [
            {"seq": row.seq, "kind": kind, "id": row.id, "removed": row.deleted} for _, of, row in found if of == event
        ]
        where = {"owner": hook["owner"], "target": hook["id"]}
        queue(connection, now, hook["tenant"], event=event, data={"items": items}, **where)
    place = found[-1][0] if len(found) == _PAGE else latest
    key = {"tenant": hook["tenant"], "owner": hook["owner"], "id": hook["id"]}
    connection.execute(update(webhooks).filter_by(**key).values(after=place))
    return len(found)


def _behind(actor: Actor, latest: int) -> ColumnElement[bool]:
    own = true() if actor.system else _of(webhooks.c.tenant, webhooks.c.owner, actor)
    return and_(own, webhooks.c.active, webhooks.c.after < latest)


def _reach(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.system else _of(deliveries.c.tenant, deliveries.c.owner, actor)


def _of(tenant: ColumnElement[str], owner: ColumnElement[str], actor: Actor) -> ColumnElement[bool]:
    return and_(tenant == actor.tenant, true() if actor.platform else owner == actor.organisation)


def _own(actor: Actor, channel: str) -> ColumnElement[bool]:
    table = deliveries.c
    mine = and_(table.tenant == actor.tenant, table.owner == owner_of(actor))
    return and_(mine, table.channel == channel, table.state == DeliveryState.WAITING.value)


def in_turn(connection: Connection, actor: Actor) -> None:
    """Let whoever else writes webhooks or searches of the tenant wait until this transaction ends.

    :raises MatcherError: `unknown_tenant`.
    """
    require_tenant(connection, actor)
    lock = select(tenants.c.id).where(tenants.c.id == actor.tenant)
    connection.execute(lock.with_for_update(key_share=True))


def owner_of(actor: Actor) -> str:
    """Return the owner whose webhooks and searches an actor keeps: its enterprise, or the platform."""
    return PLATFORM if actor.platform or actor.organisation is None else actor.organisation
