"""An index on disk: complete, checked and current, or not used at all."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock
from pydantic import TypeAdapter

from matcher.encoder import Encoder
from matcher.errors import MatcherError
from matcher.index.base import VectorIndex
from matcher.index.flat import FaissIndex
from matcher.index.postings import PostingIndex

Manifest: TypeAlias = dict[str, object]

FORMAT = 4
_CURRENT, _MANIFEST = "CURRENT", "manifest.json"


def save_snapshot(index: PostingIndex, folder: Path, *, origin: str) -> bool:
    """Return whether a snapshot was written: not when one as recent of the same encoder and store is there.

    `origin` names the store the index follows, so that another database's index is never taken for it. Files are
    written beside, checksummed, synced, and made current by one rename; older snapshots go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if _as_recent(folder, index, origin):
            return False
        _clear(folder, keep=_current(folder))  # What a killed process left may be what fills the disk.
        fresh = Path(tempfile.mkdtemp(prefix=f"{index.seq}-", dir=folder))
        try:
            _write(index, fresh, origin)
            pointer = folder / f"{_CURRENT}.new"
            pointer.write_text(f"{fresh.name} {_checksum(fresh / _MANIFEST)}", encoding="utf-8")
            os.replace(pointer, folder / _CURRENT)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        _clear(folder, keep=fresh.name)
        return True


def _write(index: PostingIndex, fresh: Path, origin: str) -> None:
    index.save(fresh)
    manifest = {
        "format": FORMAT,
        "seq": index.seq,
        "origin": origin,
        "encoder": index.encoder.fingerprint,
        "vectors": type(index.vectors).__name__,
        "files": {path.relative_to(fresh).as_posix(): _checksum(path) for path in _files(fresh)},
    }
    (fresh / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    _sync(fresh)


def _clear(folder: Path, *, keep: str) -> None:
    for old in folder.iterdir():
        if old.is_dir() and old.name != keep:
            shutil.rmtree(old)


def _current(folder: Path) -> str:
    """Return the name of the snapshot that the pointer names, damaged or not; empty where it names none."""
    pointer = folder / _CURRENT
    words = pointer.read_bytes().decode("utf-8", "replace").split() if pointer.is_file() else []
    return words[0] if words else ""


def load_snapshot(
    folder: Path, encoder: Encoder, *, origin: str, vectors: type[VectorIndex] = FaissIndex
) -> PostingIndex:
    """Return the current snapshot, every file verified.

    :raises MatcherError: `index_missing`, `index_stale` (other format, store, encoder or vector index) or
        `index_corrupt`: build anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        current, manifest = _verified(folder)
        if not _fits(manifest, encoder, origin, vectors):
            raise MatcherError("index_stale", f"{current} 的索引格式、编码器或数据库与当前不符，将从数据库重建")
        return PostingIndex.load(current, encoder, int(str(manifest["seq"])), vectors=vectors)


def drop_snapshot(folder: Path) -> None:
    """Make the current snapshot, if any, count no longer; the next `save_snapshot` writes one."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        (folder / _CURRENT).unlink(missing_ok=True)


def _fits(manifest: Manifest, encoder: Encoder, origin: str, vectors: type[VectorIndex]) -> bool:
    wanted = {"format": FORMAT, "encoder": encoder.fingerprint, "origin": origin, "vectors": vectors.__name__}
    return all(manifest.get(name) == value for name, value in wanted.items())


def _as_recent(folder: Path, index: PostingIndex, origin: str) -> bool:
    try:
        _, manifest = _verified(folder)
    except MatcherError:
        return False
    return _fits(manifest, index.encoder, origin, type(index.vectors)) and int(str(manifest["seq"])) >= index.seq


def _verified(folder: Path) -> tuple[Path, Manifest]:
    """Return the current snapshot and its manifest, once the pointer vouches for the manifest and it for every file.

    :raises MatcherError: `index_missing` or `index_corrupt`.
    """
    pointer = folder / _CURRENT
    if not pointer.is_file():
        raise MatcherError("index_missing", f"{folder} 中没有索引，将从数据库重建")
    try:
        name, checksum = pointer.read_text(encoding="utf-8").split()
        written = (folder / name / _MANIFEST).read_bytes()
    except (OSError, ValueError) as error:
        raise MatcherError("index_corrupt", f"{folder} 的索引清单无法读取，将从数据库重建") from error
    current = folder / name
    if hashlib.blake2b(written).hexdigest() != checksum:
        raise MatcherError("index_corrupt", f"{current} 的索引清单已损坏，将从数据库重建")
    manifest: Manifest = json.loads(written)
    files = TypeAdapter(dict[str, str]).validate_python(manifest["files"])
    if damaged := [name for name, checksum in files.items() if _checksum(current / name) != checksum]:
        raise MatcherError("index_corrupt", f"{current} 的索引文件 {'、'.join(damaged)} 缺失或已损坏，将从数据库重建")
    return current, manifest


def _checksum(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _sync(folder: Path) -> None:
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
