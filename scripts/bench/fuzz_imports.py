"""Hostile and mutated files through the readers and the imports: what is read, refused, and what breaks.

usage: python -m scripts.bench.fuzz_imports [--files 10000] [--seed 1] [--minutes 60] [--workers 2] [--keep FOLDER]
Every file is read by each of the imports, in a process that may take 512 MB more than it starts with and 60 seconds
a file. Exits with 1 when anything broke; what broke is kept in FOLDER.
"""

import argparse
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.planning.calendar import slots_of
from matcher.planning.model import Session
from matcher.policy.size_class import size_of
from matcher.registers import Register, registers
from matcher.tabular.attendees import read_attendees, read_facts
from matcher.tabular.register import read_register
from scripts.bench.hostile import bombs, mutated
from service.auth import local_admin
from service.store import Store
from service.usecases.deal_outcomes import OUTCOME_FIELDS
from service.usecases.imports import ImportOptions, run_import
from service.usecases.registers import import_register
from service.vault import Vault

DAY = date(2026, 3, 1)
MEMORY = 512 << 20
SECONDS = 60.0
_WHO = local_admin("fuzz")
_SESSION = Session(name="上午场", start=datetime(2026, 6, 18, 9), end=datetime(2026, 6, 18, 12))
_BROKEN = ("crash", "hang", "memory", "unclear")


def readers(folder: Path) -> Mapping[str, Callable[[Path], object]]:
    """Return every way a file comes in, over a store in a folder; each raises `MatcherError` for what it refuses."""
    store = Store.open(
        f"sqlite:///{folder / 'store.db'}", size_of=lambda one: size_of(one, DAY), vault=Vault(bytes(32))
    )
    store.identity.ensure_tenant(_WHO, _WHO.tenant)
    options = ImportOptions(as_of=DAY, kind=PostingKind.CAPABILITY, rejects=folder / "rejects.xlsx")
    slots = slots_of([_SESSION], 30)
    return {
        "import": lambda path: run_import(store, _WHO, [path], options),
        "register": lambda path: import_register(store, _WHO, registers()[Register.ARREARS], path, as_of=DAY),
        "deals": lambda path: read_register(path, OUTCOME_FIELDS, as_of=DAY),
        "attendees": lambda path: (read_facts(path, as_of=DAY), read_attendees(path, slots=slots, sessions=[_SESSION])),
    }


def outcome(take: Callable[[Path], object], path: Path) -> str:
    """Return read, refused, memory, unclear (refused without Chinese words) or crash with its cause."""
    try:
        take(path)
    except MatcherError as error:
        return "refused" if any("一" <= letter <= "鿿" for letter in error.message) else f"unclear {error.code}"
    except MemoryError:
        return "memory"
    except BaseException as error:  # a panic of a Rust reader is no Exception
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"crash {type(error).__name__} {Path(place.filename).name}:{place.lineno} {str(error)[:80]}"
    return "read"


def _work(link: Connection) -> None:
    os.environ["RUST_BACKTRACE"] = "0"
    with tempfile.TemporaryDirectory() as folder:
        ways = readers(Path(folder))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        link.send(list(ways))
        while wanted := link.recv():
            way, path = wanted
            link.send(outcome(ways[way], path))


class Worker:
    """A process that reads files; one that dies or hangs is replaced."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.ways: list[str] = self._link.recv()

    def read(self, way: str, path: Path) -> str:
        """Return the outcome of one file by one way."""
        self._link.send((way, path))
        try:
            if self._link.poll(SECONDS):
                return str(self._link.recv())
            found = "hang"
        except EOFError:
            self._process.join()
            found = f"crash process ended with {self._process.exitcode}"
        self.stop()
        self._start()
        return found

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def files(count: int, seed: int, part: int, parts: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, ending, content) of this part's share: mutations, then the named bombs."""
    for n in range(part, count, parts):
        suffix, data = mutated(random.Random(f"{seed}-{n}"))
        yield f"{seed}-{n}", suffix, data
    for n, (name, make) in enumerate(bombs().items()):
        if n % parts == part:
            yield name, f".{name.split('-')[0]}" if name.split("-")[0] in ("csv", "jsonl", "xls") else ".xlsx", make()


def _share(
    arguments: tuple[int, int, int, int, Path, float],
) -> tuple[Counter[tuple[str, str]], list[str], float]:
    count, seed, part, parts, kept, end = arguments
    table: Counter[tuple[str, str]] = Counter()
    broken: list[str] = []
    worker, slowest = Worker(), 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, suffix, data in files(count, seed, part, parts):
            if time.monotonic() > end and name not in bombs():
                continue
            path = Path(folder) / f"{name}{suffix}"
            path.write_bytes(data)
            for way in worker.ways:
                begun = time.monotonic()
                found = worker.read(way, path)
                slowest = max(slowest, time.monotonic() - begun)
                table[way, found.split()[0]] += 1
                if found.split()[0] in _BROKEN:
                    broken.append(f"{name} {way}: {found}")
                    print(broken[-1], flush=True)
                    if len(data) < 1 << 20:
                        (kept / path.name).write_bytes(data)
            path.unlink()
    worker.stop()
    return table, broken, slowest


def main() -> int:
    """Print the table of outcomes and what broke; returns 1 when anything did."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--files", type=int, default=10_000)
    wanted.add_argument("--minutes", type=float, default=60.0, help="stop making mutations after so long")
    wanted.add_argument("--seed", type=int, default=1)
    wanted.add_argument("--workers", type=int, default=2)
    wanted.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-imports")
    options = wanted.parse_args()
    options.keep.mkdir(exist_ok=True)
    begun = time.monotonic()
    end = begun + 60 * options.minutes
    shares = [
        (options.files, options.seed, part, options.workers, options.keep, end) for part in range(options.workers)
    ]
    with ThreadPoolExecutor(options.workers) as pool:
        done = list(pool.map(_share, shares))
    table: Counter[tuple[str, str]] = sum((one[0] for one in done), Counter())
    took = time.monotonic() - begun
    total = len(bombs()) + options.files
    print(
        f"{total} 个文件（{len(bombs())} 个有名字的，{options.files} 个变异），{took:.0f} 秒，每秒 {total / took:.1f} 个"
    )
    for way in sorted({way for way, _ in table}):
        cells = "  ".join(f"{found} {table[way, found]}" for found in ("read", "refused", *_BROKEN))
        print(f"{way:10} {cells}")
    print(f"最慢一次 {max(one[2] for one in done):.1f} 秒")
    broken = [line for one in done for line in one[1]]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
