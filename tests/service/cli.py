"""The command line run inside the test, with an encoder that needs no model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from service.app import command_line
from service.cli.usage import run
from tests.stub_encoder import StubEncoder


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
