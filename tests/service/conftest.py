"""Fixtures of the service's tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import PREFIX
from service.deps import Parts
from tests.service.instance import Instance, open_instance_parts, running
from tests.stub_encoder import StubEncoder


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture
def encoder() -> StubEncoder:
    """The encoder of `parts`."""
    return StubEncoder()


@pytest.fixture
def parts(tmp_path: Path, encoder: StubEncoder) -> Iterator[Parts]:
    """The parts of an instance in which nothing runs in the background."""
    opened = open_instance_parts(tmp_path / "data", encoder)
    yield opened
    opened.close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """A running instance."""
    with running(tmp_path / "data") as started:
        yield started
