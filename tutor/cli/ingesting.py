"""`course-tutor ingest`: a folder of lessons becomes a course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.cli.options import DataDir, Debug, Json
from tutor.cli.printing import console, print_json
from tutor.cli.start import begin
from tutor.resources import sample_course

if TYPE_CHECKING:
    from ingest.report import Report

SAMPLE = "sample"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ingest)


def ingest(
    path: Annotated[
        str, typer.Argument(help="A folder, a file or a zip of them; `sample` for the sample course.", metavar="PATH")
    ],
    course: Annotated[str | None, typer.Option("--course", help="The course's slug.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would be done and what it would cost.")
    ] = False,
    reembed: Annotated[bool, typer.Option("--reembed", help="Embed all anew, with another model.")] = False,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Make a course what a folder of lessons holds; only what changed is embedded.

    Exit status 3 says that it is published, but that some files were skipped.
    """
    settings = begin(data_dir, debug)
    slug = course or settings.default_course
    if slug is None:
        raise typer.BadParameter("name the course, e.g. --course networks", param_hint="--course")
    from tutor.cli.progress import shown_progress
    from tutor.wiring.compose import ingest_course

    with shown_progress() as on_progress:
        report = ingest_course(settings, _lessons(path), slug, on_progress, dry_run=dry_run, reembed=reembed)
    if json_:
        print_json(report.as_json())
    else:
        _show(report)
    raise typer.Exit(report.exit_status)


def _lessons(path: str) -> Path:
    if path == SAMPLE and not Path(path).exists():
        return sample_course()
    if not Path(path).exists():
        raise typer.BadParameter(f"there is no file or folder {path!r}", param_hint="PATH")
    return Path(path)


def _show(report: Report) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    embedded = "would embed" if report.dry_run else "embedded"
    figures = {
        "lessons": report.lessons,
        "chunks": report.chunks,
        "tokens": report.tokens,
        embedded: report.embedded,
        "reused": report.reused,
        "removed lessons": report.removed,
        "skipped files": len(report.skipped),
    }
    for name, count in figures.items():
        table.add_row(name, f"{count:,}")
    if report.cost_usd:
        table.add_row("price" if report.dry_run else "cost", f"${report.cost_usd:,.4f}")
    table.add_row("seconds", f"{report.seconds:.1f}")
    out.print(table)
    for skipped in report.skipped:
        out.print(Text(f"skipped {skipped.file}: {skipped.reason}", style="yellow"))
    for warned in report.warnings:
        quote = f": {warned.quote}" if warned.quote else ""
        out.print(Text(f"look at {warned.file}: it {warned.reason}{quote}", style="yellow"))
    for note in report.notes:
        out.print(Text(f"note {note.file}: {note.note}", style="dim"))
    if report.dry_run:
        out.print("Nothing was written.")
    elif report.changed:
        out.print(f"Published {report.course} as generation {report.generation}.")
    else:
        out.print(f"Nothing changed; {report.course} stays at generation {report.generation}.")
