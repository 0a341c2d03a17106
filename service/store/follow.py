"""The feed of changes, by which an index follows the records."""

from heapq import merge
from itertools import islice
from operator import attrgetter

from sqlalchemy import Connection, RowMapping, Select, Table, select

from matcher.changes import Change
from matcher.domain import SizeClass
from service.auth import Actor, Scope
from service.store.rights import require, require_platform
from service.store.room import Room
from service.store.rows import to_enterprise, to_posting
from service.store.schema import counter, enterprises, postings


class Follow(Room):
    """What happened since a sequence number."""

    def seq(self, actor: Actor) -> int:
        """Return the number of the latest committed change, over all tenants."""
        require(actor, Scope.READ)
        with self._database.read() as connection:
            return int(connection.execute(select(counter.c.seq)).scalar_one())

    def origin(self, actor: Actor) -> str:
        """Return the name this database was born with, by which what is derived from it knows it."""
        require(actor, Scope.READ)
        with self._database.read() as connection:
            return str(connection.execute(select(counter.c.origin)).scalar_one())

    def changes(self, actor: Actor, after: int, limit: int) -> list[Change]:
        """Return up to `limit` changes numbered above `after`, in order: of the actor's tenant, of all for `SYSTEM`.

        A record that changed twice appears once, with its latest state and number.
        :raises MatcherError: `forbidden` to whoever works for a single enterprise.
        """
        require_platform(actor, Scope.READ)
        with self._database.read() as connection:
            firms = map(_enterprise_change, _rows(connection, _since(enterprises, actor, after), limit))
            offers = map(_posting_change, _rows(connection, _since(postings, actor, after), limit))
            return list(islice(merge(firms, offers, key=attrgetter("seq")), limit))


def _since(table: Table, actor: Actor, after: int) -> Select[tuple[object, ...]]:
    query = select(table).where(table.c.seq > after).order_by(table.c.seq)
    return query if actor.system else query.where(table.c.tenant == actor.tenant)


def _rows(connection: Connection, query: Select[tuple[object, ...]], limit: int) -> list[RowMapping]:
    return list(connection.execute(query.limit(limit)).mappings())


def _enterprise_change(row: RowMapping) -> Change:
    if row["deleted"]:
        return Change(seq=row["seq"], tenant=row["tenant"], removed_enterprise=row["id"])
    size = SizeClass(row["computed_size"])
    return Change(seq=row["seq"], tenant=row["tenant"], enterprise=to_enterprise(row), computed_size=size)


def _posting_change(row: RowMapping) -> Change:
    if row["deleted"]:
        return Change(seq=row["seq"], tenant=row["tenant"], removed_posting=row["id"])
    return Change(seq=row["seq"], tenant=row["tenant"], posting=to_posting(row))
