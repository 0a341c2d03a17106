"""Match quality on a judged set: the product's own masks, retrieval and ranking, scored as usual in retrieval.

A set is a folder of `queries.jsonl` {id, text, detail?}, `docs.jsonl` {id, text}, `qrels.tsv` (query, doc, grade).
Relevance is binary (grade ≥ 1; ≥ 3 where the top grade is 4); judged nDCG has gain 2^(grade − 1) − 1 over judged docs.
"""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.changes import Change
from matcher.domain import Enterprise, Filters, Posting, PostingKind, Query
from matcher.eligibility import eligible
from matcher.encoder import Encoder
from matcher.errors import MatcherError
from matcher.index.base import FloatMatrix
from matcher.index.postings import PostingIndex, text_side
from matcher.rank import Features, LinearRanker
from matcher.reading import Reading, read_query
from matcher.retrieve import retrieve_read
from matcher.text import split_title

DEPTH = 1000
Grades: TypeAlias = Mapping[str, Mapping[str, int]]
Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]
Progress: TypeAlias = Callable[[int, int], None]

_TENANT = "evaluate"
_DAY = date(2000, 1, 1)
_BATCH = 512


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Queries and docs as text by id, grades by query and doc."""

    queries: Mapping[str, tuple[str, str | None]]
    docs: Mapping[str, str]
    grades: Grades


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean over n queries with its bootstrap 95 % interval."""

    mean: float
    lo: float
    hi: float
    n: int


def load_set(folder: Path) -> JudgedSet:
    """Return the judged set in `folder`.

    :raises MatcherError: `bad_set` naming the file and line that cannot be read.
    """
    queries = {str(row["id"]): (str(row["text"]), _text(row.get("detail"))) for row in _rows(folder / "queries.jsonl")}
    docs = {str(row["id"]): str(row["text"]) for row in _rows(folder / "docs.jsonl")}
    grades: dict[str, dict[str, int]] = {}
    for number, line in _lines(folder / "qrels.tsv"):
        parts = line.split()
        if len(parts) < 3 or not parts[-1].lstrip("-").isdigit():
            raise MatcherError("bad_set", f"{folder / 'qrels.tsv'} 第 {number} 行应为：查询编号 文档编号 等级")
        grades.setdefault(parts[0], {})[parts[-2]] = int(parts[-1])
    if not (queries and docs and grades):
        raise MatcherError("bad_set", f"评测集 {folder} 是空的：queries.jsonl、docs.jsonl、qrels.tsv 都须有内容")
    return JudgedSet(queries, docs, grades)


def _text(value: object) -> str | None:
    return str(value).strip() or None if value else None


def _lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that say something, numbered from 1."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise MatcherError("bad_set", f"评测集缺少文件 {path}：须有 queries.jsonl、docs.jsonl、qrels.tsv") from error
    except UnicodeDecodeError as error:
        raise MatcherError("bad_set", f"{path} 不是 UTF-8 编码，请另存为 UTF-8") from error
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _rows(path: Path) -> Iterable[dict[str, object]]:
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise MatcherError("bad_set", f"{path} 第 {number} 行不是 JSON") from error
        if not isinstance(row, dict) or not {"id", "text"} <= row.keys():
            raise MatcherError("bad_set", f"{path} 第 {number} 行须有 id 和 text")
        yield row


def build(judged: JudgedSet, encoder: Encoder, kind: PostingKind, progress: Progress) -> PostingIndex:
    """Return an index of the docs, each its own firm posting of `kind`."""
    index = PostingIndex(encoder)
    docs = list(judged.docs.items())
    for start in range(0, len(docs), _BATCH):
        changes: list[Change] = []
        for doc, text in docs[start : start + _BATCH]:
            title, detail = split_title(text)
            posting = Posting(id=doc, enterprise_id=doc, kind=kind, title=title or doc, detail=detail)
            changes.append(Change(seq=0, tenant=_TENANT, enterprise=Enterprise(id=doc, name=doc)))
            changes.append(Change(seq=0, tenant=_TENANT, posting=posting))
        index.apply(changes)
        progress(min(start + _BATCH, len(docs)), len(docs))
    return index


def queries_of(judged: JudgedSet, kind: PostingKind) -> dict[str, Query]:
    """Return the set's queries, each a text of `kind` from nobody known."""
    made: dict[str, Query] = {}
    for name, (text, detail) in judged.queries.items():
        made[name] = Query(tenant=_TENANT, kind=kind, title=text, detail=detail, as_of=_DAY, k=DEPTH)
    return made


