"""The command `course-tutor`. Its libraries are imported by the commands that need them: help must be quick."""

from __future__ import annotations

import sys

import typer

from tutor.errors import TutorError


def main() -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong usage, 3 done but for files that were skipped."""
    from tutor.cli.commands import app

    try:
        app()
    # What people can cause, also by a terminal that cannot show a letter. Anything else is a bug, and shows where.
    except (TutorError, OSError, UnicodeError) as error:
        if "--debug" in sys.argv:
            raise
        known = isinstance(error, TutorError)
        message = str(error) if known else f"{type(error).__name__}: {error} (--debug shows where)"
        typer.echo("error: " + " ".join(message.split()), err=True)
        sys.exit(1)
