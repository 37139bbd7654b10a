"""Follow-ups become questions that can be read alone; what stands alone stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.conversation.standalone import standalone_question, stands_alone, topic_changed

SORT = (("user", "How do I sort a list in JavaScript?"), ("assistant", "Call `sort` with a function that compares."))
JOIN = (("user", "What is a left join?"), ("assistant", "It keeps every row of the first table."))
WAYS = (
    ("user", "How can an agent remember?"),
    (
        "assistant",
        "There are three ways:\n\n1. **Sliding window**: keep the last turns.\n2. Summary: shorten them.\n3. Recall",
    ),
)


@pytest.mark.parametrize(
    ("history", "text", "standalone"),
    [
        (SORT, "and in Python?", "How do I sort a list in Python?"),
        (SORT, "what about in Go", "How do I sort a list in Go?"),
        (JOIN, "what about a right join?", "What is a right join?"),
        (JOIN, "why?", "What is a left join – why?"),
        (JOIN, "another example please", "What is a left join – another example please"),
        (JOIN, "tell me more", "What is a left join – tell me more"),
        (JOIN, "when is it slow?", "when is it slow? (left join)"),
        (WAYS, "how does the second one work?", "how does Summary work?"),
        (WAYS, "when should I use the first", "when should I use Sliding window"),
        (WAYS, "is the last one expensive?", "is Recall expensive?"),
        ((*JOIN, ("user", "why?"), ("assistant", "…")), "is it fast?", "is it fast? (left join)"),
    ],
)
def test_a_follow_up_gets_what_it_leans_on(history: tuple[tuple[str, str], ...], text: str, standalone: str) -> None:
    assert standalone_question(text, history) == standalone


def test_both_are_the_two_that_were_named_last() -> None:
    history = (
        ("user", "How are voice bots built?"),
        ("assistant", "Either a cascade of three models or one speech model."),
    )
    assert (
        standalone_question("compare both of them", history) == "compare a cascade of three models + one speech model"
    )


@pytest.mark.parametrize(
    ("language", "question", "text", "standalone"),
    [
        ("es", "¿Qué es un commit?", "¿y por qué?", "¿Qué es un commit – por qué?"),
        ("es", "¿Cómo instalo Git en Windows?", "¿y en Linux?", "¿Cómo instalo Git en Linux?"),
        ("fr", "Comment installer Git sur Windows ?", "et sur Linux ?", "Comment installer Git sur Linux?"),
        ("de", "Was ist ein Commit?", "warum?", "Was ist ein Commit – warum?"),
        ("de", "Wie installiere ich Git auf Windows?", "und auf Linux?", "Wie installiere ich Git auf Linux?"),
        ("pt", "O que é um commit?", "mais um exemplo", "O que é um commit – mais um exemplo"),
    ],
)
def test_common_follow_ups_are_known_in_other_languages(
    language: str, question: str, text: str, standalone: str
) -> None:
    assert standalone_question(text, (("user", question), ("assistant", "…")), language) == standalone


@pytest.mark.parametrize(
    "text",
    [
        "What is a hash index?",
        "binary search",
        "How does garbage collection decide what to keep?",
        "Is there a free tier?",
    ],
)
def test_a_message_that_stands_alone_stays_as_it_is(text: str) -> None:
    assert standalone_question(text, JOIN) == text
    assert stands_alone(text) >= 0.7


@pytest.mark.parametrize("text", ["why?", "and in Python?", "does it scale?", "more", "what about the second one?"])
def test_a_message_that_leans_on_another_does_not_stand_alone(text: str) -> None:
    assert stands_alone(text) <= 0.3


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=80), st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=120)), max_size=6)
)
def test_whatever_is_said_the_standalone_question_keeps_or_replaces_words_without_failing(
    text: str, history: list[tuple[str, str]]
) -> None:
    for language in ("en", "es", "fr", "de", "pt", "ja"):
        assert isinstance(standalone_question(text, history, language), str)
        assert 0 <= stands_alone(text, language) <= 1


def test_a_question_that_shares_nothing_with_the_conversation_changes_the_topic() -> None:
    assert topic_changed("How do I deploy a Docker container?", JOIN)
    assert not topic_changed("How does a join use an index?", JOIN)
    assert not topic_changed("why?", JOIN)
    assert not topic_changed("How do I deploy a Docker container?", ())
    assert not topic_changed("Is the first table read completely each time?", JOIN)
