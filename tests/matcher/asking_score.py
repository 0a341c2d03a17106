"""Score the reader of requests on a file of judged texts: `python -m tests.matcher.asking_score FILE`."""

import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from matcher.asking import sought
from matcher.domain import Side

DEV = Path(__file__).resolve().parents[1] / "data" / "asking" / "dev.jsonl"


@dataclass(frozen=True, slots=True)
class Scored:
    """One judged text: what was read, whether it holds the object and nothing else, and its character F1."""

    structure: str
    text: str
    wanted: str
    title: str
    right: bool
    f1: float


def character_f1(title: str, wanted: str) -> float:
    shared = sum((Counter(title) & Counter(wanted)).values())
    return 2 * shared / (len(title) + len(wanted))


def score(path: Path) -> list[Scored]:
    found: list[Scored] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        side = Side.OFFER if row["structure"] == "offer_side" else Side.REQUEST
        title = sought(row["text"], side=side).title
        right = row["sought"] in title and not any(word in title for word in row["not_sought"])
        f1 = character_f1(title, row["sought"])
        found.append(Scored(row["structure"], row["text"], row["sought"], title, right, f1))
    return found


def report(scored: list[Scored]) -> str:
    by_structure: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        by_structure[one.structure].append(one)
    rows = [(name, ones) for name, ones in sorted(by_structure.items())] + [("all", scored)]
    lines = [
        f"{name:22s} {len(ones):3d}  right {fmean(o.right for o in ones):.3f}  F1 {fmean(o.f1 for o in ones):.3f}"
        for name, ones in rows
    ]
    wrong = [f"  {o.structure}: {o.text} → {o.title}（{o.wanted}）" for o in scored if not o.right]
    return "\n".join([*lines, *wrong])


if __name__ == "__main__":
    sys.stdout.write(report(score(Path(sys.argv[1]) if len(sys.argv) > 1 else DEV)) + "\n")
