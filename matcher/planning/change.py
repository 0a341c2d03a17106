"""What happens to an event after its plan was announced: someone stays away, a table breaks, everything runs late."""

from collections.abc import Iterable
from dataclasses import replace

from rapidfuzz import process

from matcher.errors import MatcherError
from matcher.planning.model import Programme
from matcher.planning.repair import shifted

_NEAR = 3


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


def delayed(programme: Programme, minutes: int) -> Programme:
    """Return the programme with everything `minutes` later; nobody's partner, slot or table changes."""
    return replace(programme, event=shifted(programme.event, minutes))


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
    if found:
        several = "、".join(known[key] for key in found)
        raise MatcherError("ambiguous_participant", f"“{name}”可以是：{several}；请写全称", name=name)
    near = "、".join(match[0] for match in process.extract(name, list(known.values()), limit=_NEAR))
    raise MatcherError("unknown_participant", f"没有叫“{name}”的参会方；最接近的是：{near}", name=name)
