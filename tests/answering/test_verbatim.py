"""Of one lesson an answer takes no more words than the course allows."""

from __future__ import annotations

import re
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.answering.verbatim import Taken, cap, longest_run

TEXT = "A frame carries a packet. Its checksum tells of lost bits. A switch learns addresses."


def taken(lesson: str, start: int = 0, end: int = len(TEXT)) -> Taken:
    return Taken(lesson, start, end, TEXT[start:end])


def test_without_a_limit_all_stays() -> None:
    items = [taken("a"), taken("a"), taken("b")]
    assert cap(items, 0) == tuple(items)


def test_a_piece_is_cut_after_the_last_whole_sentence_that_fits() -> None:
    (kept,) = cap([taken("a")], 12)
    assert kept is not None
    assert kept.text == "A frame carries a packet. Its checksum tells of lost bits."
    assert TEXT[kept.start : kept.end] == kept.text


def test_the_words_of_a_lesson_are_counted_over_all_its_pieces() -> None:
    first, second, third = cap([taken("a", 0, 25), taken("b", 0, 25), taken("a", 26)], 6)
    assert first == taken("a", 0, 25)
    assert second == taken("b", 0, 25)
    assert third is None


def test_a_first_sentence_that_is_too_long_leaves_nothing() -> None:
    assert cap([taken("a")], 4) == (None,)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.integers(41, len(TEXT))), max_size=6),
    st.integers(1, 40),
)
def test_no_lesson_gives_more_than_its_share(pieces: list[tuple[str, int, int]], limit: int) -> None:
    items = [taken(*piece) for piece in pieces]
    kept = cap(items, limit)
    assert len(kept) == len(items)
    whole = sorted((item for item in kept if item), key=lambda item: item.lesson)
    for _, group in groupby(whole, key=lambda item: item.lesson):
        assert sum(len(re.findall(r"\w+", item.text)) for item in group) <= limit
    for item, now in zip(items, kept, strict=True):
        assert now is None or (now.start == item.start and TEXT[now.start : now.end] == now.text)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (TEXT, 15),
        ("He says: its CHECKSUM tells — of lost bits, a switch learns slowly.", 9),
        ("A frame carries a bit.", 0),
        ("a frame carries a packet and its checksum tells of lost bits", 6),
        ("", 0),
    ],
)
def test_the_longest_run_of_a_lesson_s_words_is_counted(answer: str, words: int) -> None:
    assert longest_run(answer, TEXT) == words


WORDS = st.lists(st.sampled_from("abc"), max_size=14)


@given(WORDS, WORDS)
def test_the_longest_run_is_what_comparing_everything_gives(mine: list[str], theirs: list[str]) -> None:
    runs = [
        length
        for length in range(5, len(mine) + 1)
        for start in range(len(mine) - length + 1)
        if any(mine[start : start + length] == theirs[at : at + length] for at in range(len(theirs)))
    ]
    assert longest_run(" ".join(mine), " ".join(theirs)) == max(runs, default=0)
