"""Imports run one way, and the library touches neither clock, console, environment nor the global random state."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Lowest first; a module may import its own layer and those below it.
LAYERS = (
    {
        "matcher",
        "matcher.domain",
        "matcher.firmfacts",
        "matcher.errors",
        "matcher.stages",
        "matcher.deals",
        "matcher.challenge",
        "matcher.templates",
        "matcher.assets",
        "matcher.changes",
        "matcher.outcomes",
    },
    {
        "matcher.text",
        "matcher.taxonomy",
        "matcher.uscc",
        "matcher.firmname",
        "matcher.encoder",
        "matcher.linear",
        "matcher.choosing",
    },
    {"matcher.planning.model", "matcher.planning.calendar"},
    {
        "matcher.recurrence",
        "matcher.policy",
        "matcher.registers",
        "matcher.conditions",
        "matcher.asking",
        "matcher.quantity",
    },
    {"matcher.requirements", "matcher.evidence", "matcher.reading", "matcher.capacity", "matcher.implied"},
    {
        "matcher.allocate",
        "matcher.allocate_model",
        "matcher.allocate_solve",
        "matcher.allocate_check",
        "matcher.consortium",
        "matcher.reserve_plan",
        "matcher.finance",
        "matcher.parks",
    },
    {"matcher.index", "matcher.tagging"},
    {"matcher.eligibility"},
    {"matcher.features", "matcher.tabular", "matcher.check"},
    {"matcher.tracking"},
    {"matcher.retrieve"},
    {"matcher.rank"},
    {
        "matcher.explain",
        "matcher.evaluate",
        "matcher.shortlist",
        "matcher.exposure",
        "matcher.records",
    },
    {"matcher.learn", "matcher.learn_figures", "matcher.learn_judged", "matcher.learn_outcomes"},
    {"matcher.reciprocal"},
    {"matcher.recommend"},
    {"matcher.matchmaker"},
    {"matcher.planning"},
    {"service.client"},
    {
        "service",
        "service.auth",
        "service.config",
        "service.store",
        "service.vault",
        "service.passwords",
        "service.expected",
        "service.logs",
        "service.outgoing",
        "service.language",
    },
    {"service.engine", "service.shownlog", "service.audit", "service.gzipped"},
    {
        "service.deps",
        "service.runtime",
        "service.errors",
        "service.limits",
        "service.conditional",
        "service.admission",
        "service.bodies",
        "service.telemetry",
        "service.safety",
    },
    {"service.usecases"},
    {"service.api"},
    {"service.web"},
    {"service.cli"},
    {"service.app"},
    {"service.serve"},
    {"service.main"},
)
PURE_BANS = {"sqlalchemy", "fastapi", "httpx", "requests", "socket", "urllib", "typer", "rich", "service"}


def sources(package: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / package).rglob("*.py")) if "_assets" not in path.parts)


def layer_of(module: str) -> int:
    parts = module.split(".")
    for size in range(len(parts), 0, -1):
        name = ".".join(parts[:size])
        for level, names in enumerate(LAYERS):
            if name in names and (size > 1 or len(parts) == 1 or name == module):
                return level
    raise AssertionError(f"{module} has no layer: give it one")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [*sources("matcher"), *sources("service")], ids=module_name)
def test_imports_go_down(path: Path) -> None:
    own = layer_of(module_name(path))
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        if name.split(".")[0] in ("matcher", "service"):
            assert layer_of(name) <= own, f"{module_name(path)} imports {name}, which stands above it"


@pytest.mark.parametrize("path", list(sources("service/client")), ids=module_name)
def test_the_client_stands_alone(path: Path) -> None:
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert name.split(".")[0] in {*sys.stdlib_module_names, "httpx", "pydantic"} or name.startswith(
            "service.client"
        )


@pytest.mark.parametrize("path", list(sources("matcher")), ids=module_name)
def test_library_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name.split(".")[0] for name in imported(tree)} & PURE_BANS
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except at line {node.lineno}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "print", f"print at line {node.lineno}"
            assert not called.endswith((".now", ".today", ".utcnow")), f"clock at line {node.lineno}"
            assert called not in ("time.time", "np.random.seed", "random.seed"), f"{called} at line {node.lineno}"
            assert not called.startswith(("np.random.", "random.")) or called in (
                "np.random.default_rng",
                "random.Random",
            ), f"global random state at line {node.lineno}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
            pytest.fail(f"environment at line {node.lineno}")


@pytest.mark.parametrize("package", ["matcher", "service", "models", "scripts"])
def test_files_and_functions_stay_short(package: str) -> None:
    for path in sources(package):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 300, f"{path} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 50, f"{path}:{node.lineno} {node.name} has {length} lines"


def test_top_level_is_fixed() -> None:
    known = {"pyproject.toml", "README.md", "LICENSE", "matcher", "service", "models", "data", "tests", "scripts"}
    ignored = {"var", "dist", "build"}
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert names - known - ignored == set()
