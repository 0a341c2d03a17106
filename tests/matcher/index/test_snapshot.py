"""Snapshots: complete, checked and current, or refused with the reason."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import MatcherError
from matcher.index.exact import ExactIndex
from matcher.index.postings import PostingIndex
from matcher.index.snapshot import load_snapshot, save_snapshot
from tests.builders import index_of, offer, posting_change
from tests.stub_encoder import StubEncoder

COLUMNS = ("corpus.json", "firms.npy", "rows.npy")
SEARCHED = ("vectors.faiss", "ids.npy", "pairs.npz", "pairs.txt", "words.npz", "words.txt")
PROFILES = ("profiles/vectors.faiss", "profiles/ids.npy")
FILES = (*COLUMNS, *SEARCHED, "items.txt", "items.json", "statements.json", *PROFILES, "manifest.json", "CURRENT")


def saved(folder: Path, *, seq: int = 1, origin: str = "store") -> PostingIndex:
    index = index_of([offer("p", "精密加工"), offer("q", "模具设计")])
    index.apply([posting_change(offer("r", "锂电池"), seq=seq)])
    assert save_snapshot(index, folder, origin=origin)
    return index


def load(folder: Path, *, origin: str = "store", fingerprint: str = "5bstub") -> PostingIndex:
    return load_snapshot(folder, StubEncoder(fingerprint), origin=origin)


def refusal(folder: Path, **wanted: str) -> str:
    with pytest.raises(MatcherError) as caught:
        load(folder, **wanted)
    assert str(folder) in caught.value.message
    assert "重建" in caught.value.message
    return caught.value.code


def file_of(folder: Path, name: str) -> Path:
    (path,) = [path for path in folder.rglob("*") if within(folder, path) == name]
    return path


def within(folder: Path, path: Path) -> str:
    """Return a path as the manifest of its snapshot names it; the pointer and the lock lie beside the snapshot."""
    parts = path.relative_to(folder).parts
    return "/".join(parts[1:] or parts)


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    index = saved(tmp_path, seq=7)
    loaded = load(tmp_path)
    assert loaded.seq == 7
    assert [loaded.corpus.key(row) for row in range(3)] == [index.corpus.key(row) for row in range(3)]
    assert loaded.words.scores("模具").tolist() == index.words.scores("模具").tolist()


def test_nothing_there_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "index_missing"
    assert refusal(tmp_path / "not" / "yet") == "index_missing"


def test_a_half_written_snapshot_is_never_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, seq=3)
    newer = index_of([offer("x")])
    newer.seq = 9

    def fail(folder: Path) -> None:
        (folder / "rows.npy").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(newer, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        save_snapshot(newer, tmp_path, origin="store")
    assert load(tmp_path).seq == 3
    monkeypatch.undo()
    assert save_snapshot(newer, tmp_path, origin="store")
    assert load(tmp_path).seq == 9
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_failed_snapshots_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, seq=3)
    (tmp_path / "8-killed").mkdir()
    newer = index_of([offer("x")])
    newer.seq = 9

    def fail(folder: Path) -> None:
        (folder / "rows.npy").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(newer, "save", fail)
    for _ in range(3):
        with pytest.raises(OSError, match="disk full"):
            save_snapshot(newer, tmp_path, origin="store")
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
    assert load(tmp_path).seq == 3


def test_a_first_half_written_snapshot_is_missing(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "CURRENT").unlink()
    assert refusal(tmp_path) == "index_missing"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_a_flipped_bit_in_any_file_is_noticed(name: str, mask: int, tmp_path: Path) -> None:
    saved(tmp_path)
    path = file_of(tmp_path, name)
    content = bytearray(path.read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        content[place] ^= mask
        path.write_bytes(content)
        assert refusal(tmp_path) == "index_corrupt"
        content[place] ^= mask
    path.write_bytes(content)
    assert load(tmp_path).seq == 1


def test_these_are_all_the_files(tmp_path: Path) -> None:
    saved(tmp_path)
    assert {within(tmp_path, path) for path in tmp_path.rglob("*") if path.is_file()} == {*FILES, ".lock"}


@pytest.mark.parametrize("name", [name for name in FILES if name != "CURRENT"])
def test_a_missing_file_is_noticed(name: str, tmp_path: Path) -> None:
    saved(tmp_path)
    file_of(tmp_path, name).unlink()
    assert refusal(tmp_path) == "index_corrupt"


@pytest.mark.parametrize("words", ["", "gone", "gone abc", "\0 abc"])
def test_a_damaged_pointer_is_noticed(words: str, tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "CURRENT").write_text(words, encoding="utf-8")
    assert refusal(tmp_path) == "index_corrupt"


def test_another_encoder_or_store_is_stale(tmp_path: Path) -> None:
    saved(tmp_path)
    assert refusal(tmp_path, fingerprint="other") == "index_stale"
    assert refusal(tmp_path, origin="other") == "index_stale"
    with pytest.raises(MatcherError) as caught:
        load_snapshot(tmp_path, StubEncoder(), origin="store", vectors=ExactIndex)
    assert caught.value.code == "index_stale"


def test_an_exact_index_is_saved_as_one(tmp_path: Path) -> None:
    index = PostingIndex(StubEncoder(), ExactIndex(StubEncoder.dimension))
    index.apply([posting_change(offer("p"))])
    save_snapshot(index, tmp_path, origin="store")
    loaded = load_snapshot(tmp_path, StubEncoder(), origin="store", vectors=ExactIndex)
    assert isinstance(loaded.vectors, ExactIndex)
    assert refusal(tmp_path) == "index_stale"


@pytest.mark.parametrize(("seq", "written"), [(4, False), (5, False), (6, True)])
def test_only_a_newer_snapshot_replaces(seq: int, written: bool, tmp_path: Path) -> None:
    saved(tmp_path, seq=5)
    index = index_of([offer("only")])
    index.seq = seq
    assert save_snapshot(index, tmp_path, origin="store") is written
    assert load(tmp_path).seq == max(5, seq)


def test_another_store_or_encoder_replaces_whatever_its_age(tmp_path: Path) -> None:
    saved(tmp_path, seq=5)
    saved(tmp_path, seq=2, origin="other")
    assert load(tmp_path, origin="other").seq == 2
    index = index_of([offer("p")])
    index.encoder = StubEncoder("new")
    assert save_snapshot(index, tmp_path, origin="other")
    assert load(tmp_path, origin="other", fingerprint="new").seq == 1


@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "rows.npy"])
def test_a_damaged_snapshot_is_replaced_by_one_no_newer(name: str, tmp_path: Path) -> None:
    saved(tmp_path, seq=5)
    file_of(tmp_path, name).write_bytes(b"\xff")
    saved(tmp_path, seq=5)
    assert load(tmp_path).seq == 5


def test_a_loaded_snapshot_outlives_its_folder(tmp_path: Path) -> None:
    saved(tmp_path, seq=1)
    old = load(tmp_path)
    saved(tmp_path, seq=2)
    shutil.rmtree(tmp_path)
    assert old.vectors.vectors(np.array([0], dtype=np.int64)).any()
