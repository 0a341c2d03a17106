"""The index follows the store, survives restarts and never trusts what does not belong to it."""

import logging
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.domain import MatchResult, PostingKind, Query
from matcher.errors import MatcherError
from service.auth import SYSTEM, local_admin
from service.deps import Parts
from service.engine import StoreRecords
from service.runtime import index_folder
from tests.service.instance import PATIENCE, TENANT, TODAY, firm, offer, open_instance_parts
from tests.stub_encoder import StubEncoder

ADMIN = local_admin(TENANT)


def write(parts: Parts, *names: str, title: str = "钛合金五轴加工") -> int:
    """Write postings of one firm; return the last sequence number."""
    parts.store.records.put_enterprises(ADMIN, [firm()])
    titles = {name: f"{title}{n}号线" if n else title for n, name in enumerate(names)}
    done = parts.store.records.put_postings(ADMIN, [offer(name, title) for name, title in titles.items()])
    return max(row.seq for row in done)


def asked(text: str = "钛合金五轴加工", **more: Any) -> Query:
    """Return a need."""
    return Query(tenant=TENANT, kind=PostingKind.NEED, title=text, as_of=TODAY, **more)


def ids(result: MatchResult) -> set[str]:
    """Return the ids that were matched."""
    return {found.posting.id for found in result.matches}


def reopened(parts: Parts, encoder: StubEncoder, **settings: Any) -> Parts:
    """Close an instance and open it again with another encoder object."""
    parts.close()
    return open_instance_parts(parts.settings.data_dir, encoder, **settings)


def test_it_catches_up_and_says_how_far_it_is(parts: Parts) -> None:
    seq = write(parts, "a", "b")
    assert (parts.engine.seq, parts.engine.behind()) == (0, seq)
    told: list[tuple[int, int]] = []
    assert parts.engine.catch_up(lambda done, total: told.append((done, total))) == seq
    assert (parts.engine.seq, parts.engine.behind()) == (seq, 0)
    assert told == [(seq, seq)]
    assert ids(parts.engine.match(asked())) == {"a", "b"}
    assert parts.engine.catch_up() == 0


def test_it_takes_changes_and_removals(parts: Parts) -> None:
    write(parts, "a", "b")
    parts.engine.catch_up()
    parts.store.records.delete_posting(ADMIN, "a")
    write(parts, "b", title="冷链仓储运输")
    parts.engine.catch_up()
    result = parts.engine.match(asked("冷链仓储运输"))
    assert [(found.posting.id, found.posting.title) for found in result.matches] == [("b", "冷链仓储运输")]


