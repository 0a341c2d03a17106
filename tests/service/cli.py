"""The command line run inside the test, with an encoder that needs no model."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from service.cli.usage import run
from service.main import command_line
from tests.stub_encoder import StubEncoder

ROWS = (
    "编号,企业名称,类型,标题,详细说明,所在地区\n"
    "c1,精工公司,能力,钛合金五轴加工,薄壁件 ±0.01mm,海淀区\n"
    "c2,冷运公司,能力,冷链仓储配送,,大兴区\n"
    "n1,主机厂,需求,寻求钛合金五轴加工,,\n"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BINARY = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


Rongtong: TypeAlias = Callable[..., Ran]


@pytest.fixture
def rongtong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rongtong:
    """Run a command of `rongtong` on a data folder of the test's own."""
    monkeypatch.setenv("RONGTONG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("service.runtime.load_encoder", lambda *_, **__: StubEncoder())

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run(command_line(), [str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return ran


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A small sheet of two offers and a need."""
    path = tmp_path / "名单.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path
