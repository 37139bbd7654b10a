"""All commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

from tutor import __version__
from tutor.cli import asking, courses, doctor, evaluate, follow_ups, ingesting, keys, searching, serving

app = typer.Typer(
    name="course-tutor",
    help="A tutor for a course: short answers made of the lessons' own sentences, each with its citation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _all(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


for command in (ingesting, asking, searching, evaluate, serving, courses, follow_ups, keys, doctor):
    command.register(app)
