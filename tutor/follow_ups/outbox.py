"""Sends what waits in the outbox of follow-ups, until it has arrived or cannot arrive.

Nothing is sent that is not stored first, and nothing is forgotten before its end is stored: a process that dies in
between sends again, under the same id.

Our own, in 170 lines: a delivery is stored in its follow-up's transaction, in SQLite as in Postgres, without a broker.
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
from tutor.follow_ups.follow_up import Delivery, DeliveryState, FollowUp, OutgoingMessage
from tutor.follow_ups.store import FollowUpStore, Transport
from tutor.index.protocols import CourseStore
from tutor.models import CourseInfo
from tutor.monitoring.counters import Counters
from tutor.privacy.masking import masked

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
"""How often the outbox is looked at for what other processes have put there."""
_LONGEST_WAIT_SECONDS = 3600.0
_MAX_PROBLEM = 300
_LEASE = 2
"""How many times the longest attempt must pass before another process may begin one."""


class Outbox:
    """A thread that makes the deliveries of one channel, one at a time; other processes may do the same.

    After a failure it waits `first_wait_seconds`, then twice as long each time up to an hour, a little less by chance;
    after `give_up_days` since the first attempt the delivery has failed. An attempt takes at most `seconds`.
    """

    def __init__(
        self,
        store: FollowUpStore,
        courses: CourseStore,
        transport: Transport,
        counters: Counters,
        *,
        seconds: float = 30.0,
        give_up_days: float = 5.0,
        first_wait_seconds: float = 30.0,
    ) -> None:
        self._store = store
        self._courses = courses
        self._transport = transport
        self._counters = counters
        self._seconds = seconds
        self._give_up = timedelta(days=give_up_days)
        self._first_wait_seconds = first_wait_seconds
        self._woken = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        # A daemon, as all attempts are: a mail server that is silent must not keep a server that is told to stop.
        self._thread = threading.Thread(target=self._run, name=f"deliver {self._transport.channel}", daemon=True)
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
        begun = self._store.begin(self._transport.channel, now, now + timedelta(seconds=_LEASE * self._seconds))
        if begun is None:
            return False
        follow_up, attempt = begun
        ended = self._attempted(follow_up, attempt)
        if ended.state is not DeliveryState.WAITING:
            ended = replace(ended, ended_at=datetime.now(UTC))
        # Told without the address: readers of the log need not know who asked.
        where = f"{follow_up.reference}, {attempt.channel} to the {attempt.purpose}, attempt {attempt.attempts}"
        if not self._store.end(ended):
            log.info("%s: removed, or done by another process meanwhile", where)
            return True
        outcome = ended.state.value if ended.state is not DeliveryState.WAITING else "retried"
        self._counters.add("deliveries", attempt.channel, outcome)
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

    def _attempted(self, follow_up: FollowUp, attempt: Delivery) -> Delivery:
        """The attempt as it ended."""
        try:
            self._within(OutgoingMessage(attempt, follow_up, self._course(follow_up)))
        except ConfigurationError as error:
            # There is no deadline for configuring it.
            return replace(self._again(follow_up, attempt, error.message), first_tried_at=None)
        except PermanentError as error:
            return replace(attempt, state=DeliveryState.FAILED, problem=_told(follow_up, error.message))
        except TutorError as error:
            return self._again_or_never(follow_up, attempt, error.message, _asked_wait(error))
        except Exception as error:
            log.exception("%s cannot be sent", follow_up.reference)
            return self._again_or_never(follow_up, attempt, type(error).__name__)
        return replace(attempt, state=DeliveryState.SENT, problem="")

    def _within(self, message: OutgoingMessage) -> None:
        """Send, and wait for its end no longer than an attempt may take: not all that blocks can be told a deadline."""
        ended: Future[None] = Future()

        def send() -> None:
            try:
                self._transport.send(message)
            except BaseException as error:
                ended.set_exception(error)
            else:
                ended.set_result(None)

        threading.Thread(target=send, name=f"send {message.delivery.id}", daemon=True).start()
        try:
            ended.result(self._seconds)
        except TimeoutError:
            raise TimedOut(f"No answer within {self._seconds:g} seconds.") from None

    def _course(self, follow_up: FollowUp) -> CourseInfo:
        with suppress(TutorError):
            return self._courses.course(follow_up.course).info
        return CourseInfo(follow_up.course, follow_up.course)

    def _again_or_never(
        self, follow_up: FollowUp, attempt: Delivery, problem: str, wait_seconds: float = 0
    ) -> Delivery:
        began = attempt.first_tried_at or attempt.created_at
        if datetime.now(UTC) - began >= self._give_up:
            return replace(attempt, state=DeliveryState.FAILED, problem=_told(follow_up, problem))
        return self._again(follow_up, attempt, problem, wait_seconds)

    def _again(self, follow_up: FollowUp, attempt: Delivery, problem: str, wait_seconds: float = 0.0) -> Delivery:
        doubled = self._first_wait_seconds * 2 ** min(attempt.attempts - 1, 20)
        # A little less by chance: what failed together does not come back together.
        wait = min(doubled, _LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        due_at = datetime.now(UTC) + timedelta(seconds=max(wait, min(wait_seconds, _LONGEST_WAIT_SECONDS)))
        return replace(attempt, due_at=due_at, problem=_told(follow_up, problem))


def _asked_wait(error: TutorError) -> float:
    return (isinstance(error, TransientError) and error.retry_after_seconds) or 0.0


def _told(follow_up: FollowUp, problem: str) -> str:
    """What went wrong, without the address that servers like to repeat."""
    return masked(problem.replace(follow_up.email, "[email]")).text[:_MAX_PROBLEM]
