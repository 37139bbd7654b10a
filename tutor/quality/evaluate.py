"""Golden questions → the figures of a tutor, one question after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from time import perf_counter

from tutor.models import Passage, Turn
from tutor.pipeline.course_tutor import CourseTutor, Question
from tutor.quality.figures import PASSAGES, Figures, figures
from tutor.quality.matching import words
from tutor.quality.outcomes import QuestionResult, outcome
from tutor.quality.questions import GoldenQuestion

WARM_UP = 20
"""Turns before the first that is measured."""

OnResult = Callable[[int, int, QuestionResult], None]
"""Is told after every question: how many are done, of how many, and what came of it."""


def evaluate(questions: Sequence[GoldenQuestion], tutor: CourseTutor, *, on_result: OnResult | None = None) -> Figures:
    """Ask every question, as one client without a pause, and judge what is found and answered.

    Nothing of what is right, such as the lesson, is told to the tutor. Raises what the tutor raises.
    """
    lessons = {lesson.lesson: words(lesson.text) for lesson in tutor.index.build.lessons}
    # With other words than the questions', lest one of them be quick because it was asked before.
    for lesson in islice(cycle(tutor.index.build.lessons), WARM_UP):
        tutor.ask(Question(text=f"What is {lesson.title}?"))
    outcomes: list[QuestionResult] = []
    for golden in questions:
        turn, latency_ms = _asked(golden, tutor)
        outcomes.append(outcome(golden, _listed(golden, turn, tutor), turn, latency_ms, lessons))
        if on_result is not None:
            on_result(len(outcomes), len(questions), outcomes[-1])
    return figures(outcomes)


def _asked(golden: GoldenQuestion, tutor: CourseTutor) -> tuple[Turn, float]:
    history = tuple((message.role, message.text) for message in golden.history)
    question = Question(text=golden.question, history=history)
    began = perf_counter()
    turn = tutor.ask(question)
    return turn, (perf_counter() - began) * 1000


def _listed(golden: GoldenQuestion, turn: Turn, tutor: CourseTutor) -> Sequence[Passage]:
    """The first ten passages for a question; a follow-up's are its turn's, for a search knows no history."""
    return turn.passages[:PASSAGES] if golden.history else tutor.search(golden.question, k=PASSAGES)
