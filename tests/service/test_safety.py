"""What would lay data open does not start, and says which setting and what to do."""

from pathlib import Path
from typing import Any

import pytest

from matcher.errors import MatcherError
from service.config import Settings, prepare_data_dir
from service.safety import check_safe


def settings(folder: Path, **values: Any) -> Settings:
    made = Settings(data_dir=folder / "data", **values)
    prepare_data_dir(made)
    return made


@pytest.mark.parametrize(
    ("values", "host"),
    [
        ({}, "127.0.0.1"),
        ({}, "::1"),
        ({}, "localhost"),
        ({"public_url": "http://127.0.0.1:9"}, "127.0.0.1"),
        ({"public_url": "https://pt.example.cn"}, "0.0.0.0"),
        ({"allow_plain_http": True, "public_url": "http://pt.example.cn"}, "0.0.0.0"),
        ({"database_url": "postgresql://u:p@db/d"}, "127.0.0.1"),
        ({"database_url": "postgresql://u@localhost/d"}, "127.0.0.1"),
        ({"database_url": "postgresql:///d?host=/run/postgresql"}, "127.0.0.1"),
        ({"database_url": "postgresql://u@db/d?sslcert=c.pem"}, "127.0.0.1"),
    ],
)
def test_what_is_safe_starts(values: dict[str, Any], host: str, tmp_path: Path) -> None:
    check_safe(settings(tmp_path, **values), host)


@pytest.mark.parametrize(
    ("values", "host", "named"),
    [
        ({}, "0.0.0.0", "RONGTONG_HOST"),
        ({}, "::", "RONGTONG_HOST"),
        ({}, "10.1.2.3", "RONGTONG_ALLOW_PLAIN_HTTP"),
        ({"public_url": "http://pt.example.cn"}, "127.0.0.1", "RONGTONG_PUBLIC_URL"),
        ({"public_url": "http://pt.example.cn"}, "0.0.0.0", "RONGTONG_PUBLIC_URL"),
        ({"database_url": "postgresql://u@db/d"}, "127.0.0.1", "RONGTONG_DATABASE_URL"),
        ({"database_url": "postgresql://u:@db/d"}, "127.0.0.1", "RONGTONG_DATABASE_URL"),
    ],
)
def test_what_is_unsafe_does_not(
    values: dict[str, Any], host: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.delenv("PGPASSFILE", raising=False)
    with pytest.raises(MatcherError, match=named) as refused:
        check_safe(settings(tmp_path, **values), host)
    assert refused.value.code == "unsafe_setting"


@pytest.mark.parametrize(("name", "said"), [("data", "RONGTONG_DATA_DIR"), ("data/secret.key", "RONGTONG_SECRET_FILE")])
@pytest.mark.parametrize("mode", [0o704, 0o702, 0o701])
def test_what_other_users_can_open_is_refused(name: str, said: str, mode: int, tmp_path: Path) -> None:
    made = settings(tmp_path)
    (tmp_path / name).chmod(mode)
    with pytest.raises(MatcherError, match=said):
        check_safe(made, "127.0.0.1")
    (tmp_path / name).chmod(0o700)
    check_safe(made, "127.0.0.1")
