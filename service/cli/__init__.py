"""The command line `rongtong`."""

from typing import Annotated

import typer

from service.cli import (
    allocate,
    check,
    deal,
    demo,
    evaluate,
    event,
    firms,
    imports,
    keys,
    match,
    procurement,
    recommend,
    register,
    report,
    train,
)
from service.cli.console import State


def main(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(help="租户，默认取 RONGTONG_TENANT 或 default")] = None,
) -> None:
    """Remember the options that every verb shares."""
    context.obj = State(tenant=tenant)


def build() -> typer.Typer:
    """Return the command line, all but the verb that serves."""
    app = typer.Typer(
        name="rongtong",
        help="融通：大中小企业供需匹配与推荐。数据在 RONGTONG_DATA_DIR，默认由程序自行创建。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(main)
    app.command("import")(imports.import_files)
    app.command("templates")(imports.templates)
    app.command("match")(match.match)
    app.command("recommend")(recommend.recommend)
    app.command("check")(check.check)
    app.command("allocate")(allocate.allocate)
    app.command("consortium")(procurement.consortium)
    app.command("reserve")(procurement.reserve)
    app.command("reindex")(match.reindex)
    app.command("evaluate")(evaluate.evaluate)
    app.add_typer(train.app, name="train")
    app.add_typer(keys.app, name="keys")
    app.add_typer(firms.app, name="firms")
    app.add_typer(event.app, name="event")
    app.add_typer(register.app, name="register")
    app.add_typer(deal.app, name="deal")
    app.add_typer(report.app, name="report")
    app.add_typer(demo.app, name="demo")
    return app
