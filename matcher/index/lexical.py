"""BM25 over any segmentation: incremental, masked, with each term's share of the score.

Robertson & Zaragoza (2009), with the non-negative idf of Lucene: ln(1 + (N − df + ½) / (df + ½)).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from matcher.index.base import Ids

Segment: TypeAlias = Callable[[str], list[str]]
Scores: TypeAlias = NDArray[np.float32]

_MAX_QUERY_TERMS = 128
_MERGE_AT = 2048
_NONE: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query's terms and their weights, idf × frequency, heaviest first."""

    terms: NDArray[np.int64]
    weights: NDArray[np.float64]

    def by_term(self) -> dict[int, float]:
        return dict(zip(self.terms.tolist(), self.weights.tolist(), strict=True))


class LexicalIndex:
    """Documents numbered by the caller (rows ≥ 0). A query costs the postings of its rarest 128 terms.

    What the last query weighed and scored is kept: the same text is asked for candidates, features and reasons.
    """

    def __init__(self, segment: Segment, *, k1: float = 1.2, b: float = 0.75) -> None:
        self._segment = segment
        self._k1, self._b = k1, b
        self._terms: dict[str, int] = {}
        self._df: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._lengths: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._alive: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._base: csc_matrix = csc_matrix((0, 0), dtype=np.float32)
        self._forward: csr_matrix | None = None
        self._fresh: dict[int, tuple[NDArray[np.int64], Scores]] = {}
        self._delta: csc_matrix | None = None
        self._totals: tuple[int, float] | None = None
        self._asked: tuple[str, _Asked] | None = None
        self._scored: tuple[str, Scores] | None = None

    def __len__(self) -> int:
        return self._size()[0]

    def add(self, rows: Ids, texts: Sequence[str]) -> None:
        """Add documents under rows not used before."""
        self._changed()
        self._grow(int(rows.max()) + 1 if len(rows) else 0)
        for row, text in zip(rows.tolist(), texts, strict=True):
            terms = self._numbers(self._segment(text))
            self._fresh[row] = _arrays(Counter(terms))
            self._lengths[row] = len(terms)
            self._alive[row] = True
        self._count(np.concatenate([_NONE, *(self._fresh[row][0] for row in rows.tolist())]), 1)
        if len(self._fresh) >= max(_MERGE_AT, len(self._alive) // 8):
            self._merge()

    def remove(self, rows: Ids) -> None:
        """Forget documents; unknown rows are ignored."""
        self._changed()
        rows = rows[(rows >= 0) & (rows < len(self._alive))]
        rows = np.unique(rows[self._alive[rows]])
        for row in rows.tolist():
            self._count(self._document(row)[0], -1)
        self._alive[rows] = False
        self._lengths[rows] = 0.0

    def scores(self, text: str) -> Scores:
        """Return BM25 of every row as a share of its limit for ever more of each query term, in [0, 1); read only."""
        if self._scored is None or self._scored[0] != text:
            scored = self._of_all(self._query(text))
            scored.flags.writeable = False
            self._scored = (text, scored)
        return self._scored[1]

    def scores_by(self, row: int, rows: Ids) -> Scores:
        """Return what `scores` gives `rows` for the text of the living document `row`, shape (rows,).

        It costs the terms of `rows`, however large the index.
        """
        asked = self._weighed(*self._document(row))
        place = np.full(len(self._terms), -1, dtype=np.int16)
        place[asked.terms] = np.arange(len(asked.terms))
        owners, terms, tf = self._documents(rows)
        order = place[terms]
        hit = np.flatnonzero(order >= 0)
        # In the order in which `scores` adds up, so that the sums are the same to the last bit.
        hit = hit[np.argsort(order[hit], kind="stable")]
        factors = (asked.weights * (self._k1 + 1)).astype(np.float32)[order[hit]]
        owners, tf = owners[hit], tf[hit]
        total = np.zeros(len(rows), dtype=np.float32)
        np.add.at(total, owners, factors * tf / (tf + self._norms(rows)[owners]))
        total[~self._alive[rows]] = 0.0
        result: Scores = total / (sum(asked.weights.tolist()) * (self._k1 + 1) or 1.0)
        return result

    def contributions(self, text: str, document: str) -> dict[str, float]:
        """Return each shared term's part of the score of `document` for the query `text`, largest first."""
        weights = self._query(text).by_term()
        counts = Counter(self._segment(document))
        norm = self._k1 * (1 - self._b + self._b * sum(counts.values()) / self._average())
        ceiling = sum(weights.values()) * (self._k1 + 1) or 1.0
        parts = {
            name: weights[term] * (self._k1 + 1) * tf / (tf + norm) / ceiling
            for name, tf in counts.items()
            if (term := self._terms.get(name, -1)) in weights
        }
        return dict(sorted(parts.items(), key=lambda item: (-item[1], item[0])))

    def renumbered(self, keep: Ids) -> "LexicalIndex":
        """Return the same index with row `keep[i]` called i and all other rows gone."""
        other = LexicalIndex(self._segment, k1=self._k1, b=self._b)
        other._terms, other._base = dict(self._terms), self._merged()[keep].tocsc()
        other._lengths, other._alive = self._lengths[keep], self._alive[keep]
        other._df = np.diff(other._base.indptr).astype(np.int64)
        return other

    def save(self, folder: Path, name: str) -> None:
        """Write the index as `name`.npz and `name`.txt into `folder`."""
        base = self._merged().tocsc()
        np.savez(
            folder / f"{name}.npz",
            data=base.data,
            indices=base.indices,
            indptr=base.indptr,
            shape=np.array(base.shape),
            lengths=self._lengths,
            alive=self._alive,
            df=self._df,
        )
        (folder / f"{name}.txt").write_text("\n".join(self._terms), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str, segment: Segment) -> "LexicalIndex":
        """Return the index that `save` wrote."""
        index = cls(segment)
        with np.load(folder / f"{name}.npz") as stored:
            index._base = csc_matrix(
                (stored["data"], stored["indices"], stored["indptr"]), shape=tuple(stored["shape"].tolist())
            )
            index._lengths, index._alive, index._df = stored["lengths"], stored["alive"], stored["df"]
        terms = (folder / f"{name}.txt").read_text(encoding="utf-8")
        index._terms = {term: number for number, term in enumerate(terms.split("\n") if terms else [])}
        return index

    def _query(self, text: str) -> _Asked:
        """Return the known terms of a text, weighed."""
        if self._asked is None or self._asked[0] != text:
            counts = {self._terms[t]: n for t, n in Counter(self._segment(text)).items() if t in self._terms}
            self._asked = (text, self._weighed(*_arrays(counts)))
        return self._asked[1]

    def _weighed(self, terms: NDArray[np.int64], counts: Scores) -> _Asked:
        """Return the heaviest 128 of some terms that documents hold."""
        df = self._df[terms]
        weights = counts.astype(np.float64) * np.log1p((len(self) - df + 0.5) / (df + 0.5))
        order = np.lexsort((terms, -weights))
        order = order[df[order] > 0][:_MAX_QUERY_TERMS]
        return _Asked(terms[order], weights[order])

    def _of_all(self, asked: _Asked) -> Scores:
        total = np.zeros(len(self._alive), dtype=np.float32)
        ceiling = sum(asked.weights.tolist()) * (self._k1 + 1)
        if ceiling <= 0 or not len(self):
            return total
        norm = self._norms()
        factors = (asked.weights * (self._k1 + 1)).astype(np.float32)
        for part in (self._base, self._added()):
            owners, rows, tf = _spans(part, asked.terms)
            np.add.at(total, rows, factors[owners] * tf / (tf + norm[rows]))
        total[~self._alive] = 0.0
        result: Scores = total / ceiling
        return result

    def _changed(self) -> None:
        self._totals = self._asked = self._scored = self._delta = None

    def _size(self) -> tuple[int, float]:
        """Return how many documents live and how long they are together."""
        if self._totals is None:
            self._totals = (int(self._alive.sum()), float(self._lengths.sum(dtype=np.float64)))
        return self._totals

    def _added(self) -> csc_matrix:
        """Return what came since the last merge, by term."""
        if self._delta is None:
            self._delta = csc_matrix(self._triples(), shape=(len(self._alive), len(self._terms)), dtype=np.float32)
        return self._delta

    def _triples(self) -> tuple[Scores, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return what came since the last merge, as (frequencies, (rows, terms))."""
        held = list(self._fresh.values())
        rows = np.repeat(np.array(list(self._fresh), dtype=np.int64), [len(terms) for terms, _ in held])
        terms = np.concatenate([_NONE, *(terms for terms, _ in held)])
        return np.concatenate([np.empty(0, np.float32), *(tf for _, tf in held)]), (rows, terms)

    def _average(self) -> float:
        size, length = self._size()
        return length / max(1, size) or 1.0

    def _norms(self, rows: Ids | slice = slice(None)) -> Scores:
        lengths = self._lengths[rows]
        result: Scores = (self._k1 * (1 - self._b + self._b * lengths / self._average())).astype(np.float32)
        return result

    def _numbers(self, terms: Sequence[str]) -> list[int]:
        """Return the numbers of terms, new ones numbered in order of appearance."""
        known = self._terms
        for term in terms:
            if term not in known:
                known[term] = len(known)
        return [known[term] for term in terms]

    def _count(self, terms: NDArray[np.int64], sign: int) -> None:
        if len(self._df) < len(self._terms):
            self._df = np.concatenate([self._df, np.zeros(2 * len(self._terms) - len(self._df), dtype=np.int64)])
        np.add.at(self._df, terms, sign)

    def _grow(self, size: int) -> None:
        if size > len(self._alive):
            extra = size - len(self._alive)
            self._alive = np.concatenate([self._alive, np.zeros(extra, dtype=np.bool_)])
            self._lengths = np.concatenate([self._lengths, np.zeros(extra, dtype=np.float32)])

    def _document(self, row: int) -> tuple[NDArray[np.int64], Scores]:
        """Return the terms of a row and how often each occurs."""
        if row in self._fresh:
            return self._fresh[row]
        _, terms, tf = _spans(self._by_row(), np.array([row]))
        return terms, tf

    def _documents(self, rows: Ids) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
        """Return the terms of rows, as (place in `rows`, term, frequency)."""
        owners, terms, tf = _spans(self._by_row(), rows)
        late = [n for n, row in enumerate(rows.tolist()) if row in self._fresh] if self._fresh else []
        if not late:
            return owners, terms, tf
        held = [self._fresh[int(rows[n])] for n in late]
        places = np.repeat(np.array(late, dtype=np.int64), [len(own) for own, _ in held])
        return (
            np.concatenate([owners, places]),
            np.concatenate([terms, *(own for own, _ in held)]),
            np.concatenate([tf, *(own for _, own in held)]),
        )

    def _by_row(self) -> csr_matrix:
        """Return the base, rows by terms."""
        if self._forward is None:
            self._forward = self._base.tocsr()
        return self._forward

    def _merge(self) -> None:
        self._forward = self._merged()
        self._base = self._forward.tocsc()
        self._fresh, self._delta = {}, None

    def _merged(self) -> csr_matrix:
        """Return base and delta as one, rows by terms, without what was removed."""
        shape = (len(self._alive), len(self._terms))
        old = self._base.tocoo()
        fresh, (late, added) = self._triples()
        rows, columns = np.concatenate([old.row, late]), np.concatenate([old.col, added])
        keep = self._alive[rows]
        values = np.concatenate([old.data, fresh])
        return csr_matrix((values[keep], (rows[keep], columns[keep])), shape=shape, dtype=np.float32)


def _arrays(counts: Mapping[int, int]) -> tuple[NDArray[np.int64], Scores]:
    """Return terms and how often each occurs."""
    terms = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
    return terms, np.fromiter(counts.values(), dtype=np.float32, count=len(counts))


def _spans(
    matrix: csr_matrix | csc_matrix, wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
    """Return the entries of some rows (CSR) or columns (CSC), as (place in `wanted`, column or row, value)."""
    inside = np.flatnonzero(wanted < len(matrix.indptr) - 1)
    starts = matrix.indptr[wanted[inside]].astype(np.int64)
    sizes = matrix.indptr[wanted[inside] + 1] - starts
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)
    return np.repeat(inside, sizes), matrix.indices[at], matrix.data[at]
