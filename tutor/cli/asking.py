"""`course-tutor ask`: a question, answered on the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.cli.options import Course, DataDir, Debug, Json, Lesson
from tutor.cli.printing import console, print_json, shortened
from tutor.cli.start import begin, chosen, opened

if TYPE_CHECKING:
    from tutor.models import Contact, Turn


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ask)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    course: Course = None,
    lesson: Lesson = None,
    conversation: Annotated[str | None, typer.Option(help="An earlier turn's conversation, to go on with it.")] = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Ask a course; the answer is made of the lessons' own sentences."""
    settings = begin(data_dir, debug)
    with opened(settings) as tutor:
        slug = chosen(tutor, settings, course)
        turn = tutor.ask(slug, question, conversation=conversation, lesson=lesson)
        if json_:
            print_json(asdict(turn))
        else:
            _show(turn, tutor.lessons(slug)[0].contacts)


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
