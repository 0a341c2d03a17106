"""What was shown to whom: every answered match, at which rank, by which models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, insert, select, true

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import require_tenant
from service.store.feedback_schema import shown, shown_items
from service.store.rights import require
from service.store.room import Room
from service.store.rows import Row, batches, check_key, storable

TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """One candidate of a list: 1-based `rank`, the named features behind `score`, what was adjusted afterwards."""

    rank: int
    posting_id: str
    enterprise_id: str
    score: float
    features: Mapping[str, float]
    adjustments: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One answered match: to whom (`organisation` None is the platform), on what question, by which models.

    `posting_id` and `enterprise_id` are the asker's, if known; of the question's text only the hash is kept.
    """

    id: str
    tenant: str
    organisation: str | None
    user: str
    posting_id: str | None
    enterprise_id: str | None
    kind: PostingKind
    query_hash: str
    as_of: date
    created_at: datetime
    versions: Mapping[str, str]
    items: tuple[ShownItem, ...]
    no_match: str | None = None


_COLUMNS = tuple(field.name for field in fields(Shown) if field.name != "items")
_ITEM_COLUMNS = tuple(field.name for field in fields(ShownItem))
SAME_LIST = and_(shown.c.tenant == shown_items.c.tenant, shown.c.id == shown_items.c.list_id)


class Showing(Room):
    """Lists as they were shown."""

    def record_shown(self, actor: Actor, lists: Sequence[Shown]) -> None:
        """Keep lists, all or none; one that is already kept stays as it is. `SYSTEM` keeps those of every tenant.

        :raises MatcherError: `forbidden`, `unknown_tenant`, `bad_record`.
        """
        require(actor, Scope.WRITE)
        for item in lists:
            _refuse_foreign(actor, item)
        rows = {(item.tenant, item.id): (_list_row(item), _item_rows(item)) for item in lists}
        with self._database.write() as connection:
            for tenant in sorted({tenant for tenant, _ in rows}):
                require_tenant(connection, replace(actor, tenant=tenant))
                known = _known(connection, tenant, [id_ for of, id_ in rows if of == tenant])
                fresh = [pair for (of, id_), pair in rows.items() if of == tenant and id_ not in known]
                _insert(connection, shown, [row for row, _ in fresh])
                _insert(connection, shown_items, [row for _, items in fresh for row in items])

    def exposure(self, actor: Actor, since: datetime) -> dict[str, int]:
        """Return how many places each enterprise had among the first ten of the lists shown since a moment."""
        require(actor, Scope.READ)
        recent = and_(own(actor, shown), shown.c.created_at >= since, shown_items.c.rank <= TOP)
        firm = shown_items.c.enterprise_id
        query = select(firm, func.count()).select_from(shown_items).join(shown, SAME_LIST).where(recent).group_by(firm)
        with self._database.read() as connection:
            return {enterprise: count for enterprise, count in connection.execute(query)}

    def require_listed(self, actor: Actor, list_id: str, posting_ids: Sequence[str]) -> None:
        """Check that the actor was shown a list with all of some postings in it.

        :raises MatcherError: `forbidden`, `not_found` naming what is not there.
        """
        require(actor, Scope.READ)
        mine = and_(own(actor, shown), shown.c.id == list_id)
        with self._database.read() as connection:
            if connection.execute(select(shown.c.id).where(mine)).first() is None:
                raise MatcherError("not_found", f"列表 {list_id} 不存在：请使用匹配返回的列表编号", id=list_id)
            items = select(shown_items.c.posting_id).filter_by(tenant=actor.tenant, list_id=list_id)
            held = set(connection.execute(items).scalars())
        if missing := [id_ for id_ in posting_ids if id_ not in held]:
            raise MatcherError(
                "not_found", f"列表 {list_id} 中没有条目 {'、'.join(missing)}：请核对编号", id=missing[0]
            )

    def lists_shown(self, actor: Actor, since: datetime) -> int:
        """Return how many lists that name anybody were shown since a moment."""
        require(actor, Scope.READ)
        recent = and_(own(actor, shown), shown.c.created_at >= since)
        named = select(shown_items.c.rank).where(SAME_LIST).exists()
        lists = select(func.count()).select_from(shown).where(recent, named)
        with self._database.read() as connection:
            return connection.execute(lists).scalar_one()


def own(actor: Actor, table: Table) -> ColumnElement[bool]:
    """Return the condition under which a list or outcome is the actor's to see: all of the tenant for the platform."""
    mine = true() if actor.platform else table.c.organisation == actor.organisation
    return and_(table.c.tenant == actor.tenant, mine)


def _refuse_foreign(actor: Actor, item: Shown) -> None:
    mine = actor.tenant == item.tenant and (actor.platform or actor.organisation == item.organisation)
    if not (actor.system or mine):
        raise MatcherError("forbidden", "只能记录展示给本平台或本企业的列表，请核对密钥", id=item.id)


def _list_row(item: Shown) -> Row:
    row = {name: getattr(item, name) for name in _COLUMNS}
    return {**row, "id": check_key(item.id, "id"), "versions": storable(item.versions, item.id)}


def _item_rows(item: Shown) -> list[Row]:
    rows = [
        {
            "tenant": item.tenant,
            "list_id": item.id,
            **{name: getattr(one, name) for name in _ITEM_COLUMNS},
            "score": float(one.score),
            "features": {name: float(value) for name, value in one.features.items()},
        }
        for one in item.items
    ]
    plain: list[Row] = storable(rows, item.id)
    return plain


def _known(connection: Connection, tenant: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for batch in batches(ids):
        query = select(shown.c.id).where(shown.c.tenant == tenant, shown.c.id.in_(batch))
        found.update(connection.execute(query).scalars())
    return found


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    for batch in batches(rows):
        connection.execute(insert(table), batch)
