"""A configuration that would lay people's data open is refused before anything listens."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from matcher.errors import MatcherError
from service.config import Settings
from service.store.database import parse_url

_OTHERS = 0o007
_CREDENTIALS = ("PGPASSWORD", "PGPASSFILE")


def check_safe(settings: Settings, host: str) -> None:
    """Return nothing for settings with which to listen at `host`.

    :raises MatcherError: `unsafe_setting` naming every unsafe setting and its remedy, `unsupported_database`.
    """
    if found := [*_network(settings, host), *_files(settings), *_database(settings)]:
        raise MatcherError("unsafe_setting", "设置不安全，未启动：" + "；".join(found))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _network(settings: Settings, host: str) -> Iterator[str]:
    if settings.allow_plain_http:
        return
    public = urlsplit(settings.public_url)
    if settings.public_url and public.scheme != "https" and not is_loopback(public.hostname or ""):
        yield (
            "RONGTONG_PUBLIC_URL 不是 https，答复链接与密钥会明文传输：请改为 https:// 的网址，"
            "或确认网络可信后设 RONGTONG_ALLOW_PLAIN_HTTP=true"
        )
    elif not is_loopback(host) and not settings.public_url:
        yield (
            f"RONGTONG_HOST（或 --host）为 {host}，别的机器可以明文连接：请在前面放 HTTPS 反向代理并设 "
            "RONGTONG_PUBLIC_URL=https://…，或确认网络可信后设 RONGTONG_ALLOW_PLAIN_HTTP=true"
        )


def _files(settings: Settings) -> Iterator[str]:
    secret = settings.secret_file or settings.data_dir / "secret.key"
    for path, name in ((settings.data_dir, "RONGTONG_DATA_DIR"), (secret, "RONGTONG_SECRET_FILE")):
        if _open_to_others(path):
            yield f"{name} 所指的 {path} 本机其他用户可以打开：请执行 chmod o-rwx {path}"


def _open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False  # What is not there yet is made private; what cannot be read is told when it is opened.


def _database(settings: Settings) -> Iterator[str]:
    url = parse_url(settings.url)
    if url.drivername == "sqlite" or url.password or is_loopback(host := url.host or "localhost"):
        return
    if any(os.environ.get(name) for name in _CREDENTIALS) or {"passfile", "sslcert"} & set(url.query):
        return
    yield (
        f"RONGTONG_DATABASE_URL 连接 {host} 而没有口令：请写成 postgresql://用户:口令@主机/库名，"
        "或用 PGPASSFILE、sslcert 另给凭据"
    )
