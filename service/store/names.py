"""By which names an enterprise is known, and which ones a person has yet to confirm."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, update

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.store.database import upsert
from service.store.rights import require, require_platform
from service.store.room import Room
from service.store.rows import batches, check_name
from service.store.schema import enterprises, name_aliases, name_suggestions
from service.store.sequenced import living

_STREAMED = 5000


class SuggestionState(StrEnum):
    """What a person made of a suggestion."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two enterprises that may be one: the reason in words, a score in [0, 1]."""

    enterprise_id: str
    candidate_id: str
    reason: str
    score: float
    state: SuggestionState


class Names(Room):
    """Other names, look-ups by name and code, and suggestions to confirm."""

    def alias(self, actor: Actor, text: str) -> str | None:
        """Return the id of the enterprise that is also called this, or None."""
        require(actor, Scope.READ)
        query = select(name_aliases.c.enterprise_id).where(
            name_aliases.c.tenant == actor.tenant, name_aliases.c.alias == text
        )
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def put_alias(self, actor: Actor, text: str, enterprise_id: str) -> None:
        """Note another name of an enterprise; the last one to be given a name keeps it.

        :raises MatcherError: `not_found`, `bad_record`, `forbidden`.
        """
        require_platform(actor, Scope.WRITE)
        row = {"tenant": actor.tenant, "alias": check_name(text, "alias"), "enterprise_id": enterprise_id}
        with self._database.sequenced(actor) as ledger:
            living(ledger.connection, enterprises, actor.tenant, id_=enterprise_id)
            upsert(ledger.connection, name_aliases, row)

    def known_names(self, actor: Actor) -> Iterator[tuple[str, str]]:
        """Yield (id, name) of every enterprise in id order, a few thousand held at a time."""
        require(actor, Scope.READ)
        return self._stream(actor.tenant)

    def ids_by_name(self, actor: Actor, names: Iterable[str]) -> dict[str, list[str]]:
        """Return, for each of the exact names that is known, the ids that bear it, in order."""
        require(actor, Scope.READ)
        found: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for batch in batches(names):
                query = select(enterprises.c.name, enterprises.c.id).where(
                    enterprises.c.tenant == actor.tenant, ~enterprises.c.deleted, enterprises.c.name.in_(batch)
                )
                for name, id_ in connection.execute(query.order_by(enterprises.c.id)):
                    found.setdefault(name, []).append(id_)
        return found

    def id_by_uscc(self, actor: Actor, uscc: str) -> list[str]:
        """Return the ids of the enterprises with this 统一社会信用代码, in order; more than one is a conflict."""
        require(actor, Scope.READ)
        query = select(enterprises.c.id).where(
            enterprises.c.tenant == actor.tenant, ~enterprises.c.deleted, enterprises.c.uscc == uscc
        )
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(enterprises.c.id)).scalars())

    def ids_by_uscc(self, actor: Actor) -> dict[str, str]:
        """Return the id of the enterprise that each 统一社会信用代码 on record belongs to, where it is one alone."""
        require(actor, Scope.READ)
        table = enterprises.c
        query = select(table.uscc, func.min(table.id)).where(
            table.tenant == actor.tenant, ~table.deleted, table.uscc.is_not(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(table.uscc).having(func.count() == 1))
            return {code: id_ for code, id_ in rows}

    def suggest(self, actor: Actor, enterprise_id: str, candidate_id: str, reason: str, score: float) -> None:
        """Note that two enterprises may be one; a suggestion that a person has settled stays settled.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_platform(actor, Scope.WRITE)
        pair = {"tenant": actor.tenant, "enterprise_id": enterprise_id, "candidate_id": candidate_id}
        with self._database.sequenced(actor) as ledger:
            for id_ in (enterprise_id, candidate_id):
                living(ledger.connection, enterprises, actor.tenant, id_=id_)
            settled = select(name_suggestions.c.state).filter_by(**pair)
            if ledger.connection.execute(settled).scalar_one_or_none() in (None, SuggestionState.OPEN):
                row = {**pair, "reason": reason, "score": score, "state": SuggestionState.OPEN.value}
                upsert(ledger.connection, name_suggestions, row)

    def suggestions(self, actor: Actor, state: SuggestionState = SuggestionState.OPEN) -> list[Suggestion]:
        """Return the suggestions in a state, the likeliest first.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.READ)
        table = name_suggestions.c
        query = select(table.enterprise_id, table.candidate_id, table.reason, table.score, table.state).where(
            table.tenant == actor.tenant, table.state == state
        )
        order = (table.score.desc(), table.enterprise_id, table.candidate_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(*order))
            return [Suggestion(a, b, reason, score, SuggestionState(now)) for a, b, reason, score, now in rows]

    def resolve_suggestion(
        self, actor: Actor, enterprise_id: str, candidate_id: str, *, state: SuggestionState
    ) -> None:
        """Settle a suggestion; merging the two is `records.merge_enterprises`, which forgets it.

        :raises MatcherError: `not_found`, `forbidden`.
        """
        require_platform(actor, Scope.WRITE)
        pair = {"tenant": actor.tenant, "enterprise_id": enterprise_id, "candidate_id": candidate_id}
        with self._database.sequenced(actor) as ledger:
            changed = ledger.connection.execute(update(name_suggestions).filter_by(**pair).values(state=state.value))
            if not changed.rowcount:
                raise MatcherError("not_found", f"没有 {enterprise_id} 与 {candidate_id} 的名称建议：请刷新列表")

    def _stream(self, tenant: str) -> Iterator[tuple[str, str]]:
        table, after = enterprises.c, ""
        while True:
            query = select(table.id, table.name).where(table.tenant == tenant, ~table.deleted, table.id > after)
            with self._database.read() as connection:
                rows = list(connection.execute(query.order_by(table.id).limit(_STREAMED)))
            yield from rows
            if len(rows) < _STREAMED:
                return
            after = rows[-1][0]
