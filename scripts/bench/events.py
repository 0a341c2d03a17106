"""Event plans on generated fairs: time and proof per stage, beside what organisers do today, and repairs.

usage: python -m scripts.bench.events [--only 20x200,60x600] [--runs N] [--json OUT]
"""

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from matcher.exposure import gini
from matcher.planning.candidates import Candidates, candidates
from matcher.planning.change import without
from matcher.planning.model import Meeting, Plan, Programme, pair_key
from matcher.planning.planner import plan, repaired
from matcher.planning.repair import shortfall
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair

EVENTS: dict[str, tuple[Fair, float]] = {
    "20x200": (Fair(hosts=20, guests=200, slots=10, tables=25), 3),
    "20x200g4": (Fair(hosts=20, guests=200, slots=10, tables=25, group=4), 3),
    "60x600": (Fair(hosts=60, guests=600, slots=14, tables=80), 15),
    "200x1000": (Fair(hosts=200, guests=1000, slots=16, tables=250), 60),
    "300x2700": (Fair(hosts=300, guests=2700, slots=24, tables=500), 180),
}
"""Each event, and the seconds it should take at most."""
CHANGED = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a set of pairs comes to; `worst` is the least share of its own best that anybody served gets."""

    meetings: int
    shortfall: int
    nobody: int
    worst: float
    total: int
    below: int
    gini: float


def figures(found: Candidates, floor: int, pairs: Sequence[int]) -> Figures:
    """Return the figures of some pairs (row numbers of `found`)."""
    chosen = np.array(sorted(pairs), dtype=np.int64)
    people = len(found.participants)
    ends = np.concatenate([found.first[chosen], found.second[chosen]])
    degrees = np.bincount(ends, minlength=people)
    got = np.bincount(ends, weights=np.tile(found.weight[chosen], 2), minlength=people)
    best = np.array([_best(found, n) for n in range(people)])
    served = got > 0
    return Figures(
        meetings=len(chosen),
        shortfall=int(np.maximum(found.minimum - degrees, 0).sum()),
        nobody=int((degrees == 0).sum()),
        worst=float((got[served] / best[served]).min()) if served.any() else 0.0,
        total=int(found.weight[chosen].sum()),
        below=int((found.score[chosen] < floor).sum()),
        gini=float(gini(degrees.tolist())),
    )


def _best(found: Candidates, person: int) -> int:
    mine = found.weight[(found.first == person) | (found.second == person)]
    return int(np.sort(mine)[::-1][: int(found.maximum[person])].sum())


class Booking:
    """Meetings taken one after another, each where both have a slot and a table is left: what organisers do by hand."""

    def __init__(self, programme: Programme, found: Candidates) -> None:
        event = programme.event
        self._found, self._group = found, event.rules.guests
        self._common = found.common()
        self._left = found.places.copy()
        self._tables = np.full(len(event.slots), event.tables - len(event.closed_tables))
        self._seats = np.zeros_like(found.places)
        self._degrees = np.zeros(len(found.participants), dtype=np.int64)
        self.pairs: list[int] = []

    def take(self, pair: int) -> bool:
        """Book a pair in the first slot that fits; tell whether there was one."""
        one, other = int(self._found.first[pair]), int(self._found.second[pair])
        if (self._degrees[[one, other]] >= self._found.maximum[[one, other]]).any():
            return False
        joins = self._seats[one] % self._group > 0
        opens = (self._left[one] > 0) & (self._tables > 0)
        slots = np.flatnonzero(self._common[pair] & (self._left[other] > 0) & (joins | opens))
        if not len(slots):
            return False
        slot = int(slots[np.argmax(joins[slots])])
        if not joins[slot]:
            self._left[one, slot] -= 1
            self._tables[slot] -= 1
        self._left[other, slot] -= 1
        self._seats[one, slot] += 1
        self._degrees[[one, other]] += 1
        self.pairs.append(pair)
        return True


def self_booked(programme: Programme, found: Candidates, seed: int) -> list[int]:
    """Return what comes of everybody asking for its best partner that is free, in random order, until nobody can."""
    rng = np.random.default_rng(seed)
    booking = Booking(programme, found)
    wishes = [
        sorted(np.flatnonzero((found.first == n) | (found.second == n)).tolist(), key=lambda k: -int(found.score[k]))
        for n in range(len(found.participants))
    ]
    taken: set[int] = set()
    waiting = list(range(len(found.participants)))
    while waiting:
        rng.shuffle(waiting)
        waiting = [n for n in waiting if _asks(booking, wishes[n], taken)]
    return booking.pairs


def _asks(booking: Booking, wishes: list[int], taken: set[int]) -> bool:
    while wishes:
        pair = wishes.pop(0)
        if pair not in taken and booking.take(pair):
            taken.add(pair)
            return True
    return False


def by_score(programme: Programme, found: Candidates) -> list[int]:
    """Return what comes of taking the pairs by score, the best first."""
    booking = Booking(programme, found)
    for pair in np.argsort(-found.score, kind="stable").tolist():
        booking.take(pair)
    return booking.pairs


def without_floor(programme: Programme) -> Programme:
    """Return the event as self-booking and greedy see it: nobody keeps them from meetings below the floor."""
    return replace(programme, event=replace(programme.event, rules=replace(programme.event.rules, floor=0)))


def measured(name: str, runs: int) -> dict[str, Any]:
    """Return what one event takes and gives, the median of some runs."""
    size, aim = EVENTS[name]
    programme = fair(size, 1)
    found = candidates(programme)
    row = {candidates_key: n for n, candidates_key in enumerate(map(found.key, range(len(found.first))))}
    seconds, made = timed(lambda: plan(programme), runs)
    checking, broken = timed(lambda: verify(programme, made), 1)
    floor = programme.event.rules.floor
    chosen = [row[pair_key(one.a, one.b)] for one in made.meetings]
    found_all = candidates(without_floor(fair(replace(size, floor=0), 1)))
    loose = without_floor(fair(replace(size, floor=0), 1))
    told = {
        "融通": figures(found, floor, chosen),
        "自助预约": figures(found_all, floor, self_booked(loose, found_all, 7)),
        "按得分贪心": figures(found_all, floor, by_score(loose, found_all)),
    }
    return {
        "event": name,
        "pairs": len(found.first),
        "seconds": seconds,
        "aim": aim,
        "verify_seconds": checking,
        "violations": len(broken),
        "stages": [asdict(stage) | {"gap": gap(stage.value, stage.bound)} for stage in made.stages],
        "beside": {way: asdict(each) for way, each in told.items()},
        "repair": mended(programme, made, runs),
    }


def gap(value: float, bound: float) -> float:
    """Return how far a figure is from its bound, as a share of the larger."""
    return abs(value - bound) / max(abs(value), abs(bound), 1e-9)


def mended(programme: Programme, made: Plan, runs: int) -> dict[str, Any]:
    """Return what a repair takes and changes after 5 % drop-outs and 5 % additions, beside a plan made anew."""
    rng = np.random.default_rng(3)
    ids = [one.id for one in programme.participants]
    some = rng.permutation(len(ids))
    count = max(1, round(CHANGED * len(ids)))
    late = {ids[n] for n in some[:count]}
    gone = {ids[n] for n in some[count : 2 * count]}
    before = without(programme, late)
    announced = plan(before).meetings
    after = without(programme, gone)
    seconds, mended_ = timed(lambda: repaired(after, announced), runs)
    anew = plan(after)
    found = candidates(after)
    return {
        "seconds": seconds,
        "announced": len(announced),
        "kept": kept(announced, mended_.meetings),
        "kept_anew": kept(announced, anew.meetings),
        "possible": sum(not gone.intersection((one.a, one.b)) for one in announced),
        "shortfall": shortfall(found, mended_.meetings),
        "shortfall_anew": shortfall(found, anew.meetings),
        "violations": len(verify(after, mended_)),
        "proven": mended_.stages[0].proven,
        "bound": mended_.stages[0].bound,
    }


def kept(before: Sequence[Meeting], after: Sequence[Meeting]) -> int:
    """Return how many announced (pair, slot) stay."""
    held = {(pair_key(one.a, one.b), one.slot) for one in after}
    return sum((pair_key(one.a, one.b), one.slot) in held for one in before)


def timed(action: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Return the median seconds of some runs, and the value of the last."""
    taken, value = [], None
    for _ in range(runs):
        started = perf_counter()
        value = action()
        taken.append(perf_counter() - started)
    return statistics.median(taken), value


