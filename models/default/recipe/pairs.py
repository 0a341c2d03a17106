"""Training pairs that the project writes or makes by rule: nothing comes from a corpus or from a judged set.

`pairs/tech-*.jsonl` (a technology need, what would solve it, what only looks alike), `pairs/buy-*.jsonl` (a purchase
title and its content) and `pairs/firm-*.jsonl` (a product and the scope of a firm that makes it) were written by hand;
the rest is made from `data/taxonomy/industry_terms.csv` and the names of GB/T 4754.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

WRITTEN = Path(__file__).with_name("pairs")
TAXONOMY = Path(__file__).resolve().parents[3] / "data" / "taxonomy"
ASKING = ("{}", "{}", "{}", "{}", "寻求{}", "寻找{}供应商", "求购{}", "采购{}", "需要{}")
MAKING = ("的研发、生产和销售。", "等产品的生产与销售。", "的设计、制造及服务。", "业务。")
VERBS = {
    "A": ("的种植", "的养殖", "的活动"),
    "C": ("的制造", "的生产活动", "的加工制造", "的生产"),
    "E": ("的施工", "的建筑活动"),
    "F": ("的批发和进出口", "的零售", "的销售活动"),
}
OTHER_VERBS = ("服务", "活动", "等服务", "的活动")


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, a passage that answers it and one that only looks alike; pairs of one `group` are no negatives of each other."""

    query: str
    passage: str
    negative: str
    group: str
    source: str


class Industries:
    """The classes with their paths and the terms firms of them use."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        rows = {row["code"]: row for row in _table("industries.csv")}
        self.terms = {row["code"]: row["terms"].split("、") for row in _table("industry_terms.csv")}
        self._paths = {code: _path(rows, code) for code in self.terms}

    def sibling(self, code: str) -> str:
        """Return another class, as near as there is one."""
        for length in (4, 3, 1, 0):
            near = [other for other in self.terms if other != code and other.startswith(code[:length])]
            if near:
                return self._chance.choice(near)
        raise ValueError(code)

    def passage(self, code: str, shape: str, without: str = "") -> str:
        """Return a text of a class: its path, its name, or the main business of a firm that names some of its terms."""
        if shape == "path":
            return " > ".join(self._paths[code])
        if shape == "name":
            return self._paths[code][-1]
        named = [term for term in self.terms[code] if term != without]
        some = self._chance.sample(named, min(len(named), self._chance.randint(2, 4)))
        return f"主营业务：{'、'.join(some)}{self._chance.choice(MAKING)}"


def all_pairs(seed: int) -> list[Pair]:
    """Return every training pair, in random order."""
    chance = Random(seed)
    found = [*_named(chance), *_written(chance)]
    chance.shuffle(found)
    return found


def _named(chance: Random) -> Iterator[Pair]:
    """Yield pairs of products with classes, with firms that list them, and of descriptions with classes."""
    known = Industries(chance)
    for code, terms in known.terms.items():
        for term in terms:
            asked, other = chance.choice(ASKING).format(term), known.sibling(code)
            if chance.random() < 0.3:
                listed = chance.sample([t for t in terms if t != term], min(len(terms) - 1, chance.randint(2, 6)))
                near = chance.sample(known.terms[other], min(len(known.terms[other]), len(listed) + 1))
                right, wrong = (_listing(chance, group) for group in ([*listed, term], near))
                yield Pair(asked, right, wrong, code + term, "item")
            else:
                shape = chance.choice(("path", "path", "name", "firm", "firm"))
                yield Pair(asked, known.passage(code, shape, term), known.passage(other, shape, term), code, "term")
        for _ in range(3):
            some = chance.sample(terms, min(len(terms), chance.randint(2, 5)))
            told = "、".join(some) + chance.choice(VERBS.get(code[0], OTHER_VERBS))
            shape, other = chance.choice(("path", "path", "name")), known.sibling(code)
            yield Pair(told, known.passage(code, shape), known.passage(other, shape), code, "description")


def _listing(chance: Random, terms: list[str]) -> str:
    return "主营产品：" + "、".join(chance.sample(terms, len(terms)))


def _written(chance: Random) -> Iterator[Pair]:
    for group, row in _rows("tech"):
        wrong = row["neg"]
        for place, solution in enumerate(row["pos"]):
            told = (text for text in (row["need"], row["detail"]) if text)
            yield from (Pair(text, solution, wrong[place % len(wrong)], group, "tech") for text in told)
    for group, row in _rows("buy"):
        yield Pair(row["title"], row["content"], row["neg"], group, "buy")
    for group, row in _rows("firm"):
        for asked in chance.sample(ASKING[3:], 2):
            yield Pair(asked.format(row["product"]), row["scope"], row["neg"], group, "firm")


def _rows(source: str) -> Iterator[tuple[str, Any]]:
    """Yield (group, row) of the files of a source."""
    for file in sorted(WRITTEN.glob(f"{source}-*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            yield f"{file.name}:{number}", json.loads(line)


def _table(name: str) -> list[dict[str, str]]:
    with (TAXONOMY / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _path(rows: dict[str, dict[str, str]], code: str) -> list[str]:
    steps: list[str] = []
    while code:
        steps.insert(0, rows[code]["name"])
        code = rows[code]["parent"]
    return steps