def encoded(
    queries: Mapping[str, Query], encoder: Encoder, *, read: Callable[[Query], Reading] = read_query
) -> dict[str, FloatMatrix]:
    """Return each query's vectors, all texts encoded together."""
    texts = [(name, text) for name, query in queries.items() for text in read(query).fields().values()]
    side = text_side(next(iter(queries.values())).kind)
    vectors = encoder.encode([text for _, text in texts], side=side)
    grouped: dict[str, list[int]] = {}
    for n, (name, _) in enumerate(texts):
        grouped.setdefault(name, []).append(n)
    return {name: vectors[rows] for name, rows in grouped.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """The docs found for a query with their features, each of shape (docs,); judged docs that were excluded."""

    docs: NDArray[np.str_]
    features: Features
    excluded: tuple[str, ...] = ()
    depth: int = DEPTH

    def placed(self, ranker: LinearRanker) -> list[tuple[str, float]]:
        """Return (doc, score) best first to the depth, ties by doc; then what was excluded, with 0."""
        if not len(self.docs):
            return [(doc, 0.0) for doc in self.excluded]
        scores = ranker.scores(self.features)
        order = np.lexsort((self.docs, -scores))[: self.depth]
        return [(str(self.docs[n]), float(scores[n])) for n in order] + [(doc, 0.0) for doc in self.excluded]


def collect(
    index: PostingIndex,
    queries: Mapping[str, Query],
    vectors: Mapping[str, FloatMatrix],
    *,
    pools: Grades | None = None,
    read: Callable[[Query], Reading] = read_query,
) -> dict[str, Found]:
    """Return what any ranker needs to rank the docs of every query; with `pools`, each query's judged docs only."""
    found: dict[str, Found] = {}
    for name, query in queries.items():
        pool = tuple(pools.get(name, {})) if pools is not None else ()
        if pools is not None and not pool:
            found[name] = Found(np.empty(0, dtype=np.str_), {})
            continue
        asked = replace(query, filters=Filters(enterprise_id=pool))
        candidates = retrieve_read(index, asked, read(query), vectors[name], eligible(index, asked))
        docs = np.array([index.corpus.key(int(row))[1] for row in candidates.rows], dtype=np.str_)
        held = set(docs.tolist())
        excluded = tuple(doc for doc in pool if doc not in held)
        found[name] = Found(docs, candidates.features, excluded, max(DEPTH, len(pool)))
    return found


def run_set(found: Mapping[str, Found], ranker: LinearRanker) -> dict[str, list[tuple[str, float]]]:
    """Return (doc, score) best first for every query."""
    return {name: one.placed(ranker) for name, one in found.items()}


def write_run(run: Run, path: Path) -> None:
    """Write TREC lines `qid Q0 docid rank score tag`; scores fall with rank, so a reader that sorts keeps the order."""
    with path.open("w", encoding="utf-8") as file:
        for name, found in run.items():
            for rank, (doc, _) in enumerate(found, start=1):
                file.write(f"{name} Q0 {doc} {rank} {1.0 / rank:.9f} rongtong\n")


def score(grades: Grades, run: Run) -> dict[str, Metric]:
    """Return ndcg10, r10, r100, mrr, acc1 and, where the set is graded to 4, judged_ndcg10."""
    return {metric: interval(list(values.values())) for metric, values in by_query(grades, run).items()}


def by_query(grades: Grades, run: Run) -> dict[str, dict[str, float]]:
    """Return what `score` averages: by metric, the value of each query that has one."""
    top = max(grade for docs in grades.values() for grade in docs.values())
    low = 3 if top >= 4 else 1
    values: dict[str, dict[str, float]] = {}
    for name, judged in grades.items():
        docs = [doc for doc, _ in run.get(name, ())]
        relevant = {doc for doc, grade in judged.items() if grade >= low}
        found = _binary(docs, relevant, judged, top) if relevant else {}
        if top >= 4 and (graded := _graded(docs, judged)) is not None:
            found["judged_ndcg10"] = graded
        for metric, value in found.items():
            values.setdefault(metric, {})[name] = value
    return values


def _binary(docs: Sequence[str], relevant: set[str], judged: Mapping[str, int], top: int) -> dict[str, float]:
    gains = [1.0 if doc in relevant else 0.0 for doc in docs[:10]]
    return {
        "ndcg10": _dcg(gains) / _dcg([1.0] * min(10, len(relevant))),
        "r10": len(relevant & set(docs[:10])) / len(relevant),
        "r100": len(relevant & set(docs[:100])) / len(relevant),
        "mrr": next((1 / rank for rank, doc in enumerate(docs, start=1) if doc in relevant), 0.0),
        "acc1": float(bool(docs) and judged.get(docs[0], 0) == top),
    }


def _graded(docs: Sequence[str], judged: Mapping[str, int]) -> float | None:
    gain = {doc: 2.0 ** (grade - 1) - 1 for doc, grade in judged.items()}
    ideal = _dcg(sorted(gain.values(), reverse=True)[:10])
    return _dcg([gain[doc] for doc in docs if doc in gain][:10]) / ideal if ideal > 0 else None


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def interval(values: Sequence[float], *, draws: int = 1000, seed: int = 0) -> Metric:
    """Return the mean with the 2.5 and 97.5 percentiles of `draws` bootstrap means."""
    chance = random.Random(seed)  # noqa: S311
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(draws))
    mean = float(np.mean(values))
    return Metric(mean, means[int(0.025 * draws)], means[int(0.975 * draws)], len(values))
