"""One setting names the encoder; nothing else is imported for the default one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.assets import asset
from matcher.encoder import OnnxEncoder, load_encoder
from matcher.errors import MatcherError

SHIPPED = asset("models", "default")
PROBE = """
import sys
from pathlib import Path
from matcher.encoder import TextSide, load_encoder
load_encoder(None, default=Path(sys.argv[1])).encode(["轴承"], TextSide.QUERY)
heavy = {"torch", "transformers", "sentence_transformers", "onnx"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""


def failure(spec: str | Path) -> MatcherError:
    with pytest.raises(MatcherError) as caught:
        load_encoder(spec, default=SHIPPED)
    return caught.value


def test_the_default_needs_no_training_library() -> None:
    subprocess.run([sys.executable, "-c", PROBE, str(SHIPPED)], check=True)


@pytest.mark.parametrize("spec", [None, "", "  "])
def test_no_setting_means_the_default(spec: str | None) -> None:
    assert isinstance(load_encoder(spec, default=SHIPPED, threads=1), OnnxEncoder)


def test_a_folder_of_ours_is_known_by_its_files() -> None:
    assert isinstance(load_encoder(str(SHIPPED), default=Path("unused")), OnnxEncoder)


def test_a_missing_default_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MatcherError) as caught:
        load_encoder(None, default=tmp_path / "gone")
    assert caught.value.code == "encoder_missing"


@pytest.mark.parametrize("spec", ["/no/such/model", "./no-such-model", Path("no-such-model"), "~/no-such-model"])
def test_a_path_that_does_not_exist_is_not_taken_for_a_name(spec: str | Path) -> None:
    error = failure(spec)
    assert error.code == "encoder_missing"
    assert "no" in error.message


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    assert failure(tmp_path / "model.bin").code == "encoder_missing"


def test_an_empty_folder_says_what_it_lacks(tmp_path: Path) -> None:
    error = failure(tmp_path)
    assert error.code == "encoder_incomplete"
    assert "encoder.json" in error.message


def test_a_folder_of_ours_without_settings_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").symlink_to(SHIPPED / "model.onnx")
    error = failure(tmp_path)
    assert error.code == "encoder_incomplete"
    assert "encoder.json" in error.message


def test_a_name_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    error = failure("some-group/some-model")
    assert error.code == "encoder_extra_missing"
    assert "pip install 'rongtong[train]'" in error.message


def test_nothing_calls_home(tmp_path: Path) -> None:
    """The runtime of the encoder would write an id of the machine into the home folder, and send it away."""
    code = "from matcher.encoder import load_encoder; from matcher.assets import asset; "
    code += "load_encoder(None, default=asset('models', 'default'))"
    kept = {name: text for name, text in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], env=kept | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []
