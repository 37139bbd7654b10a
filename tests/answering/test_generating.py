"""Answers that a model writes: what is checked, what is replaced, and what happens when the model fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import TinyCourse
from tests.support.answers import check_written
from tests.support.free_spending import FreeSpending
from tests.support.hash_embedder import HashEmbedder
from tests.support.scripted_model import ScriptedModel
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.errors import ProviderRejected, TimedOut, TutorError, UpstreamUnavailable
from tutor.llm.messages import Finish, FinishReason, Message
from tutor.llm.writing import Writing
from tutor.models import Support, Turn, TurnState
from tutor.pipeline.answer_cache import AnswerCache
from tutor.pipeline.course_tutor import CourseTutor, Question
from tutor.turns.events import Event, EventKind, so_far
from tutor.turns.turn_json import turn_from_json

QUESTION = "What is hybrid search?"
TRUE = "**Hybrid search** is running both lexical and dense search for one query and merging the results [1]."
FALSE = "Hybrid search was invented by Napoleon Bonaparte in 1812 to feed his horses [1]."


def tutor_with(sample: CourseTutor, model: ScriptedModel, **how: object) -> CourseTutor:
    """The sample course's tutor, with a model that says what it is told to."""
    writing = replace(Writing(model, TiktokenCounter(), FreeSpending()), **how)  # type: ignore[arg-type]
    return CourseTutor(sample.index, sample._retriever.embedder, writing)


def events_of(tutor: CourseTutor, question: Question, earlier: Sequence[Turn] = ()) -> list[Event]:
    """Everything that happens in a turn."""

    async def collected() -> list[Event]:
        return [event async for event in tutor.events(tutor.accepted(question), earlier)]

    return asyncio.run(collected())


def asked(tutor: CourseTutor, question: str = QUESTION, earlier: Sequence[Turn] = (), mode: str = "answer") -> Turn:
    """The turn at its end, which its events must tell as well."""
    events = events_of(tutor, Question(question, mode=mode), earlier)
    assert [event.kind for event in events[:1]] == [EventKind.RETRIEVED]
    assert [event.is_end for event in events] == [False] * (len(events) - 1) + [True]
    turn = turn_from_json(events[-1].data["turn"])
    told = so_far(replace(turn, answer="", citations=(), sentences=(), suggestions=()), events[:-1])
    assert (told.answer, told.citations, told.sentences) == (turn.answer, turn.citations, turn.sentences)
    check_written(tutor.index, turn)
    return turn


def test_what_the_lessons_bear_out_is_given_with_its_citation(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(TRUE)))
    assert turn.answer.startswith("**Hybrid search** is running both lexical and dense search")
    assert (turn.state, turn.answerer, turn.fallback) == (TurnState.DONE, "scripted", "")
    assert [sentence.support for sentence in turn.sentences] == [Support.SUPPORTED]
    assert turn.citations[0].lesson == "02-retrieval/03-hybrid-search.md"
    assert turn.usage.prompt_tokens > 0


def test_what_is_invented_gives_way_to_the_lessons_own_words(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(f"{TRUE} {FALSE}")))
    assert "Napoleon" not in turn.answer
    assert turn.citations[-1].quote in turn.answer
    assert turn.answerer == "scripted"


def test_what_is_invented_is_marked_where_that_is_wanted(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(f"{TRUE} {FALSE}"), unsupported="mark"))
    invented = turn.sentences[-1]
    assert invented.support is Support.UNSUPPORTED
    assert "Napoleon" in turn.answer[invented.start : invented.end]
    assert turn.answer.endswith(")*")


def test_a_model_that_only_invents_ends_as_the_quoting_answerer(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(f"Sure, I can help! {FALSE} {FALSE}")))
    quoted = sample.ask(Question(QUESTION))
    assert (turn.answerer, turn.fallback, turn.state) == ("quoting", "ungrounded", TurnState.DONE)
    assert {citation.quote for citation in turn.citations} == {citation.quote for citation in quoted.citations}
    assert "Sure" not in turn.answer


