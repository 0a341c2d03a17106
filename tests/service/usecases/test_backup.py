"""A backup comes back as it was, on either database, or not at all."""

import json
import os
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from matcher.domain import Enterprise, PostingKind, Query
from matcher.encoder.cached import CachedEncoder
from matcher.errors import MatcherError
from service.auth import SYSTEM, local_admin
from service.config import Settings, restoring_mark, secret_path
from service.engine import Engine
from service.runtime import index_folder, open_store, ranker_file
from service.store import Store
from service.store.copying import contents
from service.store.database import Database, parse_url, utc_now
from service.store.migrate import alembic_config
from service.usecases import demo, restore
from service.usecases.backup import Manifest, opened_backup, write_backup
from service.usecases.restore import restore_backup
from service.vault import Vault
from tests.builders import RANKER
from tests.databases import new_postgres
from tests.filled import fill
from tests.service.cli import Rongtong, rongtong
from tests.stub_encoder import StubEncoder

__all__ = ["rongtong"]
TODAY = date(2026, 3, 31)
DEMO = local_admin(demo.TENANT)
A = local_admin("a")
UPLOAD = f"new-{'0' * 32}/名单.csv"


def settings_at(folder: Path, kind: str = "sqlite") -> Settings:
    """Return the settings of a new instance."""
    return Settings(data_dir=folder, database_url=new_postgres() if kind == "postgresql" else "")


def backed_up(settings: Settings, target: Path) -> Manifest:
    """Back an instance up."""
    store = open_store(settings)
    try:
        return write_backup(
            store, target, secret=secret_path(settings), ranker=ranker_file(settings), uploads=settings.uploads
        )
    finally:
        store.close()


