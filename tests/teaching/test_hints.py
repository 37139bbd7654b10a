"""The ladder of hints, one conversation at a time."""

from __future__ import annotations

import pytest

from tests.teaching.conftest import StartTalk
from tutor.models import Mode

QUESTION = "Why does a pipe burst?"
KEY = "pushes the copper wall outwards"


def test_the_ladder_leads_from_the_place_to_the_answer(talk: StartTalk) -> None:
    turns = [(said := talk()).say(QUESTION)]
    turns += [said.say(text) for text in ("next hint", "I give up", "just tell me")]
    assert [turn.step for turn in turns] == [1, 2, 3, 4]
    assert [citation.quote for citation in turns[0].citations] == ["Why pipes burst"]
    for turn in turns[:2]:
        assert "expands" not in turn.answer
        assert "copper" not in turn.answer
    assert "[…]" in turns[2].answer
    assert KEY not in turns[2].answer
    assert any(KEY in citation.quote for citation in turns[3].citations)
    assert all(turn.citations for turn in turns)


def test_words_left_out_are_never_shown_as_a_quote(talk: StartTalk) -> None:
    said = talk()
    turns = [said.say(text) for text in (QUESTION, "next hint", "next hint")]
    assert not any("[…]" in citation.quote for turn in turns for citation in turn.citations)


def test_a_new_question_starts_at_the_first_step_again(talk: StartTalk) -> None:
    said = talk()
    said.say(QUESTION)
    assert said.say("next hint").step == 2
    assert said.say("What is solder?").step == 1
    assert said.say("next hint").standalone_question == "What is solder?"


def test_the_same_question_in_other_words_goes_on(talk: StartTalk) -> None:
    said = talk()
    said.say(QUESTION)
    assert said.say("why do pipes burst then").step == 2


def test_pressing_keeps_the_subject_across_quizzes_and_guesses(talk: StartTalk) -> None:
    said = talk()
    said.say(QUESTION)
    said.say("quiz me on filters", Mode.QUIZ)
    assert said.say("is it the frost?").standalone_question == QUESTION
    assert said.say("dime la respuesta").standalone_question == QUESTION


def test_pressing_with_nothing_before_it_is_a_question_of_its_own(talk: StartTalk) -> None:
    assert talk().say("just tell me").standalone_question == "just tell me"


@pytest.mark.parametrize("question", ["What is a pump?", "What is flux?", "what is head", "How do I clean a filter?"])
def test_no_hint_before_the_third_step_shows_the_answer(talk: StartTalk, question: str) -> None:
    said = talk()
    answer = {citation.quote for citation in talk().say(question, Mode.ANSWER).citations}
    for text in (question, "next hint"):
        turn = said.say(text)
        assert not any(quote in turn.answer for quote in answer)
        assert turn.suggestions[0] == "Give me the next hint."
