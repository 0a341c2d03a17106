"""Webhooks: where a platform or an enterprise is told of what happens, and with which secret it is signed."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, delete, func, insert, select, true, update

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.delivery import Delivery, delivery_of
from service.store.outbox import EVENTS, PING, RECORDS, in_turn, owner_of, queue, queue_again
from service.store.outbox_schema import deliveries, webhooks
from service.store.rights import require
from service.store.room import Room
from service.store.rows import Page, Row, check_key, check_limit, page
from service.store.schema import counter

MOST = 20
_PURPOSE = "webhook"
_SECRET_BYTES = 32
_GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address and the events it is told of."""

    id: str
    owner: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Signing:
    """Where to send to, which events are wanted, and the secrets to sign with: the present one, and for a day those before."""

    url: str
    events: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)


class Webhooks(Room):
    """The webhooks of the platform and of each enterprise: each keeps its own, under ids of its own."""

    def put(
        self, actor: Actor, id_: str, *, url: str, events: Sequence[str], active: bool = True
    ) -> tuple[Webhook, str | None]:
        """Add or replace a webhook; returns it, and the secret if it is new, which is not shown again.

        What changed before it followed the records, or while it was not active, is not told.
        :raises MatcherError: `forbidden`, `bad_record`, `unknown_event`, `unknown_tenant`, `too_many_webhooks`.
        """
        require(actor, Scope.WRITE)
        if strange := sorted(set(events) - set(EVENTS)):
            raise MatcherError("unknown_event", f"没有事件 {'、'.join(strange)}；可用：{'、'.join(EVENTS)}")
        now, secret = self._database.now(), None
        row: Row = {
            "url": self._database.vault.seal(url, _PURPOSE),
            "events": sorted(set(events)),
            "active": active,
            "updated_at": now,
        }
        with self._database.write() as connection:
            in_turn(connection, actor)
            held = connection.execute(_one(actor, check_key(id_, "id")).with_for_update()).mappings().first()
            row["after"] = _place(connection, held, events, active=active)
            if held is None:
                _require_room(connection, actor)
                secret = _new_secret()
                fresh = {"tenant": actor.tenant, "owner": owner_of(actor), "id": id_, "created_at": now}
                connection.execute(insert(webhooks).values({**row, **fresh, "secret": self._sealed(secret, {})}))
            else:
                connection.execute(update(webhooks).where(_is(actor, id_)).values(row))
        return self.get(actor, id_), secret

    def get(self, actor: Actor, id_: str) -> Webhook:
        """Return a webhook.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        with self._database.read() as connection:
            return self._webhook(_held(connection, actor, id_))

    def list(self, actor: Actor) -> list[Webhook]:
        """Return the actor's webhooks by id, at most 20.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.WRITE)
        query = select(webhooks).where(_mine(actor)).order_by(webhooks.c.id)
        with self._database.read() as connection:
            return [self._webhook(row) for row in connection.execute(query).mappings()]

    def delete(self, actor: Actor, id_: str) -> None:
        """Remove a webhook with its deliveries.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            _held(connection, actor, id_)
            connection.execute(delete(deliveries).where(_to(actor, id_)))
            connection.execute(delete(webhooks).where(_is(actor, id_)))

    def renew_secret(self, actor: Actor, id_: str) -> str:
        """Return a fresh secret, which is not shown again; with those before it is signed too, for a day each.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        fresh, now = _new_secret(), self._database.now()
        with self._database.write() as connection:
            held = self._unsealed(_held(connection, actor, id_))
            before = {held["now"]: (now + _GRACE).isoformat(), **_still(held["before"], now)}
            sealed = self._sealed(fresh, before)
            connection.execute(update(webhooks).where(_is(actor, id_)).values(secret=sealed, updated_at=now))
        return fresh

    def signing(self, actor: Actor, owner: str, id_: str) -> Signing | None:
        """Return how to send to an owner's webhook, None where it is gone or not active; for the platform.

        :raises MatcherError: `forbidden`, `bad_seal`.
        """
        require(actor, Scope.WRITE)
        query = select(webhooks).filter_by(tenant=actor.tenant, owner=owner, id=id_).where(webhooks.c.active)
        query = query.where(true() if actor.platform else webhooks.c.owner == actor.organisation)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        held = self._unsealed(row)
        known = (held["now"], *_still(held["before"], self._database.now()))
        return Signing(self._database.vault.unseal(row["url"], _PURPOSE), tuple(row["events"]), known)

    def ping(self, actor: Actor, id_: str) -> Delivery:
        """Queue a delivery to try a webhook with; returns it.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            _held(connection, actor, id_)
            now = self._database.now()
            made = queue(
                connection, now, actor.tenant, owner=owner_of(actor), target=id_, event=PING, data={"webhook": id_}
            )
            query = select(deliveries).where(_to(actor, id_), deliveries.c.id == made)
            return delivery_of(connection.execute(query).mappings().one())

    def deliveries(self, actor: Actor, id_: str, *, after: str | None = None, limit: int = 100) -> Page[Delivery]:
        """Return the deliveries of a webhook, the newest first; those that ended a month ago are gone.

        :raises MatcherError: `forbidden`, `not_found`, `bad_limit`.
        """
        require(actor, Scope.WRITE)
        before = deliveries.c.id < after if after else true()
        query = select(deliveries).where(_to(actor, id_), before).order_by(deliveries.c.id.desc())
        with self._database.read() as connection:
            _held(connection, actor, id_)
            rows = connection.execute(query.limit(check_limit(limit) + 1)).mappings()
            return page([(row["id"], delivery_of(row)) for row in rows], limit)

    def replay(self, actor: Actor, id_: str, delivery: str) -> Delivery:
        """Queue a delivery again, under the id it had; returns it.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            _held(connection, actor, id_)
            return queue_again(connection, self._database.now(), _to(actor, id_), delivery)

    def _webhook(self, row: RowMapping) -> Webhook:
        return Webhook(
            id=row["id"],
            owner=row["owner"],
            url=self._database.vault.unseal(row["url"], _PURPOSE),
            events=tuple(row["events"]),
            active=row["active"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )

    def _sealed(self, now: str, before: Mapping[str, str]) -> str:
        return self._database.vault.seal(json.dumps({"now": now, "before": dict(before)}), _PURPOSE)

    def _unsealed(self, row: RowMapping) -> Row:
        held: Row = json.loads(self._database.vault.unseal(row["secret"], _PURPOSE))
        return held


def _place(connection: Connection, held: RowMapping | None, events: Sequence[str], *, active: bool) -> int | None:
    """Return from where a webhook follows the records: where it was, or from now on if it did not follow them."""
    if not active or not RECORDS & set(events):
        return None
    if held is not None and held["after"] is not None:
        return int(held["after"])
    return int(connection.execute(select(counter.c.seq)).scalar_one())


def _require_room(connection: Connection, actor: Actor) -> None:
    count = connection.execute(select(func.count()).select_from(webhooks).where(_mine(actor))).scalar_one()
    if count >= MOST:
        raise MatcherError("too_many_webhooks", f"最多 {MOST} 个：请先删除不用的")


def _held(connection: Connection, actor: Actor, id_: str) -> RowMapping:
    row = connection.execute(_one(actor, id_)).mappings().first()
    if row is None:
        raise MatcherError("not_found", f"没有 webhook {id_}：请核对编号", id=id_)
    return row


def _one(actor: Actor, id_: str) -> Select[tuple[object, ...]]:
    return select(webhooks).where(_is(actor, id_))


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(webhooks.c.tenant == actor.tenant, webhooks.c.owner == owner_of(actor))


def _is(actor: Actor, id_: str) -> ColumnElement[bool]:
    return and_(_mine(actor), webhooks.c.id == id_)


def _to(actor: Actor, id_: str) -> ColumnElement[bool]:
    table = deliveries.c
    mine = and_(table.tenant == actor.tenant, table.owner == owner_of(actor))
    return and_(mine, table.channel == "webhook", table.target == id_)


def _still(before: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return the former secrets that are still signed with, the latest first, with until when."""
    return {secret: until for secret, until in before.items() if datetime.fromisoformat(until) > now}


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
