"""What is asked for in vain, and what stands idle with nobody asking: found by matching every posting once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from matcher.domain import Filters, Posting, PostingKind, Side
from matcher.reciprocal import asking
from matcher.tabular.tables import SheetTable, tables_book
from matcher.taxonomy import candidate_kinds, kinds
from matcher.tracking.gaps import GapRow, Placed, gap_table, placed
from service.auth import Actor, Scope
from service.deps import Parts
from service.store.rights import summing
from service.usecases.capacity import published

FLOOR = 0.2
MOST = 5000
_IDLE = (PostingKind.IDLE_RESOURCE, PostingKind.IDLE_CAPACITY, PostingKind.SHARED_RESOURCE, PostingKind.SPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Requests that nothing answers, and idle offers that nobody asks for; how many of each were looked at."""

    requests: tuple[GapRow, ...]
    idle: tuple[GapRow, ...]
    requests_seen: int
    idle_seen: int


def gap_report(parts: Parts, actor: Actor, *, floor: float = FLOOR, most: int = MOST) -> Gaps:
    """Return the supply gaps of the platform; up to `most` postings of each sort are matched, in id order.

    A posting counts as answered by one match of at least `floor`; what is found here is shown to nobody, so it is no
    exposure. Who only observes is given no examples. The cost is one match for each posting.
    :raises MatcherError: `forbidden` to all but the platform.
    """
    reader, named = summing(actor), actor.allows(Scope.READ)
    requests = _published(parts, reader, [kind for kind in PostingKind if kinds()[kind].side is Side.REQUEST], most)
    idle = _published(parts, reader, _IDLE, most)
    return Gaps(
        requests=_gap_rows(parts, reader, requests, floor, named=named),
        idle=_gap_rows(parts, reader, idle, floor, named=named),
        requests_seen=len(requests),
        idle_seen=len(idle),
    )


def _gap_rows(
    parts: Parts, reader: Actor, postings: Iterable[Posting], floor: float, *, named: bool
) -> tuple[GapRow, ...]:
    unanswered = (one for one in postings if not _answered(parts, reader, one, floor))
    rows = gap_table(_placed(parts, reader, unanswered))
    return tuple(rows if named else (replace(row, examples=()) for row in rows))


def _published(parts: Parts, actor: Actor, wanted: Iterable[PostingKind], most: int) -> list[Posting]:
    found: list[Posting] = []
    for kind in wanted:
        found += islice(published(parts.store, actor, kind), most - len(found))
    today = parts.today()
    return [one for one in found if (one.valid_until or today) >= today]


def _answered(parts: Parts, actor: Actor, posting: Posting, floor: float) -> bool:
    query = asking(posting, tenant=actor.tenant, as_of=parts.today(), viewer=None)
    if posting.kind in _IDLE:  # A machine and a line that could share an order ask for nothing yet.
        wanted = tuple(one for one in candidate_kinds(posting.kind) if kinds()[one].side is Side.REQUEST)
        query = replace(query, filters=Filters(kind=wanted))
    return any(one.score >= floor for one in parts.engine.match(replace(query, k=1)).matches)


def _placed(parts: Parts, actor: Actor, postings: Iterable[Posting]) -> list[Placed]:
    held = list(postings)
    firms = parts.store.records.enterprises_by_id(actor, {one.enterprise_id for one in held})
    return [placed(one, firms[one.enterprise_id]) for one in held if one.enterprise_id in firms]


def gap_book(found: Gaps) -> bytes:
    """Return the supply gaps as a workbook."""
    return tables_book([_table("无人应答的需求", found.requests), _table("无人问津的闲置资源", found.idle)])


def _table(title: str, rows: Iterable[GapRow]) -> SheetTable:
    return SheetTable(
        title=title,
        headers=("产业链环节", "地区", "数量", "类型", "例"),
        rows=[
            (
                row.link,
                row.district,
                row.count,
                "、".join(f"{kind} {count}" for kind, count in row.kinds.items()),
                "；".join(f"{one.firm.name}：{one.posting.title}" for one in row.examples),
            )
            for row in rows
        ],
    )
