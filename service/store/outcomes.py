"""What people said became of a candidate; later word stands beside the earlier."""

import secrets
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, true

from matcher.errors import MatcherError
from matcher.outcomes import DismissalReason, OutcomeStage
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.feedback_schema import outcomes, shown, shown_items
from service.store.rights import require, seen_by
from service.store.room import Room
from service.store.rows import Page, Row, check_key, check_limit, page, storable
from service.store.schema import postings
from service.store.sequenced import not_found
from service.store.shown import own

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutcome:
    """What someone says became of the candidate `posting_id`, in a list they were shown or outside any.

    `note` may name persons: it is never logged.
    """

    posting_id: str
    stage: OutcomeStage
    reason: DismissalReason | None = None
    note: str | None = field(default=None, repr=False)
    id: str | None = None
    list_id: str | None = None
    request_posting_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """An outcome as it is kept, by whom and when. `note` may name persons: it is never logged."""

    id: str
    list_id: str | None
    request_posting_id: str | None
    posting_id: str
    enterprise_id: str
    stage: OutcomeStage
    reason: DismissalReason | None
    note: str | None = field(repr=False)
    organisation: str | None
    user: str
    at: datetime


_RECORD = TypeAdapter(OutcomeRecord)
_FIELDS = tuple(field.name for field in fields(OutcomeRecord))
_STATED = ("list_id", "request_posting_id", "posting_id", "stage", "reason", "note")


