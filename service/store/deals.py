"""Deals: each change is one transaction with its step; whoever works for an enterprise meets only its own."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, insert, or_, select, true, update

from matcher.deals import Deal, DealStage
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import Ledger, require_tenant
from service.store.deal_log import PARTIES, DealLog, Step, deals_seen_by
from service.store.deal_schema import deal_steps, deals, disclosures, mutes
from service.store.outbox import DEALS, emit
from service.store.rights import require
from service.store.rows import Page, Row, check_key, check_limit, page, storable
from service.store.schema import enterprises
from service.store.sequenced import not_found

_FIELDS = tuple(one.name for one in fields(Deal))
_DEAL = TypeAdapter(Deal)


class Deals(DealLog):
    """The deals of a tenant."""

    def create(self, actor: Actor, made: Sequence[Deal], step: Step) -> tuple[Deal, ...]:
        """Keep new deals, all or none; where the same pair of postings has an open one, that one stands.

        :raises MatcherError: `forbidden` to whoever is neither side, `unknown_enterprise`, `bad_record`.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            require_tenant(connection, actor)
            ids = [self._create(connection, actor, one, step) for one in made]
        return tuple(self.get(actor, id_) for id_ in ids)

    def _create(self, connection: Connection, actor: Actor, one: Deal, step: Step) -> str:
        if not (actor.platform or actor.organisation in (one.requester_id, one.supplier_id)):
            raise MatcherError("forbidden", "只能为本企业发起对接：请使用相应的密钥")
        firms = {one.requester_id, one.supplier_id}
        alive = select(enterprises.c.id).where(
            enterprises.c.tenant == actor.tenant, ~enterprises.c.deleted, enterprises.c.id.in_(firms)
        )
        alive = alive.order_by(enterprises.c.id).with_for_update()  # Who proposes the same pair at once waits here.
        if missing := firms - set(connection.execute(alive).scalars()):
            raise MatcherError("unknown_enterprise", f"企业 {'、'.join(sorted(missing))} 不存在，请先写入该企业")
        known = connection.execute(_same(actor, one)).scalars().first()
        if known is not None:
            return str(known)
        if connection.execute(select(deals.c.id).where(_of(deals, actor, one.id))).first():
            raise MatcherError("deal_exists", f"已有编号为 {one.id} 的对接，请换一个编号", id=one.id)
        now = self._database.now()
        connection.execute(
            insert(deals).values(_row(one) | {"tenant": actor.tenant, "created_at": now, "updated_at": now})
        )
        self._step(connection, actor, one.id, replace(step, stage=step.stage or one.stage))
        self._tell(connection, actor, one, step)
        return one.id

    def _tell(self, connection: Connection, actor: Actor, one: Deal, step: Step) -> None:
        told: Row = {"id": one.id, "action": step.action, "stage": one.stage, "ending": one.ending}
        sides = {"requester_id": one.requester_id, "supplier_id": one.supplier_id}
        now = self._database.now()
        emit(connection, now, actor.tenant, event=DEALS, data=told | sides, about=list(sides.values()))

    def change(self, actor: Actor, id_: str, apply: Callable[[Deal], Deal], step: Step) -> Deal:
        """Return a deal after `apply`; the row stays locked meanwhile.

        What changes nothing leaves a step only if it tells a note, or the day of a stage, that was not told before.

        :raises MatcherError: `forbidden`, `not_found`, and what `apply` raises.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            query = select(deals).where(_of(deals, actor, id_), deals_seen_by(actor)).with_for_update()
            held = connection.execute(query).mappings().first()
            if held is None:
                raise not_found(deals, id_)
            before = _deal(held)
            after = apply(before)
            if (after.stage, after.ending) != (before.stage, before.ending) and step.stage is None:
                step = replace(step, stage=after.ending or after.stage)
            if after != before:
                row = _row(after) | {"updated_at": self._database.now()}
                connection.execute(update(deals).where(_of(deals, actor, id_)).values(row))
            if after != before or ((step.note or step.stage) and not self._told(connection, actor, id_, step)):
                self._step(connection, actor, id_, step)
            if _standing(after) != _standing(before):
                self._tell(connection, actor, after, step)
        return self.get(actor, id_)

    def get(self, actor: Actor, id_: str) -> Deal:
        """Return a deal.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.READ)
        with self._database.read() as connection:
            row = (
                connection.execute(select(deals).where(_of(deals, actor, id_), deals_seen_by(actor))).mappings().first()
            )
        if row is None:
            raise not_found(deals, id_)
        return _deal(row)

    def list(
        self,
        actor: Actor,
        *,
        after: str | None = None,
        limit: int = 100,
        enterprise_id: str | None = None,
        request_posting_id: str | None = None,
        stage: DealStage | None = None,
        open_only: bool = False,
        department: str | None = None,
    ) -> Page[Deal]:
        """Return deals by id: all that the actor may see, or those of a firm, request, stage or department.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.READ)
        table = deals.c
        chosen = (
            table.tenant == actor.tenant,
            deals_seen_by(actor),
            or_(*(column == enterprise_id for column in PARTIES)) if enterprise_id else true(),
            table.request_posting_id == request_posting_id if request_posting_id else true(),
            table.stage == stage.value if stage else true(),
            table.ending.is_(None) if open_only else true(),
            table.department == department if department else true(),
            table.id > after if after else true(),
        )
        query = select(deals).where(*chosen).order_by(table.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            found = [(row["id"], _deal(row)) for row in connection.execute(query).mappings()]
        return page(found, limit)


def move_deals(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the deals of one enterprise to another; what it muted is muted no longer."""
    for column in (*PARTIES, deal_steps.c.organisation, disclosures.c.organisation):
        moved = update(column.table).where(column.table.c.tenant == ledger.tenant, column == from_id)
        ledger.connection.execute(moved.values({column.name: into_id}))
    gone = (mutes.c.tenant == ledger.tenant) & (mutes.c.enterprise_id == from_id)
    ledger.connection.execute(delete(mutes).where(gone))


