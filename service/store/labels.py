"""What can be learned from the lists that were shown and from what was said about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan

from sqlalchemy import Connection, select

from matcher.outcomes import DismissalReason, OutcomeStage, relevance, weight
from service.auth import Actor, Scope
from service.store.feedback_schema import outcomes, shown, shown_items
from service.store.rights import require
from service.store.room import Room
from service.store.shown import SAME_LIST, own

_STREAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One shown candidate: `label` 1 wanted, 0 not, None (with weight 0) nothing said.

    `query` is the same for all lists of one question: the asking posting, else the hash of the text.
    """

    list_id: str
    query: str
    rank: int
    features: Mapping[str, float]
    label: int | None
    weight: float


class Labelling(Room):
    """Lists and outcomes, joined."""

    def labels(self, actor: Actor, *, encoder: str | None = None) -> Iterator[Label]:
        """Yield what was shown in the lists about which anything was said, list by list and by rank.

        With `encoder`, a fingerprint, only lists whose features it made: another's mean something else.
        The last word on a posting of a list counts. One that says nothing about relevance leaves the posting out.
        """
        require(actor, Scope.READ)
        found = self._stream(actor)
        return (label for of, label in found if encoder in (None, of))

    def _stream(self, actor: Actor) -> Iterator[tuple[str | None, Label]]:
        table, after = outcomes.c, ""
        while True:
            told = select(table.list_id).distinct().where(own(actor, outcomes), table.list_id > after)
            with self._database.read() as connection:
                lists = list(connection.execute(told.order_by(table.list_id).limit(_STREAMED)).scalars())
                found = list(_labelled(connection, actor, lists))
            yield from found
            if len(lists) < _STREAMED:
                return
            after = lists[-1]


def _labelled(connection: Connection, actor: Actor, lists: Sequence[str]) -> Iterator[tuple[str | None, Label]]:
    """Yield each label with the fingerprint of the encoder that made its features."""
    last = _last_words(connection, actor, lists)
    query = (
        select(shown.c.posting_id.label("request"), shown.c.query_hash, shown.c.versions, shown_items)
        .join(shown_items, SAME_LIST)
        .where(own(actor, shown), shown.c.id.in_(lists))
        .order_by(shown.c.id, shown_items.c.rank)
    )
    for row in connection.execute(query).mappings():
        stage, reason = last.get((row["list_id"], row["posting_id"]), (None, None))
        label = relevance(stage, reason) if stage else None
        if stage and label is None:
            continue
        yield (
            row["versions"].get("encoder"),
            Label(
                list_id=row["list_id"],
                query=row["request"] or row["query_hash"],
                rank=row["rank"],
                features={name: nan if value is None else value for name, value in row["features"].items()},
                label=label,
                weight=weight(stage) if stage else 0.0,
            ),
        )


def _last_words(
    connection: Connection, actor: Actor, lists: Sequence[str]
) -> dict[tuple[str, str], tuple[OutcomeStage, DismissalReason | None]]:
    table = outcomes.c
    query = select(table.list_id, table.posting_id, table.stage, table.reason).where(
        own(actor, outcomes), table.list_id.in_(lists)
    )
    return {
        (list_id, posting_id): (OutcomeStage(stage), DismissalReason(reason) if reason else None)
        for list_id, posting_id, stage, reason in connection.execute(query.order_by(table.at, table.id))
    }
