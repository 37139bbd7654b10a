"""What was asked, by whom, how it was answered, what readers thought of it, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tutor.courses.usage import CourseUsage
from tutor.errors import InvalidRequest, NotFound
from tutor.index.protocols import CourseStore
from tutor.models import Turn
from tutor.spending.store import SpendingStore
from tutor.spending.usage import By
from tutor.text.names import is_name
from tutor.turns.records import Conversation, Feedback, Rating
from tutor.turns.store import TurnStore

_MAX_DAYS = 366
_MAX_GROUPS = 1000


class History:
    """The turns of all courses, as they are stored. Safe to use from several threads."""

    def __init__(self, courses: CourseStore, turns: TurnStore, costs: SpendingStore) -> None:
        self._courses = courses
        self._turns = turns
        self._costs = costs

    def turn(self, id_: str) -> Turn:
        """A turn by its id; raises NotFound."""
        return self._turns.turn(_turn_id(id_))

    def asker(self, turn: str) -> tuple[str, str]:
        """The course and the student of a turn, empty where it is not known; raises NotFound."""
        return self._turns.asker(_turn_id(turn))

    def conversations(self, slug: str, student: str) -> tuple[Conversation, ...]:
        """The last 50 conversations of a student in a course, the newest first; raises NotFound."""
        self._check_course(slug)
        return self._turns.conversations(slug, student)

    def turns_of(self, slug: str, conversation: str, student: str) -> tuple[Turn, ...]:
        """The last 100 turns of a student in a conversation, oldest first; raises NotFound."""
        return self._turns.turns_of(slug, conversation, student)

    def check_beginner(self, slug: str, conversation: str, student: str | None) -> None:
        """Raises NotFound unless `student` began the conversation; None stands for any student."""
        beginner = self._turns.beginner(slug, conversation)
        if student is not None and beginner != student:
            raise NotFound("There is no such conversation in this course.")

    def before(self, turn: Turn) -> tuple[Turn, ...]:
        """The turns before this one in its conversation, oldest first; none where the asker told what was said."""
        if turn.history:
            return ()
        try:
            turns = self._turns.conversation(turn.course, turn.conversation)
        except NotFound:
            return ()
        return tuple(each for each in turns if each.id != turn.id)

    def rate(self, feedback: Feedback) -> Feedback:
        """Store what a reader thought of a turn; raises NotFound."""
        _turn_id(feedback.turn)
        return self._turns.add_feedback(feedback)

    def ratings(self, turns: Sequence[Turn]) -> Mapping[str, Rating]:
        """How readers rated turns last, by id; those without a rating are missing."""
        return self._turns.ratings([turn.id for turn in turns])

    def usage(self, slug: str, first: date, last: date, by: By = "day") -> CourseUsage:
        """What a course was asked and cost from one day (UTC) to another, both included.

        Raises NotFound, and InvalidRequest when the days are in the wrong order or too many.
        """
        self._check_course(slug)
        if first > last:
            raise InvalidRequest(f"The first day, {first}, comes after the last one, {last}.")
        if (last - first).days >= _MAX_DAYS:
            raise InvalidRequest(f"From {first} to {last} is too long; ask for at most {_MAX_DAYS} days.")
        sums = self._costs.sums(slug, first, last, by, _MAX_GROUPS)
        return CourseUsage(slug, first, last, by, sums, self._turns.outcomes(slug, first, last))

    def _check_course(self, slug: str) -> None:
        if not is_name(slug):
            raise NotFound(f"There is no course {slug!r}.")
        self._courses.course(slug)


def _turn_id(text: str) -> str:
    if not is_name(text):
        raise NotFound("There is no such turn.")
    return text
