"""Promise capacity, see what is left of it, and be told of what ends unused: nothing lapses in silence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.capacity import Commitment, Days, Supply, committed, overdrawn, supplies, within
from matcher.domain import Posting, PostingKind, Status
from matcher.errors import MatcherError
from service.auth import Actor
from service.store import Store
from service.store.capacity import CommitmentRecord, CommitmentState
from service.store.rows import every

IDLE = (PostingKind.IDLE_CAPACITY, PostingKind.IDLE_RESOURCE)


@dataclass(frozen=True, slots=True)
class WindowState:
    """One window of a posting: what it holds in all and from today on, what is promised of it, and what is in doubt."""

    number: int
    days: Days | None
    recurs: str | None
    unit: str | None
    total: float | None
    left: float | None
    promised: float
    doubt: str | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A window that has ended or ends soon with something unused, or a held promise past its day of answer."""

    posting_id: str
    enterprise_id: str
    title: str
    what: str
    last: date
    unused: float | None
    unit: str | None


def commit(store: Store, actor: Actor, promised: Sequence[CommitmentRecord]) -> tuple[CommitmentRecord, ...]:
    """Return the promises as they are kept, all or none.

    :raises MatcherError: `over_committed` naming the days on which there is not enough, `bad_dates`, `forbidden`,
        `not_found`.
    """
    for one in promised:
        if one.first > one.last:
            raise MatcherError("bad_dates", f"承诺 {one.id} 的开始 {one.first} 晚于结束 {one.last}", id=one.id)
    return store.capacity.commit(actor, promised, _fits)


def _fits(posting: Posting, standing: Sequence[CommitmentRecord], new: Sequence[CommitmentRecord]) -> None:
    holding = [one for one in new if one.state is not CommitmentState.RELEASED]
    if not holding:
        return
    if problem := overdrawn(posting, as_commitments([*standing, *holding])):
        raise MatcherError("over_committed", f"“{posting.title}”：{problem}", posting_id=posting.id)


def as_commitments(records: Iterable[CommitmentRecord]) -> tuple[Commitment, ...]:
    """Return promises as the library counts them."""
    return tuple(Commitment(first=one.first, last=one.last, amount=one.amount, unit=one.unit) for one in records)


def windows_of(posting: Posting, promises: Sequence[Commitment], today: date) -> tuple[WindowState, ...]:
    """Return how each window of a posting stands today."""
    return tuple(_state(supply, promises, today) for supply in supplies(posting, None))


def _state(supply: Supply, promises: Sequence[Commitment], today: date) -> WindowState:
    window = supply.window
    days = Days(window.from_date, window.until_date) if window.from_date and window.until_date else None
    ahead = Days(max(today, days.first), days.last) if days and days.last >= today else None
    known = supply.doubt is None and days is not None
    return WindowState(
        number=supply.number,
        days=days,
        recurs=window.recurs,
        unit=supply.unit,
        total=within(supply, days) if known and days else None,
        left=max(0.0, within(supply, ahead) - committed(promises, supply.unit, ahead)) if known and ahead else None,
        promised=committed(promises, supply.unit, days) if days else 0.0,
        doubt=str(supply.doubt) if supply.doubt else None,
        ended=days is not None and days.last < today,
    )


def endings(store: Store, actor: Actor, today: date, *, within_days: int) -> tuple[Ending, ...]:
    """Return the windows that ended unused or end soon, and held promises past their day of answer, soonest first."""
    found: list[Ending] = []
    by_id: dict[str, Posting] = {}
    for kind in IDLE:
        by_id |= {posting.id: posting for posting in published(store, actor, kind)}
    standing = store.capacity.standing(actor, by_id)
    for posting in by_id.values():
        records = standing.get(posting.id, ())
        found += _ending(posting, as_commitments(records), today, today + timedelta(days=within_days))
        found += _unanswered(posting, records, today)
    return tuple(sorted(found, key=lambda one: (one.last, one.posting_id)))


def published(store: Store, actor: Actor, kind: PostingKind) -> Iterator[Posting]:
    """Return the published postings of a kind that the actor sees, in id order."""
    return every(
        lambda after, limit: store.records.list_postings(
            actor, kind=kind, status=Status.PUBLISHED, after=after, limit=limit
        )
    )


def _ending(posting: Posting, promises: Sequence[Commitment], today: date, soon: date) -> Iterable[Ending]:
    for state in windows_of(posting, promises, today):
        if state.days is None or state.days.last > soon:
            continue
        unused = None if state.total is None else max(0.0, state.total - state.promised)
        if unused == 0:
            continue
        what = "空闲时段已过，仍有未用" if state.ended else "空闲时段即将结束，仍有未用"
        yield Ending(posting.id, posting.enterprise_id, posting.title, what, state.days.last, unused, state.unit)


def _unanswered(posting: Posting, records: Sequence[CommitmentRecord], today: date) -> Iterable[Ending]:
    for one in records:
        if one.state is CommitmentState.HELD and one.answer_by is not None and one.answer_by < today:
            what = f"预留 {one.id} 已过答复期，仍占用产能"
            yield Ending(posting.id, posting.enterprise_id, posting.title, what, one.answer_by, one.amount, one.unit)


def promises_on(store: Store, actor: Actor, ids: Iterable[str]) -> Mapping[str, tuple[Commitment, ...]]:
    """Return what is promised on some postings."""
    return {id_: as_commitments(records) for id_, records in store.capacity.standing(actor, ids).items()}
