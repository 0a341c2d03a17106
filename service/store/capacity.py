"""Promised capacity: several promises are kept together or not at all, and never more than there is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, or_, select, true, update

from matcher.domain import Posting
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.capacity_schema import commitments
from service.store.database import Ledger, require_tenant
from service.store.rights import require, seen_by
from service.store.room import Room
from service.store.rows import Page, Row, batches, check_key, check_limit, page, to_posting
from service.store.schema import postings
from service.store.sequenced import not_found


class CommitmentState(StrEnum):
    """How far a promise has got; what is `RELEASED` is free again, all others hold their amount."""

    HELD = "held"
    CONFIRMED = "confirmed"
    DONE = "done"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentRecord:
    """An amount of a posting promised on some days. `answer_by` is when a held one should be settled; it never lapses."""

    id: str
    posting_id: str
    enterprise_id: str = ""
    order_id: str | None = None
    first: date
    last: date
    amount: float
    unit: str
    state: CommitmentState = CommitmentState.HELD
    answer_by: date | None = None
    note: str | None = field(default=None, repr=False)
    organisation: str | None = None
    user: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


_NAMES = tuple(one.name for one in fields(CommitmentRecord))
_HOLDS = tuple(state.value for state in CommitmentState if state is not CommitmentState.RELEASED)


class Capacity(Room):
    """Promises on the postings of a tenant; the platform and the firm that has the capacity make them."""

    def commit(
        self,
        actor: Actor,
        promised: Sequence[CommitmentRecord],
        fits: Callable[[Posting, Sequence[CommitmentRecord], Sequence[CommitmentRecord]], None],
    ) -> tuple[CommitmentRecord, ...]:
        """Keep promises, all or none; one of a known id is replaced.

        `fits` is asked for each posting with the promises that stand and the new ones; it raises when there is no room.
        The postings stay locked meanwhile, so that two who promise at once cannot both have the last of it.
        :raises MatcherError: `forbidden` also for an id that is another firm's, `not_found`, `bad_record`, and what
            `fits` raises.
        """
        require(actor, Scope.WRITE)
        with self._database.write() as connection:
            require_tenant(connection, actor)
            held = _locked(connection, actor, {one.posting_id for one in promised})
            for posting_id, posting in held.items():
                _require_supplier(actor, posting)
                mine = [one for one in promised if one.posting_id == posting_id]
                new = {one.id for one in mine}
                stand = [one for one in _standing(connection, actor, [posting_id]) if one.id not in new]
                fits(posting, stand, mine)
            for one in promised:
                self._put(connection, actor, one, held[one.posting_id])
        return tuple(self.get(actor, one.id) for one in promised)

    def _put(self, connection: Connection, actor: Actor, one: CommitmentRecord, posting: Posting) -> None:
        now = self._database.now()
        row: Row = {name: getattr(one, name) for name in _NAMES if name not in ("created_at", "enterprise_id")}
        row |= {
            "id": check_key(one.id, "id"),
            "enterprise_id": posting.enterprise_id,
            "state": one.state.value,
            "organisation": actor.organisation,
            "user": actor.user,
            "updated_at": now,
        }
        known = (commitments.c.tenant == actor.tenant) & (commitments.c.id == one.id)
        # Whose it is, is part of the update: between a look and a write it could become another's.
        own = true() if actor.platform else commitments.c.enterprise_id == actor.organisation
        if not connection.execute(update(commitments).where(known, own).values(row)).rowcount:
            if connection.execute(select(commitments.c.id).where(known)).first():
                raise MatcherError("forbidden", f"承诺编号 {one.id} 已被其他企业使用：请换一个编号", id=one.id)
            connection.execute(insert(commitments).values({**row, "tenant": actor.tenant, "created_at": now}))

    def get(self, actor: Actor, id_: str) -> CommitmentRecord:
        """Return a promise.

        :raises MatcherError: `forbidden`, `not_found`.
        """
        require(actor, Scope.READ)
        query = select(commitments).where(_seen_by(actor), commitments.c.id == id_)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise not_found(commitments, id_)
        return _record(row)

    def list(
        self, actor: Actor, *, posting_id: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[CommitmentRecord]:
        """Return promises by id: all that the actor may see, or those on one posting.

        :raises MatcherError: `forbidden`, `bad_limit`.
        """
        require(actor, Scope.READ)
        table = commitments.c
        chosen = (
            _seen_by(actor),
            table.posting_id == posting_id if posting_id else true(),
            table.id > after if after else true(),
        )
        query = select(commitments).where(*chosen).order_by(table.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = [(row["id"], _record(row)) for row in rows]
        return page(found, limit)

    def standing(self, actor: Actor, posting_ids: Iterable[str]) -> Mapping[str, tuple[CommitmentRecord, ...]]:
        """Return the promises that hold on some postings of the tenant, whoever made them.

        For sums of what is left; it is the caller who must not pass on more.
        """
        require(actor, Scope.READ)
        found: dict[str, list[CommitmentRecord]] = {}
        with self._database.read() as connection:
            for one in _standing(connection, actor, posting_ids):
                found.setdefault(one.posting_id, []).append(one)
        return {posting_id: tuple(records) for posting_id, records in found.items()}


def remove_commitments(ledger: Ledger, enterprise_id: str) -> None:
    """Delete every promise of an enterprise."""
    mine = (commitments.c.tenant == ledger.tenant) & (commitments.c.enterprise_id == enterprise_id)
    ledger.connection.execute(delete(commitments).where(mine))


def move_commitments(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the promises of and for one enterprise to another."""
    for column in (commitments.c.enterprise_id, commitments.c.organisation):
        moved = update(commitments).where(commitments.c.tenant == ledger.tenant, column == from_id)
        ledger.connection.execute(moved.values({column.name: into_id}))


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    mine = commitments.c.tenant == actor.tenant
    if actor.platform:
        return mine
    own = or_(commitments.c.enterprise_id == actor.organisation, commitments.c.organisation == actor.organisation)
    return mine & own


def _locked(connection: Connection, actor: Actor, ids: Iterable[str]) -> dict[str, Posting]:
    wanted = sorted(ids)
    found: dict[str, Posting] = {}
    for batch in batches(wanted):
        seen = (postings.c.tenant == actor.tenant, ~postings.c.deleted, postings.c.id.in_(batch), seen_by(actor))
        query = select(postings).where(*seen).order_by(postings.c.id).with_for_update()
        found |= {row["id"]: to_posting(row) for row in connection.execute(query).mappings()}
    if missing := [id_ for id_ in wanted if id_ not in found]:
        raise not_found(postings, missing[0])
    return found


def _standing(connection: Connection, actor: Actor, posting_ids: Iterable[str]) -> list[CommitmentRecord]:
    table, found = commitments.c, list[CommitmentRecord]()
    for batch in batches(posting_ids):
        query = select(commitments).where(
            table.tenant == actor.tenant, table.posting_id.in_(batch), table.state.in_(_HOLDS)
        )
        rows = connection.execute(query.order_by(table.first, table.id)).mappings()
        found += [_record(row) for row in rows]
    return found


def _record(row: RowMapping) -> CommitmentRecord:
    known = {name: row[name] for name in _NAMES}
    return CommitmentRecord(**known | {"state": CommitmentState(row["state"])})


def _require_supplier(actor: Actor, posting: Posting) -> None:
    if not (actor.platform or posting.enterprise_id == actor.organisation):
        message = f"条目 {posting.id} 的产能只能由该企业或平台承诺：请使用相应的密钥"
        raise MatcherError("forbidden", message, posting_id=posting.id)
