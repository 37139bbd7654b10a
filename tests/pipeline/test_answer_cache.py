"""Questions that were asked before: which are the same, and whose answers are given again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.free_spending import FreeSpending
from tests.support.logged_turns import NEW
from tests.support.scripted_model import ScriptedModel
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.answering.answerer import cached_sentences
from tutor.llm.writing import Writing
from tutor.models import Citation, Mode, SentenceSupport, Support, Turn, TurnState
from tutor.pipeline.answer_cache import MAX_ANSWERS, AnswerCache
from tutor.pipeline.course_tutor import CourseTutor, Question
from tutor.pipeline.incremental_answer import IncrementalAnswer
from tutor.rendering.links import Links
from tutor.turns.events import Event
from tutor.turns.turn_json import turn_from_json

ASKED = "What is hybrid search?"


def answered(question: str = ASKED, **fields: object) -> Turn:
    """A turn that a model has answered with a checked sentence."""
    return replace(
        NEW,
        question=question,
        standalone_question=question,
        answer="Both at once. [1]",
        state=TurnState.DONE,
        answerer="gpt",
        citations=(Citation(1, 0, 13, "01.md", "Search", "", 0, 13, "Both at once.", ""),),
        sentences=(SentenceSupport(0, 17, Support.SUPPORTED),),
        **fields,  # type: ignore[arg-type]
    )


def remembering(how: str, *turns: Turn) -> AnswerCache:
    cache = AnswerCache(how, lambda: ())  # type: ignore[arg-type]
    for turn in turns:
        cache.remember(turn)
    return cache


@pytest.mark.parametrize(
    "again", [ASKED, "what is Hybrid  search", "“What is hybrid search ?”", "What is hybrid search..."]
)
@pytest.mark.parametrize("how", ["exact", "near"])
def test_the_same_words_get_the_same_answer(how: str, again: str) -> None:
    turn = answered()
    assert remembering(how, turn).remembered(again) == turn


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ASKED, "what's hybrid search"),
        ("What is an environment variable?", "What are environment variables?"),
        ("How do I center a div?", "Please, how to center a div"),
        ("What is a closure?", "Could you please tell me what a closure is?"),
    ],
)
def test_nearly_the_same_words_get_it_only_when_that_is_wanted(one: str, other: str) -> None:
    turn = answered(one)
    assert remembering("near", turn).remembered(other) == turn
    assert remembering("exact", turn).remembered(other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is TCP faster than UDP?", "Is UDP faster than TCP?"),
        ("How do I convert a string to an integer?", "How do I convert an integer to a string?"),
        ("Why do we use hybrid search?", "When do we use hybrid search?"),
        ("Can a frame be lost?", "Can't a frame be lost?"),
        ("What does push return?", "Does push return?"),
        ("What happens with 2 peers?", "What happens with 3 peers?"),
        ("What is 5?", "What is 5!"),
        ("What does == do?", "What does === do?"),
        ("What is C?", "What is C++?"),
        ("What is HTTP?", "What is HTTPS?"),
        ("What is a loop?", "What is a `for` loop?"),
        ("What is `Map`?", "What is `map`?"),
        ("What is hepatitis?", "What is hepatitis A?"),
        ("What is vitamin deficiency?", "what is vitamin a deficiency?"),
        ("Who was Freud?", "Who is Freud?"),
        ("Caching increases latency?", "Caching decreases latency?"),
        ("How can I ask with parameters?", "How can I ask without parameters?"),
        ("Was ist der Server?", "Wer ist der Server?"),
        ("Wie hilft der Server dem Client?", "Wie hilft dem Server der Client?"),
    ],
)
def test_another_question_never_gets_it(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        assert remembering("near", answered(first)).remembered(second) is None


def test_off_remembers_nothing_and_does_not_ask_what_was() -> None:
    def fill() -> Sequence[Turn]:
        raise AssertionError

    cache = AnswerCache("off", fill)
    cache.remember(answered())
    assert cache.remembered(ASKED) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"answerer": "quoting"},
        {"fallback": "ungrounded"},
        {"state": TurnState.TRUNCATED},
        {"mode": Mode.SIMPLE},
        {"repeats": "turn-0"},
        {"history": (("user", "Search?"),)},
        {"not_beyond": "01.md"},
        {"standalone_question": "What is hybrid search in Python?"},
        {"citations": ()},
        {"sentences": (SentenceSupport(0, 12, Support.SUPPORTED), SentenceSupport(12, 17, Support.PARTLY))},
        {"question": "Is [email] hybrid?", "standalone_question": "Is [email] hybrid?"},
        {"question": "Is ada@example.org hybrid?", "standalone_question": "Is ada@example.org hybrid?"},
    ],
)
def test_what_was_not_checked_or_is_for_one_person_is_not_given_again(wrong: dict[str, object]) -> None:
    turn = replace(answered(), **wrong)  # type: ignore[arg-type]
    assert remembering("near", turn).remembered(turn.question) is None


def test_the_same_words_on_another_lesson_may_mean_something_else() -> None:
    cache = remembering("near", answered(lesson="01.md"))
    assert cache.remembered(ASKED, "01.md") is not None
    assert cache.remembered(ASKED, "02.md") is None


def test_what_was_answered_before_the_start_is_read_once_and_the_newest_counts() -> None:
    times = 0

    def fill() -> Sequence[Turn]:
        nonlocal times
        times += 1
        return (replace(answered(), id="turn-0"), replace(answered(), id="turn-1"))

    cache = AnswerCache("exact", fill)
    for _ in range(2):
        found = cache.remembered(ASKED)
        assert found is not None
        assert found.id == "turn-1"
    assert times == 1


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    cache = remembering("exact", *(answered(f"What is {number}?") for number in range(MAX_ANSWERS)))
    assert cache.remembered("What is 0?") is not None
    cache.remember(answered())
    assert cache.remembered("What is 1?") is None
    assert cache.remembered("What is 0?") is not None


def test_an_answer_that_a_reader_found_wrong_is_given_to_nobody_any_more() -> None:
    cache = remembering("exact", answered(), replace(answered("What is a byte?"), id="turn-2"))
    cache.forget("turn-2")
    assert cache.remembered("What is a byte?") is None
    assert cache.remembered(ASKED) is not None


def test_an_answer_that_is_said_again_is_the_same_with_its_citations(sample: CourseTutor) -> None:
    text = "**Hybrid search** is running both lexical and dense search for one query and merging the results [1]."
    model = ScriptedModel(f"{text} That is all there is to it. {text}")
    writing = Writing(model, TiktokenCounter(), FreeSpending())
    tutor = CourseTutor(sample.index, sample._retriever.embedder, writing)

    async def last() -> Event:
        return [event async for event in tutor.events(tutor.accepted(Question(ASKED)))][-1]

    turn = turn_from_json(asyncio.run(last()).data["turn"])
    assert remembering("exact", turn).remembered(ASKED) == turn
    growing = IncrementalAnswer(Links.of(tutor.index.lessons, ()))
    for said in cached_sentences(turn):
        growing.add(said)
    assert (growing.text, tuple(growing.sentences), tuple(growing.citations)) == (
        turn.answer,
        turn.sentences,
        turn.citations,
    )
    assert turn.citations
