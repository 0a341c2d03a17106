"""What every verb shares: settings, output for people or machines, errors and exit codes."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from matcher.domain import ConditionResult
from matcher.errors import MatcherError
from service.config import Settings, load_settings
from service.deps import Parts
from service.errors import body
from service.runtime import open_local
from service.store import Unavailable

FAILED, USAGE, REJECTED = 1, 2, 3
_MISUSED = frozenset(
    {"bad_match", "bad_k", "bad_mapping", "bad_setting", "bad_filter", "empty_text", "unknown_kind", "unknown_column"}
    | {"bad_change", "bad_out", "unknown_format", "unknown_region", "ambiguous_region", "unknown_industry"}
)

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


@dataclass(frozen=True, slots=True)
class State:
    """Options given before the verb."""

    tenant: str | None

    def settings(self) -> Settings:
        """Return the settings in force."""
        return load_settings(**({"tenant": self.tenant} if self.tenant else {}))


def state(context: typer.Context) -> State:
    """Return the options given before the verb."""
    found: State = context.obj
    return found


def emit(value: dict[str, Any]) -> None:
    """Write one JSON object to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def outcome(condition: ConditionResult) -> str:
    """Return how a condition came out, as one line: what is asked, not the name of its field."""
    asked = condition.request_span.text if condition.request_span else condition.name
    return f"{condition.outcome}：{asked}"


def fail(error: MatcherError, *, as_json: bool) -> NoReturn:
    """Report an error and leave."""
    if as_json:
        emit(body(error.code, error.message, error.details))
    else:
        err.print(Text.assemble(("错误", "red"), " ", error.message))
    raise typer.Exit(USAGE if error.code in _MISUSED else FAILED)


@contextmanager
def reporting(*, as_json: bool) -> Iterator[None]:
    """Turn errors a person can act on into a message and exit code 1; notices of the library go to standard error."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        yield
    except MatcherError as error:
        fail(error, as_json=as_json)
    except Unavailable as error:
        fail(error.error, as_json=as_json)
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        fail(MatcherError("io_error", f"读写{place} 失败：{error.strerror or error}"), as_json=as_json)


@contextmanager
def running(context: typer.Context, *, as_json: bool) -> Iterator[Parts]:
    """Yield the parts of the instance, its index caught up with the store; the index is saved on the way out."""
    with reporting(as_json=as_json):
        parts = open_local(state(context).settings())
        try:
            if parts.engine.behind():
                with bar("建立索引") as progress:
                    parts.engine.catch_up(progress)
            yield parts
        finally:
            parts.close()


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function (done, total) that draws progress on standard error."""
    with bars(label) as (advance,):
        yield advance


@contextmanager
def bars(*labels: str) -> Iterator[tuple[Callable[[int, int], None], ...]]:
    """Yield one function (done, total) per label, each of which draws its own progress."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks = [progress.add_task(label, total=None) for label in labels]

        def advance(task: TaskID, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        yield tuple(partial(advance, task) for task in tasks)
