"""What happened to deals, who was shown what of them, and who wants no more requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, func, insert, or_, select, true

from matcher.deals import DealStage, Ending
from service.auth import Actor, Scope
from service.store.database import require_tenant, upsert
from service.store.deal_schema import deal_steps, deals, disclosures, mutes
from service.store.rights import require, require_own
from service.store.room import Room
from service.store.rows import Row, batches, check_key, storable
from service.store.schema import enterprises
from service.store.sequenced import living, not_found

EVERYONE = "*"
PARTIES = (deals.c.requester_id, deals.c.supplier_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done to a deal: the action, on which day it happened, what was told, by whom and when.

    `stage` is the stage or ending it told of, None where it told of none.
    """

    action: str
    on: date
    note: str | None = field(default=None, repr=False)
    values: Mapping[str, Any] = field(default_factory=dict)
    stage: DealStage | Ending | None = None
    organisation: str | None = None
    user: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Who was shown what about which enterprise, and when."""

    what: str
    about: str
    organisation: str | None
    user: str
    at: datetime


_STEP = tuple(one.name for one in fields(Step))
_DISCLOSURE = tuple(one.name for one in fields(Disclosure))


class DealLog(Room):
    """The history of the deals of a tenant."""

    def _step(self, connection: Connection, actor: Actor, deal_id: str, step: Step) -> None:
        row = {
            "action": step.action,
            "stage": step.stage.value if step.stage else None,
            "on": step.on,
            "note": step.note,
            "values": storable(dict(step.values), deal_id),
        }
        self._append(connection, actor, deal_steps, deal_id, row)

    def _told(self, connection: Connection, actor: Actor, deal_id: str, step: Step) -> bool:
        same = select(deal_steps.c["values"]).where(
            deal_steps.c.tenant == actor.tenant,
            deal_steps.c.deal_id == deal_id,
            deal_steps.c.action == step.action,
            deal_steps.c.on == step.on,
            deal_steps.c.note == step.note,
        )
        return storable(dict(step.values), deal_id) in connection.execute(same).scalars().all()

    def _append(self, connection: Connection, actor: Actor, table: Table, deal_id: str, row: Row) -> None:
        mine = (table.c.tenant == actor.tenant) & (table.c.deal_id == deal_id)
        last = connection.execute(select(func.max(table.c.n)).where(mine)).scalar()
        by = {"organisation": actor.organisation, "user": actor.user, "at": self._database.now()}
        connection.execute(
            insert(table).values({**row, **by, "tenant": actor.tenant, "deal_id": deal_id, "n": (last or 0) + 1})
        )

    def steps(self, actor: Actor, id_: str) -> tuple[Step, ...]:
        """Return what happened to a deal, in order.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        self._require_seen(actor, id_)
        rows = self._of_deal(actor, deal_steps, id_)
        return tuple(map(_step_of, rows))

    def disclose(self, actor: Actor, id_: str, *, what: str, about: str) -> None:
        """Note that the actor is shown something about an enterprise; the same to the same person is noted once a day.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        self._require_seen(actor, id_)
        with self._database.write() as connection:
            mine = (disclosures.c.tenant == actor.tenant) & (disclosures.c.deal_id == id_)
            same = (disclosures.c.what == what) & (disclosures.c.about == about) & (disclosures.c.user == actor.user)
            last = connection.execute(select(func.max(disclosures.c.at)).where(mine, same)).scalar()
            if last is None or last.date() != self._database.now().date():
                self._append(connection, actor, disclosures, id_, {"what": what, "about": about})

    def disclosures(self, actor: Actor, id_: str) -> tuple[Disclosure, ...]:
        """Return who was shown what of a deal, in order.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        self._require_seen(actor, id_)
        rows = self._of_deal(actor, disclosures, id_)
        return tuple(Disclosure(**{name: row[name] for name in _DISCLOSURE}) for row in rows)

    def shown_about(self, actor: Actor, enterprise_id: str, *, what: str) -> tuple[Disclosure, ...]:
        """Return who was shown something about an enterprise in any deal.

        :raises MatcherError: `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.READ)
        told = (disclosures.c.about == enterprise_id, disclosures.c.what == what)
        query = select(disclosures).where(disclosures.c.tenant == actor.tenant, *told).order_by(disclosures.c.at)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Disclosure(**{name: row[name] for name in _DISCLOSURE}) for row in rows)

    def _of_deal(self, actor: Actor, table: Table, id_: str) -> Sequence[RowMapping]:
        query = select(table).where(table.c.tenant == actor.tenant, table.c.deal_id == id_).order_by(table.c.n)
        with self._database.read() as connection:
            return connection.execute(query).mappings().all()

    def mute(self, actor: Actor, enterprise_id: str, *, other: str = EVERYONE, muted: bool = True) -> None:
        """Keep an enterprise from being asked by another (by anyone), or no longer.

        :raises MatcherError: `forbidden`, `not_found`, `bad_record`.
        """
        require_own(actor, enterprise_id, Scope.WRITE)
        row = {"tenant": actor.tenant, "enterprise_id": enterprise_id, "other": check_key(other, "other")}
        with self._database.write() as connection:
            require_tenant(connection, actor)
            living(connection, enterprises, actor.tenant, id_=enterprise_id)
            if muted:
                upsert(connection, mutes, row | {"at": self._database.now()})
            else:
                connection.execute(delete(mutes).filter_by(**row))

    def muted(self, actor: Actor, requester_id: str) -> frozenset[str]:
        """Return the enterprises that do not want to be asked by one."""
        require(actor, Scope.READ)
        query = select(mutes.c.enterprise_id).where(
            mutes.c.tenant == actor.tenant, mutes.c.other.in_([requester_id, EVERYONE])
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def steps_of(self, actor: Actor, ids: Iterable[str]) -> Mapping[str, tuple[Step, ...]]:
        """Return what happened to each of some deals, in order; those the actor may not see are left out.

        :raises MatcherError: `forbidden`.
        """
        require(actor, Scope.READ)
        found: dict[str, list[Step]] = {}
        with self._database.read() as connection:
            for batch in batches(ids):
                mine = (deals.c.tenant == deal_steps.c.tenant) & (deals.c.id == deal_steps.c.deal_id)
                query = (
                    select(deal_steps)
                    .join(deals, mine)
                    .where(deal_steps.c.tenant == actor.tenant, deals_seen_by(actor), deal_steps.c.deal_id.in_(batch))
                )
                for row in connection.execute(query.order_by(deal_steps.c.deal_id, deal_steps.c.n)).mappings():
                    found.setdefault(row["deal_id"], []).append(_step_of(row))
        return {id_: tuple(steps) for id_, steps in found.items()}

    def _require_seen(self, actor: Actor, id_: str) -> None:
        require(actor, Scope.READ)
        seen = select(deals.c.id).where(deals.c.tenant == actor.tenant, deals.c.id == id_, deals_seen_by(actor))
        with self._database.read() as connection:
            if connection.execute(seen).first() is None:
                raise not_found(deals, id_)


def deals_seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor sees a deal: the platform all, a firm its own."""
    return true() if actor.platform else or_(*(column == actor.organisation for column in PARTIES))


def _step_of(row: RowMapping) -> Step:
    return _STEP_OF.validate_python({name: row[name] for name in _STEP})


_STEP_OF = TypeAdapter(Step)
