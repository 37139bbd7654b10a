"""Where follow-ups are kept, and what carries messages about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from tutor.follow_ups.follow_up import Channel, Delivery, FollowUp, FollowUpState, OutgoingMessage
from tutor.turns.records import RequestKey


class FollowUpStore(Protocol):
    """Keeps what students leave for a person to answer, and the outbox of what is to be sent about it.

    Every method is one transaction.
    """

    def known(self, follow_up: FollowUp, request: RequestKey | None = None) -> FollowUp | None:
        """The stored follow-up that this one is, sent again; raises InvalidRequest as `add`."""

    def add(self, follow_up: FollowUp, request: RequestKey | None = None) -> FollowUp:
        """Store a follow-up under a new reference, with a delivery to the team on every channel; or get the stored one
        that this one is, sent again: under the same key, or with the same words within a day.

        Raises InvalidRequest when the request's key stands for another body.
        """

    def follow_up(self, course: str, reference: str) -> FollowUp:
        """The follow-up under a reference, with its deliveries; raises NotFound."""

    def follow_ups(
        self, course: str, state: FollowUpState | None, limit: int, before: str | None = None
    ) -> tuple[FollowUp, ...]:
        """The newest `limit` follow-ups of a course, newest first; only those older than the one called `before`.

        Raises NotFound when there is none of that name.
        """

    def answer(self, course: str, reference: str, answer: str) -> FollowUp:
        """Store the team's answer and a delivery of it to the student; the same answer again changes nothing.

        What still waits to be told to the team is dropped. Raises NotFound, and InvalidRequest when it was answered
        otherwise.
        """

    def resend(self, course: str, reference: str) -> FollowUp:
        """Have the deliveries of a follow-up that have failed made again, with all their time; raises NotFound."""

    def remove(self, course: str, reference: str) -> None:
        """Delete a follow-up with all that was said and sent about it; raises NotFound."""

    def begin(self, channel: Channel, now: datetime, until: datetime) -> tuple[FollowUp, Delivery] | None:
        """Begin an attempt at the delivery of a channel that is due longest; no other process takes it `until` then.

        An attempt that is not ended by then is left to the next process.
        """

    def end(self, attempt: Delivery) -> bool:
        """Store how an attempt that was begun has ended; says whether it was still whose it is."""

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries of all courses there are, by channel and state."""


class Transport(Protocol):
    """Carries messages about follow-ups on one channel."""

    @property
    def channel(self) -> Channel:
        """Which one."""

    def send(self, message: OutgoingMessage) -> None:
        """Send one message; who takes it may get it again, under the same id. Blocks.

        Raises TransientError when it is to be tried again, ConfigurationError when somebody has to configure something
        first, another PermanentError when it will never be taken.
        """

    def probe(self) -> None:
        """Nothing when a message could be handed over now, as far as that can be told without one; raises as `send`."""