class Noting(HashEmbedder):
    """Notes in `seen` what it embeds."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.seen = seen

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen.extend(texts)
        return super().embed(texts)


def test_a_sentence_is_embedded_while_its_marker_is_written(tiny: TinyCourse) -> None:
    seen: list[str] = []

    class SlowModel(ScriptedModel):
        async def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Finish]:
            async for piece in super().stream(messages, max_tokens):
                yield piece
                seen.append(str(piece))

    model = SlowModel(("TCP delivers bytes in order", " [", "1", "]", "."), delay_seconds=0.1)
    course = tiny({"tcp.md": "# TCP\n\nTCP delivers bytes in order, and each byte once."}, Noting(seen))
    writing = Writing(model, TiktokenCounter(), FreeSpending())
    turn = asked(CourseTutor(course.index, Noting(seen), writing), "What does TCP deliver?")
    assert turn.answerer == "scripted"
    assert seen.index("TCP delivers bytes in order.") < seen.index("]")
    assert seen.count("TCP delivers bytes in order.") == 1


def test_a_model_that_writes_full_stops_has_few_of_them_embedded(tiny: TinyCourse) -> None:
    seen: list[str] = []
    model = ScriptedModel([" a."] * 100, delay_seconds=0.01)
    course = tiny({"tcp.md": "# TCP\n\nTCP delivers bytes in order, and each byte once."}, Noting(seen))
    tutor = CourseTutor(course.index, Noting(seen), Writing(model, TiktokenCounter(), FreeSpending()))
    seen.clear()
    asked(tutor, "What does TCP deliver?")
    assert len(seen) < 10


def test_markers_that_a_model_made_up_reach_nobody(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(TRUE.replace("[1]", "[99][7] [Source 12]"))))
    assert turn.answer.count("[") == len(turn.citations) > 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamUnavailable("down"), "upstream_unavailable"),
        (TimedOut("slow"), "timed_out"),
        (ProviderRejected("wrong key"), "provider_rejected"),
    ],
)
def test_the_lessons_are_quoted_when_the_model_cannot_answer(sample: CourseTutor, error: TutorError, code: str) -> None:
    model = ScriptedModel(TRUE)
    model.errors.append(error)
    turn = asked(tutor_with(sample, model))
    quoted = sample.ask(Question(QUESTION))
    assert (turn.answer, turn.citations) == (quoted.answer, quoted.citations)
    assert (turn.state, turn.answerer, turn.fallback) == (TurnState.DONE, "quoting", code)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (FinishReason.STOP, TurnState.DONE),
        (FinishReason.LENGTH, TurnState.TRUNCATED),
        (FinishReason.CUT, TurnState.TRUNCATED),
        (FinishReason.FILTER, TurnState.FILTERED),
    ],
)
def test_how_the_model_ended_is_how_the_turn_ended(sample: CourseTutor, reason: FinishReason, state: TurnState) -> None:
    turn = asked(tutor_with(sample, ScriptedModel(f"{TRUE} Chunks that are emb", finish=reason)))
    assert turn.state is state
    assert "merging the results" in turn.answer
    if reason is not FinishReason.STOP:
        assert "Chunks that are emb" not in turn.answer


def test_a_filter_that_lets_nothing_through_leaves_the_lessons_own_words(sample: CourseTutor) -> None:
    turn = asked(tutor_with(sample, ScriptedModel("", finish=FinishReason.FILTER)))
    assert (turn.state, turn.answerer) == (TurnState.FILTERED, "quoting")
    assert turn.citations


def test_no_model_is_asked_what_the_course_does_not_cover(sample: CourseTutor) -> None:
    model = ScriptedModel("Rosemary goes with lamb.")
    turn = asked(tutor_with(sample, model), "How do I braise a leg of lamb with rosemary?")
    assert turn.state is TurnState.REFUSED
    assert not model.asked


def test_leaving_a_turn_ends_the_models_answer(sample: CourseTutor) -> None:
    model = ScriptedModel(f"{TRUE} " * 50, delay_seconds=0.01)
    tutor = tutor_with(sample, model)

    async def leave() -> None:
        events = tutor.events(tutor.accepted(Question(QUESTION)))
        async for event in events:
            if event.kind is EventKind.DELTA:
                break
        await events.aclose()

    asyncio.run(leave())
    assert model.running == 0
    assert len(model.aborted) == 1


def test_a_message_that_stands_alone_costs_one_call(sample: CourseTutor) -> None:
    model = ScriptedModel(TRUE)
    tutor = tutor_with(sample, model)
    first = asked(tutor, "What is a prefix cache and what does it save?")
    asked(tutor, "How are the results of lexical and dense search merged into one list?", [first])
    assert len(model.asked) == 2


def test_a_follow_up_is_asked_as_the_model_puts_it_when_its_words_were_said(sample: CourseTutor) -> None:
    model = ScriptedModel(
        lambda messages: "How does hybrid search merge?" if "Rewrite" in messages[0].content else TRUE
    )
    tutor = tutor_with(sample, model)
    first = asked(tutor)
    assert asked(tutor, "and how does it merge?", [first]).standalone_question == "How does hybrid search merge?"
    liar = ScriptedModel("What did Napoleon eat at Waterloo?")
    turn = asked(tutor_with(sample, liar), "and how does it merge?", [first])
    assert "Napoleon" not in turn.standalone_question
    assert "hybrid search" in turn.standalone_question.lower()


def test_personal_data_does_not_reach_a_model(sample: CourseTutor) -> None:
    model = ScriptedModel(TRUE)
    tutor = tutor_with(sample, model)
    first = asked(tutor, "I am ada@example.org, what is hybrid search?")
    asked(tutor, "and how does it merge?", [first])
    assert model.asked
    assert not any("ada@example.org" in message.content for messages in model.asked for message in messages)
    assert any("[email]" in message.content for message in model.asked[0])


def test_the_lessons_stand_in_a_channel_that_no_lesson_can_close(sample: CourseTutor) -> None:
    model = ScriptedModel(TRUE)
    tutor = tutor_with(sample, model)
    asked(tutor)
    asked(tutor)
    system, question = model.asked[0][0].content, model.asked[0][-1].content
    assert model.asked[1][0].content == system
    marks = [messages[-1].content.split("<lessons ", 1)[1].split(">", 1)[0] for messages in model.asked]
    assert len(set(marks)) == 2
    assert question.count(f"</lessons {marks[0]}>") == 2


def test_a_question_that_was_answered_before_gets_the_same_answer_and_costs_nothing(sample: CourseTutor) -> None:
    model = ScriptedModel(TRUE)
    writing = Writing(model, TiktokenCounter(), FreeSpending())
    tutor = CourseTutor(sample.index, sample._retriever.embedder, writing, AnswerCache("near", lambda: ()))
    first = asked(tutor)
    again = asked(tutor, "what's hybrid search")
    assert (again.answer, again.citations, again.sentences) == (first.answer, first.citations, first.sentences)
    assert (again.repeats, again.usage.prompt_tokens) == (first.id, 0)
    assert len(model.asked) == 1
    tutor.forget(again)
    assert asked(tutor).repeats == ""
    assert len(model.asked) == 2


def test_a_model_that_repeats_itself_or_the_question_is_heard_once(sample: CourseTutor) -> None:
    echo = f"The student asks: {QUESTION}"
    turn = asked(tutor_with(sample, ScriptedModel(f"{echo} {TRUE} {TRUE.replace('[1]', '[2]')} {echo} {TRUE}")))
    assert turn.answer.count("merging the results") == 1
    assert "student asks" not in turn.answer
    assert len(turn.sentences) == 1
