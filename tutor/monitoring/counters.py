"""Counts what happened since the start, for metrics; it knows nothing of who reads it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping


class Counters:
    """Numbers of events by name and labels. Safe to use from several threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, *labels: str) -> None:
        """One more event of that kind."""
        with self._lock:
            self._counts[(name, *labels)] += 1

    def of(self, name: str) -> Mapping[tuple[str, ...], int]:
        """How often each combination of labels was seen under a name."""
        with self._lock:
            return {key[1:]: count for key, count in self._counts.items() if key[0] == name}
