"""Who answers now, as a page may truly say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutor.llm.model import LanguageModel


@dataclass(frozen=True, slots=True)
class Presence:
    """`online` while a model answers; `quoting` while the lessons are quoted, when `model` is empty.

    A model whose name is the service's to tell has none either until it was asked for it.
    """

    state: Literal["online", "quoting"]
    answerer: Literal["generative", "quoting"]
    model: str = ""


def presence_of(model: LanguageModel | None) -> Presence:
    """What may be said of the model that is configured, if any; one that is left alone after failures is not there."""
    if model is None or not model.is_available:
        return Presence("quoting", "quoting")
    return Presence("online", "generative", model.name)