def test_it_reads_more_than_one_piece(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine._ENCODED", 2)
    seq = write(parts, *"abcde")
    totals: list[int] = []
    parts.engine.catch_up(lambda _, total: totals.append(total))
    assert totals == [seq] * 3
    assert ids(parts.engine.match(asked())) == set("abcde")


def test_a_match_waits_for_the_sequence_it_asks_for(parts: Parts) -> None:
    seq = write(parts, "a")
    parts.engine.start()
    assert ids(parts.engine.match(asked(), min_seq=seq)) == {"a"}


def test_a_match_that_waits_in_vain_says_where_the_index_stands(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine._WAIT_SECONDS", 0.05)
    seq = write(parts, "a")
    with pytest.raises(MatcherError, match=f"索引到 0，未达到 {seq}") as caught:
        parts.engine.match(asked(), min_seq=seq)
    assert caught.value.code == "index_behind"


def test_a_sequence_nobody_was_given_is_not_waited_for(parts: Parts) -> None:
    seq = write(parts, "a")
    parts.engine.catch_up()
    assert ids(parts.engine.match(asked(), min_seq=seq)) == {"a"}
    with pytest.raises(MatcherError, match=f"最新的写入是 {seq}") as caught:
        parts.engine.match(asked(), min_seq=seq + 1)
    assert caught.value.code == "unknown_seq"


def test_the_follower_outlives_a_failing_store(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, failed = parts.store.follow.changes, threading.Event()

    def failing(*arguments: Any) -> Any:
        if failed.is_set():
            return changes(*arguments)
        failed.set()
        raise OSError("disk")

    monkeypatch.setattr(parts.store.follow, "changes", failing)
    seq = write(parts, "a")
    parts.engine.start()
    assert failed.wait(5)
    patience = time.monotonic() + PATIENCE
    while parts.engine.seq < seq and time.monotonic() < patience:
        time.sleep(0.02)
    assert ids(parts.engine.match(asked())) == {"a"}


def test_a_full_disk_is_not_tried_again_and_again(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def full(*_: object, **__: object) -> bool:
        tries.append(1)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("service.engine.save_snapshot", full)
        patched.setattr("service.engine._SAVE_EVERY_SECONDS", 0.6)
        patched.setattr("service.engine._WAIT_SECONDS", 0.01)
        patched.setattr("service.engine._POLL_SECONDS", 0.01)
        parts.engine.start()
        time.sleep(1.5)
        assert 1 <= len(tries) <= 3


def test_matching_goes_on_while_the_index_takes_changes_in(parts: Parts) -> None:
    write(parts, "first")
    parts.engine.catch_up()
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            found = parts.engine.match(asked(k=1000))
            if "first" not in ids(found) or [one.rank for one in found.matches] != list(
                range(1, len(found.matches) + 1)
            ):
                wrong.append(found)

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    parts.engine.start()
    for n in range(20):
        seq = write(parts, f"n{n}", title=f"钛合金五轴加工{n}号线")
    result = parts.engine.match(asked(k=100), min_seq=seq)
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert len(result.matches) == 21


def test_a_restart_encodes_nothing_again(parts: Parts, encoder: StubEncoder) -> None:
    write(parts, "a", "b")
    parts.engine.catch_up()
    assert len(encoder.asked) == 2
    fresh = StubEncoder()
    again = reopened(parts, fresh)
    assert again.engine.behind() == 0
    assert again.engine.catch_up() == 0
    assert fresh.asked == []
    assert ids(again.engine.match(asked("别的文字"))) == {"a", "b"}
    again.close()


def test_a_rebuild_encodes_nothing_again_and_replaces_what_is_saved(parts: Parts, encoder: StubEncoder) -> None:
    seq = write(parts, "a", "b")
    parts.engine.catch_up()
    assert parts.engine.save()
    assert not parts.engine.save(), "the same is not saved twice"
    before = len(encoder.asked)
    assert parts.engine.rebuild() == seq
    assert len(encoder.asked) == before
    assert parts.engine.seq == seq
    assert parts.engine.save()
    assert ids(parts.engine.match(asked())) == {"a", "b"}


def test_a_damaged_snapshot_is_told_and_built_anew(
    parts: Parts, encoder: StubEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    write(parts, "a")
    parts.engine.catch_up()
    parts.close()
    rows = next(index_folder(parts.settings).glob("*/rows.npy"))
    rows.write_bytes(rows.read_bytes()[:-1])
    fresh = StubEncoder()
    again = open_instance_parts(parts.settings.data_dir, fresh)
    assert any("rows.npy" in record.getMessage() and "重建" in record.getMessage() for record in caplog.records)
    assert again.engine.seq == 0
    again.engine.catch_up()
    assert fresh.asked == [], "the vectors are in the cache still"
    assert ids(again.engine.match(asked("钛合金五轴加工"))) == {"a"}
    assert again.engine.save()
    again.close()


def test_the_first_start_is_no_cause_for_alarm(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    assert parts.engine.seq == 0
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_the_index_of_another_database_is_not_taken(parts: Parts, tmp_path: Path) -> None:
    write(parts, "a", "b")
    parts.engine.catch_up()
    parts.close()
    other = open_instance_parts(tmp_path / "other")
    write(other, "x", "y", "z")
    shutil.copytree(index_folder(parts.settings), index_folder(other.settings), dirs_exist_ok=True)
    again = reopened(other, StubEncoder())
    assert again.engine.seq == 0
    again.engine.catch_up()
    assert ids(again.engine.match(asked())) == {"x", "y", "z"}
    again.close()


def test_an_index_ahead_of_a_restored_database_is_never_used_again(parts: Parts, tmp_path: Path) -> None:
    write(parts, "a")
    parts.engine.catch_up()
    parts.close()
    database = parts.settings.data_dir / "rongtong.db"
    shutil.copy(database, tmp_path / "backup.db")
    later = open_instance_parts(parts.settings.data_dir)
    write(later, "lost")
    later.engine.catch_up()
    later.close()
    for file in parts.settings.data_dir.glob("rongtong.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", database)

    restored = open_instance_parts(parts.settings.data_dir)
    restored.engine.catch_up()
    assert ids(restored.engine.match(asked())) == {"a"}
    restored.close()
    grown = open_instance_parts(parts.settings.data_dir)
    assert grown.engine.behind() == 0, "the rebuilt index was saved"
    write(grown, "new", title="钛合金五轴加工2号线")
    grown.engine.catch_up()
    assert ids(grown.engine.match(asked())) == {"a", "new"}
    grown.close()


def test_a_database_set_back_under_a_running_service_is_followed_anew(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    write(parts, "a")
    with closing(sqlite3.connect(parts.settings.data_dir / "rongtong.db")) as database:
        back = sqlite3.connect(":memory:")
        database.backup(back)
        write(parts, "lost", title="冷链仓储运输")
        parts.engine.catch_up()
        back.backup(database)
        back.close()
    parts.engine.catch_up()
    assert "比数据库新" in caplog.text
    assert (parts.engine.seq, parts.engine.size) == (parts.store.follow.seq(SYSTEM), 1)
    write(parts, "new", title="钛合金五轴加工2号线")
    parts.engine.catch_up()
    assert ids(parts.engine.match(asked())) == {"a", "new"}


def test_another_encoder_builds_anew(parts: Parts) -> None:
    write(parts, "a")
    parts.engine.catch_up()
    other = StubEncoder("5b-other")
    again = reopened(parts, other)
    again.engine.catch_up()
    assert [text for _, text in other.asked].count("钛合金五轴加工") == 1
    again.close()


def test_the_exact_index_is_kept_as_well(tmp_path: Path) -> None:
    parts = open_instance_parts(tmp_path, index="exact")
    write(parts, "a", "b")
    parts.engine.catch_up()
    again = reopened(parts, StubEncoder(), index="exact")
    assert again.engine.behind() == 0
    assert ids(again.engine.match(asked())) == {"a", "b"}
    again.close()
    plain = open_instance_parts(tmp_path)
    assert plain.engine.behind() > 0, "a saved index of the other kind is not taken"
    plain.close()


def test_what_the_index_shows_is_read_from_the_store(parts: Parts) -> None:
    write(parts, "a")
    records = StoreRecords(parts.store)
    keys = [(TENANT, "a"), (TENANT, "gone"), ("other", "a")]
    assert set(records.postings(keys)) == {(TENANT, "a")}
    assert set(records.enterprises([(TENANT, "f"), ("other", "f")])) == {(TENANT, "f")}


def test_what_people_ask_is_not_kept(parts: Parts, encoder: StubEncoder) -> None:
    for _ in range(2):
        parts.engine.match(asked("秘密的需求"))
    assert [text for _, text in encoder.asked] == ["秘密的需求"] * 2


def test_stopping_saves(tmp_path: Path) -> None:
    parts = open_instance_parts(tmp_path)
    write(parts, "a")
    parts.engine.start()
    parts.engine.match(asked(), min_seq=parts.store.follow.seq(SYSTEM))
    parts.close()
    again = open_instance_parts(tmp_path)
    assert again.engine.behind() == 0
    again.close()


def test_validity_is_counted_from_the_day_asked(parts: Parts) -> None:
    parts.store.records.put_enterprises(ADMIN, [firm()])
    limited = replace(offer("a"), valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 3))
    parts.store.records.put_postings(ADMIN, [limited])
    parts.engine.catch_up()
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    found = [ids(parts.engine.match(replace(asked(), as_of=day))) for day in days]
    assert found == [set(), {"a"}, {"a"}, set()]
