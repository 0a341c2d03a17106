"""What is shipped works where the repository, the network and the administrator's rights are not."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from matcher.errors import MatcherError
from service.config import PREFIX, Settings
from service.safety import check_safe

ROOT = Path(__file__).resolve().parents[2]
OUTSIDER = 65_534

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
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked offline bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    folder.chmod(0o755)
    environment = {**os.environ, "PYTHON": sys.executable}
    subprocess.run([ROOT / "scripts" / "bundle", folder / "dist"], cwd=ROOT, env=environment, check=True)
    (archive,) = (folder / "dist").glob("rongtong-*.tar.gz")
    with tarfile.open(archive) as package:
        package.extractall(folder / "unpacked", filter="data")
    shutil.rmtree(folder / "dist")
    return next((folder / "unpacked").iterdir())


def outside(home: Path, *, data: Path | None = None) -> dict[str, str]:
    """Return the environment of a machine that has Python and nothing else, least of all an index of packages."""
    home.mkdir(exist_ok=True)
    nothing = {"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "http://127.0.0.1:9/", "HOME": str(home)}
    return {
        **nothing,
        "PATH": "/usr/bin:/bin",
        "PYTHON": sys.executable,
        "RONGTONG_DATA_DIR": str(data or home / "data"),
    }


def cut_off() -> list[str]:
    """Return what runs a command without a network, where that is allowed."""
    command = ["unshare", "--net"]
    possible = shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if possible and possible.returncode == 0 else []


@pytest.fixture(scope="module")
def installed(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundle was installed without any index."""
    folder = tmp_path_factory.mktemp("installed")
    command = [*cut_off(), str(bundle / "install"), str(folder / "rongtong")]
    subprocess.run(command, cwd=folder, env=outside(folder / "home"), check=True, capture_output=True)
    return folder / "rongtong"


def asked(rongtong: Path) -> list[str]:
    question = ["--text", "寻求铝合金压铸件加工", "--kind", "need", "-k", "3", "--json"]
    return [str(rongtong), "--tenant", "demo", "match", *question]


def test_bundle_has_two_packages_their_assets_and_no_torch(bundle: Path) -> None:
    (own,) = (bundle / "wheels").glob("rongtong-*.whl")
    names = zipfile.ZipFile(own).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"matcher", "service"}
    assert "matcher/_assets/models/default/model.onnx" in names
    assert any(name.startswith("matcher/_assets/data/demo/") for name in names)
    assert any(name.endswith("service/api/static/docs.js") for name in names)
    assert not [name for name in names if name.startswith("tests/") or "recipe" in name.split("/")]
    pinned = {line.lower() for line in (ROOT / "scripts" / "requirements.lock").read_text().replace("-", "_").split()}
    for wheel in (bundle / "wheels").glob("*.whl"):
        name, version = wheel.name.split("-")[:2]
        assert name == "rongtong" or f"{name}=={version}".lower().replace("-", "_") in pinned, wheel.name
    assert not list((bundle / "wheels").glob("torch*"))


def test_bundle_installs_and_matches_without_any_index(installed: Path, tmp_path: Path) -> None:
    environment = outside(tmp_path / "home")
    subprocess.run([installed / "env" / "bin" / "python", "-c", LIBRARY], cwd=tmp_path, env=environment, check=True)
    rongtong = installed / "bin" / "rongtong"
    load = [*cut_off(), str(rongtong), "demo", "load"]
    subprocess.run(load, cwd=tmp_path, env=environment, check=True, capture_output=True)
    answer = subprocess.run(
        [*cut_off(), *asked(rongtong)], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert len(json.loads(answer.stdout)["matches"]) == 3


def test_bundle_that_was_changed_is_refused(bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "copy", copy_function=os.link)
    (tmp_path / "copy" / "LICENSE").unlink()
    (tmp_path / "copy" / "LICENSE").write_text("别的", encoding="utf-8")
    command = [str(tmp_path / "copy" / "install"), str(tmp_path / "there")]
    done = subprocess.run(command, env=outside(tmp_path / "home"), check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "SHA256SUMS 不符" in done.stderr
    assert not (tmp_path / "there").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="needs the right to become somebody else")
def test_installed_tree_may_be_read_only_and_the_user_nobody(installed: Path, tmp_path: Path) -> None:
    """What the container demands: no rights, nothing written outside the data folder and /tmp."""
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, OUTSIDER, OUTSIDER)
    before = {path: path.lstat().st_mtime_ns for path in installed.rglob("*")}
    become = ["setpriv", f"--reuid={OUTSIDER}", f"--regid={OUTSIDER}", "--clear-groups", "--no-new-privs"]
    become += ["--inh-caps=-all", "--bounding-set=-all"]
    for folder in (tmp_path, *tmp_path.parents, *installed.parents):
        if str(folder).startswith("/tmp/") and folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    environment = {**outside(tmp_path / "home", data=data), "PYTHONDONTWRITEBYTECODE": "1"}
    rongtong = installed / "bin" / "rongtong"
    for command in ([str(rongtong), "demo", "load"], asked(rongtong)):
        done = subprocess.run(
            [*become, *command], cwd="/", env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr + done.stdout
    assert len(json.loads(done.stdout)["matches"]) == 3
    assert {path: path.lstat().st_mtime_ns for path in installed.rglob("*")} == before


def test_container_recipe_asks_for_no_rights() -> None:
    recipe = yaml.safe_load((ROOT / "scripts" / "container" / "compose.yaml").read_text(encoding="utf-8"))
    service = recipe["services"]["rongtong"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] != "0"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [volume.split(":")[1] for volume in service["volumes"]] == ["/data"]
    dockerfile = (ROOT / "scripts" / "container" / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {service['user']}" in dockerfile
    assert "pip install" not in dockerfile


def test_container_recipe_is_let_start(tmp_path: Path) -> None:
    """What the recipe sets, with what its comment says to write, passes the check of unsafe settings."""
    recipe = ROOT / "scripts" / "container"
    compose = (recipe / "compose.yaml").read_text(encoding="utf-8")
    told = dict(re.findall(r"(RONGTONG_[A-Z_]+)=([^\s（）]+)", compose))
    wanted = yaml.safe_load(compose)["services"]["rongtong"]["environment"]
    wanted = {name: told.get(name, "") if "${" in value else value for name, value in wanted.items()}
    wanted |= dict(re.findall(r"(RONGTONG_[A-Z_]+)=(\S+)", (recipe / "Dockerfile").read_text(encoding="utf-8")))
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "data").mkdir(mode=0o700)
    wanted |= {"RONGTONG_SECRET_FILE": str(tmp_path / "secret"), "RONGTONG_DATA_DIR": str(tmp_path / "data")}
    settings = Settings(**{name.removeprefix(PREFIX).lower(): value for name, value in wanted.items()})
    check_safe(settings, settings.host)
    assert settings.host == "0.0.0.0"
    with pytest.raises(MatcherError, match="RONGTONG_PUBLIC_URL"):
        check_safe(settings.model_copy(update={"public_url": ""}), settings.host)
