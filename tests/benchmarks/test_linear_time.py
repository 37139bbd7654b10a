"""Text that was made to take long is read all the same; how long it takes is for `make bench` to say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.linear_time import MAX_GROWTH, Read, Reader, hostile_text, measured, readers
from tests.support.waiting import no_hang


class Counting:
    """A clock that goes on by what is done."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self) -> float:
        return self.steps


@pytest.mark.parametrize(("power", "is_linear"), [(1, True), (2, False)])
def test_who_reads_text_again_and_again_is_told_from_who_reads_it_once(power: int, is_linear: bool) -> None:
    clock = Counting()

    def read(text: str) -> None:
        clock.steps += len(text) ** power

    growth, _ = measured(read, "a" * 100, "a" * 400, clock)
    assert (growth <= MAX_GROWTH) is is_linear


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "cases"),
    [
        pytest.param(reader, reader.cases[first : first + 10], id=f"{reader.name} {first}")
        for reader in readers()
        for first in range(0, len(reader.cases), 10)
    ],
)
def test_hostile_text_is_read_to_its_end(reader: Reader, cases: Sequence[tuple[Read, str]]) -> None:
    for read, pattern in cases:
        with no_hang(f"{reader.name}, given {pattern!r} over and over,"):
            read(hostile_text(pattern, reader.characters))
