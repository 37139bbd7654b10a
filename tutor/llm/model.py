"""A language model as an interface, and what has to be reserved before it is called."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tutor.llm.messages import Finish, Message
from tutor.models import Usage


class TokenCounter(Protocol):
    """Counts tokens the way budgets and prices do."""

    def count(self, text: str) -> int:
        """The number of tokens in `text`."""


class LanguageModel(Protocol):
    """Writes text as it is told, piece by piece."""

    @property
    def name(self) -> str:
        """The model's name, as prices and readers know it."""

    @property
    def is_available(self) -> bool:
        """Whether it is worth calling now; False while it is known to be down."""

    def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Finish]:
        """The text in pieces as they come, none of them empty, and at last one Finish.

        Before the first piece it may raise TransientError (retries are behind it already) or ProviderRejected; after
        it nothing is raised: a stream that breaks ends with a Finish for the reason CUT. Closing the generator, or
        cancelling the task that reads it, ends the request at the service at once.
        """

    async def probe(self) -> None:
        """Nothing when it would answer now; raises TutorError whose message names the setting to change."""

    async def close(self) -> None:
        """Let go of connections."""


class Spending(Protocol):
    """Sees to it that models cost no more than they may: reserved before a call, settled after it."""

    async def reserve(self, scope: CostScope, model: str, prompt_tokens: int, completion_tokens: int) -> Reservation:
        """Set aside what a call may cost at most; raises BudgetSpent when a cap has no room for it."""

    async def settle(self, reservation: Reservation, prompt_tokens: int, completion_tokens: int) -> Usage:
        """Put what the call did cost in the place of what was set aside."""

    def used(self, turn: str) -> tuple[str, Usage]:
        """The model that was called last for a turn, and what all its calls have cost that were settled here lately."""


@dataclass(frozen=True, slots=True)
class CostScope:
    """Who and what a model is called for; `student` may be unknown."""

    turn: str
    course: str
    conversation: str
    student: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was reserved for one call of a model, to be settled after it."""

    id: str
    scope: CostScope
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
