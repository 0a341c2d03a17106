"""Whether the demo event seats those who should meet, by the demo's own grades; BM25 and the plain encoder beside.

usage: python -m scripts.bench.meetings
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.assets import asset
from matcher.encoder import Encoder, TextSide, load_encoder
from matcher.evaluate import load_set, score
from matcher.index.lexical import LexicalIndex
from matcher.planning.draft import FLOOR, Setup, draft
from matcher.planning.model import EventSide, PairKey, Participant, Programme, pair_key
from matcher.planning.planner import plan
from matcher.planning.scores import Fits, pieces
from matcher.text import words

AS_OF = date(2026, 11, 23)
DEMO = Path("data/demo")
RIGHT = 3
"""From this grade on a pair ought to meet."""
Pairwise: TypeAlias = Callable[[str, str], float]
Table: TypeAlias = NDArray[np.float64]
"""A value for each host and guest, shape (hosts, guests)."""


def graded(hosts: Sequence[Participant], guests: Sequence[Participant]) -> Table:
    """Return the highest grade that any need of one and any offer of the other have between them."""
    rows = (json.loads(line) for file in DEMO.glob("postings-*.jsonl") for line in file.open(encoding="utf-8"))
    ids, grades = {row["title"]: row["id"] for row in rows}, load_set(DEMO / "judged").grades

    def grade(need: str, offer: str) -> float:
        return float(grades.get(ids.get(need, ""), {}).get(ids.get(offer, ""), 0))

    return best(hosts, guests, grade)


def best(hosts: Sequence[Participant], guests: Sequence[Participant], of: Pairwise) -> Table:
    """Return the best of all needs of one and offers of the other, either way."""
    found = np.zeros((len(hosts), len(guests)))
    for (n, host), (m, guest) in product(enumerate(hosts), enumerate(guests)):
        both = [*product(pieces(host.needs), pieces(guest.offers)), *product(pieces(guest.needs), pieces(host.offers))]
        found[n, m] = max((of(need, offer) for need, offer in both), default=0.0)
    return found


def by_words(hosts: Sequence[Participant], guests: Sequence[Participant]) -> Table:
    """Return BM25 of offers for needs."""
    offers = list(dict.fromkeys(piece for one in (*hosts, *guests) for piece in pieces(one.offers)))
    place, index = {text: n for n, text in enumerate(offers)}, LexicalIndex(words)
    index.add(np.arange(len(offers), dtype=np.int64), offers)
    return best(hosts, guests, lambda need, offer: float(index.scores(need)[place[offer]]))


def by_meaning(hosts: Sequence[Participant], guests: Sequence[Participant], encoder: Encoder) -> Table:
    """Return the encoder's similarity of offers to needs."""
    vectors: dict[tuple[str, str], NDArray[np.float32]] = {}
    for side in ("needs", "offers"):
        texts = list(dict.fromkeys(piece for one in (*hosts, *guests) for piece in pieces(getattr(one, side))))
        made = encoder.encode(texts, side=TextSide.QUERY if side == "needs" else TextSide.PASSAGE)
        vectors |= {(side, text): row for text, row in zip(texts, made, strict=True)}
    return best(hosts, guests, lambda need, offer: float(vectors["needs", need] @ vectors["offers", offer]))


def of_pairs(hosts: Sequence[Participant], guests: Sequence[Participant], values: Mapping[PairKey, float]) -> Table:
    """Return values of pairs as a table, 0 for the others."""
    return np.array([[values.get(pair_key(host.id, guest.id), 0.0) for guest in guests] for host in hosts])


def ranking(name: str, grades: Table, values: Table) -> str:
    """Return how well values rank guests for each host, and hosts for each guest."""
    cells = []
    for judged, given in ((grades, values), (grades.T, values.T)):
        held = {str(n): {str(m): int(grade) for m, grade in enumerate(row) if grade} for n, row in enumerate(judged)}
        run = {
            str(n): [(str(m), float(row[m])) for m in np.argsort(-row, kind="stable")] for n, row in enumerate(given)
        }
        found = score({n: row for n, row in held.items() if max(row.values(), default=0) >= RIGHT}, run)["ndcg10"]
        cells.append(f"{found.mean:.3f} [{found.lo:.3f}, {found.hi:.3f}]")
    order = (grades >= RIGHT).ravel()[np.argsort(-values.ravel(), kind="stable")]
    precision = (np.cumsum(order) / np.arange(1, len(order) + 1))[order].mean()
    return f"{name:<16}{cells[0]:<24}{cells[1]:<24}{precision:.3f}\n"


def meetings(programme: Programme, scores: Fits, grades: Table, hosts: Sequence[Participant]) -> str:
    """Return how many of the pairs above the floor, and of the meetings of the plan, ought to meet."""
    scored = replace(programme, scores=scores.scores())
    ids, guests = [one.id for one in hosts], [one for one in programme.participants if one not in hosts]
    value = of_pairs(hosts, guests, {one.pair: one.score for one in scored.scores})
    above = value >= FLOOR
    lines = [f"floor {FLOOR}: {above.sum()} of {above.size} pairs, {(grades[above] >= RIGHT).mean():.2f} right, "
             f"{(above & (grades >= RIGHT)).sum() / (grades >= RIGHT).sum():.2f} of the right ones\n"]  # fmt: skip
    met = {pair_key(one.a, one.b): 1.0 for one in plan(scored).meetings}
    held = of_pairs(hosts, guests, met) > 0
    right, near = (grades[held] >= RIGHT).sum(), (grades[held] >= 1).sum()
    lines.append(f"plan: {len(met)} meetings of {len(ids)} hosts, {right} right, {near} of any grade\n")
    return "".join(lines)


def main() -> None:
    encoder = load_encoder(None, default=asset("models", "default"))
    programme = draft(DEMO / "event" / "参会报名表.xlsx", Setup(), as_of=AS_OF).programme
    hosts = [one for one in programme.participants if one.side is EventSide.HOST]
    guests = [one for one in programme.participants if one.side is EventSide.GUEST]
    grades, fits = graded(hosts, guests), Fits(programme.participants, encoder, as_of=AS_OF)
    ours = of_pairs(hosts, guests, {one.pair: one.score for one in fits.scores()})
    sys.stdout.write(f"{'':<16}{'nDCG@10 of hosts':<24}{'nDCG@10 of guests':<24}average precision\n")
    for name, values in {
        "BM25": by_words(hosts, guests), "encoder": by_meaning(hosts, guests, encoder), "rongtong": ours,
    }.items():  # fmt: skip
        sys.stdout.write(ranking(name, grades, values))
    sys.stdout.write(meetings(programme, fits, grades, hosts))


if __name__ == "__main__":
    main()
