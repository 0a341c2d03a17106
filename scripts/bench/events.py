"""Plans of generated events: time, gap to a proven bound per stage, what organisers do today beside, and repairs.

usage: python -m scripts.bench.events [--only 20x200 …] [--runs 3] [--without-repair] [--json OUT]
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeAlias, TypeVar

import numpy as np

from matcher.planning.candidates import Candidates, candidates
from matcher.planning.change import without
from matcher.planning.model import Meeting, Plan, Programme, pair_key
from matcher.planning.planner import plan, repaired
from matcher.planning.verify import verify
from scripts.bench.fair import Fair, fair
from scripts.bench.habits import by_score, figures, first_come

Row: TypeAlias = dict[str, str | float]
Made = TypeVar("Made")
EVENTS: Mapping[str, Fair] = {
    "20x200": Fair(hosts=20, guests=200, slots=10, tables=25),
    "20x200-groups": Fair(hosts=20, guests=200, slots=10, tables=25, group=4),
    "60x600": Fair(hosts=60, guests=600, slots=14, tables=80),
    "200x1000": Fair(hosts=200, guests=1000, slots=16, tables=250),
    "300x2700": Fair(hosts=300, guests=2700, slots=24, tables=500),
}
STAGES = ("shortfall", "worst_share", "total")
CHANGED = 0.05


def timed(make: Callable[[], Made]) -> tuple[Made, float, float]:
    """Return what is made, the seconds it took, and those of the processor."""
    wall, cpu = perf_counter(), process_time()
    made = make()
    return made, perf_counter() - wall, process_time() - cpu


def measured(name: str, seed: int) -> tuple[Row, list[Row]]:
    """Return a plan's time and gaps, and its figures beside those of what organisers do today."""
    programme = fair(EVENTS[name], seed)
    made, wall, cpu = timed(lambda: plan(programme))
    broken, checking, _ = timed(lambda: verify(programme, made))
    stages = {stage.name: stage for stage in made.stages}
    row: Row = {"event": name, "seed": seed, "pairs": len(programme.scores), "plan_s": wall, "cpu_s": cpu}
    row |= {
        "pairing_s": sum(stages[stage].seconds for stage in STAGES),
        "timetable_s": stages["unplaced"].seconds,
        "verify_s": checking,
        "unplaced": stages["unplaced"].value,
    }
    for stage in STAGES:
        value, bound = stages[stage].value, stages[stage].bound
        row |= {f"{stage}_gap": abs(bound - value) / max(abs(bound), 1e-9) if bound != value else 0.0}
        row |= {f"{stage}_proven": float(stages[stage].proven)}
    return row | {"violations": len(broken)}, habits(name, seed, programme, made)


def habits(name: str, seed: int, programme: Programme, made: Plan) -> list[Row]:
    """Return the figures of a plan, of first-come self-booking and of greed by score, for the same event."""
    found, (wide, event) = candidates(programme), unfloored(name, seed, programme)
    floor = programme.event.rules.floor
    choices = {
        "plan": [pair_key(meeting.a, meeting.b) for meeting in made.meetings],
        "first come": first_come(wide, event.event, floor, seed),
        "by score": by_score(wide, event.event, floor),
    }
    return [{"event": name, "how": how, **asdict(figures(found, met))} for how, met in choices.items()]


def unfloored(name: str, seed: int, programme: Programme) -> tuple[Candidates, Programme]:
    """Return the event with all its pairs, as those see it who book or fill without a floor."""
    event = replace(programme.event, rules=replace(programme.event.rules, floor=0))
    wide = replace(programme, event=event, scores=fair(replace(EVENTS[name], floor=0), seed).scores)
    return candidates(wide), wide


def mended(name: str, seed: int) -> Row:
    """Return how a plan fares when 5 % drop out and 5 % come in addition: repaired, beside made anew."""
    size, rng = EVENTS[name], np.random.default_rng(seed)
    late = round(CHANGED * size.guests)
    whole = fair(replace(size, guests=size.guests + late), seed)
    ids = [person.id for person in whole.participants]
    first = without(whole, ids[-late:])
    gone = rng.choice(ids[:-late], size=round(CHANGED * len(ids[:-late])), replace=False).tolist()
    after = without(whole, gone)
    announced = plan(first).meetings
    anew, planning, _ = timed(lambda: plan(after))
    mend, repairing, _ = timed(lambda: repaired(after, announced))
    stages = {stage.name: stage for stage in mend.stages}
    lost = sum(bool({meeting.a, meeting.b} & set(gone)) for meeting in announced)
    return {
        "event": name,
        "announced": len(announced),
        "lost": lost,
        "changed": changes(announced, mend.meetings),
        "bound": stages["changes"].bound,
        "proven": float(stages["changes"].proven),
        "changed_anew": changes(announced, anew.meetings),
        "shortfall": sum(unmet.wanted - unmet.got for unmet in mend.unmet),
        "shortfall_anew": sum(unmet.wanted - unmet.got for unmet in anew.unmet),
        "total_kept": total(mend.meetings) / max(1, total(anew.meetings)),
        "repair_s": repairing,
        "replan_s": planning,
        "violations": len(verify(after, mend)),
    }


def changes(before: Iterable[Meeting], now: Iterable[Meeting]) -> int:
    """Return how many announced (pair, slot) are no more."""
    held = {(pair_key(meeting.a, meeting.b), meeting.slot) for meeting in now}
    return sum((pair_key(meeting.a, meeting.b), meeting.slot) not in held for meeting in before)


def total(meetings: Iterable[Meeting]) -> int:
    """Return the sum of scores."""
    return sum(meeting.score for meeting in meetings)


def medians(rows: Sequence[Row]) -> list[Row]:
    """Return one row for those that agree in all words, with the medians of their numbers."""
    grouped: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault(tuple(value for value in row.values() if isinstance(value, str)), []).append(row)
    return [{key: median([row[key] for row in same]) for key in same[0] if key != "seed"} for same in grouped.values()]


def median(values: Sequence[str | float]) -> str | float:
    """Return the median of numbers, or the word that all are."""
    numbers = [value for value in values if not isinstance(value, str)]
    return statistics.median(numbers) if numbers else values[0]


def table(rows: Sequence[Row]) -> str:
    """Return rows as an aligned table."""
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(lines) + "\n\n"


def shown(value: str | float) -> str:
    """Return a value in few digits."""
    return value if isinstance(value, str) else f"{value:.0f}" if value == int(value) else f"{value:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=EVENTS, nargs="+", default=list(EVENTS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without-repair", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tried = [(name, seed) for name in options.only for seed in range(1, options.runs + 1)]
    plans, beside = zip(*(measured(name, seed) for name, seed in tried), strict=True)
    found = {"plans": list(plans), "beside": [row for rows in beside for row in rows]}
    if not options.without_repair:
        found["repairs"] = [mended(name, seed) for name, seed in tried]
    for rows in found.values():
        sys.stdout.write(table(medians(rows)))
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
