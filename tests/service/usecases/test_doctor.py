"""The check-up of an instance: well, worn and broken."""

import os
import socket
import sqlite3
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.auth import Scope, local_admin
from service.config import Settings
from service.runtime import index_folder, open_parts
from service.usecases.doctor import Finding, Grade, check_clock, check_up
from tests.databases import new_postgres
from tests.service.cli import CHINESE, Rongtong, rongtong
from tests.service.instance import Instance, firm, offer

__all__ = ["rongtong"]
WHO = local_admin("t")


@pytest.fixture(autouse=True)
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of the same process may have loaded it."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def made(folder: Path, database: str = "") -> Settings:
    """Return the settings of an instance that holds one posting, its index saved."""
    settings = Settings(data_dir=folder, database_url=database, tenant="t", port=free_port())
    parts = open_parts(settings, today=date.today)
    parts.store.identity.ensure_tenant(WHO, "t")
    parts.store.records.put_enterprises(WHO, [firm()])
    parts.store.records.put_postings(WHO, [offer("p1")])
    parts.engine.catch_up()
    parts.close()
    return settings


def found(settings: Settings) -> dict[str, Finding]:
    """Return the findings by what they are about; every one that is not well says what to do."""
    listed = list(check_up(settings))
    assert all(CHINESE.search(one.found + one.about) for one in listed)
    assert all(bool(one.remedy) is (one.grade is not Grade.WELL) for one in listed)
    return {one.about: one for one in listed}


def grades(settings: Settings) -> dict[str, Grade]:
    return {
        about: one.grade for about, one in found(settings).items() if one.grade is not Grade.WELL and about != "磁盘"
    }


def test_a_healthy_instance(tmp_path: Path) -> None:
    assert grades(made(tmp_path / "data")) == {}


def test_a_healthy_instance_on_postgresql(tmp_path: Path) -> None:
    settings = made(tmp_path / "data", new_postgres())
    assert grades(settings) == {}
    assert "PostgreSQL" in found(settings)["数据库服务"].found


def test_nothing_there_yet_and_nothing_is_made(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url="", port=free_port())
    assert grades(settings) == {"数据目录": Grade.LOOK, "密钥文件": Grade.LOOK, "数据库": Grade.LOOK}
    assert not (tmp_path / "data").exists()


def test_an_older_schema_is_told_of_and_left(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "0001" in found(settings)["数据库"].found
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_a_database_that_is_down(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=f"postgresql://u:word@127.0.0.1:{free_port()}/d", port=free_port()
    )
    down = found(settings)["数据库"]
    assert down.grade is Grade.BROKEN
    assert "word" not in down.found


def test_a_damaged_database(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    path = tmp_path / "data" / "rongtong.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = os.urandom(len(content) - 4096 * 3)
    path.write_bytes(content)
    assert Grade.BROKEN in grades(settings).values()


def test_an_index_that_holds_something_else(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        connection.execute("UPDATE postings SET deleted = 1")
    index = found(settings)["索引"]
    assert (index.grade, index.remedy) == (Grade.BROKEN, "rongtong reindex")
    assert "t 索引 1、数据库 0" in index.found


def test_a_damaged_index_and_a_ranker_of_another_encoder(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    damaged = next(index_folder(settings).rglob("*.json"))
    damaged.write_text("{", encoding="utf-8")
    (tmp_path / "data" / "ranker.json").write_text("{}", encoding="utf-8")
    assert grades(settings) == {"索引": Grade.LOOK, "排序模型": Grade.BROKEN}


def test_rights_that_are_too_wide(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "secret.key").chmod(0o644)
    assert grades(settings) == {"数据目录": Grade.LOOK, "密钥文件": Grade.LOOK}


def test_as_a_user_who_may_not_enter_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = made(tmp_path / "data")
    may = Path.stat

    def denied(path: Path, **options: bool) -> os.stat_result:
        if settings.data_dir in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return may(path, **options)

    monkeypatch.setattr(Path, "stat", denied)
    told = found(settings)
    assert {about for about, one in told.items() if one.grade is Grade.BROKEN} == {"密钥文件", "数据库", "排序模型"}
    assert "Permission denied" in told["密钥文件"].found
    assert "运行服务的用户" in told["密钥文件"].remedy


def test_jobs_that_wait_and_keys_that_end(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        row = ("t", "j1", "{}", "import", "queued", "{}", "{}", 0, "2026-01-01 00:00:00.000000")
        connection.execute(
            "INSERT INTO jobs (tenant, id, actor, kind, state, payload, progress, attempts, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    assert "久等 1 个" in found(settings)["后台任务"].found


def test_a_key_never_used(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    parts = open_parts(settings, today=date.today)
    parts.store.identity.create_key(WHO, "平台甲", scopes=[Scope.READ])
    parts.close()
    with sqlite3.connect(tmp_path / "data" / "rongtong.db") as connection:
        connection.execute("UPDATE api_keys SET created_at = '2026-01-01 00:00:00.000000'")
    assert "t/平台甲" in found(settings)["密钥"].found


def test_a_clock_that_stands_still() -> None:
    assert check_clock(datetime(2000, 1, 1, tzinfo=UTC)).grade is Grade.BROKEN


def test_a_port_that_somebody_else_holds(tmp_path: Path) -> None:
    settings = made(tmp_path / "data")
    with socket.create_server(("127.0.0.1", settings.port)):
        assert grades(settings) == {"端口": Grade.BROKEN}


def test_beside_a_running_service(instance: Instance) -> None:
    assert {one.about for one in check_up(instance.parts.settings) if one.grade is Grade.BROKEN} <= {"端口"}


def test_the_command(rongtong: Rongtong, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_PORT", str(free_port()))
    asked = rongtong("doctor", "--json")
    assert (asked.code, asked.json["healthy"]) == (3, True)
    monkeypatch.setenv("RONGTONG_SECRET_FILE", str(tmp_path / "none"))
    told = rongtong("doctor")
    assert told.code == 1
    assert "错误 密钥文件" in told.out
