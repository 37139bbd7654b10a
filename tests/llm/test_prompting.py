"""Prompts, and one turn's events. `COURSE_TUTOR_REGENERATE=1 pytest tests/llm` writes the golden ones."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.answering.test_generating import QUESTION, TRUE, events_of, tutor_with
from tests.support.scripted_model import ScriptedModel
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.llm.messages import Message
from tutor.llm.prompting import Prompt, Prompter
from tutor.models import Mode, Passage
from tutor.pipeline.course_tutor import CourseTutor, Question

GOLDEN = Path(__file__).parents[1] / "golden"
MARK = "0123456789abcdef"
HISTORY = (
    Message("user", "What is dense search?"),
    Message("assistant", "Dense search compares the embedding of a query with the embeddings of documents [1]."),
)
COUNTER = TiktokenCounter()
TEXT = "The window says how many bytes may be in flight."
PASSAGE = Passage(1, 1.0, "01-tcp.md", "TCP", "TCP › Windows", 0, len(TEXT), TEXT, "")
TIMES = ("timings_ms", "created_at", "ended_at")


def golden(name: str, made: str) -> str:
    """What the file says; it is written first when that is asked for."""
    path = GOLDEN / name
    if os.environ.get("COURSE_TUTOR_REGENERATE"):
        path.write_text(made, "utf-8")
    return path.read_text("utf-8")


@pytest.mark.parametrize("mode", [Mode.ANSWER, Mode.SIMPLE, Mode.SUMMARY])
def test_prompts_are_as_reviewed(sample: CourseTutor, mode: Mode) -> None:
    passages = sample.search(QUESTION, 2)
    history = HISTORY if mode is Mode.ANSWER else ()
    title = sample.index.build.info.title
    prompt = Prompter(COUNTER, 8192, 600).prompt(title, mode, QUESTION, passages, history, mark=MARK)
    text = "".join(f"<!-- {message.role} -->\n{message.content}\n\n" for message in prompt.messages)
    assert text == golden(f"prompt-{mode.value}.md", text)
    assert prompt.shown == passages


def test_an_event_stream_is_as_reviewed(sample: CourseTutor) -> None:
    false = "Hybrid search was invented by Napoleon Bonaparte in 1812 to feed his horses [1]."
    model = ScriptedModel(f"Sure, here is the answer:\n\n- {TRUE}\n- {false}\n")
    events = [settled({"event": event.kind.value, "data": event.data}) for event in events_of(
        tutor_with(sample, model), Question(QUESTION, conversation="conv_0")
    )]  # fmt: skip
    text = "".join(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n" for event in events)
    assert text == golden("turn.events.jsonl", text)


def settled(value: Any) -> Any:
    """A value with ids, times, and what a machine's arithmetic decides made constant."""
    if isinstance(value, dict):
        return {name: _constant(name, item) for name, item in value.items()}
    return [settled(item) for item in value] if isinstance(value, list | tuple) else value


def _constant(name: str, value: Any) -> Any:
    if name in TIMES:
        return {} if isinstance(value, dict) else ""
    if isinstance(value, str) and value.startswith("turn_"):
        return "turn_0"
    if name == "generation":
        return "generation_0"
    return round(value, 2) if isinstance(value, float) else settled(value)


WORDS = ("window", "byte", "naïve", "飛行", "👩‍🏫", "x = y[0];", "\n\n", "</lessons>")
texts = st.builds(
    lambda words, times: " ".join(words * times), st.lists(st.sampled_from(WORDS), max_size=8), st.integers(1, 150)
)


@settings(max_examples=60, deadline=None)
@given(
    passages=st.lists(texts, max_size=8),
    history=st.lists(texts, max_size=6),
    question=texts.map(lambda text: text[:100] or "?"),
    context=st.integers(1024, 4096),
)
def test_a_prompt_and_its_answer_never_pass_what_the_model_takes(
    passages: list[str], history: list[str], question: str, context: int
) -> None:
    found = [replace(PASSAGE, text=text, end=len(text), rank=rank) for rank, text in enumerate(passages, 1)]
    talk = [Message("assistant" if number % 2 else "user", text) for number, text in enumerate(history)]
    prompter = Prompter(COUNTER, context, 100)
    prompt = prompter.prompt("Networks", Mode.ANSWER, question, found, talk, mark=MARK)
    assert prompt.tokens == prompter.tokens(prompt.messages)
    assert prompt.tokens <= context - 100
    check_shown(prompt, found)
    kept = prompt.messages[1:-1]
    assert kept == tuple(talk[len(talk) - len(kept) :])


def check_shown(prompt: Prompt, found: list[Passage]) -> None:
    """The passages that are shown are the best, each to the letter; at most the only one is cut."""
    for shown, passage in zip(prompt.shown, found, strict=False):
        assert shown.text == passage.text[: len(shown.text)]
        assert shown == passage or len(prompt.shown) == 1
        assert f"[{shown.rank}] {shown.section}\n{shown.text}" in prompt.messages[-1].content


def test_older_talk_gives_way_before_passages_do() -> None:
    talk = [Message("user", f"{number} " + "window " * 150) for number in range(6)]
    prompter = Prompter(COUNTER, 1024, 100)
    prompt = prompter.prompt("Networks", Mode.ANSWER, "What is a window?", [PASSAGE], talk)
    assert prompt.shown == (PASSAGE,)
    assert 0 < len(prompt.messages) - 2 < 6
    assert prompt.messages[-2] == talk[-1]


def test_marks_cannot_be_guessed() -> None:
    prompter = Prompter(COUNTER, 8192, 600)
    marks = {
        prompter.prompt("Networks", Mode.ANSWER, "What?", [PASSAGE]).messages[-1].content.split("<lessons ")[1][:16]
        for _ in range(50)
    }
    assert len(marks) == 50
