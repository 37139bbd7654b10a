"""Settings → what produces turns and keeps their log."""

from __future__ import annotations

from collections.abc import Callable

from tutor.config import Settings
from tutor.llm.model import Spending
from tutor.turns.event_log import EventLog
from tutor.turns.owner import Owner
from tutor.turns.producers import Producers
from tutor.turns.production import Produce
from tutor.turns.store import TurnStore


def producers_maker(settings: Settings, turns: TurnStore, spending: Spending) -> Callable[[Produce], Producers]:
    """Makes the producers of this process; nothing is written before."""

    def make(produce: Produce) -> Producers:
        owner = Owner(settings.data_dir)
        return Producers(
            EventLog(turns, owner.name),
            produce,
            owner,
            spending.used,
            lease_seconds=settings.lease_seconds,
            unread_seconds=settings.unread_seconds,
        )

    return make
