"""The tutor's own words, in the language of the course."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache
def phrases(language: str) -> dict[str, str]:
    """The phrases for a language code; English where there are none for it."""
    known: dict[str, dict[str, str]] = json.loads(files("tutor.text").joinpath("phrases.json").read_text("utf-8"))
    return known["en"] | known.get(language.lower().replace("_", "-").split("-")[0], {})


@lru_cache
def languages() -> tuple[str, ...]:
    """The language codes that there are phrases for."""
    return tuple(json.loads(files("tutor.text").joinpath("phrases.json").read_text("utf-8")))
