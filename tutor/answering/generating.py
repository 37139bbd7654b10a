"""The generative answerer: a model writes from the passages, and each of its sentences is checked before it is given.

Sentences are held until they are complete. What the lessons do not support is replaced by their own words, or marked,
as configured; so an answer of a model that invents everything ends as the quoting answerer's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from tutor.answering.answerer import AnswerOutcome, AnswerSentence, AnswerTask
from tutor.answering.answers import AnswerWriter, space_after
from tutor.answering.quoting import NAME as QUOTING
from tutor.answering.quoting import QuotingAnswerer
from tutor.answering.verbatim import longest_run
from tutor.concurrency import RunInThread
from tutor.errors import TutorError
from tutor.grounding.block_normaliser import BlockNormaliser
from tutor.grounding.grounder import CheckedSegment, Evidence, Grounder
from tutor.grounding.markers import MARKER
from tutor.grounding.segments import Segment, Segmenter
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.llm.messages import Finish, FinishReason
from tutor.llm.model import Reservation
from tutor.llm.prompting import Prompt, Prompter
from tutor.llm.writing import Writing
from tutor.models import Citation, Lesson, Support, TurnState, Usage
from tutor.text.messages import messages

UNGROUNDED = "ungrounded"
_SENDING_SECONDS = 0.015
_WORD = re.compile(r"\w+")
_BESIDE_QUESTION = 4
# A model that writes nothing but full stops must not have each of them embedded.
_GUESSES = 2
_STATES = {
    FinishReason.STOP: TurnState.DONE,
    FinishReason.REFUSAL: TurnState.DONE,
    FinishReason.LENGTH: TurnState.TRUNCATED,
    FinishReason.CUT: TurnState.TRUNCATED,
    FinishReason.FILTER: TurnState.FILTERED,
}


class GenerativeAnswerer:
    """Lets a model write answers from one course's passages. Safe to use for several turns at once."""

    def __init__(self, index: CourseIndex, embedder: Embedder, quoting: QuotingAnswerer, writing: Writing) -> None:
        self._title = index.build.info.title
        self._index = index
        self._quoting = quoting
        self._writing = writing
        self._grounder = Grounder(index, embedder)
        self._prompter = Prompter(writing.counter, writing.context_tokens, writing.answer_tokens)

    @property
    def name(self) -> str:
        """The model's."""
        return self._writing.model.name

    async def write(
        self, task: AnswerTask, run_in_thread: RunInThread
    ) -> AsyncGenerator[AnswerSentence | AnswerOutcome]:
        """The sentences as they are complete and checked, and at last the outcome.

        Raises what the model or the spending raises as long as nothing was given; what breaks later ends it as
        truncated.
        """
        prompt = await run_in_thread(
            self._prompter.prompt, self._title, task.mode, task.question, task.passages, task.history
        )
        writing = self._writing
        reservation = await writing.spending.reserve(
            task.scope, writing.model.name, prompt.tokens, writing.answer_tokens
        )
        usage, finish, received = Usage(), Finish(FinishReason.CUT), ""
        evidence = asyncio.ensure_future(self._evidence(prompt, task.question, run_in_thread))
        evidence.add_done_callback(_forgiven)
        page = _Page(self._index, self._quoting, task, evidence, writing.unsupported, run_in_thread)
        try:
            segmenter = Segmenter()
            async with aclosing(writing.model.stream(prompt.messages, writing.answer_tokens)) as stream:
                async for part in stream:
                    if isinstance(part, Finish):
                        finish = part
                        break
                    received += part
                    for segment in segmenter.feed(part):
                        for said in await page.add(segment):
                            yield said
                    page.expect(segmenter.likely)
            for segment in segmenter.end():
                # At a stop, the last sentence may lack its full stop; how a cut sentence goes on is not known.
                if segment.complete or finish.reason is FinishReason.STOP:
                    for said in await page.add(segment):
                        yield said
            for said in await page.close():
                yield said
        except TutorError:
            # What was refused or never reached has cost nothing.
            finish = Finish(FinishReason.CUT, 0, 0)
            raise
        finally:
            page.leave()
            evidence.cancel()
            settled = asyncio.ensure_future(self._settle(reservation, prompt, received, finish))
            # A turn that is stopped has cost what was read and written until then.
            usage = await asyncio.shield(settled)
        state = _STATES[finish.reason]
        if page.is_grounded:
            if finish.reason is FinishReason.REFUSAL:
                # It changed its mind in the middle.
                state = TurnState.TRUNCATED
            yield AnswerOutcome(state, writing.model.name, "", usage)
        else:
            reason = UNGROUNDED if finish.reason is FinishReason.STOP else finish.reason.value
            yield AnswerOutcome(state, QUOTING, reason, usage)

    async def _evidence(self, prompt: Prompt, question: str, run_in_thread: RunInThread) -> Evidence:
        """Made ready while the model reads its prompt, but not before that is on its way: both need this processor."""
        await asyncio.sleep(_SENDING_SECONDS)
        return await run_in_thread(self._grounder.evidence, prompt.shown, question)

    async def _settle(self, reservation: Reservation, prompt: Prompt, received: str, finish: Finish) -> Usage:
        """Account for the call by the service's own numbers or, where it gives none, by our count."""
        read = finish.prompt_tokens
        wrote = finish.completion_tokens
        if wrote is None:
            wrote = self._writing.counter.count(received)
            read = prompt.tokens if received or read is None else read
        # Some services tell only with their answer which model it is.
        reservation = replace(reservation, model=self._writing.model.name)
        return await self._writing.spending.settle(reservation, prompt.tokens if read is None else read, wrote)


