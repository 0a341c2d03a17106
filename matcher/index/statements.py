"""What postings say that can be checked, in columns, so that one requirement is judged over all rows at once.

Equal sets of statements are kept once: a requirement is judged against each distinct set, and rows take the outcome.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from matcher.domain import Posting, Span, Verdict
from matcher.index.base import Ids, Mask
from matcher.quantity import Statement, bears, judge
from matcher.requirements import statements_of

_Set: TypeAlias = tuple[Statement, ...]
_STORED: TypeAdapter[dict[str, list[_Set]]] = TypeAdapter(dict[str, list[_Set]])
_MET, _UNMET = 1, 2
_CODES: Mapping[Verdict, int] = {Verdict.MET: _MET, Verdict.UNMET: _UNMET}
_NOTHING: NDArray[np.int8] = np.zeros(0, dtype=np.int8)
_KEPT = 1000
_NOWHERE = Span(field="", start=0, end=0, text="")


class _Holders:
    """The sets of a topic by number, and the numbers of those that hold each statement."""

    def __init__(self) -> None:
        self.sets: list[_Set] = []
        self.of: dict[Statement, list[int]] = {}

    def take(self, sets: Mapping[_Set, int]) -> None:
        """Take in the sets that came since."""
        for said in islice(sets, len(self.sets), None):
            for statement in dict.fromkeys(said):
                self.of.setdefault(statement, []).append(len(self.sets))
            self.sets.append(said)

    def bearing(self, requirement: Statement, *, since: int) -> list[int]:
        """Return the numbers from `since` of the sets that may decide about a requirement."""
        if since == len(self.sets):
            return []
        found = {code for said, codes in self.of.items() if bears(requirement, said) for code in codes}
        return sorted(code for code in found if code >= since)


class StatementIndex:
    """Statements by topic of texts numbered by the caller (rows ≥ 0). A judgement costs the distinct sets of a topic."""

    def __init__(self) -> None:
        self._sets: dict[str, dict[_Set, int]] = {}
        self._codes: dict[str, dict[int, int]] = {}
        self._holders: dict[str, _Holders] = {}
        self._known: dict[tuple[Statement, date | None], NDArray[np.int8]] = {}

    def add(self, rows: Ids, postings: Sequence[Posting]) -> None:
        """Read what postings state and keep it under rows not used before."""
        for row, posting in zip(rows.tolist(), postings, strict=True):
            for topic, said in by_topic(statements_of(posting)).items():
                known = self._sets.setdefault(topic, {})
                plain = tuple(_plain(statement) for statement in said)
                self._codes.setdefault(topic, {})[row] = known.setdefault(plain, len(known))

    def remove(self, rows: Ids) -> None:
        """Forget rows; unknown ones are ignored."""
        for codes in self._codes.values():
            for row in rows.tolist():
                codes.pop(row, None)

    def judged(self, requirement: Statement, size: int, *, as_of: date | None = None) -> tuple[Mask, Mask]:
        """Return which of the first `size` rows satisfy a requirement on `as_of`, which contradict it; the rest: unknown."""
        met, unmet = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        codes = self._codes.get(requirement.topic, {})
        if codes:
            outcomes = self._outcomes(_plain(requirement), as_of)
            rows = np.fromiter(codes.keys(), dtype=np.int64, count=len(codes))
            held: NDArray[np.int64] = np.fromiter(codes.values(), dtype=np.int64, count=len(codes))
            met[rows], unmet[rows] = (outcomes == _MET)[held], (outcomes == _UNMET)[held]
        return met, unmet

    def _outcomes(self, requirement: Statement, as_of: date | None) -> NDArray[np.int8]:
        """Return how each set stands, by number; what the last thousand requirements came to is kept."""
        holders = self._holders.setdefault(requirement.topic, _Holders())
        holders.take(self._sets[requirement.topic])
        key = (requirement, as_of)
        known = self._known.pop(key, _NOTHING)
        outcomes = np.concatenate([known, np.zeros(len(holders.sets) - len(known), dtype=np.int8)])
        for code in holders.bearing(requirement, since=len(known)):
            outcomes[code] = _CODES.get(judge(requirement, holders.sets[code], as_of=as_of).outcome, 0)
        self._known[key] = outcomes
        while len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)), None)
        return outcomes

    def renumbered(self, keep: Ids) -> "StatementIndex":
        """Return the same index with row `keep[i]` called i and all other rows gone."""
        position = {int(old): new for new, old in enumerate(keep)}
        other = StatementIndex()
        other._sets = {topic: dict(known) for topic, known in self._sets.items()}
        other._codes = {
            topic: {position[row]: code for row, code in codes.items() if row in position}
            for topic, codes in self._codes.items()
        }
        return other

    def save(self, folder: Path, name: str) -> None:
        """Write the index as `name`.json into `folder`."""
        state = {
            "sets": _STORED.dump_python({topic: list(known) for topic, known in self._sets.items()}, mode="json"),
            "codes": {topic: list(codes.items()) for topic, codes in self._codes.items()},
        }
        (folder / f"{name}.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> "StatementIndex":
        """Return the index that `save` wrote."""
        state = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        index = cls()
        sets = _STORED.validate_python(state["sets"])
        index._sets = {topic: {said: n for n, said in enumerate(known)} for topic, known in sets.items()}
        index._codes = {topic: dict(map(tuple, codes)) for topic, codes in state["codes"].items()}
        return index


def by_topic(statements: Sequence[Statement]) -> Mapping[str, _Set]:
    """Return statements grouped by topic, in the order they are made."""
    grouped: dict[str, list[Statement]] = {}
    for statement in statements:
        grouped.setdefault(statement.topic, []).append(statement)
    return {topic: tuple(said) for topic, said in grouped.items()}


def _plain(statement: Statement) -> Statement:
    """Return the statement without its place, so that equal ones are one."""
    return Statement(
        topic=statement.topic,
        span=_NOWHERE,
        low=statement.low,
        high=statement.high,
        values=statement.values,
        denied=statement.denied,
        vague=statement.vague,
    )
