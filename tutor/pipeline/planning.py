"""A question understood + what was found for it → who says what: the tutor itself, a model, or the lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutor.answering.answerer import AnswerSentence, AnswerTask
from tutor.answering.answers import escaped
from tutor.conversation.standalone import content_words
from tutor.conversation.understanding import Understood
from tutor.index.course_index import CourseIndex
from tutor.llm.model import CostScope
from tutor.models import Coverage, Decision, Mode, Passage, Support, Turn, TurnState
from tutor.pipeline.answer_cache import AnswerCache
from tutor.retrieval.retriever import Retrieved
from tutor.retrieval.suggestions import Suggester
from tutor.teaching.teacher import Teacher, not_covered
from tutor.text.messages import messages

_NEAREST = 3
_SUBJECT_WORDS = 2
_WRITTEN = (Mode.ANSWER, Mode.SIMPLE, Mode.SUMMARY)
"""The ways of teaching in which a model writes."""
_HOW_SURE = (Decision.NOT_COVERED, Decision.PARTIAL, Decision.COVERED)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a turn is answered: by a `task`, and `says` what is said when there is none or nothing comes of it."""

    coverage: Coverage
    passages: tuple[Passage, ...]
    says: AnswerSentence
    state: TurnState = TurnState.DONE
    task: AnswerTask | None = None
    by_model: bool = False
    step: int = 0
    suggestions: tuple[str, ...] | None = None
    again: Turn | None = None
    """The earlier turn whose answer is given again."""


class Planner:
    """Decides how turns of one generation of a course are answered. Safe to use from several threads.

    `cache` are the earlier answers that may be given again.
    """

    def __init__(self, index: CourseIndex, teacher: Teacher, suggester: Suggester, cache: AnswerCache | None) -> None:
        self._grades = bool(index.build.info.graded_lessons)
        self._teacher = teacher
        self._suggester = suggester
        self._cache = cache

    def plan(
        self,
        turn: Turn,
        earlier: Sequence[Turn],
        scope: CostScope,
        understood: Understood,
        found: Retrieved,
        coverage: Coverage,
    ) -> Plan:
        """How a turn is answered, and what is shown of what was found."""
        if understood.ask_back:
            asks = AnswerSentence(understood.ask_back, Support.NOT_CHECKABLE)
            return Plan(Coverage(coverage.probability, Decision.PARTIAL), found.passages, says=asks, suggestions=())
        refusal = AnswerSentence(_refusal(found, understood.language), Support.NOT_CHECKABLE)
        if coverage.decision is Decision.NOT_COVERED and not _is_about_a_lesson(turn, earlier, understood):
            return Plan(coverage, found.passages, says=refusal, state=TurnState.REFUSED)
        task = AnswerTask(
            understood.question,
            found,
            found.passages,
            scope,
            turn.mode,
            understood.history,
            understood.language,
        )
        plan = Plan(coverage, found.passages, refusal, task=task, by_model=turn.mode in _WRITTEN)
        again = self._answered_before(turn, understood)
        if again is not None:
            return replace(plan, coverage=again.coverage, passages=again.passages, again=again)
        if turn.mode is Mode.ANSWER and not self._grades:
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
        # An answer to a question without a limit may be of later lessons.
        if self._cache is None or not is_alone or self._grades or turn.not_beyond:
            return None
        return self._cache.remembered(turn.question, turn.lesson)


def _is_about_a_lesson(turn: Turn, earlier: Sequence[Turn], understood: Understood) -> bool:
    """Whether a summary or a quiz has a lesson to be about, though its message names no subject."""
    if turn.mode not in (Mode.SUMMARY, Mode.QUIZ):
        return False
    goes_on = bool(earlier) and earlier[-1].mode is turn.mode
    return bool(turn.lesson) or goes_on or len(content_words(understood.question, understood.language)) < _SUBJECT_WORDS


def _refusal(found: Retrieved, language: str) -> str:
    """Says what is not covered, names the nearest lessons, and offers a person."""
    words = messages(language)
    nearest = list(dict.fromkeys(passage.title for passage in found.passages))[:_NEAREST]
    parts = [not_covered(found, language)]
    if nearest:
        parts.append("\n".join([words["nearest"], "", *(f"- {escaped(title)}" for title in nearest)]))
    parts.append(words["person"])
    return "\n\n".join(parts)
