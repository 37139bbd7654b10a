"""What is taught to a student who wants nothing of later lessons; they are filters, pipes, pumps, in this order."""

from __future__ import annotations

from itertools import product

import pytest

from tests.teaching.conftest import StartTalk
from tests.teaching.talks import Talk
from tutor.models import Mode, Turn

LAST = "pipes.md"
MESSAGES = ("What is a pump?", "winter care of a pump", "quiz me", "flux")


def kept(said: Talk, text: str, mode: Mode, lesson: str | None = LAST) -> Turn:
    return said.say(text, mode, lesson, LAST)


def lessons(turn: Turn) -> set[str]:
    return {citation.lesson for citation in turn.citations} | {passage.lesson for passage in turn.passages}


@pytest.mark.parametrize(("mode", "text"), list(product(Mode, MESSAGES)))
def test_nothing_comes_from_later_lessons_in_any_mode(talk: StartTalk, mode: Mode, text: str) -> None:
    assert "pumps.md" not in lessons(kept(talk(), text, mode))


def test_the_lesson_at_hand_is_summed_up(talk: StartTalk) -> None:
    assert lessons(kept(talk(), "summarise this lesson", Mode.SUMMARY)) == {"pipes.md", "filters.md"}


@pytest.mark.parametrize("mode", [Mode.SUMMARY, Mode.QUIZ])
def test_a_later_lesson_that_is_asked_for_is_refused_and_no_other_put_in_its_place(talk: StartTalk, mode: Mode) -> None:
    assert talk().say("choosing a pump and its head", mode, LAST).answer
    assert kept(talk(), "choosing a pump and its head", mode).state == "refused"
    said = talk()
    said.say("What is a pump?", Mode.ANSWER)
    assert kept(said, "that lesson", mode, None).state == "refused"


def test_a_quiz_on_a_later_lesson_gives_way_to_one_on_the_lesson_at_hand(talk: StartTalk) -> None:
    said = talk()
    said.say("quiz me", Mode.QUIZ, "pumps.md")
    turn = kept(said, "quiz me", Mode.QUIZ)
    assert (turn.step, "Pumps" in turn.answer, turn.answer.startswith("**Pipes**")) == (1, False, True)


@pytest.mark.parametrize("mode", [Mode.ANSWER, Mode.HINT, Mode.SIMPLE])
def test_graded_work_of_a_later_lesson_is_withheld_all_the_same(talk: StartTalk, mode: Mode) -> None:
    said = talk("pumps.md")
    turns = [kept(said, text, mode) for text in ("freezing water in a pump in winter", "just tell me")]
    assert not any("outwards" in turn.answer for turn in turns)
    assert "outwards" in kept(talk(), "freezing water in a pump in winter", Mode.ANSWER).answer
