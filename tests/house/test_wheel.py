"""What is shipped works where the repository is not."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LIBRARY = """
import sys
from matcher.assets import asset
from matcher.domain import Enterprise, Posting, PostingKind
from matcher.encoder import load_encoder
import matcher
assert "site-packages" in matcher.__file__, matcher.__file__
assert asset("data", "taxonomy", "kinds.toml").is_file()
load_encoder(None, default=asset("models", "default"))
assert not {"torch", "transformers", "sentence_transformers"} & sys.modules.keys()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        ".",
    ]
    subprocess.run(build, cwd=ROOT, check=True)
    return next(folder.glob("rongtong-*.whl"))


def test_wheel_has_two_packages_and_their_assets(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"matcher", "service"}
    assert "matcher/_assets/models/default/model.onnx" in names
    assert any(name.startswith("matcher/_assets/data/demo/") for name in names)
    assert any(name.endswith("service/api/static/docs.js") for name in names)
    assert not [name for name in names if name.startswith("tests/") or "recipe" in name.split("/")]


def test_wheel_is_used_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python, lock = tmp_path / "env" / "bin" / "python", ROOT / "scripts" / "requirements.lock"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-c", lock, wheel], cwd=tmp_path, check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RONGTONG_"))}
    environment["RONGTONG_DATA_DIR"] = str(tmp_path / "data")
    subprocess.run([python, "-c", LIBRARY], cwd=tmp_path, env=environment, check=True)
    rongtong = tmp_path / "env" / "bin" / "rongtong"
    subprocess.run([rongtong, "demo", "load"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    question = ["--text", "寻求铝合金压铸件加工", "--kind", "need", "-k", "3", "--json"]
    asked = [str(rongtong), "--tenant", "demo", "match", *question]
    answer = subprocess.run(asked, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert len(json.loads(answer.stdout)["matches"]) == 3
