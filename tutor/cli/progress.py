"""How far an ingest is: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tutor.cli.printing import console

if TYPE_CHECKING:
    from rich.console import Console

    from ingest.report import OnProgress, Progress

_LABELS = {
    "load": "reading lessons",
    "embed": "embedding",
    "build": "building the index",
    "verify": "verifying it",
    "publish": "publishing",
    "clean": "cleaning up",
}
_LINE_SECONDS = 5.0


@contextmanager
def shown_progress() -> Iterator[OnProgress]:
    """What to tell the progress to; it is shown on stderr."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield _lines(out)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<19}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bars(*columns, console=out, transient=True) as bars:
        tasks = {}

        def on_progress(progress: Progress) -> None:
            step = progress.step
            if step not in tasks:
                tasks[step] = bars.add_task(_LABELS[step], total=None, rate="")
            total = progress.total or None
            bars.update(tasks[step], completed=progress.done, total=total, rate=_rate(progress))

        yield on_progress


def _lines(out: Console) -> OnProgress:
    last: dict[str, float] = {}

    def on_progress(progress: Progress) -> None:
        now = time.monotonic()
        ended = bool(progress.total) and progress.done == progress.total
        if not ended and now - last.get(progress.step, 0.0) < _LINE_SECONDS:
            return
        last[progress.step] = now
        of = f" of {progress.total}" if progress.total else ""
        parts = [f"{_LABELS[progress.step]}: {progress.done}{of}", _rate(progress), _left(progress)]
        out.print(", ".join(part for part in parts if part), markup=False, soft_wrap=True)

    return on_progress


def _rate(progress: Progress) -> str:
    return f"{progress.per_second:.0f}/s" if progress.per_second >= 1 else ""


def _left(progress: Progress) -> str:
    if not progress.total or not progress.per_second or progress.done == progress.total:
        return ""
    seconds = (progress.total - progress.done) / progress.per_second
    return f"{seconds:.0f} s left" if seconds < 90 else f"{seconds / 60:.0f} min left"
