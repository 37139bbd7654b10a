"""A clock that a test sets."""

from __future__ import annotations


class Clock:
    """Tells the time that it was told."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Seconds."""
        return self.now
