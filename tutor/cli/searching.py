"""`course-tutor search`: the passages that fit, as the tutor finds them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from tutor.cli.options import CourseOption, DataDir, Debug, Json, LessonOption
from tutor.cli.printing import console, print_json, shortened
from tutor.cli.start import begin, chosen, opened


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)


def search(
    query: Annotated[str, typer.Argument(help="Words or a question.")],
    course: CourseOption = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages at most.")] = 10,
    lesson: LessonOption = None,
    not_beyond: Annotated[str | None, typer.Option(help="Only in lessons up to this one.")] = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Find the passages of a course that fit."""
    settings = begin(data_dir, debug)
    with opened(settings) as tutor:
        slug = chosen(tutor, settings, course)
        passages = tutor.search(slug, query, k, lesson=lesson, not_beyond=not_beyond)
    if json_:
        print_json({"passages": [asdict(passage) for passage in passages]})
        return
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    for passage in passages:
        section = passage.section.removeprefix(passage.title).removeprefix(" › ")
        place = f"{passage.title} › {section}" if section else passage.title
        out.print(Text(f"{passage.rank:2}  {passage.score:.3f}  {place}", style="bold"))
        out.print(Padding(Text(passage.lesson, style="dim"), (0, 0, 0, 4)))
        out.print(Padding(Text(shortened(passage.text)), (0, 0, 0, 4)))
