"""Models that cost nothing, for tests that are not about money."""

from __future__ import annotations

from tutor.llm.model import Payer, Ticket
from tutor.models import Usage


class FreeSpending:
    """A `Spending` without caps and without a store."""

    async def reserve(self, payer: Payer, model: str, prompt_tokens: int, completion_tokens: int) -> Ticket:
        """A ticket, always."""
        return Ticket("", payer, model, prompt_tokens, completion_tokens, 0.0)

    async def settle(self, ticket: Ticket, prompt_tokens: int, completion_tokens: int) -> Usage:
        """The tokens, for nothing."""
        return Usage(prompt_tokens, completion_tokens, 0.0)

    def used(self, turn: str) -> tuple[str, Usage]:
        """Nothing is remembered."""
        return "", Usage()