def everything(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Return every row of an instance's database, but for the name that each database has of its own."""
    database = Database.connect(parse_url(settings.url), utc_now, Vault(b"0" * 32))
    with contents(database) as found:
        rows = {name: list(found.rows(name)) for name in found.names}
    database.engine.dispose()
    for row in rows["counter"]:
        del row["origin"]
    return rows


def filled(settings: Settings) -> None:
    """Put a row of everything into an instance, a ranker and an upload that waits for its job."""
    store = open_store(settings)
    fill(store, A, "甲方")
    store.jobs.enqueue(A, "import", {"path": UPLOAD})
    store.jobs.enqueue(A, "import", {"path": "new-gone/已取走.csv"})
    store.close()
    (settings.uploads / UPLOAD).parent.mkdir(parents=True)
    (settings.uploads / UPLOAD).write_text("企业名称\n甲\n", encoding="utf-8")
    ranker_file(settings).write_text("{}", encoding="utf-8")


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    filled(settings_at(folder / "data"))
    backed_up(settings_at(folder / "data"), folder / "备份.zip")
    return folder / "备份.zip"


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_every_row_and_file_comes_back(source: str, target: str, tmp_path: Path) -> None:
    old, new = settings_at(tmp_path / "old", source), settings_at(tmp_path / "new", target)
    filled(old)
    made = backed_up(old, tmp_path / "b.zip")
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    assert made == restore_backup(new, tmp_path / "b.zip", replace=False)
    assert everything(new) == everything(old)
    assert secret_path(new).read_bytes() == secret_path(old).read_bytes()
    assert stat.S_IMODE(secret_path(new).stat().st_mode) == 0o600
    assert ranker_file(new).read_text() == "{}"
    assert (new.uploads / UPLOAD).read_text(encoding="utf-8") == "企业名称\n甲\n"
    stores = [open_store(one) for one in (old, new)]
    assert stores[0].follow.origin(SYSTEM) != stores[1].follow.origin(SYSTEM), "no old index is taken for its own"
    for store in stores:
        store.close()


def answers(settings: Settings, store: Store) -> list[Any]:
    """Return what matches of an instance answer, in full."""
    encoder = CachedEncoder.open(StubEncoder(), settings.data_dir / "embeddings")
    engine = Engine.open(store, encoder, index_folder(settings), ranker=RANKER)
    engine.catch_up()
    asked = store.records.list_postings(DEMO, limit=1000).items[::25]
    found = [
        engine.match(Query(tenant=demo.TENANT, kind=one.kind, title=one.title, detail=one.detail, as_of=TODAY))
        for one in asked
        if one.kind in PostingKind
    ]
    engine.stop()
    encoder.close()
    return [(one.matches, one.excluded) for one in found]


def test_a_copy_matches_as_the_original_does_from_one_database_to_the_other_and_back(tmp_path: Path) -> None:
    kinds = ("sqlite", "sqlite", "postgresql", "sqlite")
    instances = [settings_at(tmp_path / str(n), kind) for n, kind in enumerate(kinds)]
    store = open_store(instances[0])
    demo.load_demo(store, TODAY)
    first = answers(instances[0], store)
    store.close()
    assert any(matches for matches, _ in first)
    for n, (old, new) in enumerate(pairwise(instances)):
        backed_up(old, tmp_path / f"{n}.zip")
        restore_backup(new, tmp_path / f"{n}.zip", replace=False)
        store = open_store(new)
        assert answers(new, store) == first
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_under_writes_it_is_one_state_with_all_that_was_acknowledged(kind: str, tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data", kind)
    store = open_store(settings)
    store.identity.ensure_tenant(A, "a")
    acknowledged, stop, begun = [0], threading.Event(), threading.Event()

    def write() -> None:
        while not stop.is_set():
            rows = [Enterprise(id=f"{acknowledged[0]}-{n}", name="甲") for n in range(5)]
            acknowledged[0] = store.records.put_enterprises(A, rows)[-1].seq
            begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    before = acknowledged[0]
    made = backed_up(settings, tmp_path / "b.zip")
    stop.set()
    thread.join()
    store.close()
    with opened_backup(tmp_path / "b.zip") as backup:
        found = sorted(row["seq"] for row in backup.rows("enterprises"))
    assert made.seq >= before
    assert found == list(range(1, made.seq + 1))
    assert made.seq % 5 == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_there_is_replaced_only_when_told(kind: str, tmp_path: Path, backup: Path) -> None:
    settings = settings_at(tmp_path, kind)
    store = open_store(settings)
    store.identity.ensure_tenant(local_admin("mine"), "mine")
    store.close()
    before = everything(settings)
    with pytest.raises(MatcherError) as error:
        restore_backup(settings, backup, replace=False)
    assert error.value.code == "not_empty"
    assert everything(settings) == before
    restore_backup(settings, backup, replace=True)
    assert [row["id"] for row in everything(settings)["tenants"]] == ["a"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_in_use_is_left_alone(kind: str, tmp_path: Path, backup: Path) -> None:
    settings = settings_at(tmp_path, kind)
    store = open_store(settings)
    assert store.follow.seq(SYSTEM) == 0
    with pytest.raises(MatcherError) as error:
        restore_backup(settings, backup, replace=True)
    assert error.value.code == "database_in_use"
    store.close()
    restore_backup(settings, backup, replace=True)


@pytest.fixture
def altered(backup: Path, tmp_path: Path) -> Iterator[tuple[Path, dict[str, bytes]]]:
    """Where to write an altered backup, and the members to alter."""
    with zipfile.ZipFile(backup) as archive:
        yield tmp_path / "altered.zip", {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("how", ["row", "missing", "extra", "outside", "no secret"])
def test_an_altered_backup_is_refused(how: str, altered: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    path, members = altered
    manifest = json.loads(members["manifest.json"])
    if how == "row":
        members["tables/tenants.jsonl"] = members["tables/tenants.jsonl"].replace(b'"a"', b'"b"')
    elif how == "missing":
        del members["tables/postings.jsonl"]
    elif how == "extra":
        members["tables/more.jsonl"] = b""
    elif how == "outside":
        place = f"uploads/{UPLOAD}"
        members["uploads/../../escaped"] = members.pop(place)
        manifest["files"]["uploads/../../escaped"] = manifest["files"].pop(place)
    else:
        del members["secret.key"], manifest["files"]["secret.key"]
    members["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(MatcherError) as error:
        restore_backup(settings_at(tmp_path / "data"), rewritten(path, members), replace=True)
    assert error.value.code == "bad_backup"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("field", "value"), [("format", 99), ("revision", "9999")])
def test_a_newer_backup_is_refused(
    field: str, value: object, altered: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    path, members = altered
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {field: value}).encode()
    with pytest.raises(MatcherError) as error:
        restore_backup(settings_at(tmp_path / "data"), rewritten(path, members), replace=True)
    assert error.value.code == "backup_newer"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_backup_is_refused(share: float, backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    (tmp_path / "part.zip").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(MatcherError) as error:
        restore_backup(settings_at(tmp_path / "data"), tmp_path / "part.zip", replace=True)
    assert error.value.code == "bad_backup"


def manifest_of(path: Path) -> Manifest | None:
    """Return what a sound backup holds, None for one refused as damaged."""
    try:
        with opened_backup(path) as found:
            return found.manifest
    except MatcherError as error:
        if error.code != "bad_backup":
            raise
        return None


def test_flipped_bits_are_refused_or_harmless(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    with opened_backup(backup) as sound:
        expected = sound.manifest
    refused = 0
    for at in range(7, len(whole), len(whole) // 60):
        (tmp_path / "flipped.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        read = manifest_of(tmp_path / "flipped.zip")
        assert read in (expected, None), at
        refused += read is None
    assert refused > 30


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_interrupted_it_left_the_old_data_and_refuses_to_open(
    kind: str, tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path, kind)
    store = open_store(settings)
    store.identity.ensure_tenant(local_admin("mine"), "mine")
    store.close()
    before = everything(settings)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(restore, "_put", full)
        with pytest.raises(OSError, match="space"):
            restore_backup(settings, backup, replace=True)
    assert everything(settings) == before
    assert restoring_mark(settings).exists()
    with pytest.raises(MatcherError) as error:
        open_store(settings)
    assert error.value.code == "half_restored"
    restore_backup(settings, backup, replace=True)
    open_store(settings).close()


@pytest.mark.parametrize("damage", ["header", "pages", "short"])
def test_a_damaged_database_makes_room_for_the_backup(damage: str, tmp_path: Path, backup: Path) -> None:
    settings = settings_at(tmp_path)
    filled(settings)
    file = settings.data_dir / "rongtong.db"
    whole = file.read_bytes()
    damaged = {
        "header": os.urandom(4096) + whole[4096:],
        "pages": whole[: 4096 * 3] + os.urandom(len(whole) - 4096 * 3),
        "short": whole[: len(whole) // 2],
    }[damage]
    file.write_bytes(damaged)
    with pytest.raises(MatcherError, match="--force") as error:
        restore_backup(settings, backup, replace=False)
    assert error.value.code == "not_empty"
    assert file.read_bytes() == damaged
    restore_backup(settings, backup, replace=True)
    assert [row["id"] for row in everything(settings)["tenants"]] == ["a"]
    assert [path.read_bytes() for path in settings.data_dir.glob("*.damaged-????????")] == [damaged]
    assert not list(settings.data_dir.glob("*.fresh*"))
    open_store(settings).close()


def test_a_damaged_database_stays_where_the_restoring_fails(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path)
    file = settings.data_dir / "rongtong.db"
    file.write_bytes(b"damaged" * 1000)
    with monkeypatch.context() as patched:
        patched.setattr(restore, "_put", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restore_backup(settings, backup, replace=True)
    assert file.read_bytes() == b"damaged" * 1000
    assert restoring_mark(settings).exists()
    restore_backup(settings, backup, replace=True)
    open_store(settings).close()


def test_a_secret_that_cannot_be_written_is_told_before_anything_is_changed(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    secret = secrets / "key"
    secret.write_bytes(b"1" * 32)
    settings = Settings(data_dir=tmp_path / "data", database_url="", secret_file=secret)
    open_store(settings).close()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != secrets and may(path, mode))
    with pytest.raises(MatcherError, match="什么都没有改动") as error:
        restore_backup(settings, backup, replace=True)
    assert (error.value.code, error.value.details["path"]) == ("unwritable_file", str(secret))
    open_store(settings).close()
    with opened_backup(backup) as same:
        secret.write_bytes(same.secret)
    before = secret.stat()
    restore_backup(settings, backup, replace=True)
    assert (secret.stat().st_ino, secret.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    open_store(settings).close()


def test_a_file_missed_while_restoring_is_not_taken_for_the_backup(backup: Path) -> None:
    with pytest.raises(FileNotFoundError), opened_backup(backup):
        Path("/not/there").read_bytes()
    with pytest.raises(MatcherError, match="没有备份文件"), opened_backup(Path("/not/there")):
        pass


def test_an_older_schema_is_backed_up_as_it_is(rongtong: Rongtong, tmp_path: Path) -> None:
    assert rongtong("backup", tmp_path / "none.zip").code == 1
    assert not (tmp_path / "data" / "rongtong.db").exists()
    older(settings_at(tmp_path / "data"))
    assert rongtong("backup", tmp_path / "b.zip", "--json").json["revision"] == "0001"
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def older(settings: Settings) -> None:
    """Make an instance whose database is of the first schema."""
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "secret.key").write_bytes(os.urandom(32))
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection, Vault(b"0" * 32)), "0001")
        connection.execute(text("INSERT INTO tenants VALUES ('a', '甲', 0, 0, '2026-03-01 09:00:00.000000')"))
    engine.dispose()


def test_an_older_backup_is_brought_to_the_present_schema(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "old")
    older(settings)
    database = Database.connect(parse_url(settings.url), utc_now, Vault(b"0" * 32))
    old = Store(database, lambda _: None)  # type: ignore[arg-type,return-value]
    write_backup(
        old,
        tmp_path / "b.zip",
        secret=secret_path(settings),
        ranker=ranker_file(settings),
        uploads=settings.uploads,
    )
    old.close()
    new = settings_at(tmp_path / "new")
    restore_backup(new, tmp_path / "b.zip", replace=False)
    store = open_store(new)
    assert [one.id for one in store.identity.tenants(SYSTEM)] == ["a"]
    store.close()


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("x")
    with pytest.raises(MatcherError) as error:
        backed_up(settings_at(tmp_path / "data"), tmp_path / "b.zip")
    assert error.value.code == "file_exists"
