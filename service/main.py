"""The command `rongtong`: its verbs, of which only what a person names is loaded."""

import sys
from collections.abc import Collection
from importlib import import_module
from typing import Annotated, Any

import typer

from service.cli.console import State
from service.cli.usage import run

_COMMANDS = {
    "import": "service.cli.imports:import_files",
    "templates": "service.cli.imports:templates",
    "match": "service.cli.match:match",
    "recommend": "service.cli.recommend:recommend",
    "check": "service.cli.check:check",
    "allocate": "service.cli.allocate:allocate",
    "consortium": "service.cli.procurement:consortium",
    "reserve": "service.cli.procurement:reserve",
    "reindex": "service.cli.match:reindex",
    "doctor": "service.cli.doctor:doctor",
    "backup": "service.cli.backup:backup",
    "restore": "service.cli.backup:restore",
    "evaluate": "service.cli.evaluate:evaluate",
    "serve": "service.serve:serve",
}
_GROUPS = ("train", "keys", "users", "firms", "event", "register", "deal", "report", "demo")


def _shared(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(help="租户，默认取 RONGTONG_TENANT 或 default")] = None,
) -> None:
    """Remember the options that every verb shares."""
    context.obj = State(tenant=tenant)


def command_line(words: Collection[str] = ()) -> typer.Typer:
    """Return the command line with the verbs that are among a person's `words`; with every verb when none is."""
    app = typer.Typer(
        name="rongtong",
        help="融通：大中小企业供需匹配与推荐。数据在 RONGTONG_DATA_DIR，默认由程序自行创建。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_shared)
    verbs = {*_COMMANDS, *_GROUPS}
    named = verbs & set(words) or verbs
    for name, place in _COMMANDS.items():
        if name in named:
            app.command(name)(_found(place))
    for name in _GROUPS:
        if name in named:
            app.add_typer(_found(f"service.cli.{name}:app"), name=name)
    return app


def _found(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)


def main() -> None:
    """Run the command line."""
    sys.exit(run(command_line(sys.argv[1:])))
