"""What happens to an event after its plan was announced: someone stays away, a table breaks, everything runs late."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from rapidfuzz import process

from matcher.errors import MatcherError
from matcher.planning.model import Programme

_NEAR = 3
_SEVERAL = 8


def without(programme: Programme, ids: Iterable[str]) -> Programme:
    """Return the programme without some participants and all that was said by and of them.

    :raises MatcherError: `unknown_participant`.
    """
    gone = set(ids)
    if strange := gone - {one.id for one in programme.participants}:
        raise MatcherError("unknown_participant", f"没有编号为“{min(strange)}”的参会方")
    return replace(
        programme,
        participants=tuple(one for one in programme.participants if one.id not in gone),
        scores=tuple(scored for scored in programme.scores if not gone.intersection(scored.pair)),
        wishes=tuple(wish for wish in programme.wishes if not gone & {wish.of, wish.about}),
        met=frozenset(pair for pair in programme.met if not gone.intersection(pair)),
        forbidden=frozenset(pair for pair in programme.forbidden if not gone.intersection(pair)),
        locks=tuple(lock for lock in programme.locks if not gone.intersection(lock.pair)),
    )


def without_table(programme: Programme, table: int) -> Programme:
    """Return the programme in which a table is out of use; locks to it fix the time alone.

    :raises MatcherError: `unknown_table`.
    """
    event = programme.event
    if not 1 <= table <= event.tables or table in event.closed_tables:
        raise MatcherError("unknown_table", f"没有可停用的 {table} 号桌；共有 {event.tables} 张桌")
    locks = tuple(replace(lock, table=None) if lock.table == table else lock for lock in programme.locks)
    return replace(programme, event=replace(event, closed_tables=event.closed_tables | {table}), locks=locks)


def delayed(programme: Programme, minutes: int, *, since: datetime | None = None) -> Programme:
    """Return the programme with everything `minutes` later, or earlier when negative.

    Every slot moves that starts at `since` or after, all of them when None: what has begun by then stays. Nobody's
    partner, slot or table changes.
    :raises MatcherError: `bad_delay` when a slot would begin before the one ahead of it has ended.
    """
    by = timedelta(minutes=minutes)
    slots = [
        replace(slot, start=slot.start + by, end=slot.end + by) if since is None or slot.start >= since else slot
        for slot in programme.event.slots
    ]
    for before, after in pairwise(slots):
        if after.start < before.end:
            text = f"改动 {minutes} 分钟后，第 {after.number + 1} 时段会在第 {before.number + 1} 时段结束之前开始，请减小提前量"
            raise MatcherError("bad_delay", text, minutes=minutes)
    return replace(programme, event=replace(programme.event, slots=tuple(slots)))


def participant_named(programme: Programme, name: str) -> str:
    """Return the id of the participant of that id or name, or whose name alone holds it.

    :raises MatcherError: `unknown_participant` with the nearest names, `ambiguous_participant` with the several.
    """
    known = {one.id: one.name for one in programme.participants}
    if name in known:
        return name
    exact = [key for key, held in known.items() if held == name]
    found = exact or [key for key, held in known.items() if name and name in held]
    if len(found) == 1:
        return found[0]
    if exact:
        raise MatcherError(
            "ambiguous_participant", f"有 {len(exact)} 方叫“{name}”，请写编号：{'、'.join(exact)}", name=name
        )
    if found:
        several = "、".join(known[key] for key in found[:_SEVERAL]) + ("等" if len(found) > _SEVERAL else "")
        raise MatcherError("ambiguous_participant", f"“{name}”可以是：{several}；请写全称", name=name)
    near = "、".join(match[0] for match in process.extract(name, list(known.values()), limit=_NEAR))
    raise MatcherError("unknown_participant", f"没有叫“{name}”的参会方；最接近的是：{near}", name=name)
