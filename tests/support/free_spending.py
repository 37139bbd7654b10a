"""Models that cost nothing, for tests that are not about money."""

from __future__ import annotations

from tutor.llm.model import CostScope, Reservation
from tutor.models import Usage


class FreeSpending:
    """A `Spending` without caps and without a store."""

    async def reserve(self, scope: CostScope, model: str, prompt_tokens: int, completion_tokens: int) -> Reservation:
        """A ticket, always."""
        return Reservation("", scope, model, prompt_tokens, completion_tokens, 0.0)

    async def settle(self, reservation: Reservation, prompt_tokens: int, completion_tokens: int) -> Usage:
        """The tokens, for nothing."""
        return Usage(prompt_tokens, completion_tokens, 0.0)

    def used(self, turn: str) -> tuple[str, Usage]:
        """Nothing is remembered."""
        return "", Usage()
