"""Write and remove enterprises and postings; one transaction per call."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Table, select, true

from matcher.domain import Enterprise, Posting, PostingKind, SizeClass, Status
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.expected import ANY, Expected
from service.store.database import Database, Ledger
from service.store.group import check_groups
from service.store.removal import remove_attached
from service.store.rights import require, require_own, seen_by
from service.store.room import Room, SizeOf
from service.store.rows import (
    enterprise_row,
    enterprise_version,
    posting_row,
    to_enterprise,
    to_posting,
    version_of,
)
from service.store.schema import enterprises, postings
from service.store.sequenced import Written, bury, existing, living, not_found, put_rows


class Writing(Room):
    """Records written, closed and removed. Whoever works for one enterprise writes nothing else."""

    def __init__(self, database: Database, size_of: SizeOf) -> None:
        super().__init__(database)
        self._size_of = size_of

    def put_enterprises(
        self, actor: Actor, items: Sequence[Enterprise], *, source: str | None = None, expected: Expected = ANY
    ) -> list[Written]:
        """Insert or replace enterprises, all or none; returns one result per item, in order.

        :raises MatcherError: `duplicate_id`, `bad_record`, `parent_cycle`, `forbidden`, `unknown_tenant`,
            `precondition_failed` when one is not as expected.
        """
        require(actor, Scope.WRITE)
        _refuse_duplicates(items)
        for item in items:
            require_own(actor, item.id, Scope.WRITE)
        rows = [enterprise_row(item, self._size_of(item)) for item in items]
        with self._database.sequenced(actor) as ledger:
            _refuse_unexpected(ledger, enterprises, items, expected)
            check_groups(ledger.connection, actor.tenant, {item.id: item.parent_id for item in items})
            known = existing(ledger.connection, enterprises, actor.tenant, ids=[item.id for item in items])
            return put_rows(ledger, enterprises, rows, known=known, source=source)

    def put_postings(
        self, actor: Actor, items: Sequence[Posting], *, source: str | None = None, expected: Expected = ANY
    ) -> list[Written]:
        """Insert or replace postings, all or none; returns one result per item, in order.

        :raises MatcherError: `unknown_enterprise` and `forbidden` (with the `ids` of the postings), `duplicate_id`,
            `bad_record`, `unknown_tenant`, `precondition_failed` when one is not as expected.
        """
        require(actor, Scope.WRITE)
        _refuse_duplicates(items)
        rows = [posting_row(item) for item in items]
        with self._database.sequenced(actor) as ledger:
            known = existing(ledger.connection, postings, actor.tenant, ids=[item.id for item in items])
            owners = {id_: row["enterprise_id"] for id_, row in known.items() if not row["deleted"]}
            _refuse_foreign(actor, items, owners)
            _refuse_unexpected(ledger, postings, items, expected)
            _refuse_orphans(ledger, items)
            return put_rows(ledger, postings, rows, known=known, source=source)

    def delete_posting(self, actor: Actor, id_: str, *, expected: Expected = ANY) -> int:
        """Remove a posting; returns the sequence number of its tombstone.

        :raises MatcherError: `not_found`, `forbidden`, `precondition_failed`.
        """
        require(actor, Scope.WRITE)
        with self._database.sequenced(actor) as ledger:
            visible = select(postings.c.enterprise_id).where(
                postings.c.tenant == actor.tenant, postings.c.id == id_, ~postings.c.deleted, seen_by(actor)
            )
            owner = ledger.connection.execute(visible).scalar_one_or_none()
            if owner is None:
                raise not_found(postings, id_)
            require_own(actor, owner, Scope.WRITE)
            expected.check(_version(ledger, postings, id_))
            return bury(ledger, postings, [id_])

    def delete_enterprise(self, actor: Actor, id_: str, *, expected: Expected = ANY) -> int:
        """Remove an enterprise with its postings, contacts and names; returns the last sequence number.

        :raises MatcherError: `not_found`, `forbidden`, `precondition_failed`.
        """
        require_own(actor, id_, Scope.WRITE)
        with self._database.sequenced(actor) as ledger:
            living(ledger.connection, enterprises, actor.tenant, id_=id_)
            expected.check(_version(ledger, enterprises, id_))
            owned = select(postings.c.id).where(
                postings.c.tenant == actor.tenant, postings.c.enterprise_id == id_, ~postings.c.deleted
            )
            bury(ledger, postings, ledger.connection.execute(owned).scalars().all())
            remove_attached(ledger, id_)
            return bury(ledger, enterprises, [id_])

    def retire_missing(
        self, actor: Actor, *, source: str, kinds: Collection[PostingKind], keep: Iterable[str]
    ) -> list[str]:
        """Close the published postings of a source and kinds that are not among `keep`; returns their ids."""
        require(actor, Scope.WRITE)
        kept = set(keep)
        with self._database.sequenced(actor) as ledger:
            present = select(postings).where(
                postings.c.tenant == actor.tenant,
                postings.c.source == source,
                postings.c.kind.in_(kinds),
                postings.c.status == Status.PUBLISHED,
                ~postings.c.deleted,
                true() if actor.platform else postings.c.enterprise_id == actor.organisation,
            )
            gone = [row for row in ledger.connection.execute(present).mappings() if row["id"] not in kept]
            closed = [posting_row(replace(to_posting(row), status=Status.CLOSED)) for row in gone]
            put_rows(ledger, postings, closed, known={row["id"]: row for row in gone}, source=source)
        return sorted(row["id"] for row in gone)


def _refuse_duplicates(items: Sequence[Enterprise | Posting]) -> None:
    twice = sorted(id_ for id_, n in Counter(item.id for item in items).items() if n > 1)
    if twice:
        raise MatcherError("duplicate_id", f"同一批中编号重复：{'、'.join(twice[:5])}，请合并后再提交", ids=twice)


def _refuse_unexpected(ledger: Ledger, table: Table, items: Sequence[Enterprise | Posting], expected: Expected) -> None:
    for item in items if expected is not ANY else ():
        expected.check(_version(ledger, table, item.id))


def _version(ledger: Ledger, table: Table, id_: str) -> str | None:
    query = select(table).where(table.c.tenant == ledger.tenant, table.c.id == id_, ~table.c.deleted)
    row = ledger.connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    if table is postings:
        return version_of(to_posting(row))
    return enterprise_version(to_enterprise(row), SizeClass(row["computed_size"]))


def _refuse_foreign(actor: Actor, items: Sequence[Posting], owners: dict[str, str]) -> None:
    if actor.platform:
        return
    mine = actor.organisation
    ids = [item.id for item in items if not item.enterprise_id == owners.get(item.id, mine) == mine]
    if ids:
        raise MatcherError("forbidden", f"只能写入本企业（{mine}）的供需信息：{'、'.join(ids[:5])}", ids=ids)


def _refuse_orphans(ledger: Ledger, items: Sequence[Posting]) -> None:
    firms = existing(ledger.connection, enterprises, ledger.tenant, ids={item.enterprise_id for item in items})
    ids = [item.id for item in items if item.enterprise_id not in firms or firms[item.enterprise_id]["deleted"]]
    if ids:
        raise MatcherError("unknown_enterprise", f"{'、'.join(ids[:5])} 所属的企业不存在：请先登记企业", ids=ids)
