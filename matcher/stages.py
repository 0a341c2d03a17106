"""How long each stage of an answer takes, told to whoever wants to know."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

_noted: ContextVar[dict[str, float] | None] = ContextVar("stages", default=None)


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Yield a table of seconds by stage that is filled in the block, threads that take its context along included."""
    seconds: dict[str, float] = {}
    token = _noted.set(seconds)
    try:
        yield seconds
    finally:
        _noted.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Note the time of the block under `name`, added to what the stage took before; free where nobody measures."""
    seconds = _noted.get()
    if seconds is None:
        yield
        return
    started = perf_counter()
    try:
        yield
    finally:
        seconds[name] = seconds.get(name, 0.0) + perf_counter() - started
