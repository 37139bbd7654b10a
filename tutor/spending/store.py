"""Where what models cost is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from tutor.spending.usage import By, Caps, Spent, Sums


class SpendingStore(Protocol):
    """Keeps what every call of a model costs. Every method is one transaction."""

    def reserve(self, spent: Spent, caps: Caps) -> str:
        """Add a reservation, or name the field of the cap that has no room for it, counting what is reserved."""

    def settle(self, spent: Sequence[Spent]) -> None:
        """Put calls as they were in the place of their reservations, which keep their day; add those without one.

        A call without tokens is forgotten.
        """

    def sums(self, course: str, first: date, last: date, by: By, limit: int) -> Sums:
        """The calls of a course from one day to another, both included: all together, and by group.

        Days come in order; other groups by what they cost, the first `limit` of them.
        """
