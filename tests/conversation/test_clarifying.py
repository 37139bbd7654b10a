"""A message that names no subject is answered by one short question."""

from __future__ import annotations

import pytest

from tutor.conversation.clarifying import clarification


@pytest.mark.parametrize(
    "text", ["help", "Help me!", "explain", "I don't get it", "why", "it doesn't work", "can you help me?"]
)
def test_a_message_without_a_subject_gets_a_question_back(text: str) -> None:
    asked = clarification(text, (), None, "en")
    assert (asked or "").count("?") == 1


@pytest.mark.parametrize(
    "text", ["binary search", "explain recursion", "help me with git", "loops", "why do joins scan?"]
)
def test_a_fragment_that_names_a_subject_gets_none(text: str) -> None:
    assert clarification(text, (), None, "en") is None


def test_the_question_names_the_lesson_and_up_to_three_sections() -> None:
    asked = clarification("explain", (), "Masks", "en", ["Causal", "Padding", "Causal", "Blocks", "Heads"])
    assert asked == "What would you like to know about “Masks”? For example: “Causal”, “Padding”, “Blocks”."


def test_it_never_asks_twice_in_a_row() -> None:
    first = clarification("help", (), "Masks", "en")
    assert first is not None
    history = (("user", "help"), ("assistant", first))
    assert clarification("help", history, "Masks", "en") is None
    assert clarification("help", (*history, ("user", "masks"), ("assistant", "A mask …")), "Masks", "en") is not None


def test_why_after_a_question_is_about_that_question() -> None:
    history = (("user", "What is a mask?"), ("assistant", "It hides later words."))
    assert clarification("why?", history, None, "en") is None
    assert clarification("it doesn't work", history, None, "en") is not None


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "ayuda"), ("es", "no lo entiendo"), ("fr", "je ne comprends pas"), ("de", "Hilfe"), ("pt", "não entendi")],
)
def test_it_asks_in_the_language_of_the_question(language: str, text: str) -> None:
    asked = clarification(text, (), None, language)
    assert asked is not None
    assert asked != clarification("help", (), None, "en")
