"""Import and index at once: while rows are stored, those before them are encoded."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from service.auth import Actor
from service.engine import Engine
from service.store import Store
from service.usecases.import_report import ImportReport, Progress
from service.usecases.imports import ImportOptions, run_import

_PAUSE_SECONDS = 0.1


def import_and_index(
    store: Store,
    engine: Engine,
    actor: Actor,
    files: Sequence[Path],
    options: ImportOptions,
    *,
    stored: Callable[[Progress], None] | None = None,
    indexed: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Return what came of the import once all of it can be matched; `stored` and `indexed` are told of progress.

    :raises MatcherError: as `run_import` does; what was stored before is indexed all the same.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
        importing = pool.submit(run_import, store, actor, files, options, progress=stored)
        while not importing.done():
            if not engine.catch_up(indexed):
                wait([importing], _PAUSE_SECONDS)
        engine.catch_up(indexed)
        return importing.result()
