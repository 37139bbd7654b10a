"""Questions from a lesson, and the answers that students give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.teaching.conftest import StartTalk
from tests.teaching.talks import Talk
from tutor.models import Mode, Turn
from tutor.teaching.quizzes import QuizItem, QuizVerdict


def pending(talk: Talk) -> QuizItem:
    item = talk.teacher._quizzer.pending(talk.turns)
    assert item is not None
    return item


def start(talk: Talk, lesson: str = "pumps.md") -> Turn:
    return talk.say("quiz me", Mode.QUIZ, lesson)


def test_a_quiz_begins_with_a_question_and_cites_nothing_yet(talk: StartTalk) -> None:
    said = talk()
    turn = start(said)
    assert (turn.step, turn.citations) == (1, ())
    assert turn.answer.endswith(pending(said).question)
    assert pending(said).sentence not in turn.answer


def test_every_question_of_a_conversation_is_another_one_until_there_are_none(talk: StartTalk) -> None:
    said = talk()
    questions = []
    start(said)
    while said.turns[-1].step:
        questions.append(pending(said).question)
        said.say("skip", Mode.QUIZ)
    assert len(questions) == len(set(questions)) >= 4
    assert said.turns[-1].answer.endswith("Ask for another whenever you like.")
    assert {"gap" in question for question in questions} == {True, False}


def test_the_lesson_s_own_words_are_right_and_the_place_is_cited(talk: StartTalk) -> None:
    said = talk()
    start(said)
    item = pending(said)
    turn = said.say(item.expected or item.sentence, Mode.QUIZ)
    assert turn.answer.startswith("That is right.")
    assert [citation.quote for citation in turn.citations] == [item.sentence]
    assert turn.step == 2


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("a machine that pushes water uphill", QuizVerdict.RIGHT),
        ("it is some machine", QuizVerdict.PARTLY),
        ("a kind of vegetable", QuizVerdict.NOT_YET),
        ("a machine that does not push water uphill", QuizVerdict.NOT_YET),
        ("", QuizVerdict.NOT_YET),
    ],
)
def test_an_answer_is_checked_against_the_sentence(talk: StartTalk, answer: str, verdict: QuizVerdict) -> None:
    said = talk()
    quizzer = said.teacher._quizzer
    lesson = said.index.lessons[said.index.position["pumps.md"]]
    start_, end = lesson.text.index("**A pump**"), lesson.text.index(" It needs")
    item = QuizItem(lesson, start_, end, "What does the lesson say about “A pump”?", "A pump")
    assert quizzer.verdict(answer, item) is verdict


def test_a_wrong_number_is_not_right(talk: StartTalk) -> None:
    said = talk()
    lesson = said.index.lessons[said.index.position["pumps.md"]]
    start_ = lesson.text.index("A pump with 30")
    item = QuizItem(lesson, start_, lesson.text.index("floors.") + 7, "How high?", "pump")
    quizzer = said.teacher._quizzer
    assert quizzer.verdict("30 metres of head serves a house of eight floors", item) is QuizVerdict.RIGHT
    assert quizzer.verdict("50 metres of head serves a house of eight floors", item) is QuizVerdict.PARTLY


def test_gaps_take_the_word_the_letter_and_a_slip_of_typing(talk: StartTalk) -> None:
    said = talk()
    lesson = said.index.lessons[0]
    quizzer = said.teacher._quizzer
    item = QuizItem(lesson, 0, 5, "?", "Solder", "Solder", ("Flux", "Head", "Solder"))
    assert all(
        quizzer.verdict(text, item) is QuizVerdict.RIGHT for text in ("solder", "c)", "Soldr", "I think it is solder")
    )
    assert all(
        quizzer.verdict(text, item) is QuizVerdict.NOT_YET for text in ("a", "flux", "flux or solder", "not solder")
    )


def test_a_question_in_a_quiz_is_answered_and_the_quiz_goes_on(talk: StartTalk) -> None:
    said = talk()
    start(said)
    question = pending(said).question
    turn = said.say("What is a filter?", Mode.QUIZ)
    assert "holds back dirt" in turn.answer
    assert pending(said).question == question
    assert turn.step == 1


def test_a_quiz_ends_when_the_student_says_so_and_begins_anew(talk: StartTalk) -> None:
    said = talk()
    start(said)
    first = pending(said).question
    assert said.say("stop", Mode.QUIZ).step == 0
    start(said)
    assert pending(said).question != first


def test_a_term_is_a_whole_word_behind_its_article(talk: StartTalk) -> None:
    said = talk()
    lesson = said.index.lessons[0]
    texts = {
        "There are also pumps that lift clean water uphill.": None,
        "The pump is a machine for lifting water.": "pump",
    }
    for text, term in texts.items():
        item = said.teacher._quizzer._meaning(replace(lesson, text=text), 0, len(text))
        assert (item and item.term) == term
