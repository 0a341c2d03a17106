"""Who sits where: delegates and tables for meetings that have their slots."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from matcher.planning.candidates import Ints
from matcher.planning.model import Meeting
from matcher.planning.timetable_grid import Grid
from matcher.planning.timetable_staff import staff

ANNOUNCED, HOME, SEAT = 1e8, 1e4, 1.0
Keeper = tuple[int, str]


@dataclass(slots=True)
class Unit:
    """What sits at one table in one slot: a meeting, or the group of a host. `table` 0: still free to choose."""

    slot: int
    meetings: list[int]
    table: int = 0
    wanted: int = 0
    delegates: dict[int, str] = field(default_factory=dict)


def seat(grid: Grid, slots: Ints, tables: Sequence[int], announced: Mapping[int, Meeting]) -> list[Unit]:
    """Return who sits at which table with which delegates, by slot; every placed meeting is in one unit.

    `tables` are the open tables; `announced` are meetings that keep their slot, which keep their table and delegates
    where they can. A host's delegate keeps one table where there are as many tables as such delegates.
    """
    placed: dict[int, list[int]] = defaultdict(list)
    for meeting in np.flatnonzero(slots >= 0).tolist():
        placed[int(slots[meeting])].append(meeting)
    units = [unit for slot in sorted(placed) for unit in _units(grid, slot, placed[slot], tables, announced)]
    _send_delegates(grid, units, announced)
    _lay_tables(grid, units, tables)
    return units


def _units(
    grid: Grid, slot: int, meetings: list[int], tables: Sequence[int], announced: Mapping[int, Meeting]
) -> list[Unit]:
    """Return the meetings of one slot as units; a group is split as announced while tables are left."""
    wish = {n: announced[n].table if n in announced and announced[n].table in tables else 0 for n in meetings}
    hosts: dict[int, list[int]] = defaultdict(list)
    units = []
    for n in meetings:
        if grid.guests[grid.first[n]] > 1:
            hosts[int(grid.first[n])].append(n)
        else:
            units.append(Unit(slot, [n], int(grid.table[n]), wish[n]))
    least = {host: _least(grid, sat) for host, sat in hosts.items()}
    spare = len(tables) - len(units) - sum(least.values())
    for host, sat in hosts.items():
        asked = len({int(grid.table[n]) or wish[n] for n in sat} - {0})
        most = max(least[host], min(asked, least[host] + spare, int(grid.places[host, slot])))
        spare -= most - least[host]
        units += _groups(grid, slot, sat, most, wish)
    return units


def _least(grid: Grid, meetings: list[int]) -> int:
    locked = {int(grid.table[n]) for n in meetings} - {0}
    return max(-(-len(meetings) // int(grid.guests[grid.first[meetings[0]]])), len(locked))


def _groups(grid: Grid, slot: int, meetings: list[int], count: int, wish: Mapping[int, int]) -> list[Unit]:
    """Return one host's meetings of a slot as `count` groups: by locked table, then as announced, the rest filled in."""
    most = int(grid.guests[grid.first[meetings[0]]])
    locked = Counter(int(grid.table[n]) for n in meetings if grid.table[n])
    asked = Counter(wish[n] for n in meetings if not grid.table[n] and wish[n] and wish[n] not in locked)
    groups = [Unit(slot, [], table, table) for table in sorted(locked)]
    groups += [Unit(slot, [], 0, table) for table, _ in asked.most_common(max(count - len(groups), 0))]
    groups += [Unit(slot, []) for _ in range(count - len(groups))]
    for n in sorted(meetings, key=lambda n: (not grid.table[n], not wish[n], n)):
        table = int(grid.table[n])
        if table:
            group = next(group for group in groups if group.table == table)
        else:
            room = [group for group in groups if len(group.meetings) < most - _awaited(grid, group, meetings)]
            group = next((g for g in room if wish[n] and g.wanted == wish[n]), None) or max(
                room, key=lambda g: (len(g.meetings), -g.wanted)
            )
        group.meetings.append(n)
    return [group for group in groups if group.meetings]


def _awaited(grid: Grid, group: Unit, meetings: list[int]) -> int:
    """Return how many meetings locked to a group's table have not sat down yet."""
    return sum(group.table == grid.table[n] != 0 and n not in group.meetings for n in meetings)


