"""Score the readers on judged snippets: `python -m tests.matcher.quantity.snippets FILE [TYPE…]` lists what they miss."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.domain import Verdict
from matcher.quantity import judge, required, stated


@dataclass(frozen=True, slots=True)
class Snippet:
    id: str
    type: str
    request: str
    offer: str
    outcome: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """Snippets said to have an outcome, those that do have it, and those both."""

    said: int
    truly: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.truly if self.truly else 1.0


def load(path: Path) -> list[Snippet]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return [Snippet(**{**row, "outcome": Verdict(row["outcome"])}) for row in rows]


def outcome(request: str, offer: str) -> Verdict:
    """Return 不满足 when any requirement is, 待核实 when any is or none is read, else 满足."""
    said = stated(offer, "detail")
    found = {judge(requirement, said).outcome for requirement in required(request, "detail")}
    if Verdict.UNMET in found:
        return Verdict.UNMET
    return Verdict.MET if found == {Verdict.MET} else Verdict.UNKNOWN


def score(pairs: Iterable[tuple[Verdict, Verdict]], wanted: Verdict) -> Score:
    """Return the score of one outcome over (said, true) pairs."""
    both = list(pairs)
    return Score(
        said=sum(said is wanted for said, _ in both),
        truly=sum(true is wanted for _, true in both),
        right=sum(said is true is wanted for said, true in both),
    )


def _line(name: str, pairs: Sequence[tuple[Verdict, Verdict]]) -> str:
    scores = [score(pairs, each) for each in (Verdict.MET, Verdict.UNMET)]
    figures = "  ".join(f"P {each.precision:.3f} R {each.recall:.3f} ({each.right}/{each.truly})" for each in scores)
    return f"{name:　<6} {len(pairs):>4}  {figures}"


def main(arguments: Sequence[str]) -> None:
    snippets = [each for each in load(Path(arguments[0])) if not arguments[1:] or each.type in arguments[1:]]
    judged = [(each, outcome(each.request, each.offer)) for each in snippets]
    lines = ["类型 / 条数 / 满足 / 不满足"]
    for kind in sorted({each.type for each in snippets}):
        lines.append(_line(kind, [(said, each.outcome) for each, said in judged if each.type == kind]))
    lines.append(_line("合计", [(said, each.outcome) for each, said in judged]))
    for each, said in judged:
        if said is not each.outcome:
            lines.append(f"{each.id} {each.type} 读作{said} 应为{each.outcome}：{each.request} / {each.offer}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
