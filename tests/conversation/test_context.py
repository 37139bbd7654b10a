"""What was said before, and how much of it is shown to a model."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.conversation.context import DialogueContext, EarlierMessage, condensed

COUNTER = TiktokenCounter()
TEXTS = st.lists(
    st.sampled_from(["index", "join", "[1]", "the table.", "Why?", "字", "x" * 40, "\n\n", "{question}", "1.5"]),
    max_size=40,
).map(" ".join)
CONVERSATIONS = st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), TEXTS), max_size=10)


@settings(max_examples=60, deadline=None)
@given(CONVERSATIONS, st.integers(0, 300))
def test_a_condensed_context_never_passes_its_budget(history: list[tuple[str, str]], budget: int) -> None:
    shown = condensed(DialogueContext.of(history), COUNTER, budget)
    assert sum(COUNTER.count(message.content) + 4 for message in shown) <= budget


@given(CONVERSATIONS)
def test_what_fits_is_shown_word_for_word(history: list[tuple[str, str]]) -> None:
    context = DialogueContext.of(history)
    shown = condensed(context, COUNTER, 100_000)
    assert [(message.role, message.content) for message in shown] == list(context.history)


def test_older_exchanges_become_a_line_each_and_newer_ones_stay() -> None:
    long = "word " * 80
    said = (
        EarlierMessage("user", "What is an index?"),
        EarlierMessage("assistant", long, ("a.md",), "An index is a sorted copy. It costs writes."),
        EarlierMessage("user", "What is a join?"),
        EarlierMessage("assistant", f"A join pairs rows. [1] {long}"),
        EarlierMessage("user", "Is it slow?"),
        EarlierMessage("assistant", "It can be."),
    )
    shown = condensed(DialogueContext(said), COUNTER, 120)
    assert [message.content for message in shown[1:]] == ["Is it slow?", "It can be."]
    assert shown[0].content.splitlines() == [
        "Earlier: the student asked “What is an index?”; the lessons said “An index is a sorted copy.”.",
        "Earlier: the student asked “What is a join?”; the lessons said “A join pairs rows.”.",
    ]
