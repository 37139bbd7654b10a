"""What commands begin with: settings, logs, a tutor, and the course that is meant."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tutor.errors import NotFound

if TYPE_CHECKING:
    from tutor.config import Settings
    from tutor.courses.tutor import Tutor

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def begin(data_dir: Path | None, debug: bool, quiet: bool = True, **overrides: Any) -> Settings:
    """The settings of a command, with logs going to stderr; only warnings when it is `quiet` and not `debug`."""
    from tutor.config import read_settings
    from tutor.privacy.log_masking import MaskingFormatter

    settings = read_settings(data_dir=data_dir, **overrides)
    level = "DEBUG" if debug else "WARNING" if quiet else settings.log_level.upper()
    logging.basicConfig(stream=sys.stderr, format=_FORMAT, level=level)
    if settings.mask_personal_data:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(MaskingFormatter(_FORMAT))
    # What other libraries do is of interest only when it goes wrong.
    for name in ("alembic", "httpx", "httpx2", "httpcore", "chromadb", "openai", "markdown_it"):
        logging.getLogger(name).setLevel("WARNING")
    return settings


@contextmanager
def opened(settings: Settings) -> Iterator[Tutor]:
    """The tutor for one command; raises NotFound that says what to run first when nothing was ever ingested."""
    from tutor.wiring.compose import open_tutor
    from tutor.wiring.parts import has_data

    if not has_data(settings):
        raise NotFound(
            f"There is no course in {settings.data_dir} yet; first run: course-tutor ingest PATH --course SLUG "
            "(or point --data-dir at the data of another run)."
        )
    tutor = open_tutor(settings)
    try:
        yield tutor
    finally:
        tutor.close()


def chosen(tutor: Tutor, settings: Settings, course: str | None) -> str:
    """The course that is meant: the named one, else the configured one, else the only one. Raises a usage error."""
    named = course or settings.default_course
    if named:
        return named
    slugs = [item.info.slug for item in tutor.courses()]
    if len(slugs) == 1:
        return slugs[0]
    if not slugs:
        raise NotFound("There is no course yet; first run: course-tutor ingest PATH --course SLUG")
    raise typer.BadParameter(f"which one? There are {', '.join(slugs)}.", param_hint="--course")
