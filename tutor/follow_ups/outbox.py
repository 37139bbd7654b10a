"""Sends what waits in the outbox of inquiries, until it has arrived or cannot arrive.

Nothing is sent that is not stored first, and nothing is forgotten before its end is stored: a process that dies in
between sends again, under the same id.
"""

from __future__ import annotations

import logging
import random
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tutor.errors import ConfigurationError, PermanentError, TimedOut, TransientError, TutorError
from tutor.follow_ups.inquiries import Delivery, DeliveryState, Inquiry, Parcel
from tutor.follow_ups.store import InquiryStore, Post
from tutor.index.protocols import CourseStore
from tutor.models import CourseInfo
from tutor.monitoring.counters import Tally
from tutor.privacy.masking import masked

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
"""How often the outbox is looked at for what other processes have put there."""
_LONGEST_WAIT_SECONDS = 3600.0
_MOST_PROBLEM = 300
_LEASE = 2
"""How many times the longest attempt must pass before another process may begin one."""


class Deliverer:
    """A thread that makes the deliveries of one channel, one at a time; other processes may do the same.

    After a failure it waits `first_wait_seconds`, then twice as long each time up to an hour, a little less by chance;
    after `give_up_days` since the first attempt the delivery has failed. An attempt takes at most `seconds`.
    """

    def __init__(
        self,
        store: InquiryStore,
        courses: CourseStore,
        post: Post,
        tally: Tally,
        *,
        seconds: float = 30.0,
        give_up_days: float = 5.0,
        first_wait_seconds: float = 30.0,
    ) -> None:
        self._store = store
        self._courses = courses
        self._post = post
        self._tally = tally
        self._seconds = seconds
        self._give_up = timedelta(days=give_up_days)
        self._first_wait_seconds = first_wait_seconds
        self._woken = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        # A daemon, as all attempts are: a mail server that is silent must not keep a server that is told to stop.
        self._thread = threading.Thread(target=self._run, name=f"deliver {self._post.channel}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._woken.set()

    def stop(self, patience_seconds: float = 2.0) -> None:
        """Begin no attempt any more; one that lasts longer is left, and made again by the next process."""
        self._stopped = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(patience_seconds)

    def deliver_next(self) -> bool:
        """Make the delivery that is due longest; False when none is due. Raises as the store."""
        now = datetime.now(UTC)
        begun = self._store.begin(self._post.channel, now, now + timedelta(seconds=_LEASE * self._seconds))
        if begun is None:
            return False
        inquiry, attempt = begun
        ended = self._attempted(inquiry, attempt)
        if ended.state is not DeliveryState.WAITING:
            ended = replace(ended, ended_at=datetime.now(UTC))
        # Told without the address: whoever may read the log need not know who asked.
        where = f"{inquiry.reference}, {attempt.channel} to the {attempt.purpose}, attempt {attempt.attempts}"
        if not self._store.end(ended):
            log.info("%s: removed, or done by another process meanwhile", where)
            return True
        outcome = ended.state.value if ended.state is not DeliveryState.WAITING else "retried"
        self._tally.add("deliveries", attempt.channel, outcome)
        levels = {"sent": logging.INFO, "retried": logging.WARNING, "failed": logging.ERROR}
        log.log(levels[outcome], "%s: %s%s", where, outcome, f": {ended.problem}" if ended.problem else "")
        return True

    def _run(self) -> None:
        while not self._stopped:
            self._woken.clear()
            try:
                while not self._stopped and self.deliver_next():
                    pass
            except TutorError as error:
                log.warning("The outbox cannot be read or written now: %s", error)
            except Exception:
                log.exception("The outbox is tried again")
            self._woken.wait(_LOOK_SECONDS)

    def _attempted(self, inquiry: Inquiry, attempt: Delivery) -> Delivery:
        """The attempt as it ended."""
        try:
            self._within(Parcel(attempt, inquiry, self._course(inquiry)))
        except ConfigurationError as error:
            # Whoever configures it has all the time they need.
            return replace(self._again(inquiry, attempt, error.message), first_tried_at=None)
        except PermanentError as error:
            return replace(attempt, state=DeliveryState.FAILED, problem=_told(inquiry, error.message))
        except TutorError as error:
            return self._again_or_never(inquiry, attempt, error.message, _asked_wait(error))
        except Exception as error:
            log.exception("%s cannot be sent", inquiry.reference)
            return self._again_or_never(inquiry, attempt, type(error).__name__)
        return replace(attempt, state=DeliveryState.SENT, problem="")

    def _within(self, parcel: Parcel) -> None:
        """Send, and wait for its end no longer than an attempt may take: not all that blocks can be told a deadline."""
        ended: Future[None] = Future()

        def send() -> None:
            try:
                self._post.send(parcel)
            except BaseException as error:
                ended.set_exception(error)
            else:
                ended.set_result(None)

        threading.Thread(target=send, name=f"send {parcel.delivery.id}", daemon=True).start()
        try:
            ended.result(self._seconds)
        except TimeoutError:
            raise TimedOut(f"No answer within {self._seconds:g} seconds.") from None

    def _course(self, inquiry: Inquiry) -> CourseInfo:
        with suppress(TutorError):
            return self._courses.course(inquiry.course).info
        return CourseInfo(inquiry.course, inquiry.course)

    def _again_or_never(self, inquiry: Inquiry, attempt: Delivery, problem: str, wait_seconds: float = 0) -> Delivery:
        began = attempt.first_tried_at or attempt.created_at
        if datetime.now(UTC) - began >= self._give_up:
            return replace(attempt, state=DeliveryState.FAILED, problem=_told(inquiry, problem))
        return self._again(inquiry, attempt, problem, wait_seconds)

    def _again(self, inquiry: Inquiry, attempt: Delivery, problem: str, wait_seconds: float = 0.0) -> Delivery:
        doubled = self._first_wait_seconds * 2 ** min(attempt.attempts - 1, 20)
        # A little less by chance: what failed together does not come back together.
        wait = min(doubled, _LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        due_at = datetime.now(UTC) + timedelta(seconds=max(wait, min(wait_seconds, _LONGEST_WAIT_SECONDS)))
        return replace(attempt, due_at=due_at, problem=_told(inquiry, problem))


def _asked_wait(error: TutorError) -> float:
    return (isinstance(error, TransientError) and error.retry_after_seconds) or 0.0


def _told(inquiry: Inquiry, problem: str) -> str:
    """What went wrong, without the address that servers like to repeat."""
    return masked(problem.replace(inquiry.email, "[email]")).text[:_MOST_PROBLEM]
