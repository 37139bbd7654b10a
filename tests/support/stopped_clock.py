"""A clock for turns that goes on only when it is told to."""

from __future__ import annotations

import pytest


class StoppedClock:
    """What producers and their log in this process take for the time, once it is made; `seconds` may be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Nobody has left a turn at 0, which stands for never.
        self.seconds = 1_000.0
        for module in ("event_log", "producers", "production"):
            monkeypatch.setattr(f"tutor.turns.{module}.monotonic", lambda: self.seconds)
