"""Judged sets as examples to learn from, and rankers measured on queries they were not fitted on."""

from collections.abc import Callable, Iterator, Mapping
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

UNJUDGED = 30
"""How many of the best unjudged docs of a query stand for those not wanted, where only the wanted were judged."""
_UNJUDGED_WEIGHT = 0.5
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

        Where grades go to 4, every judged doc is an example, relevant from 3 on. Else the judged are relevant, and the
        best `UNJUDGED` others by `start` are not, with half the weight since some of them are.
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
        found, unjudged = self.whole[name], 0
        order = np.lexsort((found.docs, -start.scores(found.features))) if len(found.docs) else ()
        for n in order:
            relevant = self.grades[name].get(str(found.docs[n]), 0) > 0
            unjudged += not relevant
            if relevant or unjudged <= UNJUDGED:
                yield Example(name, _features(found, int(n)), relevant, 1.0 if relevant else _UNJUDGED_WEIGHT)

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


def trial(lists: Lists, examples: Examples, start: LinearRanker, *, folds: int = FOLDS) -> Trial:
    """Return how `start`, and rankers fitted on the other folds, do on every question."""
    questions = {name: lists.questions.get(name, name) for name in lists.whole}
    of = fold_of([*questions.values(), *examples.groups.tolist()], folds=folds)
    fitted = fit_folds(examples, start, of)
    rankers = {name: fitted[of[question]] for name, question in questions.items()}
    scores = held_out_scores(examples, fitted, of)
    before = _quality(lists.values(dict.fromkeys(rankers, start)), examples, scores_of(start, examples.features))
    after = _quality(lists.values(rankers), examples, scores)
    deciding = "judged_ndcg10" if lists.judged else "ndcg10"
    gain = difference(before.values.get(deciding, {}), after.values.get(deciding, {}))
    return Trial(before, after, deciding, gain, rankers, scores)


def graded(grades: Grades) -> bool:
    """Return whether a set grades to 4, so that what is not wanted was judged too."""
    return max(grade for docs in grades.values() for grade in docs.values()) >= _TOP_GRADE


def _features(found: Found, row: int) -> dict[str, float]:
    return {name: float(values[row]) for name, values in found.features.items()}


def _quality(values: Mapping[str, Mapping[str, float]], examples: Examples, scores: Floats) -> Quality:
    told = (scores, examples.relevant, examples.weights)
    return Quality(values, error_interval(examples.groups, *told), reliability(*told))