def _send_delegates(grid: Grid, units: Iterable[Unit], announced: Mapping[int, Meeting]) -> None:
    """Give every unit a delegate of each participant that sits there."""
    sits: dict[int, dict[int, list[Unit]]] = defaultdict(lambda: defaultdict(list))
    for unit in units:
        for number in {int(who[n]) for n in unit.meetings for who in (grid.first, grid.second)}:
            sits[number][unit.slot].append(unit)
    for number, at in sits.items():
        people = grid.participants[number].delegates
        wanted = {slot: [_announced(grid, unit, number, announced) for unit in sat] for slot, sat in at.items()}
        known = {slot: frozenset(name for name in names if name) for slot, names in wanted.items()}
        counts = {slot: len(sat) for slot, sat in at.items()}
        working = staff(people, counts, grid.session, streak=grid.streak, wanted=known)
        for slot, sat in at.items():
            free = [people[n].id for n in working[slot]]
            order = sorted(zip(sat, wanted[slot], strict=True), key=lambda pair: pair[1] not in free)
            for unit, name in order:
                unit.delegates[number] = name if name in free else free[0]
                free.remove(unit.delegates[number])


def _announced(grid: Grid, unit: Unit, number: int, announced: Mapping[int, Meeting]) -> str:
    """Return which delegate of a participant was announced for a unit, or ""."""
    id = grid.participants[number].id
    for meeting in (announced[n] for n in unit.meetings if n in announced):
        return meeting.delegate_a if meeting.a == id else meeting.delegate_b
    return ""


def _keeper(grid: Grid, unit: Unit) -> Keeper | None:
    """Return the delegate whose table a unit sits at, if there is one that keeps it."""
    meeting = unit.meetings[0]
    for number in (int(grid.first[meeting]), int(grid.second[meeting])):
        if grid.participants[number].keeps_table:
            return number, unit.delegates[number]
    return None


def _lay_tables(grid: Grid, units: Sequence[Unit], tables: Sequence[int]) -> None:
    """Give every unit a table, slot by slot, with the fewest moves (linear assignment)."""
    homes = _homes(grid, units, tables)
    last: dict[Keeper, int] = dict(homes)
    number = np.array(tables)
    slots: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        slots[unit.slot].append(unit)
    for sat in slots.values():
        taken = {unit.table for unit in sat if unit.table}
        free, open_units = number[~np.isin(number, list(taken))], [unit for unit in sat if not unit.table]
        cost = np.zeros((len(open_units), len(free)))
        for row, unit in zip(cost, open_units, strict=True):
            if unit.wanted:
                row += ANNOUNCED * (free != unit.wanted)
            keeper = _keeper(grid, unit)
            for who in unit.delegates.items():
                if who in last:
                    row += (HOME if who == keeper else SEAT) * (free != last[who])
        for at, column in zip(*linear_sum_assignment(cost), strict=True):
            open_units[at].table = int(free[column])
        for unit in sat:
            last |= {who: unit.table for who in unit.delegates.items() if who not in homes}


def _homes(grid: Grid, units: Sequence[Unit], tables: Sequence[int]) -> dict[Keeper, int]:
    """Return the table of each delegate that keeps one; where there are too few, those never there at once share."""
    slots: dict[Keeper, set[int]] = defaultdict(set)
    asked: dict[Keeper, Counter[int]] = defaultdict(Counter)
    for unit in units:
        if (keeper := _keeper(grid, unit)) is not None:
            slots[keeper].add(unit.slot)
            asked[keeper][unit.table or unit.wanted] += 1 + len(grid.session) * bool(unit.table)
    busy: dict[int, set[int]] = {table: set() for table in tables}
    kept = {table for counts in asked.values() for table in counts}
    homes: dict[Keeper, int] = {}
    for keeper in sorted(slots, key=lambda who: (-max(n for n in asked[who].values()), -len(slots[who]), who)):
        wanted = [table for table, _ in asked[keeper].most_common() if table in busy]
        rest = sorted(tables, key=lambda table: (bool(busy[table]), table in kept, table))
        home = next((table for table in (*wanted, *rest) if not busy[table] & slots[keeper]), None)
        if len(slots) <= len(tables) and home is not None and busy[home]:
            home = next(table for table in rest if not busy[table])
        if home is not None:
            homes[keeper] = home
            busy[home] |= slots[keeper]
    return homes


def meeting_of(grid: Grid, unit: Unit, meeting: int, score: int, locked: bool) -> Meeting:
    """Return a meeting as announced: who, when, where."""
    one, other = int(grid.first[meeting]), int(grid.second[meeting])
    return Meeting(
        a=grid.participants[one].id,
        b=grid.participants[other].id,
        slot=unit.slot,
        table=unit.table,
        score=score,
        delegate_a=unit.delegates[one],
        delegate_b=unit.delegates[other],
        locked=locked,
    )
