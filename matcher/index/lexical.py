"""BM25 over any segmentation: incremental, masked, with each term's share of the score.

Robertson & Zaragoza (2009), with the non-negative idf of Lucene: ln(1 + (N − df + ½) / (df + ½)).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from matcher.index.base import Ids

Segment: TypeAlias = Callable[[str], list[str]]
Scores: TypeAlias = NDArray[np.float32]

_MAX_QUERY_TERMS = 128
_MERGE_AT = 2048


class LexicalIndex:
    """Documents numbered by the caller (rows ≥ 0). A query costs the postings of its rarest 128 terms."""

    def __init__(self, segment: Segment, *, k1: float = 1.2, b: float = 0.75) -> None:
        self._segment = segment
        self._k1, self._b = k1, b
        self._terms: dict[str, int] = {}
        self._df: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._lengths: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._alive: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._base: csc_matrix = csc_matrix((0, 0), dtype=np.float32)
        self._forward: csr_matrix | None = None
        self._fresh: dict[int, Mapping[int, int]] = {}
        self._inverted: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._totals: tuple[int, float] | None = None
        self._asked: tuple[str, dict[int, float]] | None = None

    def __len__(self) -> int:
        return self._size()[0]

    def add(self, rows: Ids, texts: Sequence[str]) -> None:
        """Add documents under rows not used before."""
        self._changed()
        self._grow(int(rows.max()) + 1 if len(rows) else 0)
        for row, text in zip(rows.tolist(), texts, strict=True):
            terms = self._numbers(self._segment(text))
            counts = Counter(terms)
            self._fresh[row] = counts
            for term, count in counts.items():
                self._inverted[term].append((row, count))
            self._lengths[row] = len(terms)
            self._alive[row] = True
        self._count([t for row in rows.tolist() for t in self._fresh[row]], 1)
        if len(self._fresh) >= max(_MERGE_AT, len(self._alive) // 8):
            self._merge()

    def remove(self, rows: Ids) -> None:
        """Forget documents; unknown rows are ignored."""
        self._changed()
        rows = rows[(rows >= 0) & (rows < len(self._alive))]
        rows = np.unique(rows[self._alive[rows]])
        for row in rows.tolist():
            self._count(self._terms_of(row), -1)
        self._alive[rows] = False
        self._lengths[rows] = 0.0

    def scores(self, text: str) -> Scores:
        """Return BM25 of every row as a share of its limit for ever more of each query term, in [0, 1)."""
        weights = self._query(text)
        total = np.zeros(len(self._alive), dtype=np.float32)
        ceiling = sum(weights.values()) * (self._k1 + 1)
        if ceiling <= 0 or not len(self):
            return total
        norm = self._norms()
        for term, weight in weights.items():
            rows, tf = self._postings(term)
            total[rows] += weight * (self._k1 + 1) * tf / (tf + norm[rows])
        total[~self._alive] = 0.0
        return total / ceiling

    def contributions(self, text: str, document: str) -> dict[str, float]:
        """Return each shared term's part of the score of `document` for the query `text`, largest first."""
        weights = self._query(text)
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

    def _query(self, text: str) -> dict[int, float]:
        """Return idf × query frequency of the known terms, the heaviest 128; the last query's are kept for its reasons."""
        if self._asked is not None and self._asked[0] == text:
            return self._asked[1]
        counts = {self._terms[t]: n for t, n in Counter(self._segment(text)).items() if t in self._terms}
        size = len(self)
        weights = {
            term: n * float(np.log1p((size - self._df[term] + 0.5) / (self._df[term] + 0.5)))
            for term, n in counts.items()
            if self._df[term] > 0
        }
        top: Mapping[int, float] = dict(sorted(weights.items(), key=lambda i: (-i[1], i[0]))[:_MAX_QUERY_TERMS])
        self._asked = (text, dict(top))
        return self._asked[1]

    def _changed(self) -> None:
        self._totals = self._asked = None

    def _size(self) -> tuple[int, float]:
        """Return how many documents live and how long they are together."""
        if self._totals is None:
            self._totals = (int(self._alive.sum()), float(self._lengths.sum(dtype=np.float64)))
        return self._totals

    def _postings(self, term: int) -> tuple[NDArray[np.int64], Scores]:
        rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        tf: Scores = np.empty(0, dtype=np.float32)
        if term < self._base.shape[1]:
            span = slice(self._base.indptr[term], self._base.indptr[term + 1])
            rows, tf = self._base.indices[span].astype(np.int64), self._base.data[span]
        if term in self._inverted:
            fresh = np.array(self._inverted[term], dtype=np.int64)
            rows = np.concatenate([rows, fresh[:, 0]])
            tf = np.concatenate([tf, fresh[:, 1].astype(np.float32)])
        return rows, tf

    def _average(self) -> float:
        size, length = self._size()
        return length / max(1, size) or 1.0

    def _norms(self) -> Scores:
        result: Scores = (self._k1 * (1 - self._b + self._b * self._lengths / self._average())).astype(np.float32)
        return result

    def _numbers(self, terms: Sequence[str]) -> list[int]:
        """Return the numbers of terms, new ones numbered in order of appearance."""
        known = self._terms
        for term in terms:
            if term not in known:
                known[term] = len(known)
        return [known[term] for term in terms]

    def _count(self, terms: Sequence[int] | NDArray[np.int64], sign: int) -> None:
        if len(self._df) < len(self._terms):
            self._df = np.concatenate([self._df, np.zeros(2 * len(self._terms) - len(self._df), dtype=np.int64)])
        np.add.at(self._df, np.asarray(terms, dtype=np.int64), sign)

    def _grow(self, size: int) -> None:
        if size > len(self._alive):
            extra = size - len(self._alive)
            self._alive = np.concatenate([self._alive, np.zeros(extra, dtype=np.bool_)])
            self._lengths = np.concatenate([self._lengths, np.zeros(extra, dtype=np.float32)])

    def _terms_of(self, row: int) -> Sequence[int] | NDArray[np.int64]:
        if row in self._fresh:
            return list(self._fresh[row])
        if self._forward is None:
            self._forward = self._base.tocsr()
        span = slice(self._forward.indptr[row], self._forward.indptr[row + 1])
        return self._forward.indices[span].astype(np.int64)

    def _merge(self) -> None:
        self._forward = self._merged()
        self._base = self._forward.tocsc()
        self._fresh, self._inverted = {}, defaultdict(list)

    def _merged(self) -> csr_matrix:
        """Return base and delta as one, rows by terms, without what was removed."""
        shape = (len(self._alive), len(self._terms))
        old = self._base.tocoo()
        keep = self._alive[old.row]
        fresh = [(row, t, n) for row, counts in self._fresh.items() if self._alive[row] for t, n in counts.items()]
        new = np.array(fresh, dtype=np.int64).reshape(-1, 3)
        rows = np.concatenate([old.row[keep], new[:, 0]])
        columns = np.concatenate([old.col[keep], new[:, 1]])
        values = np.concatenate([old.data[keep], new[:, 2].astype(np.float32)])
        return csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)
