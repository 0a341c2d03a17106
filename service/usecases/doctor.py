"""A check-up of an instance: what is well, what wants a look, what is broken, and what to do about each.

Nothing is changed: no folder is made, no schema upgraded. A check that cannot be made says why; the others go on.
"""

import platform
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from matcher.errors import MatcherError
from service.config import Settings
from service.store.inspect import Inspection
from service.usecases.doctor_index import check_encoder, check_index, check_ranker
from service.usecases.doctor_store import check_database, check_keys, check_queue, check_server
from service.usecases.finding import Finding, Grade, broken, look, well

__all__ = ["Finding", "Grade", "check_up"]

_SPARE, _SCARCE = 2 << 30, 256 << 20
_LIBRARIES = ("onnxruntime", "faiss-cpu", "numpy", "SQLAlchemy")
_ANSWER_SECONDS = 2
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


def check_up(settings: Settings) -> Iterator[Finding]:
    """Yield a finding per check, in the order of what rests on what."""
    yield from (check_versions(), check_clock(datetime.now(UTC)))
    yield _tried("数据目录", lambda: check_folder(settings))
    yield _tried("密钥文件", lambda: check_secret(settings))
    yield _tried("磁盘", lambda: check_space(settings))
    yield from check_store(settings)
    yield check_port(settings)


def check_store(settings: Settings) -> Iterator[Finding]:
    """Yield the findings on the database and on what is derived from it."""
    encoder, found = check_encoder(settings)
    try:
        with Inspection.open(settings.url) as inspection:
            database = list(check_database(settings, inspection))
            yield from database
            if all(one.grade is Grade.WELL for one in database):
                yield check_server(inspection)
                yield check_queue(inspection)
                yield check_keys(inspection)
                followed = inspection.followed()
                yield _tried("索引", lambda: check_index(settings, encoder, followed))
    except MatcherError as error:
        remedy = "检查 RONGTONG_DATABASE_URL、网络与口令，确认数据库服务已启动；文件库检查路径与权限"
        yield broken("数据库", f"打不开：{error.message}", remedy)
    except OSError as error:
        yield _unseen("数据库", error)
    yield found
    yield _tried("排序模型", lambda: check_ranker(settings, encoder))


def _tried(about: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except OSError as error:
        return _unseen(about, error)


def _unseen(about: str, error: OSError) -> Finding:
    said = f"没有检查：{error.filename or ''} {error.strerror or error}"
    return broken(about, said, "改用运行服务的用户再运行 rongtong doctor，或检查目录与文件的权限")


def check_versions() -> Finding:
    """Return which versions are at work, and whether anything heavy was loaded with them."""
    found = "，".join(f"{name} {version(name)}" for name in ("rongtong", *_LIBRARIES))
    said = f"Python {platform.python_version()}，{found}"
    if "torch" in sys.modules:
        return look("版本", f"{said}；载入了 torch", "只用随附编码器时不需要 torch：检查 RONGTONG_ENCODER")
    return well("版本", said)


def check_clock(now: datetime) -> Finding:
    """Return whether the machine's clock can be right."""
    if now < _EARLIEST:
        return broken("时钟", f"本机时间是 {now:%Y-%m-%d %H:%M} UTC，不可能正确", "校准本机时间，期限和签名都靠它")
    return well("时钟", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def check_folder(settings: Settings) -> Finding:
    """Return whether the data folder is there and nobody else's."""
    folder = settings.data_dir
    if not folder.is_dir():
        return look("数据目录", f"{folder} 还没有建立", "首次启动时自动建立；如果应当已有，检查 RONGTONG_DATA_DIR")
    open_to = stat.S_IMODE(folder.stat().st_mode) & 0o077
    if open_to:
        return look("数据目录", f"{folder} 其他用户可以进入", f"chmod 700 {folder}")
    return well("数据目录", str(folder))


def check_secret(settings: Settings) -> Finding:
    """Return whether the secret is there, long enough and readable by its owner only."""
    path = settings.secret_file or settings.data_dir / "secret.key"
    if not path.is_file():
        missing = broken if settings.secret_file else look
        return missing("密钥文件", f"没有 {path}", "首次启动时自动生成；由 RONGTONG_SECRET_FILE 指定的须先放好")
    try:
        size = len(path.read_bytes())
    except OSError as error:
        return broken("密钥文件", f"{path} 读不出（{error.strerror}）", "把文件交给运行服务的用户")
    if size < 32:
        return broken("密钥文件", f"{path} 只有 {size} 字节", "从备份找回；没有备份时用 openssl rand -out 文件 32 重做")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return look("密钥文件", f"{path} 其他用户可以读", f"chmod 600 {path}")
    return well("密钥文件", str(path))


def check_space(settings: Settings) -> Finding:
    """Return whether the disk has room left."""
    folder = next(one for one in (settings.data_dir, *settings.data_dir.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(folder).free
    said = f"{folder} 所在磁盘剩余 {free / (1 << 30):.1f} GB"
    if free < _SCARCE:
        return broken("磁盘", said, "清出空间：写入随时会失败")
    return look("磁盘", said, "清出空间") if free < _SPARE else well("磁盘", said)


def check_port(settings: Settings) -> Finding:
    """Return whether a service answers at the address, it is free, or somebody else holds it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    place = f"{shown}:{settings.port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as caller:
        caller.settimeout(_ANSWER_SECONDS)
        try:
            caller.connect((host, settings.port))
        except OSError:
            return well("端口", f"{place} 空闲，没有服务在运行")
    status = _status(f"http://{place}/readyz")
    if status == 200:
        return well("端口", f"{place} 有服务在运行，已就绪")
    if status == 503:
        return look("端口", f"{place} 有服务在运行，还没有就绪", "稍等片刻；一直如此则看服务的日志")
    return broken("端口", f"{place} 被别的程序占用", "换一个 RONGTONG_PORT，或停掉那个程序")


def _status(address: str) -> int | None:
    with suppress(OSError, ValueError):
        try:
            with build_opener(ProxyHandler({})).open(address, timeout=_ANSWER_SECONDS) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
    return None
