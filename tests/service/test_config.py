"""Settings come from the environment, whole and known, or not at all; the data folder is private."""

import stat
from pathlib import Path
from threading import Thread

import pytest

from matcher.errors import MatcherError
from service import config
from service.config import Settings, load_settings, prepare_data_dir


def test_the_defaults_need_nothing_and_listen_at_home() -> None:
    found = load_settings()
    assert (found.host, found.port, found.tenant, found.encoder, found.index) == (
        "127.0.0.1", 8000, "default", "", "faiss"
    )  # fmt: skip
    assert found.url == f"sqlite:///{found.data_dir / 'rongtong.db'}"
    assert found.max_upload == 512 * 1024 * 1024


def test_a_checkout_keeps_its_data_in_var() -> None:
    assert load_settings().data_dir == Path(config.__file__).parent.parent / "var"


def test_an_installation_keeps_its_data_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_CHECKOUT", tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert load_settings().data_dir == tmp_path / "share" / "rongtong"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings().data_dir == tmp_path / ".local" / "share" / "rongtong"


def test_the_environment_decides_and_an_override_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_PORT", "9001")
    monkeypatch.setenv("RONGTONG_TENANT", "a")
    monkeypatch.setenv("RONGTONG_DATA_DIR", "~/rt")
    monkeypatch.setenv("RONGTONG_DATABASE_URL", "postgresql://u@h/d")
    found = load_settings(tenant="b")
    assert (found.port, found.tenant, found.url) == (9001, "b", "postgresql://u@h/d")
    assert found.data_dir == Path.home() / "rt"


def test_an_unknown_variable_is_an_error_that_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_DATADIR", "/x")
    with pytest.raises(MatcherError, match=r"RONGTONG_DATADIR.*RONGTONG_DATA_DIR") as caught:
        load_settings()
    assert caught.value.code == "bad_setting"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "65536", "65535"),
        ("PORT", "-1", "监听端口"),
        ("PORT", "http", "监听端口"),
        ("THREADS", "257", "256"),
        ("INDEX", "annoy", "faiss"),
        ("PRIVATE_HOOKS", "10.0.0.0/99", "内网地址"),
        ("MAIL_FROM", "nobody", "发件人"),
        ("MAX_UPLOAD_MB", "0", "4096"),
        ("LOG_LEVEL", "loud", "warning"),
        ("TENANT", "", "租户"),
    ],
)
def test_a_bad_value_is_named_with_what_is_valid(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RONGTONG_{name}", value)
    with pytest.raises(MatcherError) as caught:
        load_settings()
    assert caught.value.code == "bad_setting"
    assert f"RONGTONG_{name} 的值" in caught.value.message
    assert told in caught.value.message
    assert repr(value) in caught.value.message


@pytest.mark.parametrize(("name", "value"), [("PORT", "0"), ("PORT", "65535"), ("THREADS", "256"), ("INDEX", "exact")])
def test_the_ends_of_a_range_are_valid(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"RONGTONG_{name}", value)
    assert str(getattr(load_settings(), name.lower())) == value


def test_the_data_folder_is_private_and_its_secret_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    secret = prepare_data_dir(settings)
    assert len(secret) == 32
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.data_dir / "secret.key").stat().st_mode) == 0o600
    assert prepare_data_dir(settings) == secret
    assert prepare_data_dir(Settings(data_dir=tmp_path / "other")) != secret


def test_two_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    settings, found = Settings(data_dir=tmp_path / "data"), set()
    threads = [Thread(target=lambda: found.add(prepare_data_dir(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(MatcherError, match="RONGTONG_DATA_DIR") as caught:
            prepare_data_dir(Settings(data_dir=folder))
        assert caught.value.code == "data_dir_unusable"


def test_processes_of_one_database_share_a_secret_file(tmp_path: Path) -> None:
    shared = tmp_path / "shared.key"
    shared.write_bytes(b"s" * 32)
    settings = Settings(data_dir=tmp_path / "one", secret_file=shared)
    assert prepare_data_dir(settings) == b"s" * 32
    assert not (tmp_path / "one" / "secret.key").exists()


@pytest.mark.parametrize(("content", "said"), [(b"s" * 31, "不足 32 字节"), (None, "读不出")])
def test_a_secret_file_that_will_not_do_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    given = tmp_path / "given.key"
    if content is not None:
        given.write_bytes(content)
    with pytest.raises(MatcherError, match=said) as error:
        prepare_data_dir(Settings(data_dir=tmp_path / "one", secret_file=given))
    assert error.value.code == "bad_secret"


def test_a_password_in_a_wrong_setting_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_SMTP_URL", "smtp://me:hunter2@mail.example.cn?tls")
    with pytest.raises(MatcherError, match="RONGTONG_SMTP_URL") as error:
        load_settings()
    assert "hunter2" not in f"{error.value} {error.value.details}"
    monkeypatch.setenv("RONGTONG_SMTP_URL", "smtp://me:hunter2@mail.example.cn:587?starttls")
    assert "hunter2" not in repr(load_settings())
