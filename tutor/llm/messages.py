"""What is said to a language model, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class FinishReason(StrEnum):
    """Why a model stopped writing."""

    STOP = "stop"
    LENGTH = "length"
    """It reached its allowance."""
    FILTER = "filter"
    """The service's content filter ended it."""
    REFUSAL = "refusal"
    """The model would not answer."""
    CUT = "cut"
    """The stream ended, failed or stalled before the model had said that it was done."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of what a model wrote; the counts are the service's own, None where it does not tell."""

    reason: FinishReason
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    detail: str = ""
    """For people who run the tutor: what cut it."""