class Telling(Room):
    """Outcomes as they were told."""

    def record_outcome(self, actor: Actor, new: NewOutcome) -> OutcomeRecord:
        """Return the outcome as it is kept. Telling the same again adds nothing.

        The same is what comes with a known `id`, or without one repeats the last word on a posting of a list. The
        request is the list's own unless the list was asked by text.
        :raises MatcherError: `not_found` for a list or posting, `idempotency_conflict` for the id of another outcome,
            `bad_outcome` for a request that is not the list's, `bad_record`, `forbidden`, `unknown_tenant`.
        """
        require(actor, Scope.WRITE)
        plain = storable({name: getattr(new, name) for name in _STATED}, new.posting_id)
        with self._database.write() as connection:
            require_tenant(connection, actor)
            stated = {**plain, **_resolved(connection, actor, new)}
            last = _last_word(connection, actor, new)
            known = _of_id(connection, actor, new.id) if new.id is not None else last
            if known is not None and _reaches(actor, known) and all(known[name] == stated[name] for name in _STATED):
                return _record(known)
            if known is not None and new.id is not None:
                raise MatcherError("idempotency_conflict", f"编号 {new.id} 已用于另一条结果：请换一个编号", id=new.id)
            now = self._database.now()
            by = {"tenant": actor.tenant, "organisation": actor.organisation, "user": actor.user}
            row = {**stated, **by, "id": _id(new), "at": max(now, last["at"] + _TICK) if last else now}
            connection.execute(insert(outcomes).values(row))
            return _record(row)

    def outcomes(
        self, actor: Actor, *, after: str | None = None, limit: int = 100, list_id: str | None = None
    ) -> Page[OutcomeRecord]:
        """Return outcomes, of one list or of all, in the order in which they were told.

        :raises MatcherError: `bad_limit`, `bad_cursor`.
        """
        require(actor, Scope.READ)
        table = outcomes.c
        here = and_(own(actor, outcomes), _after(after), table.list_id == list_id if list_id else true())
        query = select(outcomes).where(here).order_by(table.at, table.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = [(f"{row['at'].isoformat()} {row['id']}", _record(dict(row))) for row in rows]
        return page(found, limit)

    def suppliers(self, actor: Actor, enterprise_id: str) -> tuple[str, ...]:
        """Return the enterprises that one is known to buy from, by id: signed with, or dismissed as 已是供应商.

        The last word on a posting of a list counts; it is the enterprise's when its people told it, or when it was
        told of the enterprise's own request.
        """
        require(actor, Scope.READ)
        told = outcomes.c
        of_list = and_(shown.c.tenant == told.tenant, shown.c.id == told.list_id)
        request = and_(postings.c.tenant == told.tenant, postings.c.id == told.request_posting_id)
        asked = (told.organisation, shown.c.enterprise_id, postings.c.enterprise_id)
        query = (
            select(told.list_id, told.posting_id, told.enterprise_id, told.stage, told.reason)
            .select_from(outcomes.outerjoin(shown, of_list).outerjoin(postings, request))
            .where(own(actor, outcomes), or_(*(column == enterprise_id for column in asked)))
            .order_by(told.at, told.id)
        )
        with self._database.read() as connection:
            last = {(row.list_id, row.posting_id): row for row in connection.execute(query)}
        bought = (
            row for row in last.values() if row.stage == OutcomeStage.SIGNED or row.reason == DismissalReason.SUPPLIER
        )
        return tuple(sorted({str(row.enterprise_id) for row in bought} - {enterprise_id}))


def _id(new: NewOutcome) -> str:
    return check_key(new.id, "id") if new.id is not None else f"out_{secrets.token_hex(8)}"


def _resolved(connection: Connection, actor: Actor, new: NewOutcome) -> Row:
    """Return the candidate's enterprise and the request, found where the actor may see them."""
    if new.request_posting_id is not None:
        _owner(connection, actor, new.request_posting_id)
    if new.list_id is None:
        return {"enterprise_id": _owner(connection, actor, new.posting_id)}
    # Whoever tells of the same list waits here, so that each sees the last word before its own.
    mine = select(shown.c.posting_id).where(own(actor, shown), shown.c.id == new.list_id).with_for_update()
    found = connection.execute(mine).first()
    if found is None:
        raise MatcherError("not_found", f"列表 {new.list_id} 不存在：请使用匹配返回的列表编号", id=new.list_id)
    if found.posting_id is not None and new.request_posting_id not in (None, found.posting_id):
        message = f"列表 {new.list_id} 答复的是 {found.posting_id}，不是 {new.request_posting_id}：请核对后重试"
        raise MatcherError("bad_outcome", message, list_id=new.list_id)
    item = select(shown_items.c.enterprise_id).filter_by(
        tenant=actor.tenant, list_id=new.list_id, posting_id=new.posting_id
    )
    enterprise = connection.execute(item).scalars().first()
    if enterprise is None:
        message = f"列表 {new.list_id} 中没有条目 {new.posting_id}：请核对编号"
        raise MatcherError("not_found", message, id=new.posting_id)
    return {"enterprise_id": enterprise, "request_posting_id": found.posting_id or new.request_posting_id}


def _owner(connection: Connection, actor: Actor, posting_id: str) -> str:
    alive = and_(postings.c.tenant == actor.tenant, ~postings.c.deleted, seen_by(actor))
    query = select(postings.c.enterprise_id).where(alive, postings.c.id == posting_id)
    owner = connection.execute(query).scalar_one_or_none()
    if owner is None:
        raise not_found(postings, posting_id)
    return str(owner)


def _last_word(connection: Connection, actor: Actor, new: NewOutcome) -> RowMapping | None:
    if new.list_id is None:
        return None
    same = select(outcomes).filter_by(tenant=actor.tenant, list_id=new.list_id, posting_id=new.posting_id)
    latest = same.order_by(outcomes.c.at.desc(), outcomes.c.id.desc()).limit(1)
    return connection.execute(latest).mappings().one_or_none()


def _of_id(connection: Connection, actor: Actor, id_: str) -> RowMapping | None:
    return connection.execute(select(outcomes).filter_by(tenant=actor.tenant, id=id_)).mappings().one_or_none()


def _reaches(actor: Actor, row: RowMapping) -> bool:
    return actor.platform or row["organisation"] == actor.organisation


def _after(cursor: str | None) -> ColumnElement[bool]:
    if cursor is None:
        return true()
    moment, _, id_ = cursor.partition(" ")
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MatcherError("bad_cursor", f"翻页游标 {cursor!r} 无效：请使用上一页返回的 next") from error
    return or_(outcomes.c.at > at, and_(outcomes.c.at == at, outcomes.c.id > id_))


def _record(row: Row | RowMapping) -> OutcomeRecord:
    return _RECORD.validate_python({name: row[name] for name in _FIELDS})
