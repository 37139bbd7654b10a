"""`course-tutor ask`: a question, answered on the terminal."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.cli.options import CourseOption, DataDir, Debug, Json, LessonOption
from tutor.cli.printing import console, print_json, shortened
from tutor.cli.start import begin, chosen, opened

if TYPE_CHECKING:
    from tutor.courses.tutor import Tutor
    from tutor.models import Contact, Turn
    from tutor.pipeline.course_tutor import Question


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ask)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    course: CourseOption = None,
    lesson: LessonOption = None,
    conversation: Annotated[str | None, typer.Option(help="An earlier turn's conversation, to go on with it.")] = None,
    mode: Annotated[str, typer.Option(help="answer, hint, simple, summary or quiz: the way of teaching.")] = "answer",
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Ask a course; every sentence of the answer is tied to the lessons' own words."""
    settings = begin(data_dir, debug)
    from tutor.pipeline.course_tutor import Question

    with opened(settings) as tutor:
        slug = chosen(tutor, settings, course)
        turn = asyncio.run(_asked(tutor, slug, Question(question, conversation, lesson, mode)))
        if json_:
            print_json(asdict(turn))
        else:
            _show(turn, tutor.lessons(slug)[0].contacts)


async def _asked(tutor: Tutor, slug: str, question: Question) -> Turn:
    async with tutor.running():
        return await tutor.ask(slug, question)


def _show(turn: Turn, contacts: tuple[Contact, ...]) -> None:
    from rich.markdown import Markdown
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    out.print(Markdown(turn.answer, hyperlinks=False))
    if turn.citations:
        out.print()
    for citation in turn.citations:
        section = citation.section.removeprefix(citation.title).removeprefix(" › ")
        place = f"{citation.title} › {section}" if section else citation.title
        out.print(Text(f"[{citation.number}] {place}", style="bold"), Text(citation.lesson, style="dim"))
        out.print(Padding(Text(f"“{shortened(citation.quote)}”", style="italic"), (0, 0, 0, 4)))
    if turn.state == "refused":
        for contact in contacts:
            out.print(Text(f"ask a person: {contact.label}, {contact.value}"))
    for suggestion in turn.suggestions:
        out.print(Text(f"→ {suggestion}", style="dim"))
