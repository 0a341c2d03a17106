"""Write records: what is unchanged keeps its sequence number, what changed takes the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BindParameter, Connection, RowMapping, Table, bindparam, insert, select, update

from matcher.domain import Party, PostingKind, SizeClass, Status, Visibility
from matcher.errors import MatcherError
from service.store.capacity_schema import commitments
from service.store.database import Ledger
from service.store.deal_schema import deals
from service.store.event_schema import event_versions, events, issued_lists
from service.store.people_schema import users
from service.store.register_schema import register_entries
from service.store.rows import Row, batches
from service.store.schema import enterprises, postings


class Outcome(StrEnum):
    """What a write did to a record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Written:
    """Result of writing one record: the sequence number of its present state."""

    id: str
    seq: int
    outcome: Outcome


def existing(connection: Connection, table: Table, tenant: str, *, ids: Iterable[str]) -> dict[str, RowMapping]:
    """Return what is needed to compare the rows of these ids with new ones, tombstones included."""
    columns = [column for column in table.c if column.name in _COMPARED]
    found: dict[str, RowMapping] = {}
    for batch in batches(ids):
        query = select(*columns).where(table.c.tenant == tenant, table.c.id.in_(batch))
        found |= {row["id"]: row for row in connection.execute(query).mappings()}
    return found


def put_rows(
    ledger: Ledger, table: Table, rows: Sequence[Row], *, known: Mapping[str, RowMapping], source: str | None
) -> list[Written]:
    """Insert or update rows; `source` None leaves a known row's source as it is."""
    written, inserts, updates, moved = [], [], [], []
    for row in rows:
        old = known.get(row["id"])
        source_now = source if source is not None else old and old["source"]
        if old and not old["deleted"] and old["content_hash"] == row["content_hash"]:
            written.append(Written(row["id"], old["seq"], Outcome.UNCHANGED))
            if source_now != old["source"]:
                moved.append({"source": source_now, "id": row["id"]})
            continue
        fresh = old is None or old["deleted"]
        seq = ledger.next_seq()
        state = {"seq": seq, "deleted": False, "source": source_now, "updated_at": ledger.now}
        written.append(Written(row["id"], seq, Outcome.CREATED if fresh else Outcome.UPDATED))
        if old is None:
            inserts.append({**row, **state, "tenant": ledger.tenant, "created_at": ledger.now})
        else:
            updates.append({**row, **state})
    if inserts:
        ledger.connection.execute(insert(table), inserts)
    update_rows(ledger, table, updates)
    update_rows(ledger, table, moved)
    return written


def update_rows(ledger: Ledger, table: Table, rows: Sequence[Row]) -> None:
    """Set the columns of known rows; all rows name the same columns, `id` among them."""
    if not rows:
        return
    columns: dict[str, BindParameter[object]] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    statement = update(table).where(table.c.tenant == ledger.tenant, table.c.id == bindparam("of_id")).values(columns)
    renamed = [{"of_id" if name == "id" else f"new_{name}": value for name, value in row.items()} for row in rows]
    ledger.connection.execute(statement, renamed)


def bury(ledger: Ledger, table: Table, ids: Iterable[str]) -> int:
    """Turn rows into tombstones: nothing but the id is left, and followers are told. Returns the last number."""
    blank = {**_BLANK[table.name], "content_hash": "", "deleted": True, "source": None, "updated_at": ledger.now}
    update_rows(ledger, table, [{**blank, "id": id_, "seq": ledger.next_seq()} for id_ in ids])
    return ledger.seq


def living(connection: Connection, table: Table, tenant: str, *, id_: str) -> RowMapping:
    """Return the row of a record.

    :raises MatcherError: `not_found`.
    """
    query = select(table).where(table.c.tenant == tenant, table.c.id == id_, ~table.c.deleted)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise not_found(table, id_)
    return row


def not_found(table: Table, id_: str) -> MatcherError:
    """Return the error for a record that does not exist, or not for this actor."""
    return MatcherError("not_found", f"{_LABELS[table.name]} {id_} 不存在：请核对编号", id=id_)


_COMPARED = {"id", "enterprise_id", "content_hash", "seq", "deleted", "source"}
_LABELS = {
    enterprises.name: "企业",
    postings.name: "供需信息",
    events.name: "活动",
    event_versions.name: "活动",
    issued_lists.name: "已发布名单",
    register_entries.name: "登记",
    commitments.name: "产能承诺",
    deals.name: "对接",
    users.name: "用户",
}
_BLANK: dict[str, Row] = {
    enterprises.name: {
        **dict.fromkeys(("uscc", "parent_id", "profile", "industry", "region", "employees", "revenue_wan")),
        **dict.fromkeys(("assets_wan", "declared_size")),
        "name": "",
        "party": Party.ENTERPRISE.value,
        "qualifications": [],
        "attributes": {},
        "computed_size": SizeClass.UNKNOWN.value,
        "evidence": [],
    },
    postings.name: {
        **dict.fromkeys(("detail", "industry", "region", "valid_from", "valid_until")),
        "kind": PostingKind.NEED.value,
        "title": "",
        "keywords": [],
        "status": Status.CLOSED.value,
        "visibility": Visibility.PRIVATE.value,
        "conditions": [],
        "windows": [],
        "attributes": {},
    },
}
