"""Watches the share of questions that are answered, and raises an alarm when it falls.

A deployed tutor can go on refusing for days before anyone knows: every single refusal looks right.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from tutor.models import Turn, TurnState

log = logging.getLogger(__name__)

RECENT, BEFORE, ASKED_OF_MODEL = 50, 500, 20
"""How many turns are looked at: the newest, those that they are compared with, those that a model was asked for."""
ALARMS = ("answered", "unanswered", "model")
_LEAST_BEFORE = 100
_LEAST_ENDED = 20
_FALL, _SIGMAS = 0.25, 4.5
"""A fall is an alarm when it is as large as this and chance alone next to never makes one."""
_NEAR_AGAIN = 0.1
_UNANSWERED, _UNANSWERED_AGAIN = 0.6, 0.5
_WRITTEN, _WRITTEN_AGAIN = 0.5, 0.7
"""Alarms begin and end at different shares, so that they do not come and go."""
_UNCOUNTED = (TurnState.RUNNING, TurnState.STOPPED)
"""Who stops a turn says nothing about whether it would have been answered."""


def is_answered(state: TurnState | str) -> bool | None:
    """Whether a turn that ended so was answered; None when that cannot be said."""
    return None if state in _UNCOUNTED else state == TurnState.DONE


class Alarms:
    """What ended lately in this process, of all courses. Safe to use from several threads.

    There are three alarms: `answered` (a smaller share of the last 50 turns was answered than of the 500 before them),
    `unanswered` (over 60 % of the last 50 were refused or failed), and `model` (of the last 20 answers that a model
    was asked for it wrote fewer than half). Each is logged as an error when it begins, and once more when it is over.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._recent: deque[TurnState] = deque()
        self._before: deque[bool] = deque(maxlen=BEFORE)
        self._wanted: deque[str] = deque(maxlen=ASKED_OF_MODEL)
        self._raised: dict[str, str] = {}
        self._usual = 0.0
        self._lock = threading.Lock()

    @property
    def share(self) -> float | None:
        """The share of the newest turns that was answered; None before the first."""
        with self._lock:
            return _share(state is TurnState.DONE for state in self._recent) if self._recent else None

    @property
    def raised(self) -> dict[str, str]:
        """What is wrong now, in words, by the name of the alarm."""
        with self._lock:
            return dict(self._raised)

    @property
    def text(self) -> str:
        """All that is wrong now, in words; nothing when nothing is."""
        return " ".join(self.raised.values())

    def ended(self, turn: Turn) -> None:
        """One more turn has ended."""
        if is_answered(turn.state) is None:
            return
        with self._lock:
            self._recent.append(turn.state)
            if len(self._recent) > RECENT:
                oldest = self._recent.popleft()
                if not self._raised:
                    # What is usual is not learnt from what is wrong.
                    self._before.append(oldest is TurnState.DONE)
            # A repeat says nothing about the model as it is now.
            if not turn.repeats and (turn.fallback or turn.answerer != "quoting"):
                self._wanted.append(turn.fallback)
            self._look()

    def _look(self) -> None:
        answered = _share(state is TurnState.DONE for state in self._recent)
        if "answered" in self._raised:
            self._set("answered", answered < self._usual - _NEAR_AGAIN, "")
        elif len(self._recent) == RECENT and len(self._before) >= _LEAST_BEFORE:
            usual = _share(self._before)
            self._usual = usual
            is_wrong = usual - answered >= _FALL and _sigmas(usual, len(self._before), answered) >= _SIGMAS
            if is_wrong:
                text = (
                    f"Of the last {RECENT} questions {_percent(answered)} were answered; of the {len(self._before)} "
                    f"before them it were {_percent(usual)}. {self._ends()} {self._advice()}"
                )
                self._set("answered", is_wrong, text)
        least = _UNANSWERED_AGAIN if "unanswered" in self._raised else _UNANSWERED
        is_wrong = len(self._recent) >= _LEAST_ENDED and 1 - answered > least
        text = f"Of the last {len(self._recent)} questions only {_percent(answered)} were answered. {self._ends()}"
        self._set("unanswered", is_wrong, f"{text} {self._advice()}")
        written = _share(not reason for reason in self._wanted) if self._wanted else 1.0
        enough = _WRITTEN_AGAIN if "model" in self._raised else _WRITTEN
        is_wrong = len(self._wanted) == ASKED_OF_MODEL and written < enough
        reasons = Counter(filter(None, self._wanted)).most_common()
        why = ", ".join(f"{reason} ({times})" for reason, times in reasons)
        text = (
            f"Of the last {ASKED_OF_MODEL} answers that the model was asked for it wrote {_percent(written)}; the "
            f"others are quotes, because of: {why}. Look at the model's server, its key and the caps on its cost."
        )
        self._set("model", is_wrong, text)

    def _set(self, name: str, is_wrong: bool, text: str) -> None:
        if is_wrong and name not in self._raised:
            self._raised[name] = f"{text} (Since {self._now():%Y-%m-%d %H:%M} UTC.)"
            log.error("ALARM %s: %s", name, self._raised[name])
        elif not is_wrong and name in self._raised:
            log.error("The alarm %s is over. It was: %s", name, self._raised.pop(name))

    def _ends(self) -> str:
        counted = Counter(state.value for state in self._recent if state is not TurnState.DONE).most_common()
        return "The others: " + ", ".join(f"{times} {state}" for state, times in counted) + "."

    def _advice(self) -> str:
        refused = sum(state is TurnState.REFUSED for state in self._recent)
        if 2 * refused >= sum(state is not TurnState.DONE for state in self._recent):
            return "Look at what was asked, and whether all lessons are in the course that was published last."
        return "Look at this server's log for what failed."


def _share(answered: Iterable[bool]) -> float:
    values = list(answered)
    return sum(values) / len(values)


def _sigmas(usual: float, before: int, now: float) -> float:
    """How far two shares lie apart, in standard errors of their difference if nothing had changed."""
    # One more of each kind: a share of exactly 0 or 1 is no proof that nothing else can happen.
    both = (usual * before + now * RECENT + 1) / (before + RECENT + 2)
    return (usual - now) / math.sqrt(both * (1 - both) * (1 / before + 1 / RECENT))


def _percent(share: float) -> str:
    return f"{share:.0%}"
