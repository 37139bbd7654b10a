"""Where turns are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from tutor.models import Turn
from tutor.turns.events import Logged
from tutor.turns.records import AskedQuestion, Conversation, Feedback, Lease, LeasedTurn, Rating, RequestKey, StateCount


class TurnStore(Protocol):
    """Keeps turns: accepted, event by event, and as they ended. Every method is one transaction."""

    def accept(self, turn: Turn, lease: Lease, request: RequestKey | None = None) -> Turn:
        """Store a running turn with its lease and its event `accepted` (attempt 1, seq 1), and return it; or, when
        its request was accepted already, that turn as it stands now.

        Raises InvalidRequest when the request's key stands for another body.
        """

    def append(self, entries: Sequence[Logged], owner: str) -> frozenset[str]:
        """Store events, in order; one that ends a turn stores the turn too, with its state and events.

        Nothing is stored for turns that are not running or whose lease is not `owner`'s: their ids are returned.
        """

    def events(self, turn: str, after: int = 0, limit: int | None = None) -> tuple[Logged, ...]:
        """The events of a turn with a seq above `after`, in order, the first `limit` of them.

        Raises NotFound when there is no such turn.
        """

    def newest(self, turn: str) -> Logged:
        """The newest event of a turn, which is its end when it has ended; raises NotFound."""

    def renew(self, lease: Lease) -> None:
        """Prolong the leases of all running turns of the lease's owner."""

    def running(self) -> tuple[LeasedTurn, ...]:
        """Every running turn, with who holds it and until when."""

    def take_over(self, held: LeasedTurn, lease: Lease) -> bool:
        """Give a running turn another lease, if it is still held as `held` says; says whether it was done."""

    def want_stop(self, turn: str) -> None:
        """Tell the producer of a turn to stop; nothing to do when it has ended."""

    def stop_wanted(self, owner: str) -> frozenset[str]:
        """The running turns of an owner that it was told to stop."""

    def of_request(self, course: str, request: RequestKey) -> Turn | None:
        """The turn that a request was given, if it was; raises as `accept`."""

    def turn(self, id_: str) -> Turn:
        """The turn of that id, as far as it has come; raises NotFound."""

    def conversation(self, course: str, conversation: str, last: int = 20) -> tuple[Turn, ...]:
        """The `last` ended turns of a conversation in a course, oldest first; raises NotFound when it has no turn."""

    def asker(self, turn: str) -> tuple[str, str]:
        """The course and the student of a turn, empty where it is not known; raises NotFound."""

    def beginner(self, course: str, conversation: str) -> str:
        """The student who asked first in a conversation, empty where it is not known; raises NotFound."""

    def conversations(self, course: str, student: str, limit: int = 50) -> tuple[Conversation, ...]:
        """The conversations that hold turns of a student, with what is the student's, the `limit` last ones first."""

    def turns_of(self, course: str, conversation: str, student: str, last: int = 100) -> tuple[Turn, ...]:
        """The `last` turns of a student in a conversation, oldest first, those that run as far as they have come.

        Raises NotFound when there is none.
        """

    def answered(self, course: str, generation: int, last: int) -> tuple[Turn, ...]:
        """The `last` turns that a generation of a course answered whole, each the first of its conversation, oldest
        first, without those that a reader found wrong; not all when they lie far back.
        """

    def askings(self, course: str, since: datetime, limit: int) -> tuple[AskedQuestion, ...]:
        """What was asked in the newest `limit` turns of a course, newest first: of those accepted since then that were
        answered whole, in the plain way, by a course that covers it.
        """

    def outcomes(self, course: str, first: date, last: date) -> tuple[StateCount, ...]:
        """How the turns of a course ended that were accepted from one day (UTC) to another, both included."""

    def add_feedback(self, given: Feedback) -> Feedback:
        """Store what a reader thought of a turn, and return it with its time; raises NotFound."""

    def feedback(self, turn: str) -> tuple[Feedback, ...]:
        """All that readers said about a turn, oldest first."""

    def ratings(self, turns: Collection[str]) -> Mapping[str, Rating]:
        """The newest rating of each of some turns; those without a rating are missing."""
