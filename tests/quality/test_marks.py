"""The marks of an answer, held against the sentences that a teacher would have quoted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tutor.models import Citation, Coverage, Decision, Turn, TurnState
from tutor.quality.marks import dangles, marks_of, repeats, word_count
from tutor.quality.matching import words
from tutor.quality.questions import GoldenQuestion

LESSON = """# Snow

We begin outside, with a walk.

Snow is frozen water that falls in flakes. It covers the ground in winter. Its flakes have six arms.

There are three kinds of snow:

- powder snow, which is dry and light
- packed snow, which is heavy
- firn, which is a year old

Bring gloves to the next lesson.
"""
BEGINS = "We begin outside, with a walk."
SAYS = "Snow is frozen water that falls in flakes."
COVERS = "It covers the ground in winter."
ARMS = "Its flakes have six arms."
KINDS = "There are three kinds of snow:"
LIST = ("powder snow, which is dry and light", "packed snow, which is heavy", "firn, which is a year old")
GLOVES = "Bring gloves to the next lesson."
WHAT = GoldenQuestion("w", "What is snow?", True, "snow.md", says=(SAYS,), whole=((SAYS, COVERS),), fine=(ARMS,))
WHICH = GoldenQuestion("k", "Which kinds are there?", True, "snow.md", says=LIST, whole=(LIST,), fine=(KINDS,))


def answer(*quotes: str, lesson: str = "snow.md", at: int | None = None) -> Turn:
    """A turn that gives the quotes in this order."""
    text, citations = "", []
    for number, quote in enumerate(quotes, 1):
        start = LESSON.index(quote) if at is None else at
        end = len(text) + len(quote)
        citations.append(Citation(number, len(text), end, lesson, "Snow", "Snow", start, start + len(quote), quote, ""))
        text += f"{quote} [{number}]\n\n"
    coverage = Coverage(0.9, Decision.COVERED)
    return Turn("t", "c", "snow", "?", "?", text, TurnState.DONE, coverage, tuple(citations))


def marks(golden: GoldenQuestion, *quotes: str) -> tuple[bool, int, int, int, bool]:
    """First, direct, complete, clean and good."""
    found = marks_of(golden, answer(*quotes).citations, words(LESSON))
    assert found is not None
    return found.first, found.direct, found.complete, found.clean, found.good


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ([f"{SAYS} {COVERS}"], (True, 2, 2, 2, True)),
        ([BEGINS, f"{SAYS} {COVERS}"], (False, 2, 2, 1, True)),
        ([BEGINS, GLOVES, SAYS], (False, 1, 1, 0, False)),
        ([GLOVES], (False, 0, 0, 0, False)),
        ([SAYS], (True, 2, 1, 2, True)),
        ([SAYS, COVERS, SAYS], (True, 2, 2, 1, True)),
        ([ARMS], (False, 0, 0, 2, False)),
    ],
)
def test_what_answers_first_and_belongs_is_good(quotes: Sequence[str], expected: tuple[object, ...]) -> None:
    assert marks(WHAT, *quotes) == expected


def test_a_list_is_whole_with_all_its_items() -> None:
    whole = LESSON[LESSON.index(KINDS) : LESSON.index("\n\nBring")]
    assert marks(WHICH, whole) == (False, 2, 2, 2, True)
    assert marks(WHICH, *LIST[:2])[2] == 1
    assert marks(WHICH, LIST[0])[2] == 0
    assert marks(WHICH, KINDS)[:3] == (False, 0, 0)


def test_the_shares_are_of_words() -> None:
    found = marks_of(WHAT, answer(BEGINS, SAYS).citations, words(LESSON))
    assert found is not None
    assert found.recall == pytest.approx(8 / 14)
    assert found.precision == pytest.approx(8 / 14)


def test_another_lesson_that_says_the_same_counts_and_one_that_says_something_else_does_not() -> None:
    same = marks_of(WHAT, answer(SAYS, lesson="ice.md").citations, words(LESSON))
    assert same is not None
    assert same.good
    other = marks_of(WHAT, answer(GLOVES, lesson="ice.md").citations, words(LESSON))
    assert other is not None
    assert (other.direct, other.precision) == (0, 0)


def test_without_marks_or_without_their_words_in_the_lesson_there_is_nothing_to_judge() -> None:
    assert marks_of(GoldenQuestion("q", "?", True, "snow.md"), answer(SAYS).citations, words(LESSON)) is None
    assert marks_of(WHAT, answer(SAYS).citations, words("# Ice\n\nIce is hard.")) is None


def test_an_answer_without_quotes_has_the_lowest_marks() -> None:
    assert marks(WHAT) == (False, 0, 0, 0, False)


@pytest.mark.parametrize(
    ("quotes", "dangling"),
    [
        ([SAYS], False),
        ([COVERS], True),
        ([f"{SAYS} {COVERS}"], False),
        ([SAYS, COVERS], False),
        ([SAYS, ARMS], True),
        ([KINDS], True),
        ([LESSON[LESSON.index(KINDS) : LESSON.index("\n\nBring")]], False),
    ],
)
def test_a_quote_dangles_where_it_points_at_what_is_not_shown(quotes: Sequence[str], dangling: bool) -> None:
    assert dangles(answer(*quotes)) is dangling


def test_a_sentence_that_stands_twice_is_a_repeat() -> None:
    assert repeats(answer(SAYS, GLOVES, SAYS))
    assert not repeats(answer(SAYS, GLOVES))


def test_an_answers_words_are_counted_without_its_markers() -> None:
    assert word_count(answer(SAYS, GLOVES)) == 14
