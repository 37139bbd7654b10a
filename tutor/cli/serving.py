"""`course-tutor serve`: the API and its page."""

from __future__ import annotations

from typing import Annotated

import typer

from tutor.cli.options import DataDir, Debug, Json
from tutor.cli.printing import print_json
from tutor.cli.start import begin


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address; any but this machine's own needs TUTOR_API_KEY.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Serve all courses until Ctrl-C; --json prints where, once it listens."""
    settings = begin(data_dir, debug, quiet=False, host=host, port=port)
    from tutor.app import serve

    serve(settings, lambda url: print_json({"url": url}) if json_ else None)
