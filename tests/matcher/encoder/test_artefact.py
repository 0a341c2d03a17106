"""A damaged or incomplete encoder folder is named, with a remedy, before anything is loaded."""

import json
from pathlib import Path

import pytest

from matcher.assets import asset
from matcher.encoder.artefact import is_artefact, read_artefact
from matcher.encoder.base import TextSide
from matcher.errors import MatcherError

SHIPPED = asset("models", "default")
FILES = ("encoder.json", "model.onnx", "tokenizer.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose files link to the shipped ones."""
    for name in FILES:
        (tmp_path / name).symlink_to(SHIPPED / name)
    return tmp_path


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def failure(folder: Path) -> MatcherError:
    with pytest.raises(MatcherError) as caught:
        read_artefact(folder)
    return caught.value


def change_settings(folder: Path, **changes: object) -> None:
    settings = json.loads((SHIPPED / "encoder.json").read_text(encoding="utf-8"))
    replace(folder / "encoder.json", json.dumps(settings | changes).encode())


def test_the_shipped_settings_are_read() -> None:
    artefact = read_artefact(SHIPPED)
    assert artefact.dimension == 384
    assert artefact.max_tokens == 512
    assert artefact.prefixes == {TextSide.QUERY: "query: ", TextSide.PASSAGE: "passage: "}
    assert len(artefact.fingerprint) == 64


def test_the_fingerprint_depends_on_the_content_not_on_the_place(folder: Path) -> None:
    assert read_artefact(folder).fingerprint == read_artefact(SHIPPED).fingerprint
    change_settings(folder, prefixes={"query": "q: ", "passage": "p: "})
    assert read_artefact(folder).fingerprint != read_artefact(SHIPPED).fingerprint


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = failure(tmp_path / "nowhere")
    assert error.code == "encoder_missing"
    assert str(tmp_path / "nowhere") in error.message


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    error = failure(folder)
    assert error.code == "encoder_incomplete"
    assert name in error.message
    assert "重新安装" in error.message


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\xff\x00 broken", b"[]"])
def test_a_damaged_file_is_named(folder: Path, name: str, content: bytes) -> None:
    replace(folder / name, content)
    error = failure(folder)
    assert error.code == "encoder_corrupt"
    assert name in error.message


def test_one_flipped_byte_is_found(folder: Path) -> None:
    content = bytearray((SHIPPED / "tokenizer.json").read_bytes())
    content[len(content) // 2] ^= 1
    replace(folder / "tokenizer.json", bytes(content))
    assert failure(folder).code == "encoder_corrupt"


@pytest.mark.parametrize("changes", [{"sha256": {}}, {"prefixes": {}}, {"dimension": "many"}, {"sha256": None}])
def test_settings_that_make_no_sense_are_corrupt(folder: Path, changes: dict[str, object]) -> None:
    change_settings(folder, **changes)
    error = failure(folder)
    assert error.code == "encoder_corrupt"
    assert "encoder.json" in error.message


def test_another_format_names_both(folder: Path) -> None:
    change_settings(folder, format="rongtong-encoder/9")
    error = failure(folder)
    assert error.code == "encoder_format"
    assert "rongtong-encoder/9" in error.message
    assert "rongtong-encoder/2" in error.message


def test_our_folders_are_told_from_others(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert is_artefact(folder)
    (folder / "encoder.json").unlink()
    assert is_artefact(folder)
    (folder / "modules.json").write_text("[]")
    assert not is_artefact(folder)
    assert not is_artefact(tmp_path_factory.mktemp("empty"))
