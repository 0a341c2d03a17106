"""Put a backup in the place of an instance's data: wholly, or not at all."""

import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import IO

from matcher.errors import MatcherError
from service.config import Settings, restoring_mark, secret_path
from service.runtime import index_folder, ranker_file, refill_store
from service.usecases.backup import Backup, Manifest, opened_backup


def restore_backup(settings: Settings, path: Path, *, replace: bool) -> Manifest:
    """Return what was restored into the database and the folders of the settings.

    Interrupted, it leaves the instance as it was, or one that refuses to open until it is restored again.
    :raises MatcherError: `bad_backup`, `backup_newer`, `not_empty` unless `replace`, `database_in_use`,
        `unwritable_file`.
    """
    with opened_backup(path) as backup:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_writable(settings, backup)
        refill_store(
            settings,
            backup.secret,
            backup.manifest.revision,
            list(backup.manifest.rows),
            backup.rows,
            replace=replace,
            before_commit=lambda: _put_files(settings, backup),
        )
        shutil.rmtree(index_folder(settings), ignore_errors=True)
        restoring_mark(settings).unlink(missing_ok=True)
        return backup.manifest


def _check_writable(settings: Settings, backup: Backup) -> None:
    """Refuse, before anything is changed, what could not be finished."""
    targets = [ranker_file(settings), *(settings.uploads / place for place in backup.uploads)]
    if not _holds(secret_path(settings), backup.secret):
        targets.append(secret_path(settings))
    for target in targets:
        folder = next(one for one in target.absolute().parents if one.exists())
        # A file mounted by itself, as containers get their secrets, cannot be replaced.
        if not os.access(folder, os.W_OK) or os.path.ismount(target):
            message = f"{target} 不可写，什么都没有改动：请把它换到可写的位置（见 RONGTONG_SECRET_FILE 等设置）再恢复"
            raise MatcherError("unwritable_file", message, path=str(target))


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _put_files(settings: Settings, backup: Backup) -> None:
    restoring_mark(settings).touch()
    for place in backup.uploads:
        with backup.upload(place) as source:
            _put(source, settings.uploads / place)
    if (ranker := backup.ranker()) is not None:
        _put(ranker, ranker_file(settings))
    else:
        ranker_file(settings).unlink(missing_ok=True)
    if not _holds(secret_path(settings), backup.secret):
        _put(BytesIO(backup.secret), secret_path(settings))


def _put(source: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        shutil.copyfileobj(source, file)
        os.fsync(file.fileno())
    os.replace(fresh, target)
