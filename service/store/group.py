"""Groups of enterprises: who belongs to whom, and the merging of two records of one firm."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, select, update

from matcher.domain import SizeClass
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.capacity import move_commitments
from service.store.contacts import move_contacts
from service.store.database import Ledger, upsert
from service.store.deals import move_deals
from service.store.evidence import move_evidence
from service.store.feedback import move_feedback
from service.store.outbox_owner import move_outgoing
from service.store.people_schema import users
from service.store.registers import move_entries
from service.store.removal import remove_attached
from service.store.rights import require_platform
from service.store.room import Room
from service.store.rows import Row, batches, enterprise_row, posting_row, to_enterprise, to_posting
from service.store.schema import api_keys, enterprises, name_aliases, postings
from service.store.sequenced import bury, living, put_rows


class Merging(Room):
    """Two records of one firm made one."""

    def merge_enterprises(self, actor: Actor, from_id: str, into_id: str) -> int:
        """Move everything of one enterprise to another and remove the former; returns the last sequence number.

        Postings, subsidiaries, contacts, users, keys, lists, outcomes, register entries, promises, deals, evidence
        and webhooks move; the former's name and id become other names of the latter, so that later imports find it.
        :raises MatcherError: `not_found`, `merge_self`, `parent_cycle`, `forbidden`.
        """
        require_platform(actor, Scope.WRITE)
        if from_id == into_id:
            raise MatcherError("merge_self", f"不能把企业 {from_id} 合并到它自己：请选择另一家企业", id=from_id)
        with self._database.sequenced(actor) as ledger:
            gone = living(ledger.connection, enterprises, actor.tenant, id_=from_id)
            living(ledger.connection, enterprises, actor.tenant, id_=into_id)
            _move_subsidiaries(ledger, gone, into_id)
            _move_postings(ledger, from_id, into_id)
            _move_names(ledger, gone, into_id)
            _move_people(ledger, from_id, into_id)
            move_feedback(ledger, from_id, into_id)
            move_entries(ledger, from_id, into_id)
            move_commitments(ledger, from_id, into_id)
            move_deals(ledger, from_id, into_id)
            move_evidence(ledger, from_id, into_id)
            move_outgoing(ledger, from_id, into_id)
            remove_attached(ledger, from_id)
            return bury(ledger, enterprises, [from_id])


def check_groups(connection: Connection, tenant: str, parents: Mapping[str, str | None]) -> None:
    """Check that no enterprise becomes its own ancestor once it has the parent given here.

    A parent that is not known (yet) is allowed.
    :raises MatcherError: `parent_cycle`.
    """
    known = dict(parents)
    ahead = {parent for parent in known.values() if parent} - known.keys()
    while ahead:
        known |= dict.fromkeys(ahead)
        for batch in batches(sorted(ahead)):
            query = select(enterprises.c.id, enterprises.c.parent_id).where(
                enterprises.c.tenant == tenant, enterprises.c.id.in_(batch)
            )
            known |= {row.id: row.parent_id for row in connection.execute(query)}
        ahead = {parent for id_ in ahead if (parent := known[id_])} - known.keys()
    for start in parents:
        _refuse_cycle(start, known)


def _refuse_cycle(start: str, parents: Mapping[str, str | None]) -> None:
    path = [start]
    while parent := parents.get(path[-1]):
        if parent in path:
            shown = " → ".join([*path, parent])
            raise MatcherError("parent_cycle", f"上级企业成环：{shown}，请更正其中一家的上级企业", ids=path)
        path.append(parent)


def _move_subsidiaries(ledger: Ledger, gone: RowMapping, into_id: str) -> None:
    query = select(enterprises).where(
        enterprises.c.tenant == ledger.tenant, enterprises.c.parent_id == gone["id"], ~enterprises.c.deleted
    )
    children = {row["id"]: row for row in ledger.connection.execute(query).mappings()}
    parents = {id_: gone["parent_id"] if id_ == into_id else into_id for id_ in children}
    check_groups(ledger.connection, ledger.tenant, parents)
    moved: list[Row] = [
        enterprise_row(replace(to_enterprise(row), parent_id=parents[id_]), SizeClass(row["computed_size"]))
        for id_, row in children.items()
    ]
    put_rows(ledger, enterprises, moved, known=children, source=None)


def _move_postings(ledger: Ledger, from_id: str, into_id: str) -> None:
    query = select(postings).where(
        postings.c.tenant == ledger.tenant, postings.c.enterprise_id == from_id, ~postings.c.deleted
    )
    owned = {row["id"]: row for row in ledger.connection.execute(query).mappings()}
    moved = [posting_row(replace(to_posting(row), enterprise_id=into_id)) for row in owned.values()]
    put_rows(ledger, postings, moved, known=owned, source=None)


def _move_names(ledger: Ledger, gone: RowMapping, into_id: str) -> None:
    others = update(name_aliases).where(
        name_aliases.c.tenant == ledger.tenant, name_aliases.c.enterprise_id == gone["id"]
    )
    ledger.connection.execute(others.values(enterprise_id=into_id))
    for alias in (gone["name"], gone["id"]):
        upsert(ledger.connection, name_aliases, {"tenant": ledger.tenant, "alias": alias, "enterprise_id": into_id})


def _move_people(ledger: Ledger, from_id: str, into_id: str) -> None:
    move_contacts(ledger, from_id, into_id)
    for table, column in ((users, "organisation_id"), (api_keys, "organisation")):
        member = update(table).where(table.c.tenant == ledger.tenant, table.c[column] == from_id)
        ledger.connection.execute(member.values({column: into_id}))
