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

from tutor.answering import Outcome, Said, Task
from tutor.answers import escaped
from tutor.course_index import CourseIndex
from tutor.coverage import CoverageModel
from tutor.errors import InvalidRequest, NotFound, TutorError
from tutor.events import Event, ended, retrieved, suggested
from tutor.followups import content_words
from tutor.generating import GenerativeAnswerer
from tutor.growing_answer import GrowingAnswer
from tutor.links import Links
from tutor.masking import masked
from tutor.models import Coverage, Decision, Mode, Passage, Support, Turn, TurnState
from tutor.offload import Offload, in_place
from tutor.phrases import phrases
from tutor.protocols import Embedder
from tutor.quoting import QuotingAnswerer
from tutor.records import Payer
from tutor.repeats import Repeats, said_again
from tutor.retrieval import Retrieved, Retriever
from tutor.suggestions import Suggester
from tutor.teaching import Teacher, not_covered
from tutor.turn_json import turn_from_json
from tutor.understanding import Understanding, Understood
from tutor.writing import Writing

log = logging.getLogger(__name__)

PASSAGES = 10
_NEAREST = 3
_SUBJECT_WORDS = 2
_WRITTEN = (Mode.ANSWER, Mode.SIMPLE, Mode.SUMMARY)
"""The ways of teaching in which a model writes."""
_HOW_SURE = (Decision.NOT_COVERED, Decision.PARTIAL, Decision.COVERED)


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

    With `writing` a model writes; without, and when it cannot, the lessons are quoted. `repeats` knows what was
    answered before. `masks` says whether personal data is masked where the course does not say it itself.
    """

    def __init__(
        self,
        index: CourseIndex,
        embedder: Embedder,
        writing: Writing | None = None,
        repeats: Repeats | None = None,
        *,
        masks: bool = True,
    ) -> None:
        info = index.build.info
        self.index = index
        self._retriever = Retriever(index, embedder)
        self._coverage = CoverageModel(index)
        self._quoting = QuotingAnswerer(index)
        self._generative = GenerativeAnswerer(index, embedder, self._quoting, writing) if writing else None
        self._repeats = repeats
        self._understanding = Understanding(index.build, writing)
        self._teacher = Teacher(index, embedder, self._found)
        self._suggester = Suggester(index)
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
        self, turn: Turn, earlier: Sequence[Turn] = (), offload: Offload = in_place
    ) -> AsyncGenerator[Event]:
        """Everything that happens in an accepted turn, the last event being its end.

        `earlier` are the turns of its conversation, oldest first. `offload` runs what takes the processor's time.
        """
        timings: dict[str, float] = {}
        began = perf_counter()
        payer = Payer(turn.id, turn.course, turn.conversation, turn.student)
        understood, planned = await offload(self._understood, turn, earlier, payer, timings)
        if planned is None:
            understood = await self._understanding.by_model(understood, payer)
            planned = await offload(self._planned, turn, earlier, payer, understood, timings)
        found, plan = planned
        turn = replace(
            turn,
            standalone_question=understood.question,
            passages=plan.passages,
            coverage=plan.coverage,
            step=plan.step,
        )
        yield retrieved(turn.standalone_question, turn.passages, turn.coverage)
        growing = GrowingAnswer(self._links)
        outcome = Outcome()
        answering = perf_counter()
        async with aclosing(self._answered(plan, offload)) as parts:
            async for part in parts:
                if isinstance(part, Outcome):
                    outcome = part
                    break
                if not growing.sentences:
                    timings["first_sentence"] = _since(began)
                for event in await offload(growing.add, part):
                    yield event
        timings["answer"] = _since(answering)
        suggestions = plan.suggestions
        if suggestions is None:
            suggestions = await offload(self._suggester.suggest, found, growing.citations)
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
        if self._repeats is not None and not earlier:
            self._repeats.remember(turn)
        yield ended(turn)

    def forget(self, turn: Turn) -> None:
        """Give the answer of a turn to nobody again: a reader found it wrong."""
        if self._repeats is not None:
            self._repeats.forget(turn.repeats or turn.id)

    def _understood(
        self, turn: Turn, earlier: Sequence[Turn], payer: Payer, timings: dict[str, float]
    ) -> tuple[Understood, tuple[Retrieved, _Plan] | None]:
        """What is asked and how it will be answered, unless a model is to word the question first: all of it in one
        call, since going from thread to thread takes as long as some of its steps.
        """
        understood = self._understanding.by_rules(turn, earlier, masks=self._masks)
        if understood.by_model:
            return understood, None
        return understood, self._planned(turn, earlier, payer, understood, timings)

    def _planned(
        self, turn: Turn, earlier: Sequence[Turn], payer: Payer, understood: Understood, timings: dict[str, float]
    ) -> tuple[Retrieved, _Plan]:
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
        return found, self._plan(turn, earlier, payer, understood, found, coverage)

    def _plan(
        self,
        turn: Turn,
        earlier: Sequence[Turn],
        payer: Payer,
        understood: Understood,
        found: Retrieved,
        coverage: Coverage,
    ) -> _Plan:
        """Who says what: the tutor itself, a model, or the lessons."""
        if understood.ask_back:
            asks = Said(understood.ask_back, Support.NOT_CHECKABLE)
            return _Plan(Coverage(coverage.probability, Decision.PARTIAL), found.passages, says=asks, suggestions=())
        refusal = Said(_refusal(found, understood.language), Support.NOT_CHECKABLE)
        if coverage.decision is Decision.NOT_COVERED and not _is_about_a_lesson(turn, earlier, understood):
            return _Plan(coverage, found.passages, says=refusal, state=TurnState.REFUSED)
        task = Task(
            understood.question,
            found,
            found.passages,
            payer,
            turn.mode,
            understood.history,
            understood.language,
        )
        plan = _Plan(coverage, found.passages, refusal, task=task, by_model=turn.mode in _WRITTEN)
        again = self._answered_before(turn, understood)
        if again is not None:
            return replace(plan, coverage=again.coverage, passages=again.passages, again=again)
        if turn.mode is Mode.ANSWER and not self.index.build.info.graded_lessons:
            return plan
        suggestions = self._suggester.suggest(found, ())
        taught = self._teacher.teach(turn.mode, turn.question, found, earlier, turn.lesson or None, suggestions)
        if not taught.answer.text:
            return replace(plan, task=None, state=TurnState.REFUSED)
        guard = self._teacher.guard(found, earlier)
        task = replace(
            task, passages=taught.passages, quoted=lambda: taught.answer, withheld=guard.leaks if guard else None
        )
        return replace(
            plan,
            coverage=Coverage(coverage.probability, max(coverage.decision, Decision.PARTIAL, key=_HOW_SURE.index)),
            # Where the answer is withheld, what was found must not carry it to the page either.
            passages=tuple(replace(each, text="") for each in taught.passages) if taught.is_graded else taught.passages,
            task=task,
            # The ladder is the program's: no model is asked for a hint or about graded work.
            by_model=plan.by_model and not taught.is_graded and not taught.step,
            step=taught.step,
            suggestions=taught.suggestions,
        )

    def _answered_before(self, turn: Turn, understood: Understood) -> Turn | None:
        """An earlier turn whose checked answer is the answer to this one as well."""
        is_alone = turn.mode is Mode.ANSWER and not understood.context.asked and understood.question == turn.question
        if self._repeats is None or self._generative is None or not is_alone or self.index.build.info.graded_lessons:
            return None
        if turn.not_beyond:
            # That answer may be of later lessons.
            return None
        return self._repeats.remembered(turn.question, turn.lesson)

    async def _answered(self, plan: _Plan, offload: Offload) -> AsyncGenerator[Said | Outcome]:
        """The answer, by whoever can give it."""
        if plan.task is None:
            yield plan.says
            yield Outcome(plan.state)
            return
        if plan.again is not None:
            for said_before in said_again(plan.again):
                yield said_before
            yield Outcome(answerer=plan.again.answerer)
            return
        fallback = ""
        if self._generative is not None and plan.by_model:
            began = False
            try:
                async with aclosing(self._generative.write(plan.task, offload)) as parts:
                    async for part in parts:
                        began = True
                        yield part
                return
            except TutorError as error:
                log.warning("%s: the model cannot answer: %s", self.index.build.info.slug, error)
                fallback = error.code
                if began:
                    # What was said stays; whatever checks sentences, as an embedding service, has failed.
                    yield Outcome(TurnState.TRUNCATED, self._generative.name, fallback)
                    return
        said = False
        async with aclosing(self._quoting.write(plan.task, offload)) as parts:
            async for part in parts:
                if isinstance(part, Said):
                    said = True
                    yield part
                elif said:
                    yield replace(part, fallback=fallback)
                    return
        yield plan.says
        yield Outcome(TurnState.REFUSED, fallback=fallback)

    def _found(self, question: str) -> Retrieved:
        return self._retriever.retrieve(question, PASSAGES)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a turn is answered: by a `task`, and `says` what is said when there is none or nothing comes of it."""

    coverage: Coverage
    passages: tuple[Passage, ...]
    says: Said
    state: TurnState = TurnState.DONE
    task: Task | None = None
    by_model: bool = False
    step: int = 0
    suggestions: tuple[str, ...] | None = None
    again: Turn | None = None
    """The earlier turn whose answer is given again."""


def _is_about_a_lesson(turn: Turn, earlier: Sequence[Turn], understood: Understood) -> bool:
    """Whether a summary or a quiz has a lesson to be about, though its message names no subject."""
    if turn.mode not in (Mode.SUMMARY, Mode.QUIZ):
        return False
    goes_on = bool(earlier) and earlier[-1].mode is turn.mode
    return bool(turn.lesson) or goes_on or len(content_words(understood.question, understood.language)) < _SUBJECT_WORDS


def _refusal(found: Retrieved, language: str) -> str:
    """Says what is not covered, names the nearest lessons, and offers a person."""
    words = phrases(language)
    nearest = list(dict.fromkeys(passage.title for passage in found.passages))[:_NEAREST]
    parts = [not_covered(found, language)]
    if nearest:
        parts.append("\n".join([words["nearest"], "", *(f"- {escaped(title)}" for title in nearest)]))
    parts.append(words["person"])
    return "\n\n".join(parts)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = perf_counter()
    yield
    timings[step] = _since(began)


def _since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 3)
