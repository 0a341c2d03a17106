"""Evidence on enterprises: kept beside what is written with them, so that no import takes it away."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from matcher.domain import Evidence
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import Ledger
from service.store.rights import require_own
from service.store.room import Room
from service.store.rows import check_key, storable, to_enterprise
from service.store.schema import enterprises
from service.store.sequenced import living, update_rows

MOST = 500


class EvidenceRoom(Room):
    """What is known of firms by way of their answers and papers."""

    def add_evidence(self, actor: Actor, enterprise_id: str, items: Sequence[Evidence]) -> int:
        """Keep evidence of an enterprise, one of a known id replaced; returns the sequence number, the old one if nothing changed.

        :raises MatcherError: `not_found`, `forbidden`, `bad_record`, `too_much_evidence` above 500 items.
        """
        require_own(actor, enterprise_id, Scope.WRITE)
        for one in items:
            check_key(one.id, "id")

        def merged(held: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
            return tuple(({one.id: one for one in held} | {one.id: one for one in items}).values())

        with self._database.sequenced(actor) as ledger:
            return _put(ledger, enterprise_id, merged)

    def drop_evidence(self, actor: Actor, enterprise_id: str, id_: str) -> int:
        """Remove one piece of evidence; returns the sequence number.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_own(actor, enterprise_id, Scope.WRITE)

        def without(held: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
            if all(one.id != id_ for one in held):
                raise MatcherError("not_found", f"企业 {enterprise_id} 没有佐证 {id_}：请核对编号", id=id_)
            return tuple(one for one in held if one.id != id_)

        with self._database.sequenced(actor) as ledger:
            return _put(ledger, enterprise_id, without)


def move_evidence(ledger: Ledger, from_id: str, into_id: str) -> None:
    """Give the evidence of one enterprise to another, whose own stands where ids are the same."""
    moved = to_enterprise(living(ledger.connection, enterprises, ledger.tenant, id_=from_id)).evidence
    if moved:
        _put(ledger, into_id, lambda held: tuple(({one.id: one for one in moved} | {o.id: o for o in held}).values()))


def _put(ledger: Ledger, enterprise_id: str, change: Callable[[tuple[Evidence, ...]], tuple[Evidence, ...]]) -> int:
    row = living(ledger.connection, enterprises, ledger.tenant, id_=enterprise_id)
    before = to_enterprise(row).evidence
    held = change(before)
    if held == before:
        return int(row["seq"])
    if len(held) > MOST:
        raise MatcherError("too_much_evidence", f"企业 {enterprise_id} 的佐证超过 {MOST} 条：请先删去过期的")
    seq = ledger.next_seq()
    plain = storable([asdict(one) for one in held], enterprise_id)
    update_rows(ledger, enterprises, [{"id": enterprise_id, "evidence": plain, "seq": seq, "updated_at": ledger.now}])
    return seq
