"""The plainest words of the lessons."""

from __future__ import annotations

from tests.teaching.conftest import StartTalk
from tutor.models import Mode


def test_what_the_thing_is_comes_first(talk: StartTalk) -> None:
    turn = talk().say("What is a pump?", Mode.SIMPLE)
    assert turn.citations[0].quote.startswith("**A pump** is a machine")


def test_an_example_near_the_answer_is_added_and_named(talk: StartTalk) -> None:
    turn = talk().say("Why does a pipe burst?", Mode.SIMPLE)
    assert "For example, a garden tap" in turn.citations[-1].quote
    assert turn.answer.count("For example") == 1


def test_it_is_no_longer_than_the_plain_answer_of_three_quotes(talk: StartTalk) -> None:
    for question in ("What is solder?", "What is head?", "What is a filter?"):
        turn = talk().say(question, Mode.SIMPLE)
        assert 1 <= len(turn.citations) <= 3
        assert sum(len(citation.quote.split()) for citation in turn.citations) <= 75
