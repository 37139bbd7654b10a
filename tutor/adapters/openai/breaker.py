"""Two brakes for calls to a service that fails: one stops calling it for a while, one bounds the retries.

Our own 110 lines: the 900 of pybreaker have one length of pause, and await nothing but tornado.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Stops calls to a service after several failures in a row, and lets one at a time try it again later.

    Every call asks `enter` first and reports its outcome with the pass it was given. The pause doubles each time that
    a trial fails, up to `longest_pause_seconds`. Nygard, "Release It!" (2007), chapter 5. For use within one thread.
    """

    def __init__(
        self,
        failures: int = 5,
        first_pause_seconds: float = 5.0,
        longest_pause_seconds: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_failures = failures
        self._first_pause = self._pause = first_pause_seconds
        self._longest_pause = longest_pause_seconds
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._is_tried = False
        # Passes from before the last opening say nothing about the service as it is now.
        self._openings = 0

    @property
    def is_open(self) -> bool:
        """Whether a call would be turned away now."""
        return self._open_until is not None and (self._is_tried or self._clock() < self._open_until)

    @property
    def wait_seconds(self) -> float:
        """How long until a call may be let through; 0 when it may be now."""
        if self._open_until is None or not self.is_open:
            return 0.0
        # While one call tries the service, the answer is not known; it is soon.
        return max(1.0, self._open_until - self._clock())

    def enter(self) -> int | None:
        """A pass for one call, whose outcome must be reported; None when the call must not be made."""
        if self.is_open:
            return None
        self._is_tried = self._open_until is not None
        return self._openings

    def answers(self, pass_: int) -> None:
        """The service has begun to answer: calls are let through, though a failure of this one opens it again."""
        if pass_ == self._openings and self._open_until is not None:
            self._open_until = None
            self._is_tried = False
            self._failures = self._max_failures - 1

    def succeeded(self, pass_: int) -> None:
        """The call ended well."""
        if pass_ == self._openings:
            self._open_until = None
            self._is_tried = False
            self._failures = 0
            self._pause = self._first_pause

    def failed(self, pass_: int, retry_after_seconds: float | None = None) -> None:
        """The call failed; the service may have said how long it wants to be left alone."""
        if pass_ != self._openings:
            return
        self._failures += 1
        if self._is_tried or self._failures >= self._max_failures:
            pause = min(max(self._pause, retry_after_seconds or 0.0), self._longest_pause)
            self._open_until = self._clock() + pause
            self._pause = min(self._pause * 2, self._longest_pause)
            self._is_tried = False
            self._openings += 1

    def left(self, pass_: int) -> None:
        """The call ended without telling anything about the service, e.g. because its answer was not wanted."""
        if pass_ == self._openings:
            self._is_tried = False


class RetryBudget:
    """Lets through so few retries that they never multiply an outage: every request earns a tenth of one.

    At most `limit` are saved up, and the first of them are given. Google, "Site Reliability Engineering" (2016),
    chapter 21.
    """

    def __init__(self, earned_per_request: float = 0.1, limit: float = 10.0) -> None:
        self._earned = earned_per_request
        self._most = limit
        self._saved = limit

    def earn(self) -> None:
        """A request is made."""
        self._saved = min(self._most, self._saved + self._earned)

    def spend(self) -> bool:
        """Whether one more retry may be made; it is counted if so."""
        # Ten tenths are a little less than one.
        if self._saved < 1 - 1e-9:
            return False
        self._saved -= 1
        return True
