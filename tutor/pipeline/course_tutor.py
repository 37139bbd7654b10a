"""One turn: the only place that knows the order of the steps.

question (+ history, + current lesson) → standalone question → passages → coverage → answer or refusal → events
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

from tutor.answering.answerer import Answerer, AnswerOutcome, AnswerSentence, cached_sentences
from tutor.answering.generating import GenerativeAnswerer
from tutor.answering.quoting import QuotingAnswerer
from tutor.concurrency import RunInThread, in_place
from tutor.conversation.understanding import Understanding, Understood
from tutor.errors import InvalidRequest, NotFound, TutorError
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.llm.model import CostScope
from tutor.llm.writing import Writing
from tutor.models import Coverage, Decision, Mode, Passage, Turn, TurnState
from tutor.pipeline.answer_cache import AnswerCache
from tutor.pipeline.incremental_answer import IncrementalAnswer
from tutor.pipeline.planning import Plan, Planner
from tutor.privacy.masking import masked
from tutor.rendering.links import Links
from tutor.retrieval.coverage import CoverageModel
from tutor.retrieval.retriever import Retrieved, Retriever
from tutor.retrieval.suggestions import Suggester
from tutor.teaching.teacher import Teacher
from tutor.turns.events import Event, ended, retrieved, suggested
from tutor.turns.turn_json import turn_from_json

log = logging.getLogger(__name__)

PASSAGES = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What a student asks; `history` are earlier messages as (role, text), oldest first.

    `lesson` is the one the student is on, `not_beyond` the last one that may be drawn from; `mode` is one of `Mode`;
    `student` a pseudonym.
    """

    text: str
    conversation: str | None = None
    lesson: str | None = None
    mode: str = "answer"
    history: tuple[tuple[str, str], ...] = ()
    student: str = ""
    not_beyond: str | None = None


