"""Judged sets as examples to learn from, and rankers measured on queries they were not fitted on."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from matcher.domain import Query
from matcher.evaluate import Found, Grades, Metric, Run, by_query, collect, interval, run_set
from matcher.index.base import FloatMatrix
from matcher.index.postings import PostingIndex
from matcher.learn import FOLDS, Example, Examples, fit_folds, fold_of, held_out_scores, scores_of
from matcher.learn_figures import Floats, Point, difference, error_interval, reliability
from matcher.rank import LinearRanker
from matcher.reading import Reading, read_query

UNJUDGED = 15
"""How many of the best unjudged docs of a query, and of all the others, stand for those that are not wanted."""
LEAST_QUESTIONS = 10
"""On how many questions another ranker must be measured before it counts as better or worse."""
_TOP_GRADE = 4


@dataclass(frozen=True, slots=True)
class Lists:
    """What was found for each query of a judged set: in the `whole` set and, where grades go to 4, among the judged.

    `questions` names the question behind a query where several ask the same.
    """

    grades: Grades
    whole: Mapping[str, Found]
    judged: Mapping[str, Found] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def collect(
        cls,
        index: PostingIndex,
        queries: Mapping[str, Query],
        vectors: Mapping[str, FloatMatrix],
        grades: Grades,
        *,
        read: Callable[[Query], Reading] = read_query,
    ) -> "Lists":
        """Return what is found for the queries that were judged."""
        asked = {name: query for name, query in queries.items() if name in grades}
        judged = collect(index, asked, vectors, pools=grades, read=read) if graded(grades) else {}
        return cls(grades, collect(index, asked, vectors, read=read), judged)

    def examples(self, start: LinearRanker) -> Examples:
        """Return what can be learned from.

        Where grades go to 4, every judged doc is an example, relevant from 3 on. Else the judged are relevant and the
        others found are not: the best `UNJUDGED` by `start`, and as many of the rest, each of which counts as all it
        stands for. The best alone would teach that what `start` looks at is bad.
        :raises MatcherError: `too_few_labels`.
        """
        if self.judged:
            return Examples.of(row for name in sorted(self.judged) for row in self._graded(name))
        return Examples.of(row for name in sorted(self.whole) for row in self._positives(name, start))

    def _graded(self, name: str) -> Iterator[Example]:
        found = self.judged[name]
        for n, doc in enumerate(found.docs):
            yield Example(name, _features(found, n), self.grades[name][str(doc)] >= _TOP_GRADE - 1)

    def _positives(self, name: str, start: LinearRanker) -> Iterator[Example]:
        found = self.whole[name]
        relevant = np.array([self.grades[name].get(str(doc), 0) > 0 for doc in found.docs], dtype=np.bool_)
        for n in np.flatnonzero(relevant):
            yield Example(name, _features(found, int(n)), True)
        order = np.lexsort((found.docs, -start.scores(found.features))) if len(found.docs) else np.empty(0, np.int64)
        others = order[~relevant[order]]
        rest = others[UNJUDGED:]
        drawn = rest[np.unique(np.linspace(0, len(rest) - 1, UNJUDGED).astype(np.int64))] if len(rest) else rest
        for n in others[:UNJUDGED]:
            yield Example(name, _features(found, int(n)), False)
        for n in drawn:
            yield Example(name, _features(found, int(n)), False, len(rest) / len(drawn))

    def values(self, rankers: Mapping[str, LinearRanker]) -> dict[str, dict[str, float]]:
        """Return every metric by query, each query ranked by its own ranker."""
        values = by_query(self.grades, {name: found.placed(rankers[name]) for name, found in self.whole.items()})
        if self.judged:
            run = {name: found.placed(rankers[name]) for name, found in self.judged.items()}
            values["judged_ndcg10"] = by_query(self.grades, run)["judged_ndcg10"]
        return values

    def run(self, ranker: LinearRanker) -> Run:
        """Return every query ranked in the whole set."""
        return run_set(self.whole, ranker)


@dataclass(frozen=True, slots=True)
class Quality:
    """What rankers are worth: metrics by query and, of their scores, the calibration error and curve."""

    values: Mapping[str, Mapping[str, float]]
    error: Metric
    curve: tuple[Point, ...]

    def metrics(self) -> dict[str, Metric]:
        """Return each metric's mean with its interval."""
        return {name: interval(list(values.values())) for name, values in self.values.items()}


