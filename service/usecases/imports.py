"""Import spreadsheets of firms and what they offer or need."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matcher.tabular import Columns
from service.auth import Actor
from service.store import Store
from service.usecases.import_desk import ImportOptions
from service.usecases.import_report import ImportReport, Progress
from service.usecases.import_run import ImportRun

__all__ = ["ImportOptions", "ImportReport", "Progress", "run_import"]


def run_import(
    store: Store,
    actor: Actor,
    files: Sequence[Path],
    options: ImportOptions,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> ImportReport:
    """Return what came of importing the files; a file that cannot be read is reported, the others go in.

    :raises MatcherError: `unknown_column` (mapping), `forbidden`, `job_lost`; and the file's own error when no file
        could be read.
    """
    columns = Columns.load(options.mapping)
    work = ImportRun(store, actor, columns, options, progress)
    try:
        for path in files:
            work.file(path)
        work.finish()
    finally:
        work.close()
    return work.report
