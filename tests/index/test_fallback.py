"""A search goes on when the index fails."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tutor.adapters.exact_index import ExactIndex
from tutor.errors import IndexMismatch, Overloaded, TimedOut, TutorError, UpstreamUnavailable
from tutor.index.fallback import FallbackIndex

ROWS = np.eye(4, dtype=np.float32)


class FailingIndex:
    """Raises what it is told to raise, and counts."""

    def __init__(self, error: TutorError) -> None:
        self.error = error
        self.asked = 0

    def __len__(self) -> int:
        return len(ROWS)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nothing."""
        self.asked += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "asked", "told"), [(UpstreamUnavailable("it is gone"), 1, 1), (TimedOut("it is slow"), 3, 3)]
)
def test_what_fails_is_asked_no_more_and_what_is_slow_is(error: TutorError, asked: int, told: int) -> None:
    first, news = FailingIndex(error), list[TutorError]()
    index = FallbackIndex(first, lambda: ExactIndex(ROWS), news.append)
    for _ in range(3):
        ordinals, _ = index.search(ROWS[2], 1)
        assert ordinals.tolist() == [2]
    assert (first.asked, news) == (asked, [error] * told)


@pytest.mark.parametrize("error", [Overloaded("too many"), IndexMismatch("another model")])
def test_what_is_no_failure_of_the_index_reaches_the_caller(error: TutorError) -> None:
    index = FallbackIndex(FailingIndex(error), lambda: ExactIndex(ROWS), lambda error: None)
    with pytest.raises(type(error)):
        index.search(ROWS[0], 1)
