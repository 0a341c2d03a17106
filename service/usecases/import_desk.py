"""Where an import reports to: the person's report, the rejects, the job that waits for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.tabular import Draft, Limits, Problem, RawRow, Severity
from service.auth import Actor
from service.store import Store
from service.store.jobs import Problem as StoredProblem
from service.usecases.import_report import ImportReport, Progress, Rejects

_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How files are read: the kind of rows that do not say, headers renamed, and the job that is told of progress.

    `full` closes postings of the same source and kinds that the files no longer hold. `source` is the file's name
    unless given; `rejects` is where rejected rows are written.
    """

    as_of: date
    kind: PostingKind | None = None
    mapping: Mapping[str, str] | None = None
    source: str | None = None
    full: bool = False
    rejects: Path | None = None
    job_id: str | None = None
    attempt: int | None = None
    limits: Limits = field(default_factory=Limits)


class Desk:
    """Takes what an import has to say; `nameless` once a rejected row could not even be identified."""

    def __init__(
        self, store: Store, actor: Actor, options: ImportOptions, progress: Callable[[Progress], None] | None
    ) -> None:
        self.report = ImportReport()
        self.rejects = Rejects()
        self.errors: list[MatcherError] = []
        self.nameless = False
        self.path = Path()
        self._store = store
        self._actor = actor
        self._options = options
        self._progress = progress
        self._problems: list[Problem] = []

    def start(self, path: Path) -> None:
        """Turn to a file."""
        self.path = path
        self.report.files.append(path.name)

    def reject(self, draft: Draft, problems: Iterable[Problem]) -> None:
        """Keep a row out."""
        self.report.rejected += 1
        self.rejects.add(draft.row, tuple(problems))
        self.nameless = self.nameless or draft.row_id is None

    def describe(self, draft: Draft) -> None:
        """Count what a row lacks and which columns nothing claims."""
        self.report.missing_required.update(draft.missing)
        if draft.unknown:
            listed = self.report.unknown_columns.setdefault(self.path.name, [])
            listed.extend(
                header for header in draft.unknown[:_LISTED] if header not in listed and len(listed) < _LISTED
            )

    def reader_problem(self, problem: Problem) -> None:
        """Take a problem met while reading; an error is a row that never became one."""
        if problem.severity is Severity.ERROR:
            self.report.rows += 1
            self.report.rejected += 1
            self.nameless = True
            cells = {problem.column or "内容": problem.value or ""}
            self.rejects.add(RawRow(problem.sheet, problem.row or 0, cells, tuple(cells)), (problem,))
        self.note((problem,))

    def failed(self, error: MatcherError) -> None:
        """Note that the file at hand could not be read on."""
        self.errors.append(error)
        self.report.failed_files.append(self.path.name)
        row = error.details.get("row")
        self.note(
            [
                Problem(
                    code=error.code,
                    message=error.message,
                    remedy="按提示处理后重新导入该文件",
                    severity=Severity.ERROR,
                    row=row if isinstance(row, int) else None,
                )
            ]
        )

    def note(self, problems: Iterable[Problem]) -> None:
        """Report problems of the file at hand."""
        for problem in problems:
            placed = replace(problem, file=self.path.name)
            self.report.tally.add(placed)
            if self._options.job_id is not None:
                self._problems.append(placed)

    def _flush(self) -> None:
        if self._options.job_id is not None and self._problems:
            stored = [_stored(problem) for problem in self._problems]
            self._store.jobs.add_problems(self._actor, self._options.job_id, stored, attempt=self._options.attempt)
        self._problems = []

    def tell(self) -> None:
        """Pass on the problems met and how far the work is."""
        self._flush()
        report, options = self.report, self._options
        now = Progress(file=self.path.name, rows=report.rows, accepted=report.accepted, rejected=report.rejected)
        if options.job_id is not None:
            told = {"file": now.file, "rows": now.rows, "accepted": now.accepted, "rejected": now.rejected}
            self._store.jobs.heartbeat(self._actor, options.job_id, told, attempt=options.attempt)
        if self._progress is not None:
            self._progress(now)


def _stored(problem: Problem) -> StoredProblem:
    return StoredProblem(
        sheet=f"{problem.file} {problem.sheet}".strip(),
        row=problem.row,
        column=problem.column,
        value=problem.value,
        code=problem.code,
        severity=problem.severity.value,
        message=problem.message,
        remedy=problem.remedy,
    )
