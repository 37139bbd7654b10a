"""`course-tutor evaluate`: how well a course answers golden questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from tutor.cli.options import CourseOption, DataDir, Debug, Json
from tutor.cli.printing import console, print_json
from tutor.cli.start import begin, chosen, opened

if TYPE_CHECKING:
    from tutor.config import Settings
    from tutor.quality.figures import Figures
    from tutor.quality.questions import GoldenQuestion

_WORSE = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Golden questions, one a line.")],
    course: CourseOption = None,
    json_: Json = False,
    details: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Write what was found for each question, one a line.")
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(metavar="FIGURES.json", help="Exit with 1 if a figure is worse than in that file.")
    ] = None,
    data_dir: DataDir = None,
    debug: Debug = False,
) -> None:
    """Measure a course with questions whose answers are known.

    Figures are shares from 0 to 1, higher is better, with the interval that chance leaves open. A file for --gate is
    what --json printed earlier; a figure is worse when it lies below its interval there. Time is not judged.
    """
    settings = begin(data_dir, debug)
    # What follows takes a second to import.
    from tutor.quality.gate import falls, read_figures
    from tutor.quality.printing import gate_table, tables
    from tutor.quality.questions import read_questions

    golden = read_questions(questions)
    earlier = read_figures(gate) if gate else {}
    figures = _figures(golden, settings, course, details)
    worse = falls(figures, earlier)
    if json_:
        print_json(figures.as_json())
    else:
        for table in tables(figures):
            console().print(table)
    if figures.unmatched:
        typer.echo(
            f"{figures.unmatched} of {figures.n} questions name a lesson or evidence that the course does not have; "
            "they count as missed.",
            err=True,
        )
    if worse:
        console(stderr=True).print(gate_table(worse))
        raise typer.Exit(_WORSE)


def _figures(
    golden: tuple[GoldenQuestion, ...], settings: Settings, course: str | None, details: Path | None
) -> Figures:
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tutor.quality.evaluate import evaluate as evaluated
    from tutor.quality.outcomes import QuestionResult

    errors = console(stderr=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
    seen = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
    with opened(settings) as tutor, _written(details) as lines:
        slug = chosen(tutor, settings, course)
        tutor.start()  # a request would not wait for a large course as long as this does
        with tutor.course(slug) as live, seen as progress:
            task = progress.add_task("asking", total=len(golden))

            def on_result(done: int, _total: int, outcome: QuestionResult) -> None:
                progress.update(task, completed=done)
                if lines is not None:
                    lines.write(json.dumps(outcome.as_json(), ensure_ascii=False) + "\n")

            return evaluated(golden, live, on_result=on_result)


@contextmanager
def _written(details: Path | None) -> Iterator[TextIO | None]:
    """The file for details; raises InvalidRequest when it cannot be written."""
    from tutor.errors import InvalidRequest

    if details is None:
        yield None
        return
    try:
        # Half of a surrogate pair in a lesson becomes the escape that JSON has for it.
        stream = details.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InvalidRequest(f"{details} cannot be written: {error.strerror or error}") from error
    with stream:
        yield stream
