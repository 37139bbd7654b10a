"""A model, and how it is used to write answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutor.llm.model import LanguageModel, Spending, TokenCounter


@dataclass(frozen=True, slots=True)
class Writing:
    """A model, and how it is used; see the settings of these names."""

    model: LanguageModel
    counter: TokenCounter
    spending: Spending
    context_tokens: int = 8192
    answer_tokens: int = 600
    history_tokens: int = 1000
    unsupported: Literal["replace", "mark"] = "replace"
