"""What an ingest tells: how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ingest.entries import Skipped

Step = Literal["load", "embed", "build", "verify", "publish", "clean"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: `done` of `total` lessons, texts or parts after `seconds`; `total` is 0 when unknown."""

    step: Step
    done: int
    total: int
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """The rate so far, 0 before anything is done."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


OnProgress = Callable[[Progress], None]


def unwatched(_progress: Progress) -> None:
    """For callers that do not look."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the instructor should know about a file that did become a lesson."""

    file: str
    note: str


_WARNS, _QUOTES = "warning: ", " | "


@dataclass(frozen=True, slots=True)
class Warned:
    """What the instructor should look at in a lesson, and its words; none when they cannot be seen."""

    file: str
    reason: str
    quote: str

    @classmethod
    def of(cls, note: Note) -> Warned | None:
        """The warning in a note that `as_note` has made; None when it is another one."""
        if not note.note.startswith(_WARNS):
            return None
        reason, _, quote = note.note.removeprefix(_WARNS).partition(_QUOTES)
        return cls(note.file, reason, quote)

    def as_note(self) -> str:
        """The warning as a lesson's note, as which it is stored with the lesson."""
        return f"{_WARNS}{self.reason}{_QUOTES}{self.quote}"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an ingest.

    `lessons`, `chunks` and `tokens` count what is published now. `embedded` and `reused` count chunks and add up to
    `chunks`: those for which something was embedded, and those for which nothing had to be. `removed` counts lessons
    that were published before and are gone. `texts` were embedded, `embedded_tokens` long together, for `cost_usd`
    (in a dry run: would be). `warnings` name what in lessons was not meant for students to read. `generation` is the
    live one, `changed` whether this ingest published it.
    """

    course: str
    lessons: int
    chunks: int
    tokens: int
    embedded: int
    reused: int
    removed: int
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    seconds: float
    generation: int | None
    changed: bool
    texts: int = 0
    embedded_tokens: int = 0
    cost_usd: float = 0.0
    dry_run: bool = False
    warnings: tuple[Warned, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 when every file became a lesson, 3 when some were skipped; failures are exceptions, and exit with 1."""
        return 3 if self.skipped else 0

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return asdict(self)