class _Page:
    """One answer as it grows: segments of the model in, checked sentences out."""

    def __init__(
        self,
        index: CourseIndex,
        quoting: QuotingAnswerer,
        task: AnswerTask,
        evidence: asyncio.Future[Evidence],
        unsupported: Literal["replace", "mark"],
        run_in_thread: RunInThread,
    ) -> None:
        self._index = index
        self._quoting = quoting
        self._task = task
        self._evidence = evidence
        self._unsupported = unsupported
        self._run_in_thread = run_in_thread
        self._writer = AnswerWriter()
        self._quotes: list[Citation] | None = None
        self._waiting: list[Segment] = []
        self._normaliser = BlockNormaliser()
        self._heard: set[str] = set()
        self._question = _words(task.question)
        self._expected: list[str] = []
        self._expecting: asyncio.Future[None] | None = None
        self.is_grounded = False
        """Whether the lessons support anything that the model wrote."""

    async def add(self, segment: Segment) -> list[AnswerSentence]:
        """What may be given now that the model has written one more segment; nothing for what was said before."""
        self._expected.clear()
        words = _words(segment.text)
        is_running_text = segment.kind in ("sentence", "item", "heading") and bool(words)
        if is_running_text and (words in self._heard or self._asks_again(words)):
            return []
        self._heard.add(words)
        withheld = self._task.withheld
        if withheld is not None and await self._run_in_thread(withheld, segment.text):
            return []
        evidence = await self._evidence
        checked = await self._run_in_thread(evidence.check, segment)
        if not checked.text.strip():
            return []
        if checked.support is Support.UNSUPPORTED and self._unsupported == "replace":
            return await self._own_words(1)
        if await self._run_in_thread(self._takes_too_much, checked):
            return []
        segment = replace(segment, text=checked.text)
        places = [(source.lesson, source.section, source.start, source.end) for source in checked.sources]
        if checked.support is Support.NOT_CHECKABLE and not self.is_grounded:
            # Talk without a fact in it is worth saying only beside facts.
            self._waiting.append(segment)
            return []
        given = []
        if checked.support in (Support.SUPPORTED, Support.PARTLY):
            self.is_grounded = True
        if self.is_grounded:
            given = [said for waiting in self._waiting for said in self._claim(waiting, Support.NOT_CHECKABLE, ())]
            self._waiting = []
        return given + self._claim(segment, checked.support, places)

    def expect(self, text: str) -> None:
        """Begin with what takes longest in the check of a sentence that is likely to end as `text` does."""
        if text and text not in self._expected and len(self._expected) < _GUESSES:
            self._expected.append(text)
            self.leave()
            self._expecting = asyncio.ensure_future(self._prepare(text))
            self._expecting.add_done_callback(_forgiven)

    def leave(self) -> None:
        """Expect nothing any more."""
        if self._expecting is not None:
            self._expecting.cancel()

    async def _prepare(self, text: str) -> None:
        evidence = await asyncio.shield(self._evidence)
        await self._run_in_thread(evidence.prepare, text)

    async def close(self) -> list[AnswerSentence]:
        """What is said at the end: the lessons' own words, when they support nothing that the model said."""
        return [] if self.is_grounded else await self._own_words(None)

    async def _own_words(self, limit: int | None) -> list[AnswerSentence]:
        """The next quotes that answer the question, each in a paragraph of its own; none when all were given."""
        if self._quotes is None:
            quoted = self._task.quoted or partial(self._quoting.answer, self._task.retrieved)
            self._quotes = list((await self._run_in_thread(quoted)).citations)
        given: list[AnswerSentence] = []
        while self._quotes and (limit is None or len(given) < limit):
            quote = self._quotes.pop(0)
            withheld = self._task.withheld
            if withheld is not None and await self._run_in_thread(withheld, quote.quote):
                continue
            if not any(_overlaps(quote, citation) for citation in self._writer.answer().citations):
                given.append(self._quoted(quote))
        return given

    def _quoted(self, quote: Citation) -> AnswerSentence:
        before = self._writer.answer()
        self._writer.words("\n\n" if before.text else "")
        lesson = self._index.lessons[self._index.position[quote.lesson]]
        self._writer.quote(lesson, quote.section, quote.source_start, quote.source_end)
        after = self._writer.answer()
        self._normaliser.break_off()
        return AnswerSentence(
            after.text[len(before.text) :], Support.SUPPORTED, after.citations[len(before.citations) :]
        )

    def _claim(
        self, segment: Segment, support: Support, places: Sequence[tuple[Lesson, str, int, int]]
    ) -> list[AnswerSentence]:
        """The segment where it comes to stand; nothing when there is nothing of it to see."""
        segment = self._normaliser.normalised(segment)
        text = segment.text
        if not text.strip():
            return []
        if support is Support.UNSUPPORTED:
            text = f"{text}{space_after(text)}*({messages(self._task.language)['unsupported']})*"
        words, citations = self._writer.claim(segment.lead, text, places)
        return [AnswerSentence(words, support, citations)]

    def _asks_again(self, words: str) -> bool:
        """Whether a segment is the question itself, with next to nothing beside it."""
        return self._question in words and len(words.split()) <= len(self._question.split()) + _BESIDE_QUESTION

    def _takes_too_much(self, checked: CheckedSegment) -> bool:
        """Whether the answer would hold a longer run of a lesson's words than the course allows."""
        limit = self._index.build.info.most_verbatim_words
        if not limit:
            return False
        said = f"{self._writer.answer().text} {checked.text}"
        return any(longest_run(said, source.lesson.text) > limit for source in checked.sources)


def _forgiven(done: asyncio.Future[Any]) -> None:
    """Look at what a task raised that may have no waiter, so that it is not reported."""
    done.cancelled() or done.exception()


def _words(text: str) -> str:
    """The words of a text in lower case, without its marks and its markers."""
    return " ".join(_WORD.findall(MARKER.sub(" ", text).lower()))


def _overlaps(one: Citation, other: Citation) -> bool:
    return one.lesson == other.lesson and one.source_start < other.source_end and other.source_start < one.source_end
