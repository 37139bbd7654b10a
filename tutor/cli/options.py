"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document; everything else goes to stderr.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the data; else TUTOR_DATA_DIR, else .data.", file_okay=False),
]
Debug = Annotated[bool, typer.Option("--debug", help="Log more, and show where an error came from.")]
CourseOption = Annotated[
    str | None, typer.Option("--course", help="The course's slug; not needed when there is only one.")
]
LessonOption = Annotated[str | None, typer.Option("--lesson", help="A lesson's path, e.g. 03-attention/02-masks.md.")]
