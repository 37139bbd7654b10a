"""Where follow-ups are left, listed, answered and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tutor.errors import Forbidden, InvalidField, NotFound, RateLimited
from tutor.follow_ups.email_address import email_address
from tutor.follow_ups.follow_up import (
    Channel,
    FollowUp,
    FollowUpForm,
    FollowUpState,
    Sender,
    consent_of,
    is_reference,
    lines,
    one_line,
)
from tutor.follow_ups.outbox import Outbox
from tutor.follow_ups.store import FollowUpStore
from tutor.index.protocols import CourseStore
from tutor.models import Citation, CourseInfo, Passage, Turn
from tutor.text.names import is_name
from tutor.turns.records import RequestKey
from tutor.turns.store import TurnStore

MAX_LISTED = 200
MAX_ANSWER_CHARACTERS = 20_000
MAX_NAME_CHARACTERS = 100
MAX_NOTE_CHARACTERS = 2000
_BEHIND_ONE_ADDRESS = 20
"""How many times as many may come from one network address: a whole class may sit behind it."""


class FollowUpDesk:
    """The follow-ups of all courses. Safe to use from several threads.

    `channels` are those that are configured, `outboxes` what sends on them in this process, if it does. `per_hour` is
    how many follow-ups one student, and one e-mail address, may leave. `public_url` is this server's address, if known.
    """

    def __init__(
        self,
        store: FollowUpStore,
        courses: CourseStore,
        turns: TurnStore,
        outboxes: Sequence[Outbox] = (),
        channels: Sequence[Channel] = (),
        *,
        per_hour: int = 10,
        max_question_characters: int = 4000,
        public_url: str = "",
    ) -> None:
        self._store = store
        self._courses = courses
        self._turns = turns
        self._outboxes = tuple(outboxes)
        self.channels = tuple(channels)
        self._max_question_characters = max_question_characters
        self._public_url = public_url
        # Per process: it keeps a script from filling the list, and is no account of anything.
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limits = {
            "email": RateLimitItemPerHour(per_hour),
            "student": RateLimitItemPerHour(per_hour),
            "address": RateLimitItemPerHour(per_hour * _BEHIND_ONE_ADDRESS),
        }

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Within it, what waits in the outbox is sent."""
        for outbox in self._outboxes:
            outbox.start()
        try:
            yield
        finally:
            for outbox in self._outboxes:
                outbox.stop()

    def leave(self, course: str, draft: FollowUpForm, sender: Sender, request: RequestKey | None = None) -> FollowUp:
        """Store a follow-up, and have the course team told; one that was left already stays as it is.

        Raises NotFound for an unknown course, Forbidden where the course takes none, InvalidField for what is wrong
        with the draft, InvalidRequest for a request's key that was used for another one, and RateLimited.
        """
        info = self._info(course)
        if not info.follow_ups.enabled:
            raise Forbidden("This course takes no questions by e-mail; ask one of its contacts.")
        follow_up = self._checked(info, draft, sender)
        known = self._store.known(follow_up, request)
        if known is not None:
            # A student who was not told in time comes again, as often as it takes.
            return known
        self._limit(follow_up.email, sender)
        stored = self._store.add(follow_up, request)
        self._wake()
        return stored

    def follow_ups(
        self, course: str, state: FollowUpState | None = None, limit: int = MAX_LISTED, before: str | None = None
    ) -> tuple[FollowUp, ...]:
        """The newest `limit` follow-ups of a course, newest first; only those older than the one called `before`.

        Raises NotFound.
        """
        slug = self._info(course).slug
        return self._store.follow_ups(slug, state, limit, None if before is None else _reference(before))

    def follow_up(self, course: str, reference: str) -> FollowUp:
        """The follow-up under a reference; raises NotFound."""
        return self._store.follow_up(self._info(course).slug, _reference(reference))

    def answer(self, course: str, reference: str, text: str) -> FollowUp:
        """Answer a follow-up: its student is told by mail. The same answer again changes nothing.

        Raises NotFound, InvalidField for an answer that is empty or too long, and InvalidRequest for a second one.
        """
        answer = _within("text", lines(text), MAX_ANSWER_CHARACTERS)
        if not answer:
            raise InvalidField("text", "Write an answer: there is no word in it.")
        answered = self._store.answer(self._info(course).slug, _reference(reference), answer)
        self._wake()
        return answered

    def resend(self, course: str, reference: str) -> FollowUp:
        """Send again what could not be sent, once its cause is mended; raises NotFound."""
        waiting = self._store.resend(self._info(course).slug, _reference(reference))
        self._wake()
        return waiting

    def remove(self, course: str, reference: str) -> None:
        """Delete a follow-up with all that is stored about who left it; raises NotFound."""
        self._store.remove(self._info(course).slug, _reference(reference))

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries there are on each configured channel, by channel and state."""
        return {key: count for key, count in self._store.counts().items() if key[0] in self.channels}

    def _info(self, course: str) -> CourseInfo:
        # Not every database takes every text; what cannot be a slug is not even looked up.
        if not is_name(course):
            raise NotFound(f"There is no course {course!r}.")
        return self._courses.course(course).info

    def _checked(self, info: CourseInfo, draft: FollowUpForm, sender: Sender) -> FollowUp:
        consent = consent_of(info)
        if draft.consent_version != consent.version:
            raise InvalidField(
                "consent_version",
                f"The words to agree to are version {consent.version}, not {draft.consent_version[:40]!r}; "
                "show them anew and ask again.",
            )
        email = _email(draft.email)
        question = _within("question", lines(draft.question), self._max_question_characters)
        if not question:
            raise InvalidField("question", "Write a question: there is no word in it.")
        turn = self._turn(info.slug, draft.turn, sender) if draft.turn else None
        lesson, title, url = self._lesson(turn) if turn is not None else ("", "", "")
        return FollowUp(
            reference="",
            course=info.slug,
            email=email,
            question=question,
            consent=consent,
            created_at=datetime.now(UTC),
            note=_within("note", lines(draft.note), MAX_NOTE_CHARACTERS),
            name=_within("name", one_line(draft.name), MAX_NAME_CHARACTERS),
            turn=draft.turn,
            student=sender.student or (turn.student if turn else ""),
            lesson=lesson,
            lesson_title=title,
            lesson_url=url,
        )

    def _turn(self, course: str, id_: str, sender: Sender) -> Turn:
        try:
            turn = self._turns.turn(id_)
        except NotFound:
            turn = None
        if turn is None or turn.course != course or (sender.student and turn.student != sender.student):
            raise InvalidField("turn", "There is no such turn in this course.")
        return turn

    def _lesson(self, turn: Turn) -> tuple[str, str, str]:
        """The lesson that a turn is about: its path, title and address, each empty where it is not known."""
        # The one the student was on, else the one that the answer begins with.
        name = turn.lesson or (turn.citations[0].lesson if turn.citations else "")
        if not name:
            return "", "", ""
        places: tuple[Citation | Passage, ...] = (*turn.citations, *turn.passages)
        place = next((place for place in places if place.lesson == name), None)
        title, url = (place.title, place.url) if place else (name, "")
        if not url.startswith(("https://", "http://")):
            url = f"{self._public_url}/courses/{turn.course}/lessons/{quote(name)}" if self._public_url else ""
        return name, title, url

    def _limit(self, email: str, sender: Sender) -> None:
        keys = {"email": email.casefold(), "student": sender.student, "address": sender.address}
        asked = [(self._limits[name], f"{name} {key}") for name, key in keys.items() if key]
        # Looked at first, so that a refusal by one does not use up another.
        full = [item for item in asked if not self._limiter.test(*item)]
        if full:
            ends = max(self._limiter.get_window_stats(*item).reset_time for item in full)
            wait = max(1.0, ends - datetime.now(UTC).timestamp())
            raise RateLimited("You have left many questions within the last hour; please wait before the next.", wait)
        for item in asked:
            self._limiter.hit(*item)

    def _wake(self) -> None:
        for outbox in self._outboxes:
            outbox.wake()


def _reference(text: str) -> str:
    reference = text.strip().upper()
    if not is_reference(reference):
        raise NotFound("There is no follow-up under this reference; one looks like F-7K3Q9M.")
    return reference


def _within(field: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidField(field, f"It has {len(text):,} characters; at most {limit:,} are taken.")
    return text


def _email(text: str) -> str:
    try:
        return email_address(text)
    except ValueError as error:
        raise InvalidField("email", str(error)) from None
