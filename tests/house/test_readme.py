"""The README tells the truth: every command exists, every setting is listed, every example runs."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from service.config import PREFIX, Settings
from service.main import command_line

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MECHANISMS = 29
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.S)


def commands() -> list[str]:
    """Return the `rongtong …` lines of the shell blocks, continuation lines joined."""
    shell = "\n".join(body for language, body in BLOCKS if language in ("bash", "sh")).replace("\\\n", " ")
    return [line.strip() for line in shell.splitlines() if re.match(r"\s*(\.venv/bin/)?rongtong ", line)]


def test_readme_has_commands() -> None:
    assert len(commands()) >= 10


def subcommands(command: Any) -> dict[str, Any]:
    """Return the verbs of a command group, none of a command."""
    found: dict[str, Any] = getattr(command, "commands", {})
    return found


@pytest.mark.parametrize("line", commands())
def test_every_command_parses(line: str) -> None:
    words = re.split(r"\s+(?:#|\||>)", line)[0].replace('"', "").split()[1:]
    command: Any = typer.main.get_command(command_line())
    while subcommands(command):
        while words[0].startswith("-"):
            assert any(words[0] in option.opts for option in command.params), words[0]
            words = words[2:]
        assert words[0] in subcommands(command), f"no such verb: {line}"
        command = subcommands(command)[words.pop(0)]
    known = {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}
    used = {word.split("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)}
    assert used <= known, f"{line}: unknown {used - known}"


def test_every_verb_is_in_the_readme() -> None:
    for name, command in subcommands(typer.main.get_command(command_line())).items():
        for verb in [f"{name} {sub}" for sub in subcommands(command)] or [name]:
            assert f"rongtong {verb}" in README or f"rongtong --tenant demo {verb}" in README, verb


def test_every_setting_is_in_the_table() -> None:
    listed = set(re.findall(rf"^\| `({PREFIX}[A-Z_]+)` \|", README, flags=re.M))
    assert listed == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_library_example_runs(tmp_path: Path) -> None:
    examples = re.findall(r"(?<!<!-- client -->)\n```python\n(.*?)```", README, flags=re.S)
    assert examples
    for example in examples:
        done = subprocess.run(
            [sys.executable, "-c", example],
            cwd=tmp_path,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_named_files_exist() -> None:
    for path in re.findall(r"`((?:scripts|data|models|matcher|service|tests)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path


def mechanisms() -> list[tuple[str, str]]:
    """Return (mechanism, test) of every row of the table of the policy's mechanisms."""
    table = README.split("## 政策中的每一项机制\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| ")
    ]
    return [(row[0], row[-1].strip("`")) for row in rows[1:]]


def test_every_mechanism_of_the_policy_has_its_row() -> None:
    assert len({mechanism for mechanism, _ in mechanisms()}) == MECHANISMS


@pytest.mark.parametrize(("mechanism", "proof"), mechanisms())
def test_no_mechanism_without_a_test(mechanism: str, proof: str) -> None:
    path, _, name = proof.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", source, flags=re.M), f"{mechanism}: {proof}"