def remove_deals(ledger: Ledger, enterprise_id: str) -> None:
    """Let the deals of an enterprise stand as numbers: no reasons, questions or notes are left; its mutes go."""
    mine = or_(*(column == enterprise_id for column in PARTIES))
    of_tenant = deals.c.tenant == ledger.tenant
    ids = select(deals.c.id).where(of_tenant, mine)
    notes = update(deal_steps).where(deal_steps.c.tenant == ledger.tenant, deal_steps.c.deal_id.in_(ids))
    ledger.connection.execute(notes.values(note=None))
    ledger.connection.execute(update(deals).where(of_tenant, mine).values(why=[], questions=[]))
    gone = (mutes.c.tenant == ledger.tenant) & (mutes.c.enterprise_id == enterprise_id)
    ledger.connection.execute(delete(mutes).where(gone))


def _same(actor: Actor, one: Deal) -> Any:
    """Return the query for an open deal of the same pair of postings; a deal without postings is like no other."""
    if one.request_posting_id is None or one.offer_posting_id is None:
        return select(deals.c.id).where(_of(deals, actor, one.id), ~true())
    return (
        select(deals.c.id)
        .filter_by(
            tenant=actor.tenant,
            request_posting_id=one.request_posting_id,
            offer_posting_id=one.offer_posting_id,
            ending=None,
        )
        .order_by(deals.c.id)
    )


def _standing(one: Deal) -> tuple[object, ...]:
    """Return what of a deal is told of when it changes: who agreed, how far it is, how it ended."""
    return one.stage, one.ending, one.agreed


def _of(table: Table, actor: Actor, id_: str) -> ColumnElement[bool]:
    return (table.c.tenant == actor.tenant) & (table.c.id == id_)


def _row(one: Deal) -> Row:
    plain = {name: value for name, value in asdict(one).items() if name not in ("created_at", "updated_at")}
    row: Row = storable(plain, check_key(one.id, "id"))
    days = {name: getattr(one, name) for name in ("entered", "answer_by", "due")}
    return row | days


def _deal(row: RowMapping) -> Deal:
    return _DEAL.validate_python({name: row[name] for name in _FIELDS})
