"""The command line loads what the named verb needs, and every verb when none is named."""

import subprocess
import sys

import pytest

from service.main import command_line

LOADED = """
import sys
from service.main import command_line
command_line(sys.argv[1:])
print(*(name for name in ("service.api.routes", "service.serve", "ortools", "pandas") if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("words", "verbs"),
    [
        (["keys", "list"], {"keys"}),
        (["--tenant", "demo", "match", "-k", "3"], {"demo", "match"}),
    ],
)
def test_only_named_verbs_are_there(words: list[str], verbs: set[str]) -> None:
    assert names(words) == verbs


@pytest.mark.parametrize("words", [[], ["-h"], ["nosuchverb"]])
def test_without_a_verb_every_one_is_there(words: list[str]) -> None:
    assert {"serve", "match", "keys", "event"} < names(words)


def names(words: list[str]) -> set[str]:
    """Return the verbs of a command line."""
    made = command_line(words)
    groups = {str(group.name) for group in made.registered_groups}
    return groups | {str(command.name) for command in made.registered_commands}


@pytest.mark.parametrize("verb", ["keys", "match", "doctor"])
def test_a_light_verb_loads_neither_routes_nor_solvers(verb: str) -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED, verb], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
