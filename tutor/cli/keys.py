"""`course-tutor keys`: the key that callers of the server need."""

from __future__ import annotations

import secrets

import typer

from tutor.cli.options import DataDir, Debug, Json
from tutor.cli.printing import print_json
from tutor.cli.start import begin


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Whether callers need a key, and a fresh one.", invoke_without_command=True)
    keys.callback()(show)
    keys.command("new")(new)
    app.add_typer(keys, name="keys")


def show(context: typer.Context, json_: Json = False, data_dir: DataDir = None, debug: Debug = False) -> None:
    """Say whether TUTOR_API_KEY is set; the key itself is never printed."""
    if context.invoked_subcommand is not None:
        return
    is_set = begin(data_dir, debug).api_key is not None
    if json_:
        print_json({"TUTOR_API_KEY": "set" if is_set else "not set"})
    elif is_set:
        typer.echo("TUTOR_API_KEY is set: callers send it as a bearer.")
    else:
        typer.echo("TUTOR_API_KEY is not set: the server answers on this machine only. Make one: course-tutor keys new")


def new(json_: Json = False) -> None:
    """Print a fresh random key; nothing is stored."""
    key = secrets.token_urlsafe(32)
    if json_:
        print_json({"key": key})
        return
    typer.echo(key)
    typer.echo("Set it where the server runs, in .env or the environment: TUTOR_API_KEY=<the key above>", err=True)