class CourseTutor:
    """Answers questions about one generation of a course. Safe to use from several threads.

    With `writing` a model writes; without, and when it cannot, the lessons are quoted. `cache` knows what was
    answered before. `masks` says whether personal data is masked where the course does not say it itself.
    """

    def __init__(
        self,
        index: CourseIndex,
        embedder: Embedder,
        writing: Writing | None = None,
        cache: AnswerCache | None = None,
        *,
        masks: bool = True,
    ) -> None:
        info = index.build.info
        self.index = index
        self._retriever = Retriever(index, embedder)
        self._coverage = CoverageModel(index)
        self._quoting = QuotingAnswerer(index)
        self._generative: Answerer | None = None
        if writing:
            self._generative = GenerativeAnswerer(index, embedder, self._quoting, writing)
        self._cache = cache
        self._understanding = Understanding(index.build, writing)
        self._suggester = Suggester(index)
        teacher = Teacher(index, embedder, self._found)
        self._planner = Planner(index, teacher, self._suggester, cache if writing else None)
        self._links = Links.of(index.lessons, info.allowed_hosts)
        self._masks = masks if info.mask_personal_data is None else info.mask_personal_data

    def warm(self) -> None:
        """Read into memory what the first question needs; no model is called."""
        found = self._found("What is this course about?")
        self._coverage.coverage(found)
        self._suggester.suggest(found, self._quoting.answer(found).citations)

    def prepare(self, turn: Turn) -> None:
        """Begin with what a turn needs whatever was said before it, so that `events` finds it done."""
        self._retriever.prepare(masked(turn.question).text if self._masks else turn.question)

    def search(
        self, query: str, k: int = PASSAGES, *, lesson: str | None = None, not_beyond: str | None = None
    ) -> tuple[Passage, ...]:
        """The `k` best passages for `query`; see `Retriever.retrieve`."""
        return self._retriever.retrieve(query, k, lesson=lesson, not_beyond=not_beyond).passages

    def ask(self, question: Question, earlier: Sequence[Turn] = ()) -> Turn:
        """The whole turn at once, in a thread without an event loop; raises as `accepted` and `events`."""

        async def last() -> Event:
            return [event async for event in self.events(turn, earlier)][-1]

        turn = self.accepted(question)
        return turn_from_json(asyncio.run(last()).data["turn"])

    def accepted(self, question: Question) -> Turn:
        """A new turn for a question. Raises InvalidRequest for one without words or an unknown mode, and NotFound for
        a lesson that the course does not have.
        """
        if question.mode not in tuple(Mode):
            known = ", ".join(Mode)
            raise InvalidRequest(f"There is no mode {question.mode!r}; leave it out, or use one of {known}.")
        if not any(character.isalnum() for character in question.text):
            raise InvalidRequest("The question holds no words. Type what you would like to know.")
        slug = self.index.build.info.slug
        for name in (question.lesson, question.not_beyond):
            if name is not None and name not in self.index.position:
                raise NotFound(f"The course {slug!r} has no lesson {name!r}.")
        return Turn(
            id=f"turn_{secrets.token_hex(12)}",
            conversation=question.conversation or f"conv_{secrets.token_hex(12)}",
            course=slug,
            question=question.text,
            standalone_question="",
            answer="",
            state=TurnState.RUNNING,
            coverage=Coverage(0.0, Decision.NOT_COVERED),
            mode=Mode(question.mode),
            generation=self.index.build.generation.id,
            lesson=question.lesson or "",
            not_beyond=question.not_beyond or "",
            student=question.student,
            history=question.history,
        )

    async def events(
        self, turn: Turn, earlier: Sequence[Turn] = (), run_in_thread: RunInThread = in_place
    ) -> AsyncGenerator[Event]:
        """Everything that happens in an accepted turn, the last event being its end.

        `earlier` are the turns of its conversation, oldest first. `run_in_thread` runs what takes the processor's time.
        """
        timings: dict[str, float] = {}
        began = perf_counter()
        scope = CostScope(turn.id, turn.course, turn.conversation, turn.student)
        understood, planned = await run_in_thread(self._understood, turn, earlier, scope, timings)
        if planned is None:
            understood = await self._understanding.by_model(understood, scope)
            planned = await run_in_thread(self._planned, turn, earlier, scope, understood, timings)
        found, plan = planned
        turn = replace(
            turn,
            standalone_question=understood.question,
            passages=plan.passages,
            coverage=plan.coverage,
            step=plan.step,
        )
        yield retrieved(turn.standalone_question, turn.passages, turn.coverage)
        growing = IncrementalAnswer(self._links)
        outcome = AnswerOutcome()
        answering = perf_counter()
        async with aclosing(self._answered(plan, run_in_thread)) as parts:
            async for part in parts:
                if isinstance(part, AnswerOutcome):
                    outcome = part
                    break
                if not growing.sentences:
                    timings["first_sentence"] = _since(began)
                for event in await run_in_thread(growing.add, part):
                    yield event
        timings["answer"] = _since(answering)
        suggestions = plan.suggestions
        if suggestions is None:
            suggestions = await run_in_thread(self._suggester.suggest, found, growing.citations)
        if suggestions:
            yield suggested(suggestions)
        timings["total"] = _since(began)
        refused = outcome.state is TurnState.REFUSED
        turn = replace(
            turn,
            answer=growing.text,
            state=outcome.state,
            coverage=Coverage(turn.coverage.probability, Decision.NOT_COVERED) if refused else turn.coverage,
            citations=tuple(growing.citations),
            sentences=tuple(growing.sentences),
            suggestions=suggestions,
            answerer=outcome.answerer,
            fallback=outcome.fallback,
            usage=understood.usage + outcome.usage,
            timings_ms=timings,
            repeats=plan.again.id if plan.again else "",
        )
        if self._cache is not None and not earlier:
            self._cache.remember(turn)
        yield ended(turn)

    def forget(self, turn: Turn) -> None:
        """Never give the answer of a turn again: a reader found it wrong."""
        if self._cache is not None:
            self._cache.forget(turn.repeats or turn.id)

    def _understood(
        self, turn: Turn, earlier: Sequence[Turn], scope: CostScope, timings: dict[str, float]
    ) -> tuple[Understood, tuple[Retrieved, Plan] | None]:
        """What is asked and how it will be answered, unless a model is to word the question first: all of it in one
        call, since going from thread to thread takes as long as some of its steps.
        """
        understood = self._understanding.by_rules(turn, earlier, masks=self._masks)
        if understood.by_model:
            return understood, None
        return understood, self._planned(turn, earlier, scope, understood, timings)

    def _planned(
        self, turn: Turn, earlier: Sequence[Turn], scope: CostScope, understood: Understood, timings: dict[str, float]
    ) -> tuple[Retrieved, Plan]:
        with _timed(timings, "retrieve"):
            found = self._retriever.retrieve(
                understood.message,
                PASSAGES,
                not_beyond=turn.not_beyond or None,
                current=turn.lesson or None,
                context=understood.context,
                standalone=understood.question,
            )
        with _timed(timings, "cover"):
            coverage = self._coverage.coverage(found)
        return found, self._planner.plan(turn, earlier, scope, understood, found, coverage)

    async def _answered(self, plan: Plan, run_in_thread: RunInThread) -> AsyncGenerator[AnswerSentence | AnswerOutcome]:
        """The answer, by the first answerer that can give it."""
        if plan.task is None:
            yield plan.says
            yield AnswerOutcome(plan.state)
            return
        if plan.again is not None:
            for said_before in cached_sentences(plan.again):
                yield said_before
            yield AnswerOutcome(answerer=plan.again.answerer)
            return
        fallback = ""
        if self._generative is not None and plan.by_model:
            began = False
            try:
                async with aclosing(self._generative.write(plan.task, run_in_thread)) as parts:
                    async for part in parts:
                        began = True
                        yield part
                return
            except TutorError as error:
                log.warning("%s: the model cannot answer: %s", self.index.build.info.slug, error)
                fallback = error.code
                if began:
                    # What was said stays; whatever checks sentences, as an embedding service, has failed.
                    yield AnswerOutcome(TurnState.TRUNCATED, self._generative.name, fallback)
                    return
        said = False
        async with aclosing(self._quoting.write(plan.task, run_in_thread)) as parts:
            async for part in parts:
                if isinstance(part, AnswerSentence):
                    said = True
                    yield part
                elif said:
                    yield replace(part, fallback=fallback)
                    return
        yield plan.says
        yield AnswerOutcome(TurnState.REFUSED, fallback=fallback)

    def _found(self, question: str) -> Retrieved:
        return self._retriever.retrieve(question, PASSAGES)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = perf_counter()
    yield
    timings[step] = _since(began)


def _since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 3)
