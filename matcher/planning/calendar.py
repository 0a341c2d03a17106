"""From sessions and breaks to the slots of an event, and slots in words."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from matcher.errors import MatcherError
from matcher.planning.model import Session, Slot

MAX_SLOTS = 200


def run_of(start: datetime, slots: int, *, minutes: int, gap: int = 0, name: str = "第1场") -> Session:
    """Return the session that holds just so many slots of `minutes` with `gap` minutes between them.

    :raises MatcherError: `bad_slots` when fewer than one or more than 200 slots are asked for; as `slots_of`.
    """
    _check_length(minutes, gap)
    if not 1 <= slots <= MAX_SLOTS:
        raise MatcherError("bad_slots", f"时段数应在 1 到 {MAX_SLOTS} 之间，现为 {slots}")
    return Session(name=name, start=start, end=start + timedelta(minutes=slots * (minutes + gap) - gap))


def with_breaks(sessions: Iterable[Session], breaks: Sequence[tuple[datetime, datetime]]) -> tuple[Session, ...]:
    """Return the sessions cut at the breaks (start, end), which may lie across several of them or outside all.

    :raises MatcherError: `bad_break` when a break ends before it starts.
    """
    for start, end in breaks:
        if end <= start:
            raise MatcherError("bad_break", f"休息时间 {start:%H:%M}-{end:%H:%M} 的结束不晚于开始，请更正")
    pieces = list(sessions)
    for start, end in sorted(breaks):
        pieces = [piece for session in pieces for piece in _cut(session, start, end)]
    return tuple(pieces)


def slots_of(sessions: Iterable[Session], minutes: int, gap: int = 0) -> tuple[Slot, ...]:
    """Return the slots of `minutes` that fit whole into the sessions, `gap` minutes apart, numbered in order of time.

    Sessions are numbered in order of time too, also those too short for a slot.
    :raises MatcherError: `bad_slots` for a length or gap that is none or more than 200 slots; `bad_session` for a
        session that ends before it starts, has no length, overlaps another, or when none holds a slot.
    """
    _check_length(minutes, gap)
    ordered = sorted(sessions, key=lambda session: session.start)
    _check_sessions(ordered)
    slots: list[Slot] = []
    length, step = timedelta(minutes=minutes), timedelta(minutes=minutes + gap)
    for number, session in enumerate(ordered):
        start = session.start
        while start + length <= session.end:
            slots.append(Slot(number=len(slots), session=number, start=start, end=start + length))
            start += step
            if len(slots) > MAX_SLOTS:
                raise MatcherError("bad_slots", f"时段超过 {MAX_SLOTS} 个：请缩短场次、加长每场时长或分成几个活动")
    if ordered and not slots:
        raise MatcherError("bad_session", f"没有一个场次放得下 {minutes} 分钟的会面：请延长场次或缩短每场时长")
    return tuple(slots)


def slots_in_words(numbers: Collection[int], slots: Sequence[Slot]) -> str:
    """Return a set of slots in words: 全天, 无, or stretches as 09:00-10:30、14:00-14:30, with the day when it varies."""
    chosen = [slot for slot in slots if slot.number in numbers]
    if not chosen or len(chosen) == len(slots):
        return "全天" if chosen else "无"
    runs = groupby(enumerate(chosen), key=lambda item: (item[1].session, item[1].number - item[0]))
    stretches = [[slot for _, slot in run] for _, run in runs]
    days = len({slot.start.date() for slot in slots}) > 1
    return "、".join(f"{_clock(run[0].start, days)}-{run[-1].end:%H:%M}" for run in stretches)


def slot_in_words(slot: Slot, slots: Sequence[Slot]) -> str:
    """Return one slot in words: 09:00-09:30, with the day when the event has several."""
    return f"{_clock(slot.start, len({other.start.date() for other in slots}) > 1)}-{slot.end:%H:%M}"


def _clock(moment: datetime, days: bool) -> str:
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}" if days else f"{moment:%H:%M}"


def _cut(session: Session, start: datetime, end: datetime) -> list[Session]:
    if end <= session.start or session.end <= start:
        return [session]
    ends = ((session.start, start), (end, session.end))
    return [Session(name=session.name, start=first, end=last) for first, last in ends if first < last]


def _check_length(minutes: int, gap: int) -> None:
    if minutes < 1 or gap < 0:
        raise MatcherError("bad_slots", f"每场时长至少 1 分钟、间隔不能为负，现为 {minutes} 分钟、间隔 {gap} 分钟")


def _check_sessions(ordered: Sequence[Session]) -> None:
    for session in ordered:
        if session.end <= session.start:
            raise MatcherError(
                "bad_session", f"场次“{session.name}”{_span(session)} 的结束不晚于开始，请更正", session=session.name
            )
    for one, other in pairwise(ordered):
        if other.start < one.end:
            raise MatcherError(
                "bad_session",
                f"场次“{one.name}”{_span(one)} 与“{other.name}”{_span(other)} 重叠，请错开",
                session=other.name,
            )


def _span(session: Session) -> str:
    return f"{session.start:%m-%d %H:%M}-{session.end:%H:%M}"
