"""`course-tutor follow-ups`: questions that students left for the course team, and its answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutor.cli.options import CourseOption, DataDir, Debug, Json
from tutor.cli.printing import console, print_json, shortened
from tutor.cli.start import begin, chosen, opened

if TYPE_CHECKING:
    from tutor.api.shapes.follow_ups import FollowUpShape

ReferenceArgument = Annotated[str, typer.Argument(help="The follow-up's reference, as F-7K3Q9M.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    follow_ups = typer.Typer(help="Questions that students left for the course team.", no_args_is_help=True)
    follow_ups.command("list")(list_)
    follow_ups.command()(show)
    follow_ups.command()(answer)
    follow_ups.command()(resend)
    app.add_typer(follow_ups, name="follow-ups")


def list_(
    course: CourseOption = None,
    state: Annotated[str, typer.Option(help="open, answered or all.")] = "open",
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """List follow-ups, the newest first, at most 200."""
    settings = begin(data_dir, debug)
    if state not in ("open", "answered", "all"):
        raise typer.BadParameter("open, answered or all", param_hint="--state")
    from tutor.api.shapes.follow_ups import FollowUpShape
    from tutor.follow_ups.follow_up import FollowUpState

    with opened(settings) as tutor:
        wanted = None if state == "all" else FollowUpState(state)
        found = tutor.desk.follow_ups(chosen(tutor, settings, course), wanted)
        shapes = [FollowUpShape.of(follow_up, tutor.desk.channels) for follow_up in found]
    if json_:
        print_json({"follow_ups": [_plain(shape) for shape in shapes]})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("reference", "left", "state", "team", "student", "question", box=None)
    for shape in shapes:
        told = [shape.team_told.replace("_", " "), shape.student_told.replace("_", " ")]
        left = f"{shape.created_at:%Y-%m-%d %H:%M}"
        table.add_row(shape.reference, left, shape.state.value, *told, Text(shortened(shape.question, 60)))
    console().print(table)


def show(
    reference: ReferenceArgument,
    course: CourseOption = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Show a follow-up with all that became of it."""
    settings = begin(data_dir, debug)
    from tutor.api.shapes.follow_ups import FollowUpShape

    with opened(settings) as tutor:
        follow_up = tutor.desk.follow_up(chosen(tutor, settings, course), reference)
        shape = FollowUpShape.of(follow_up, tutor.desk.channels)
    if json_:
        print_json(_plain(shape))
    else:
        _print(shape)


def answer(
    reference: ReferenceArgument,
    text: Annotated[str, typer.Argument(help="The answer; `-` reads it from the standard input.")],
    course: CourseOption = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Answer a follow-up: its student gets the answer by mail, sent by the server when it runs."""
    settings = begin(data_dir, debug)
    from tutor.api.shapes.follow_ups import FollowUpShape

    with opened(settings) as tutor:
        slug = chosen(tutor, settings, course)
        follow_up = tutor.desk.answer(slug, reference, sys.stdin.read() if text == "-" else text)
        shape = FollowUpShape.of(follow_up, tutor.desk.channels)
    if json_:
        print_json(_plain(shape))
        return
    how = {
        "sent": "was sent to its student",
        "listed": "is stored, and waits for a mail server: set TUTOR_SMTP_URL and TUTOR_MAIL_FROM",
    }.get(shape.student_told, "is stored; a running server sends it")
    console().print(f"The answer to {shape.reference} {how}.")


def resend(
    reference: ReferenceArgument,
    course: CourseOption = None,
    json_: Json = False,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Have a running server send again what has failed, once its cause is mended."""
    settings = begin(data_dir, debug)
    from tutor.api.shapes.follow_ups import FollowUpShape

    with opened(settings) as tutor:
        follow_up = tutor.desk.resend(chosen(tutor, settings, course), reference)
        shape = FollowUpShape.of(follow_up, tutor.desk.channels)
    if json_:
        print_json(_plain(shape))
    else:
        _print(shape)


def _plain(shape: FollowUpShape) -> dict[str, Any]:
    return shape.model_dump(mode="json")


def _print(shape: FollowUpShape) -> None:
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    out.print(Text(f"{shape.reference}, {shape.state.value}, left {shape.created_at:%Y-%m-%d %H:%M} UTC", style="bold"))
    out.print(Text(f"from {shape.name + ', ' if shape.name else ''}{shape.email}"))
    for label, text in (
        ("question", shape.question),
        ("note", shape.note),
        ("lesson", " ".join(filter(None, (shape.lesson_title, shape.lesson_url)))),
        ("answer", shape.answer),
    ):
        if text:
            out.print(Text(label, style="dim"), Padding(Text(text), (0, 0, 0, 2)))
    for each in shape.deliveries:
        line = f"{each.channel} to the {each.purpose}: {each.state.value}, attempts: {each.attempts}"
        out.print(Text(f"{line}. {each.problem}".strip(" ."), style="dim"))
    if shape.team_told == "listed":
        out.print(Text("No mail server and no webhook is configured: it waits here for an instructor.", style="dim"))
