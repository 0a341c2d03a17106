"""Settings from `RONGTONG_…` environment variables, and the data folder they name."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.errors import MatcherError

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
    tenant: str = Field(default="default", min_length=1, max_length=64, description="命令行所用的租户，1 到 64 个字符")
    encoder: str = Field(default="", description="编码器：空为随附模型；或任一 sentence-transformers 模型的路径或名称")
    index: Literal["faiss", "exact"] = Field(default="faiss", description="向量索引：faiss（默认）或 exact（精确对照）")
    threads: int = Field(default=0, ge=0, le=256, description="编码线程数，0 到 256；0 为按处理器数")
    host: str = Field(default="127.0.0.1", description="监听地址")
    port: int = Field(default=8000, ge=0, le=65535, description="监听端口，0 到 65535")
    public_url: str = Field(default="", description="对外网址，用于答复链接，如 https://pt.example.cn；空为监听地址")
    max_upload_mb: int = Field(default=512, ge=1, le=4096, description="导入文件大小上限（MB），1 到 4096")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="日志级别：debug、info、warning、error"
    )

    @field_validator("data_dir")
    @classmethod
    def _at_home(cls, folder: Path) -> Path:
        return folder.expanduser()

    @property
    def url(self) -> str:
        """Return the database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'rongtong.db'}"

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
    return f"{PREFIX}{name.upper()} 的值 {value!r} 无效（{Settings.model_fields[name].description}）"


def prepare_data_dir(settings: Settings) -> bytes:
    """Return the instance's secret; the data folder (0700) and the secret (0600) are created when missing.

    :raises MatcherError: `data_dir_unusable`.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / ".lock"):
            return _secret(folder / "secret.key")
    except OSError as error:
        message = f"数据目录 {folder} 无法使用（{error.strerror}）：请检查权限，或用 RONGTONG_DATA_DIR 另指一处"
        raise MatcherError("data_dir_unusable", message, path=str(folder)) from error


def _secret(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(secrets.token_bytes(_SECRET_BYTES))
    fresh.replace(path)
    return path.read_bytes()
