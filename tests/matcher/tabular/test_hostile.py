"""Files made to hurt the reader are read or refused in Chinese words, within memory and time."""

import multiprocessing
import random
import resource
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from matcher.errors import MatcherError
from matcher.tabular import Limits
from matcher.tabular.xlsx_package import open_package
from scripts.bench.hostile import bombs, mutated, seeds
from tests.matcher.tabular.sheets import read

MUTATIONS = 300
MEMORY = 512 << 20
PATIENCE = 120.0
HARMLESS = {
    *("column-lower", "string-far", "dimension-lie", "formula-external", "member-traversal", "macros", "zip-nested"),
    *("csv-quotes", "csv-nul", "csv-formulas", "csv-digits", "jsonl-lone", "nul-escape", "zip-just-below"),
    *("sheet-cells", "xls-declares"),
}


def attempt(path: Path) -> str:
    """Return read, refused with its code, or how the reader broke."""
    try:
        rows, _ = read(path, limits=Limits(rows=100_000))
    except MatcherError as error:
        return error.code if any("一" <= letter <= "鿿" for letter in error.message) else f"\n{error.message}"
    except BaseException:
        return traceback.format_exc()
    return "read" if rows else "empty"


def work(link: Connection) -> None:
    """Read the files that are sent, within a bound of memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    while path := link.recv():
        link.send(attempt(path))


def outcomes(folder: Path, files: dict[str, tuple[str, bytes]]) -> dict[str, str]:
    """Return what became of files (ending, content), read in another process."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    reader = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
    reader.start()
    theirs.close()
    found = {}
    try:
        for name, (suffix, data) in files.items():
            path = folder / f"{name}{suffix}"
            path.write_bytes(data)
            ours.send(path)
            assert ours.poll(PATIENCE), f"{name} hangs"
            found[name] = ours.recv()
            path.unlink()
    finally:
        reader.kill()
        reader.join()
    return found


@pytest.mark.parametrize("group", ["csv", "jsonl", "xls", "xlsx"])
def test_bombs(tmp_path: Path, group: str) -> None:
    kinds = ("csv", "jsonl", "xls")
    names = [name for name in bombs() if (name.split("-")[0] if name.split("-")[0] in kinds else "xlsx") == group]
    found = outcomes(tmp_path, {name: (f".{group}", bombs()[name]()) for name in names})
    assert not {name: how for name, how in found.items() if "\n" in how}
    assert {name for name, how in found.items() if how == "read"} <= HARMLESS | {
        "csv-header-repeats",
        "jsonl-bad-lines",
    }


def test_mutations(tmp_path: Path) -> None:
    files = {f"m{n}": mutated(random.Random(f"test-{n}")) for n in range(MUTATIONS)}
    found = outcomes(tmp_path, files)
    assert not {name: how for name, how in found.items() if "\n" in how}
    assert Counter(found.values())["read"] > MUTATIONS // 10


def test_what_is_mutated_reads_well(tmp_path: Path) -> None:
    files = {f"s{n}": seed for n, seed in enumerate(seeds())}
    assert set(outcomes(tmp_path, files).values()) == {"read"}


def test_a_package_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.touch()
    with pytest.raises(MatcherError) as caught:
        open_package(path, Limits())
    assert caught.value.code == "file_truncated"


def test_rows_beyond_what_may_be_held_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * 10_001, encoding="utf-8")
    with pytest.raises(MatcherError, match="不是合法的 JSON") as caught:
        read(path)
    assert caught.value.code == "file_type"