def show(console: Console, found: dict[str, Any]) -> None:
    """Print one event's tables."""
    console.print(
        f"[bold]{found['event']}[/bold]：可见的对 {found['pairs']:,}；计划 {found['seconds']:.1f} 秒（目标 {found['aim']:g}）；"
        f"校验 {found['verify_seconds']:.2f} 秒，违反 {found['violations']} 处"
    )
    stages = Table("阶段", "值", "界", "差", "已证", "秒")
    for one in found["stages"]:
        proven = "是" if one["proven"] else "否"
        figures_ = (f"{one['value']:.6g}", f"{one['bound']:.6g}", f"{one['gap']:.2%}", proven, f"{one['seconds']:.2f}")
        stages.add_row(one["name"], *figures_)
    console.print(stages)
    beside = Table("做法", "会面", "缺口", "无会面", "最吃亏", "总分", "低于下限", "基尼")
    for way, one in found["beside"].items():
        counted = (one["meetings"], one["shortfall"], one["nobody"], f"{one['worst']:.3f}", one["total"], one["below"])
        beside.add_row(way, *map(str, counted), f"{one['gini']:.3f}")
    console.print(beside)
    mend = found["repair"]
    console.print(
        f"改计划（{CHANGED:.0%} 不来、{CHANGED:.0%} 新来）：{mend['seconds']:.1f} 秒，已公布 {mend['announced']} 场，"
        f"还可能保留 {mend['possible']}，保留 {mend['kept']}（重排只保留 {mend['kept_anew']}）；"
        f"缺口 {mend['shortfall']}（重排 {mend['shortfall_anew']}）；违反 {mend['violations']}；"
        f"最少变动的界 {mend['bound']:g}，{'已证' if mend['proven'] else '未证'}\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(EVENTS), help="events, by name, with commas")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    console, found = Console(width=120), []
    for name in options.only.split(","):
        found.append(measured(name, options.runs))
        show(console, found[-1])
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
