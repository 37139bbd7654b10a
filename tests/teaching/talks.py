"""Conversations with a teacher, turn by turn, each turn checked."""

from __future__ import annotations

from dataclasses import replace

from tests.support.answers import check_quoted
from tutor.conversation.hint_steps import subject_of
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.models import Coverage, Decision, Mode, Turn, TurnState
from tutor.retrieval.retriever import Retrieved, Retriever
from tutor.retrieval.suggestions import Suggester
from tutor.teaching.teacher import Taught, Teacher

PASSAGES = 10


class Talk:
    """One conversation about a course; `graded` are patterns of the lessons that are graded work."""

    def __init__(self, index: CourseIndex, embedder: Embedder, *graded: str) -> None:
        info = replace(index.build.info, graded_lessons=graded)
        self.index = replace(index, build=replace(index.build, info=info))
        # What the index has counted already is the same whatever is graded.
        vars(self.index).update({name: value for name, value in vars(index).items() if name not in vars(self.index)})
        self.retriever = Retriever(self.index, embedder)
        self.teacher = Teacher(self.index, embedder, self.retrieve)
        self.suggester = Suggester(self.index)
        self.turns: list[Turn] = []

    def retrieve(self, question: str) -> Retrieved:
        return self.retriever.retrieve(question, PASSAGES)

    def say(self, text: str, mode: Mode = Mode.HINT, lesson: str | None = None, not_beyond: str | None = None) -> Turn:
        """The turn that answers `text`, checked and remembered."""
        subject = subject_of(text, self.turns)
        retrieved = self.retriever.retrieve(subject, PASSAGES, current=lesson, not_beyond=not_beyond)
        suggestions = self.suggester.suggest(retrieved, ())
        taught = self.teacher.teach(mode, text, retrieved, self.turns, lesson, suggestions)
        turn = self._turn(text, subject, mode, lesson, taught)
        check_quoted(self.index, turn)
        self.turns.append(turn)
        return turn

    def _turn(self, text: str, subject: str, mode: Mode, lesson: str | None, taught: Taught) -> Turn:
        return Turn(
            id=f"turn_{len(self.turns)}",
            conversation="talk",
            course=self.index.build.info.slug,
            question=text,
            standalone_question=subject,
            answer=taught.answer.text,
            state=TurnState.DONE if taught.answer.text else TurnState.REFUSED,
            coverage=Coverage(1.0, Decision.COVERED),
            citations=taught.answer.citations,
            passages=taught.passages,
            suggestions=taught.suggestions,
            mode=mode,
            lesson=lesson or "",
            step=taught.step,
        )
