"""Settings from `RONGTONG_…` environment variables, and the data folder they name."""

import os
import re
import secrets
from contextlib import suppress
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import MatcherError
from service.outgoing import Allowed

PREFIX = "RONGTONG_"
_SECRET_BYTES = 32
_CHECKOUT = Path(__file__).resolve().parent.parent


def _data_dir() -> Path:
    if (_CHECKOUT / "pyproject.toml").is_file():
        return _CHECKOUT / "var"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "rongtong"


class Settings(BaseSettings):
    """Every setting, its default and what it means."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data_dir: Path = Field(default_factory=_data_dir, description="数据目录：数据库、索引、向量缓存、上传文件、密钥")
    database_url: str = Field(default="", description="数据库地址；空为数据目录下的 SQLite，可用 postgresql://…")
    secret_file: Path | None = Field(
        default=None,
        description="密钥文件（至少 32 字节）；空为数据目录下的 secret.key。几个进程共用一个数据库时须相同",
    )
    uploads_dir: Path | None = Field(
        default=None,
        description="上传文件的目录；空为数据目录下的 uploads。几台机器上的进程共用一个数据库时，应是都能读写的一处",
    )
    tenant: str = Field(default="default", min_length=1, max_length=64, description="命令行所用的租户，1 到 64 个字符")
    encoder: str = Field(default="", description="编码器：空为随附模型；或任一 sentence-transformers 模型的路径或名称")
    index: Literal["faiss", "exact"] = Field(default="faiss", description="向量索引：faiss（默认）或 exact（精确对照）")
    threads: int = Field(default=0, ge=0, le=256, description="编码线程数，0 到 256；0 为按处理器数")
    host: str = Field(default="127.0.0.1", description="监听地址")
    port: int = Field(default=8000, ge=0, le=65535, description="监听端口，0 到 65535")
    public_url: str = Field(default="", description="对外网址，用于答复链接，如 https://pt.example.cn；空为监听地址")
    private_hooks: str = Field(
        default="",
        description="webhook 可送达的内网地址：主机名、IP 或网段，逗号分隔；只有这些可用 http",
    )
    smtp_url: str = Field(
        default="",
        repr=False,
        description="发邮件的服务器：smtps://用户:口令@主机:465，或 smtp://用户:口令@主机:587?starttls；空为不发邮件",
    )
    mail_from: str = Field(default="", description="邮件的发件人，如 融通平台 <no-reply@pt.example.cn>")
    max_upload_mb: int = Field(default=512, ge=1, le=4096, description="导入文件大小上限（MB），1 到 4096")
    allow_plain_http: bool = Field(
        default=False, description="true 为允许不经 HTTPS 对外服务（只在可信的内网），默认 false"
    )
    concurrency: int = Field(
        default=0, ge=0, le=256, description="同时计算的匹配请求数，0 到 256；0 为按处理器数。报表等重的请求另有同样多"
    )
    queue: int = Field(default=64, ge=0, le=10_000, description="排队等候计算的请求数，0 到 10000；满了即答 503")
    queue_seconds: float = Field(default=2.0, gt=0, le=60, description="排队至多几秒，大于 0 至 60；过了即答 503")
    rate_per_minute: int = Field(
        default=6_000, ge=0, le=10_000_000, description="每个密钥每分钟的请求数，0 为不限；按进程计，超过即答 429"
    )
    address_rate_per_minute: int = Field(
        default=600,
        ge=0,
        le=10_000_000,
        description="每个地址每分钟无有效密钥的请求数（含密钥有误的），0 为不限；按进程计",
    )
    metrics_token: str = Field(
        default="",
        max_length=200,
        description="读取 /metrics 的令牌；空为只许本机读取，设了 RONGTONG_PUBLIC_URL 则不许",
    )
    shutdown_seconds: int = Field(
        default=10, ge=1, le=600, description="停止时等在途请求、再等手头的任务做完，各至多几秒，1 到 600"
    )
    log_format: Literal["json", "text"] = Field(default="json", description="日志格式：json（每行一个对象）或 text")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="日志级别：debug、info、warning、error"
    )

    @field_validator("data_dir")
    @classmethod
    def _at_home(cls, folder: Path) -> Path:
        return folder.expanduser()

    @field_validator("private_hooks")
    @classmethod
    def _readable(cls, text: str) -> str:
        Allowed.parse(text)
        return text

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, url: str) -> str:
        if url and not re.fullmatch(r"(smtps://[^/?#\s]+/?|smtp://[^/?#\s]+/?(\?starttls)?)", url):
            raise ValueError("not an SMTP server")
        return url

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, text: str) -> str:
        if text:
            Address(addr_spec=parseaddr(text)[1])
        return text

    @property
    def url(self) -> str:
        """Return the database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'rongtong.db'}"

    @property
    def uploads(self) -> Path:
        """Return where uploads are kept until their job is done."""
        return (self.uploads_dir or self.data_dir / "uploads").absolute()

    @property
    def base_url(self) -> str:
        """Return where people reach the service, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def max_upload(self) -> int:
        """Return the upload limit in bytes."""
        return self.max_upload_mb * 1024 * 1024


def load_settings(**overrides: object) -> Settings:
    """Return the settings of the environment.

    :raises MatcherError: `bad_setting` naming an unknown variable or a value out of range.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    if unknown := sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known):
        raise MatcherError("bad_setting", f"未知设置 {'、'.join(unknown)}；可用：{'、'.join(sorted(known))}")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        found = "；".join(_wrong(str(problem["loc"][0]), problem["input"]) for problem in error.errors())
        raise MatcherError("bad_setting", f"设置有误：{found}") from error


def _wrong(name: str, value: object) -> str:
    setting = Settings.model_fields[name]
    shown = f" {value!r} " if setting.repr else ""
    return f"{PREFIX}{name.upper()} 的值{shown}无效（{setting.description}）"


def secret_path(settings: Settings) -> Path:
    """Return where the instance's secret lies."""
    return settings.secret_file or settings.data_dir / "secret.key"


def restoring_mark(settings: Settings) -> Path:
    """Return the file that stands while a backup is put in place of the instance's data."""
    return settings.data_dir / ".restoring"


def prepare_data_dir(settings: Settings) -> bytes:
    """Return the instance's secret; the data folder (0700) and its own secret (0600) are created when missing.

    :raises MatcherError: `data_dir_unusable`, `bad_secret`, `half_restored`.
    """
    folder = settings.data_dir
    if restoring_mark(settings).exists():
        raise MatcherError(
            "half_restored", f"{folder} 上次恢复没有做完：请再运行一次 rongtong restore 备份文件 --force"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / ".lock"):
            secret = _given(settings.secret_file) if settings.secret_file else _secret(folder / "secret.key")
    except OSError as error:
        message = f"数据目录 {folder} 无法使用（{error.strerror}）：请检查权限，或用 RONGTONG_DATA_DIR 另指一处"
        raise MatcherError("data_dir_unusable", message, path=str(folder)) from error
    if len(secret) < _SECRET_BYTES:
        raise MatcherError("bad_secret", f"密钥文件不足 {_SECRET_BYTES} 字节：请用 openssl rand -out 文件 32 生成")
    return secret


def _given(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MatcherError("bad_secret", f"密钥文件 {path} 读不出（{error.strerror}）：请检查路径与权限") from error


def _secret(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(secrets.token_bytes(_SECRET_BYTES))
    fresh.replace(path)
    return path.read_bytes()
