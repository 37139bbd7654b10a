"""What models may cost, and what they did: reserved before a call, settled after it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tutor.errors import BudgetSpent, TransientError, TutorError
from tutor.llm.model import CostScope, Reservation
from tutor.models import Usage
from tutor.spending.prices import cost_usd, is_priced
from tutor.spending.store import SpendingStore
from tutor.spending.usage import Caps, Spent

log = logging.getLogger(__name__)

_MAX_UNWRITTEN = 10_000
_MAX_REMEMBERED = 1_000
_NOTHING = ("", Usage())
_SETTINGS = {
    "daily_usd": "TUTOR_DAILY_USD",
    "daily_usd_per_course": "TUTOR_DAILY_USD_PER_COURSE",
    "daily_usd_per_student": "TUTOR_DAILY_USD_PER_STUDENT",
    "daily_tokens": "TUTOR_DAILY_TOKENS",
}


def _now() -> datetime:
    return datetime.now(UTC)


class CappedSpending:
    """Keeps `caps` per day (UTC) and stores what every call cost; implements `Spending`.

    A reservation whose call died unsettled counts as it was reserved until the day is over: it is not known what it
    cost, and a cap is never passed by more than what is in flight. A model that has no price, or no name before its
    first call, is free: only `daily_tokens` limits it.

    A thread of its own writes, one call after another; costs that are settled are written behind. It can be used from
    any number of event loops and threads; close it at the end.
    """

    def __init__(self, store: SpendingStore, caps: Caps, now: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._caps = caps
        self._now = now
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="spending")
        self._unwritten: list[Spent] = []
        self._used: OrderedDict[str, tuple[str, Usage]] = OrderedDict()
        self._warned: set[str] = set()
        self._lock = threading.Lock()

    async def reserve(self, scope: CostScope, model: str, prompt_tokens: int, completion_tokens: int) -> Reservation:
        """Set aside what a call may cost at most. Without a cap nothing is stored yet.

        Raises BudgetSpent, which names the cap that has no room and says when the day ends.
        """
        cost = cost_usd(model, prompt_tokens, completion_tokens)
        reservation = Reservation(f"call_{secrets.token_hex(12)}", scope, model, prompt_tokens, completion_tokens, cost)
        if not self._caps.any:
            return reservation
        self._warn_of_unpriced(model)
        now = self._now()
        spent = _spent(reservation, now)
        reserving = self._writing.submit(self._reserve, spent)
        try:
            full = await asyncio.wrap_future(reserving)
        except asyncio.CancelledError:
            # It may have been stored already, and its reservation is lost.
            self._write_behind(_spent(Reservation(reservation.id, scope, model, 0, 0, 0.0), now))
            raise
        if full:
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            raise BudgetSpent(
                f"The budget for models is spent for today ({_SETTINGS[full]}); it is free again at midnight UTC.",
                (midnight - now).total_seconds(),
            )
        return reservation

    async def settle(self, reservation: Reservation, prompt_tokens: int, completion_tokens: int) -> Usage:
        """What the call did cost, at the price of the ticket's model; it is stored a moment later, or waited for when
        it is more than was reserved.

        A call that took no tokens leaves nothing behind.
        """
        cost = cost_usd(reservation.model, prompt_tokens, completion_tokens)
        call = Reservation(reservation.id, reservation.scope, reservation.model, prompt_tokens, completion_tokens, cost)
        if self._caps.any or prompt_tokens or completion_tokens:
            writing = self._write_behind(_spent(call, self._now()))
            tokens, reserved = (
                prompt_tokens + completion_tokens,
                reservation.prompt_tokens + reservation.completion_tokens,
            )
            if self._caps.any and writing and (cost > reservation.cost_usd or tokens > reserved):
                # Until it is stored, others would be given room that is gone.
                await asyncio.shield(asyncio.wrap_future(writing))
        usage = Usage(prompt_tokens, completion_tokens, cost)
        turn = call.scope.turn
        with self._lock:
            self._used[turn] = (call.model, self._used.pop(turn, _NOTHING)[1] + usage)
            if len(self._used) > _MAX_REMEMBERED:
                self._used.popitem(last=False)
        return usage

    def used(self, turn: str) -> tuple[str, Usage]:
        """The model that was called last for a turn, and what all its calls have cost that were settled here.

        Of the last thousand turns; an empty name and nothing for any other.
        """
        with self._lock:
            return self._used.get(turn, _NOTHING)

    def close(self) -> None:
        """Store what is not stored yet, and end the thread."""
        self._writing.shutdown()
        self._write()

    def _reserve(self, spent: Spent) -> str:
        self._write()
        return self._store.reserve(spent, self._caps)

    def _write_behind(self, spent: Spent) -> Future[None] | None:
        with self._lock:
            self._unwritten.append(spent)
        try:
            return self._writing.submit(self._write)
        except RuntimeError:
            # Closed: a call that ends so late is stored by who comes with it.
            self._write()
            return None

    def _write(self) -> None:
        """Store what waits; what cannot be stored now waits for the next time."""
        with self._lock:
            waiting, self._unwritten = self._unwritten, []
        if waiting:
            self._settle(waiting)

    def _settle(self, calls: Sequence[Spent]) -> None:
        try:
            self._store.settle(calls)
        except TransientError as error:
            log.error("What %d calls of a model cost cannot be stored yet: %s", len(calls), error)
            with self._lock:
                self._unwritten = [*calls, *self._unwritten][-_MAX_UNWRITTEN:]
        except TutorError as error:
            if len(calls) == 1:
                log.error("What a call of a model cost cannot be stored: %s %s", calls[0], error)
                return
            # One that cannot be stored must not take the others with it.
            for call in calls:
                self._settle([call])

    def _warn_of_unpriced(self, model: str) -> None:
        if self._caps.in_usd and model and not is_priced(model) and model not in self._warned:
            self._warned.add(model)
            log.warning("The price of %s is not known: no cap in dollars limits it; set TUTOR_DAILY_TOKENS.", model)


def _spent(reservation: Reservation, now: datetime) -> Spent:
    scope = reservation.scope
    return Spent(
        id=reservation.id,
        turn=scope.turn,
        course=scope.course,
        conversation=scope.conversation,
        student=scope.student,
        day=now.astimezone(UTC).date(),
        model=reservation.model,
        prompt_tokens=reservation.prompt_tokens,
        completion_tokens=reservation.completion_tokens,
        cost_usd=reservation.cost_usd,
        is_priced=is_priced(reservation.model),
    )
