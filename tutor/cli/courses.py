"""`course-tutor courses`: what there is to ask."""

from __future__ import annotations

import typer

from tutor.cli.options import DataDir, Debug, Json
from tutor.cli.printing import console, print_json
from tutor.cli.start import begin, opened


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(courses)


def courses(json_: Json = False, data_dir: DataDir = None, debug: Debug = False) -> None:
    """List the courses."""
    with opened(begin(data_dir, debug)) as tutor:
        found = tutor.courses()
    if json_:
        from tutor.api.shapes.courses import CoursesShape

        print_json(CoursesShape.of(found).model_dump(mode="json"))
        return
    from rich.table import Table

    table = Table("course", "title", "lessons", "chunks", "generation", box=None)
    for course in found:
        live = course.live
        figures = [str(live.lessons), str(live.chunks), str(live.id)] if live else ["–", "–", "being prepared"]
        table.add_row(course.info.slug, course.info.title, *figures)
    console().print(table)
