"""A backup: one file with every row, the instance's secret, its ranker and the uploads that still wait for their job."""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from pydantic import TypeAdapter

from matcher import __version__
from matcher.errors import MatcherError
from service.store import Store
from service.store.copying import Contents

FORMAT = 1
_MANIFEST, SECRET, RANKER, _UPLOADS = "manifest.json", "secret.key", "ranker.json", "uploads/"
_MEMBER = re.compile(r"tables/[a-z_]+\.jsonl|secret\.key|ranker\.json|uploads/new-[0-9a-f]{32}/[^/\\\x00]+")
_PIECE = 1024 * 1024
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: the schema's revision, the latest sequence number, rows by table, SHA-256 by member."""

    format: int
    version: str
    revision: str
    seq: int
    rows: Mapping[str, int]
    files: Mapping[str, str]


_READ = TypeAdapter(Manifest)


def table_member(name: str) -> str:
    """Return the member that holds the rows of a table."""
    return f"tables/{name}.jsonl"


def write_backup(store: Store, target: Path, *, secret: Path, ranker: Path, uploads: Path) -> Manifest:
    """Return what was written to `target`, readable by its owner only; whatever was committed before is in it.

    :raises MatcherError: `file_exists`.
    :raises OSError: when the file cannot be written.
    """
    if target.exists():
        raise MatcherError("file_exists", f"{target} 已存在：请另取一个文件名", path=str(target))
    part = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b") as file:
            with _state(store, uploads) as (contents, waiting):
                made = _written(file, contents, {SECRET: secret, RANKER: ranker}, waiting)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return made


@contextmanager
def _state(store: Store, uploads: Path) -> Iterator[tuple[Contents, Mapping[str, BinaryIO]]]:
    """Yield a state of the database and the files, opened, of the jobs that it has still to do."""
    for attempt in range(_TRIES):
        with store.contents() as contents:
            opened: dict[str, BinaryIO] = {}
            try:
                places = contents.unfinished_uploads()
                opened = {place: (uploads / place).open("rb") for place in places if (uploads / place).is_file()}
                # A job that ended meanwhile took its file with it: take a later state.
                if len(opened) == len(places) or attempt == _TRIES - 1:
                    yield contents, opened
                    return
            finally:
                for file in opened.values():
                    file.close()


def _written(file: BinaryIO, contents: Contents, own: Mapping[str, Path], waiting: Mapping[str, BinaryIO]) -> Manifest:
    rows: dict[str, int] = {}
    files: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in contents.names:
            with _member(archive, table_member(name), files) as add:
                rows[name] = 0
                for row in contents.rows(name):
                    add(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                    rows[name] += 1
        for name, path in own.items():
            if path.is_file():
                with path.open("rb") as source:
                    _copy(archive, name, source, files)
        for place, upload in waiting.items():
            if _MEMBER.fullmatch(_UPLOADS + place):
                _copy(archive, _UPLOADS + place, upload, files)
        made = Manifest(FORMAT, __version__, contents.revision, contents.seq, rows, files)
        archive.writestr(_MANIFEST, json.dumps(asdict(made), ensure_ascii=False))
    return made


def _copy(archive: zipfile.ZipFile, name: str, source: BinaryIO, files: dict[str, str]) -> None:
    with _member(archive, name, files) as add:
        while piece := source.read(_PIECE):
            add(piece)


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, files: dict[str, str]) -> Iterator[Any]:
    digest = hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as out:

        def add(piece: bytes) -> None:
            digest.update(piece)
            out.write(piece)

        yield add
    files[name] = digest.hexdigest()


class Backup:
    """A backup opened for reading, every byte of it verified."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    @property
    def uploads(self) -> list[str]:
        """Return the uploads in it, by their place in the folder of uploads."""
        return [name.removeprefix(_UPLOADS) for name in self.manifest.files if name.startswith(_UPLOADS)]

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        with self._archive.open(table_member(name)) as lines:
            for line in lines:
                yield json.loads(line)

    @property
    def secret(self) -> bytes:
        """Return the secret under which what is sealed was sealed."""
        return self._archive.read(SECRET)

    def ranker(self) -> IO[bytes] | None:
        """Return the ranker, None where none was installed."""
        return self._archive.open(RANKER) if RANKER in self.manifest.files else None

    def upload(self, place: str) -> IO[bytes]:
        """Return an upload."""
        return self._archive.open(_UPLOADS + place)


@contextmanager
def opened_backup(path: Path) -> Iterator[Backup]:
    """Yield a backup once all of it was found sound.

    :raises MatcherError: `bad_backup` for a file that is none, or damaged; `backup_newer`.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise MatcherError("bad_backup", f"没有备份文件 {path}", path=str(path)) from error
    except zipfile.BadZipFile as error:
        raise _damaged(path) from error
    with archive:
        try:
            manifest = _READ.validate_json(archive.read(_MANIFEST))
            _check(archive, manifest)
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
            OSError,  # An offset beyond the file.
        ) as error:
            raise _damaged(path) from error
        yield Backup(archive, manifest)


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if manifest.format > FORMAT:
        raise MatcherError("backup_newer", "备份由更新的版本写成：请升级 rongtong 后再恢复")
    if sorted(archive.namelist()) != sorted([*manifest.files, _MANIFEST]):
        raise ValueError("members")
    if {SECRET, *map(table_member, manifest.rows)} - set(manifest.files):
        raise ValueError("tables")
    for name, expected in manifest.files.items():
        if not _MEMBER.fullmatch(name) or name.rsplit("/", 1)[-1] in (".", ".."):
            raise ValueError(name)
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while piece := member.read(_PIECE):
                digest.update(piece)
        if digest.hexdigest() != expected:
            raise ValueError(name)


def _damaged(path: Path) -> MatcherError:
    return MatcherError("bad_backup", f"{path} 不是完好的备份，什么都没有改动：请换一份", path=str(path))
