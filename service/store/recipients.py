"""Who is told: addresses that nobody reads in the database, mutes, and those who want no more."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, select, true, update

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import upsert
from service.store.outbox import owner_of
from service.store.outbox_schema import deliveries
from service.store.rights import require, require_platform
from service.store.room import Room
from service.store.rows import Row
from service.store.search_schema import recipients, searches
from service.vault import Vault

MOST_A_DAY = 20
"""How many messages one address gets in a day from all searches of an owner."""

_PURPOSE = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipient:
    """Whom to tell: the webhook's id, an address, a robot's URL with its secret, or a name for the merge sheet."""

    channel: str
    to: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    muted_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who is told, unless muted or unsubscribed; one address is one recipient in all searches of an owner."""

    id: str
    channel: str
    to: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    muted_until: date | None
    unsubscribed: bool

    def listens(self, today: date) -> bool:
        """Return whether the recipient wants to be told on a day."""
        return not self.unsubscribed and (self.muted_until is None or self.muted_until <= today)


class RecipientRoom(Room):
    """The recipients of the searches of a tenant."""

    def recipient(self, actor: Actor, owner: str, id_: str) -> Recipient | None:
        """Return a recipient of an owner's searches, None when it is not known; to the platform and that owner.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.READ)
        with self._database.read() as connection:
            row = connection.execute(select(recipients).where(_is(actor, owner, id_))).mappings().first()
        return self._recipient(row) if row is not None else None

    def set_recipient(
        self, actor: Actor, owner: str, id_: str, *, unsubscribed: bool, muted_until: date | None = None
    ) -> None:
        """Keep what a recipient wants: nothing more, nothing until a day, or everything.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.WRITE)
        values = {"muted_until": muted_until, "unsubscribed_at": self._database.now() if unsubscribed else None}
        with self._database.write() as connection:
            if not connection.execute(update(recipients).where(_is(actor, owner, id_)).values(values)).rowcount:
                raise MatcherError("not_found", "没有这个接收人：可能已被删除")

    def told_enough(self, actor: Actor, owner: str, ids: Collection[str], *, since: datetime) -> bool:
        """Return whether one of the recipients has had, since a moment, all the messages that one gets in a day.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.READ)
        table = deliveries.c
        own = true() if actor.platform else table.owner == actor.organisation
        sent = and_(table.tenant == actor.tenant, table.owner == owner, own, table.target.in_(ids))
        query = select(table.target).where(sent, table.created_at >= since).group_by(table.target)
        with self._database.read() as connection:
            return connection.execute(query.having(func.count() >= MOST_A_DAY).limit(1)).first() is not None

    def every_recipient(self, actor: Actor) -> list[tuple[str, Recipient]]:
        """Return the recipients of the tenant with the owners of their searches, for administrators.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        query = (
            select(recipients).where(recipients.c.tenant == actor.tenant).order_by(recipients.c.owner, recipients.c.id)
        )
        with self._database.read() as connection:
            return [(row["owner"], self._recipient(row)) for row in connection.execute(query).mappings()]

    def erase_recipient(self, actor: Actor, owner: str, id_: str) -> None:
        """Forget the address of a recipient, who is told nothing more; for administrators.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        gone = _blank(self._database.vault) | {"unsubscribed_at": self._database.now()}
        with self._database.write() as connection:
            connection.execute(update(recipients).where(_is(actor, owner, id_)).values(gone))

    def _keep(self, connection: Connection, actor: Actor, wanted: Iterable[NewRecipient]) -> list[str]:
        """Return the ids of recipients, kept; an address known already stays muted or unsubscribed."""
        seal = self._database.vault.seal
        kept: list[str] = []
        for one in wanted:
            id_ = self._database.vault.fingerprint(f"{actor.tenant}\x1f{one.channel}\x1f{one.to}", _PURPOSE)
            row: Row = {"tenant": actor.tenant, "owner": owner_of(actor), "id": id_, "channel": one.channel}
            row["address"] = seal(one.to, _PURPOSE)
            if one.secret is not None:
                row["secret"] = seal(one.secret, _PURPOSE)
            if one.muted_until is not None:
                row["muted_until"] = one.muted_until
            upsert(connection, recipients, row)
            kept.append(id_)
        return list(dict.fromkeys(kept))

    def _named(self, connection: Connection, tenant: str, owner: str, *, ids: Sequence[str]) -> tuple[Recipient, ...]:
        mine = and_(recipients.c.tenant == tenant, recipients.c.owner == owner, recipients.c.id.in_(ids))
        found = {
            row["id"]: self._recipient(row) for row in connection.execute(select(recipients).where(mine)).mappings()
        }
        return tuple(found[id_] for id_ in ids if id_ in found)

    def _recipient(self, row: RowMapping) -> Recipient:
        unseal = self._database.vault.unseal
        return Recipient(
            id=row["id"],
            channel=row["channel"],
            to=unseal(row["address"], _PURPOSE),
            secret=unseal(row["secret"], _PURPOSE) if row["secret"] else None,
            muted_until=row["muted_until"],
            unsubscribed=row["unsubscribed_at"] is not None,
        )


def sweep(connection: Connection, vault: Vault, tenant: str, owner: str) -> None:
    """Forget the addresses that no search tells any more; of who unsubscribed the fingerprint is kept."""
    mine = {"tenant": tenant, "owner": owner}
    told = connection.execute(select(searches.c.recipients).filter_by(**mine)).scalars()
    named = {id_ for ids in told for id_ in ids}
    idle = [id_ for id_ in connection.execute(select(recipients.c.id).filter_by(**mine)).scalars() if id_ not in named]
    gone = and_(recipients.c.tenant == tenant, recipients.c.owner == owner, recipients.c.id.in_(idle))
    connection.execute(delete(recipients).where(gone, recipients.c.unsubscribed_at.is_(None)))
    connection.execute(update(recipients).where(gone).values(_blank(vault)))


def _blank(vault: Vault) -> Row:
    return {"address": vault.seal("", _PURPOSE), "secret": None}


def _is(actor: Actor, owner: str, id_: str) -> ColumnElement[bool]:
    own = true() if actor.platform else recipients.c.owner == actor.organisation
    return and_(recipients.c.tenant == actor.tenant, recipients.c.owner == owner, recipients.c.id == id_, own)