@dataclass(frozen=True, slots=True)
class Trial:
    """The untrained and the trained ranker on questions that the trained one had not seen.

    `rankers` are by query, `scores` of the examples; `gain` is of the metric `deciding`, trained over untrained.
    """

    before: Quality
    after: Quality
    deciding: str
    gain: Metric
    rankers: Mapping[str, LinearRanker]
    scores: Floats

    @property
    def better(self) -> bool:
        """Whether the paired bootstrap says that the trained ranker is better."""
        return self.gain.lo > 0


@dataclass(frozen=True, slots=True)
class Rival:
    """Another ranker on the questions of a trial that it was not fitted on: what decides, of it and of the trained one.

    `gain` is the trained one's over it. Fewer than `LEAST_QUESTIONS` questions say nothing.
    """

    theirs: float
    ours: float
    gain: Metric

    @property
    def told(self) -> bool:
        """Whether there are enough questions to compare on."""
        return self.gain.n >= LEAST_QUESTIONS

    @property
    def beaten(self) -> bool:
        """Whether the paired bootstrap says that the trained ranker is better."""
        return self.told and self.gain.lo > 0

    @property
    def superior(self) -> bool:
        """Whether the paired bootstrap says that the trained ranker is worse."""
        return self.told and self.gain.hi < 0


def trial(lists: Lists, examples: Examples, start: LinearRanker, *, folds: int = FOLDS) -> Trial:
    """Return how `start`, and rankers fitted on the other folds, do on every question."""
    questions = _questions(lists)
    of = fold_of([*questions.values(), *examples.groups.tolist()], folds=folds)
    fitted = fit_folds(examples, start, of)
    rankers = {name: fitted[of[question]] for name, question in questions.items()}
    scores = held_out_scores(examples, fitted, of)
    before = _quality(lists.values(dict.fromkeys(rankers, start)), examples, scores_of(start, examples.features))
    after = _quality(lists.values(rankers), examples, scores)
    deciding = "judged_ndcg10" if lists.judged else "ndcg10"
    gain = difference(*(_by_question(one.values.get(deciding, {}), questions) for one in (before, after)))
    return Trial(before, after, deciding, gain, rankers, scores)


def rival(tried: Trial, lists: Lists, other: LinearRanker, *, fitted_on: Container[str]) -> Rival:
    """Return how another ranker does on the questions of a trial, without those it was fitted on.

    On those its hindsight would count for it, and what is learned from a few more questions often be called worse.
    """
    questions = _questions(lists)
    both = (lists.values(dict.fromkeys(lists.whole, other)), tried.after.values)
    old, new = (
        {name: value for name, value in found.items() if name not in fitted_on}
        for found in (_by_question(values.get(tried.deciding, {}), questions) for values in both)
    )
    theirs, ours = (float(np.mean(list(found.values()))) if found else 0.0 for found in (old, new))
    return Rival(theirs, ours, difference(old, new))


def _questions(lists: Lists) -> dict[str, str]:
    return {name: lists.questions.get(name, name) for name in lists.whole}


def _by_question(values: Mapping[str, float], questions: Mapping[str, str]) -> dict[str, float]:
    """Return the mean of each question: lists of one question are no independent witnesses."""
    held: dict[str, list[float]] = {}
    for name, value in values.items():
        held.setdefault(questions[name], []).append(value)
    return {question: float(np.mean(found)) for question, found in held.items()}


def graded(grades: Grades) -> bool:
    """Return whether a set grades to 4, so that what is not wanted was judged too."""
    return max(grade for docs in grades.values() for grade in docs.values()) >= _TOP_GRADE


def _features(found: Found, row: int) -> dict[str, float]:
    return {name: float(values[row]) for name, values in found.features.items()}


def _quality(values: Mapping[str, Mapping[str, float]], examples: Examples, scores: Floats) -> Quality:
    told = (scores, examples.relevant, examples.weights)
    return Quality(values, error_interval(examples.groups, *told), reliability(*told))
